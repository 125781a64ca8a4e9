"""Sources that only the configuration describes, end to end; decorum check says what is wrong with one."""

import re
import subprocess
import tomllib

from support.mail_case import HOSTILE, MailCase, sender
from support.scratch import ROOT
from support.staff import TOKEN, Staff
from support.web import Answer


def example():
    """The tables of the shipped example, by name, as key -> value."""
    return tomllib.loads((ROOT / "config/custom.example.toml").read_text())["connector"]["custom"]


class Described(MailCase):
    @classmethod
    def play(cls):
        cls.staff = Staff(cls.web)

    @classmethod
    def sections(cls):
        tables = example()
        for name, keys in tables.items():
            keys["url"] = re.sub(r"^https://[^/]+", cls.web.url, keys["url"])
            keys["rate"] = "100000/h"
        tables["partner"]["token_file"] = cls.secret("staff", TOKEN)
        return {f"connector__custom__{name}": keys for name, keys in tables.items()}

    def setUp(self):
        self.addCleanup(setattr, self.staff, "instead", None)

    def test_a_directory_asked_by_address(self):
        address = sender()
        self.staff.add(address, "Noor Haddad", title="Ward Sister", company={"name": "Harbour Hospital"}, city="Nantes",
                       jobs=[{"role": "Ward Sister", "at": "Harbour Hospital", "from": "2019-03", "to": None}])
        got = self.deliver_found(address)
        self.assertEqual(got.fields["Sender-Profile"], "Noor Haddad, Ward Sister at Harbour Hospital (Nantes); "
                         "self-described at localhost")
        self.assertEqual(got.fields["Sender-Profile-Career"], "Ward Sister, Harbour Hospital (2019-)")
        for part in ("tier=A", "said-by=self", "sources=custom.partner"):
            self.assertIn(part, got.fields["Sender-Profile-Source"])

    def test_a_network_asked_by_handle(self):
        address = sender()
        self.staff.add_account("noor", "Noor Haddad", [("Open day", "2026-11-20T08:00:00Z", "https://forum.example/t/1")])
        self.declare((address, "web", "", "https://forum.example/u/noor"))
        got = self.deliver_until(address, lambda got: "Sender-Profile-Activity" in got.fields, "a post")
        self.assertEqual(got.fields["Sender-Profile-Activity"], '2026-11-20 "Open day" <https://forum.example/t/1>')
        self.assertIn("https://forum.example/u/noor", got.fields["Sender-Profile-Networks"])

    def test_an_answer_about_somebody_else_shows_nobody(self):
        address = sender()
        self.staff.instead = Answer({"results": [{"mail": "grace@n0.example", "cn": "Grace Hopper"}]})
        self.assertEqual(self.deliver_until(address, lambda got: got.status != "pending", "an answer").status, "none")

    def test_hostile_texts_stay_in_their_field(self):
        for text in HOSTILE:
            address = sender()
            self.staff.add(address, text, title=text, company={"name": text})
            with self.subTest(text[:30]):
                self.assert_safe(self.deliver_found(address))

    def test_each_outcome(self):
        address = sender()
        for answer, outcome in ((Answer("", 404), "not_found"), (Answer("", 403), "forbidden"),
                                (Answer("{]", kind="application/json"), "failed"),
                                (Answer("", 429, {"Retry-After": "1"}), "throttled")):
            self.staff.instead = answer
            self.assertEqual(self.outcome(address, "custom.partner"), [outcome])

    def test_probe_asks_a_known_and_an_unknown_one(self):
        self.staff.add("noor.haddad@partner.example", "Noor Haddad")
        self.staff.add_account("noor", "Noor", [])
        for source in ("custom.partner", "custom.forum"):
            self.assertEqual(self.probe(source), {"known": "ok", "unknown": "ok"})

    def test_check_names_file_and_line_of_what_is_wrong(self):
        file = self.scratch.write("faulty.toml", '[connector.custom.staff]\nenabled = true\n'
                                  'url = "http://people.example.org/{mail}"\ndisplay_name = "name"\n')
        result = subprocess.run([self.decorum.binary, "check", "-c", str(file)], capture_output=True, timeout=60,
                                check=False)
        self.assertEqual(result.returncode, 1)
        said = (result.stdout + result.stderr).decode()
        self.assertIn(f"{file}:3: connector.custom.staff.url: ", said)
        self.assertIn(f"{file}:4: connector.custom.staff.display_name: a JSON pointer", said)
