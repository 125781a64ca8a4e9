"""People of an LDAP server, from its entry to what `decorum lookup` says."""

import json

from support.case import GatewayCase
from support.decorum import Decorum
from support.scratch import ROOT
from support.slapd import BASE_DN, BIND_DN, Slapd, person


def example_of_the_readme():
    """The [connector.ldap] section that the README shows."""
    readme = (ROOT / "README.md").read_text()
    begin = readme.index("[connector.ldap]")
    return readme[begin:readme.index("```", begin)]


class Ldap(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.slapd = cls.serve(Slapd(
            cls.scratch,
            person("jane", "jane@example.org", displayName="Jane Martin", title="HR Director", o="ACME", l="Lyon",
                   c="FR", labeledURI="https://github.com/janem GitHub"),
            person("one", "shared@example.org"), person("two", "shared@example.org")))

    def decorum(self, name, **ldap):
        keys = {"enabled": True, "base_url": f"ldap://127.0.0.1:{self.slapd.port}", "tls": "starttls",
                "ca_file": self.slapd.authority, "bind_dn": BIND_DN, "token_file": self.slapd.password_file,
                "base_dn": BASE_DN, "timeout": "10s", **ldap}
        return Decorum(self.scratch, {}, {}, people="", name=name, connector__ldap=keys)

    def lookup(self, decorum, address):
        done = decorum.command("lookup", "--json", address)
        self.assertTrue(done.stdout, done.stderr)
        return json.loads(done.stdout)

    def test_a_person_is_found_with_each_field_as_a_fact(self):
        found = self.lookup(self.decorum("found"), "Jane@example.org")
        self.assertEqual(found["status"], "found")
        self.assertEqual(found["tier"], "S")
        fields = {name: field["value"] for name, field in found["fields"].items()}
        self.assertEqual(fields, {"display_name": "Jane Martin", "headline": "HR Director", "organisation": "ACME",
                                  "location": "Lyon, FR"})
        self.assertEqual({field["source"] for field in found["fields"].values()}, {"ldap"})
        self.assertEqual([link["url"] for link in found["links"]], ["https://github.com/janem"])

    def test_nobody_and_several_are_none(self):
        decorum = self.decorum("none")
        for address in ("nobody@example.org", "shared@example.org"):
            with self.subTest(address):
                self.assertEqual(self.lookup(decorum, address)["status"], "none")

    def test_what_keeps_us_out_is_unavailable(self):
        wrong = self.slapd.folder / "wrong"
        wrong.write_text("wrong\n")
        for name, keys in {"password": {"token_file": wrong}, "authority": {"ca_file": ""},
                           "port": {"base_url": "ldap://127.0.0.1:1"}}.items():
            with self.subTest(name):
                self.assertEqual(self.lookup(self.decorum(name, **keys), "jane@example.org")["status"],
                                 "unavailable")

    def test_check_names_what_is_wrong(self):
        self.assertEqual(self.decorum("right").command("check").returncode, 0)
        empty = self.slapd.folder / "empty"
        empty.write_text("\n")
        for key, value in {"base_dn": "", "token_file": "", "filter": "(mail={address}", "base_url": "https://x.example",
                           "tls": "implicit"}.items():
            with self.subTest(key):
                done = self.decorum(f"check-{key}", **{key: value}).command("check")
                self.assertEqual(done.returncode, 1)
                self.assertIn(f": connector.ldap.{key}: ".encode(), done.stderr)
        done = self.decorum("check-empty", token_file=empty).command("check")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b": connector.ldap.token_file: ", done.stderr)

    def test_the_example_of_the_readme_is_right(self):
        example = example_of_the_readme()
        example = example.replace('"ldap-password"', f'"{self.slapd.password_file}"')
        example = example.replace('"ldaps://ldap.example.org"', f'"ldap://127.0.0.1:{self.slapd.port}"\n'
                                  f'tls = "starttls"\nca_file = "{self.slapd.authority}"')
        decorum = self.decorum("readme")
        decorum.file.write_text(f'[gateway]\nstate_dir = "{decorum.folder / "state"}"\n{example}')
        done = decorum.command("check")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.lookup(decorum, "jane@example.org")["status"], "found")
