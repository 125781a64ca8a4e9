"""Several networks at once: decorum probe asks each, and the posts of one person's accounts are one line."""

import json

from support import facebook, orcid, staff, x_server
from support.bluesky import Bluesky
from support.case import GatewayCase
from support.client import Client
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.fediverse import Mastodon
from support.github import GitHub, event
from support.gitlab import GitLab
from support.gravatar import gravatar_path, gravatar_profile
from support.internet import Internet
from support.libravatar import add_avatar
from support.mail_case import MailCase, declared, sender
from support.messages import Annotated, authenticated, message_id
from support.pictures import portrait
from support.postfix import Postfix
from support.scratch import free_port, wait_until
from support.slapd import BASE_DN, BIND_DN, Slapd, person
from support.web import Answer

KNOWN, UNKNOWN = "known@n0.example", "unknown@n0.example"


def page_of(name):
    return Answer(f'<html><head><script type="application/ld+json">{{"@type":"Person","name":"{name}"}}</script></head></html>',
                  kind="text/html")


class Together(MailCase):
    @classmethod
    def play(cls):
        cls.facebook, cls.x = facebook.Facebook(cls.web), x_server.XServer(cls.web)
        cls.orcid, cls.staff = orcid.Orcid(cls.web), staff.Staff(cls.web)

    @classmethod
    def sections(cls):
        place = {"enabled": True, "base_url": cls.web.url, "rate": "100000/h"}
        by_address = {"known": KNOWN, "unknown": UNKNOWN}

        def accounts(site):
            return {"known": f"https://{site}/known_one", "unknown": f"https://{site}/nobody_there"}
        return {
            "connector__gravatar": {**place, **by_address},
            "connector__facebook": {**place, "app_id": facebook.APP, "known": "https://facebook.com/known.page",
                                    "unknown": "https://facebook.com/nobody.there",
                                    "token_file": cls.secret("facebook", facebook.SECRET)},
            "connector__x": {**place, **accounts("x.com"), "token_file": cls.secret("x", x_server.TOKEN)},
            "connector__orcid": {**place, **by_address, "app_id": orcid.APP,
                                 "token_file": cls.secret("orcid", orcid.SECRET)},
            "connector__libravatar": {**place, **by_address},
            "connector__custom__staff": {
                "enabled": True, "rate": "100000/h", "url": f"{cls.web.url}/api/search?mail={{address}}",
                "address": "/results/0/mail", "display_name": "/results/0/cn", **by_address,
                "token_file": cls.secret("staff", staff.TOKEN)},
        }

    def test_probe_asks_each_for_who_it_knows_and_who_not(self):
        self.web.routes[gravatar_path(KNOWN)] = Answer(gravatar_profile(KNOWN))
        self.facebook.add("known.page", "901", "Known Page")
        self.web.routes[f"{facebook.VERSION}/nobody.there"] = facebook.graph_error(803, 404)
        self.x.add("known_one", "902", "Known One")
        self.x.error("nobody_there", "Not Found Error")
        self.orcid.add("0000-0002-1825-0097", KNOWN, "Known", "One")
        add_avatar(self.web, KNOWN, portrait())
        self.staff.add(KNOWN, "Known One")
        result = self.decorum.command("probe", "--json")
        rows = {(row["source"], row["asked_for"]): row for row in json.loads(result.stdout)}
        sources = ("directory", "gravatar", "facebook", "x", "orcid", "libravatar", "custom.staff")
        self.assertEqual(set(rows), {(source, which) for source in sources for which in ("known", "unknown")})
        for (source, which), row in rows.items():
            self.assertEqual((row["verdict"], row["outcome"]),
                             ("ok", "found" if which == "known" else "not_found"), (source, which, row))
        self.assertEqual(result.returncode, 0)

    def test_posts_of_all_accounts_are_one_line_the_newest_first(self):
        address = sender()
        self.facebook.add("noor.page", "911", "Noor Haddad", posts=[
            ("On Facebook", "2026-11-19T08:00:00+0000", "https://www.facebook.com/noor.page/posts/1", None)])
        self.x.add("noor_x", "912", "Noor Haddad", [(5, "On X", "2026-11-20T08:00:00Z"),
                                                    (4, "Long ago", "2026-01-01T08:00:00Z")])
        gateway = self.serve_here(self.gateway(name="two", annotate={"activities": 2}))
        person = declared(address, "facebook", "noor.page", "https://facebook.com/noor.page")
        account = declared(address, "x", "noor_x", "https://x.com/noor_x")
        registry = gateway.folder / "state" / "registry.toml"
        registry.write_text(person + account.partition("\n[[person.account]]")[1] +
                            account.partition("\n[[person.account]]")[2])
        got = self.deliver_until(address, lambda got: "; " in got.fields.get("Sender-Profile-Activity", ""),
                                 "two posts", gateway=gateway)
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "On X" <https://x.com/noor_x/status/5>; '
                         '2026-11-19 "On Facebook" <https://www.facebook.com/noor.page/posts/1>')
        # By default it is the newest one alone.
        (self.decorum.folder / "state" / "registry.toml").write_text(registry.read_text())
        alone = self.deliver_until(address, lambda got: "On X" in got.fields.get("Sender-Profile-Activity", ""), "a post")
        self.assertEqual(alone.fields["Sender-Profile-Activity"],
                         '2026-11-20 "On X" <https://x.com/noor_x/status/5>')


class EverySourceCase(GatewayCase):
    """All that the gateway knows how to ask, in one configuration, each at a host of its own."""

    hosts = ("gravatar.test", "graph.test", "x.test", "orcid.test", "avatars.test", "staff.test", "api.github.example",
             "gitlab.example", "api.bsky.example", "plc.example", "social.example", "page.example", "noor.example")

    @classmethod
    def serve_sources(cls, *people):
        cls.net = cls.serve(Internet(cls.scratch, cls.hosts))
        cls.slapd = cls.serve(Slapd(cls.scratch, *people))
        net = cls.net
        cls.github, cls.gitlab, cls.bluesky = GitHub(net), GitLab(net), Bluesky(net)
        cls.mastodon, cls.facebook, cls.x = Mastodon(net, "social.example"), facebook.Facebook(net), x_server.XServer(net)
        cls.orcid, cls.staff = orcid.Orcid(net), staff.Staff(net)

    @classmethod
    def tables(cls):
        def secret(name, text):
            file = cls.scratch.folder("secrets-" + name) / "token"
            file.write_text(text + "\n")
            file.chmod(0o600)
            return file

        def accounts(known, unknown):
            return {"enabled": True, "known": known, "unknown": unknown}
        by_address = accounts(KNOWN, UNKNOWN)
        return {
            "connector__directory": {"known": "jane@example.org", "unknown": UNKNOWN},
            "connector__ldap": {**by_address, "base_url": f"ldap://127.0.0.1:{cls.slapd.port}", "tls": "starttls",
                                "ca_file": cls.slapd.authority, "bind_dn": BIND_DN,
                                "token_file": cls.slapd.password_file,
                                "base_dn": BASE_DN},
            "connector__gravatar": {**by_address, "base_url": "https://gravatar.test"},
            "connector__github": {**cls.github.settings, **by_address},
            # One account that the URL alone does not tell from a page.
            "connector__gitlab": {**cls.gitlab.settings, **accounts("https://gitlab.example/known",
                                                                "https://gitlab.example/nobody")},
            "connector__bluesky": {**cls.bluesky.settings, "personal_domains": ["noor.example"],
                                   **accounts("https://bsky.app/profile/known.example",
                                              "https://bsky.app/profile/nobody.example")},
            "connector__webfinger": {"domains": ["social.example"], **accounts("known@social.example",
                                                                               "https://social.example/@nobody")},
            "connector__facebook": {"base_url": "https://graph.test", "app_id": facebook.APP,
                                    "token_file": secret("facebook", facebook.SECRET),
                                    **accounts("https://facebook.com/known.page", "https://facebook.com/nobody.there")},
            "connector__x": {"base_url": "https://x.test", "token_file": secret("x", x_server.TOKEN), "spend_cap": 12,
                             **accounts("https://x.com/known_one", "https://x.com/nobody_there")},
            "connector__orcid": {**by_address, "base_url": "https://orcid.test", "app_id": orcid.APP,
                                 "token_file": secret("orcid", orcid.SECRET)},
            "connector__libravatar": {**by_address, "base_url": "https://avatars.test"},
            "connector__profile_page": accounts("https://page.example/about", "https://page.example/nobody"),
            "connector__custom__staff": {
                **by_address, "url": "https://staff.test/api/search?mail={address}", "address": "/results/0/mail",
                "display_name": "/results/0/cn", "token_file": secret("staff", staff.TOKEN)},
        }


class EverySource(EverySourceCase):
    @classmethod
    def prepare(cls):
        cls.serve_sources(person("known", KNOWN, displayName="Known One"))
        cls.decorum = gateway_before(cls.scratch, 1, "lmtp", http=cls.net.settings(), **cls.tables())
        cls.github.add("known-one", KNOWN)
        cls.gitlab.add("known", KNOWN)
        cls.bluesky.add("known.example")
        cls.mastodon.add("known")
        cls.net.routes[gravatar_path(KNOWN)] = Answer(gravatar_profile(KNOWN))
        cls.facebook.add("known.page", "901", "Known Page")
        cls.net.routes[f"{facebook.VERSION}/nobody.there"] = facebook.graph_error(803, 404)
        cls.x.add("known_one", "902", "Known One")
        cls.x.error("nobody_there", "Not Found Error")
        cls.orcid.add("0000-0002-1825-0097", KNOWN, "Known", "One")
        add_avatar(cls.net, KNOWN, portrait())
        cls.staff.add(KNOWN, "Known One")
        cls.net.routes["page.example/about"] = page_of("Known One")

    def rows(self):
        result = self.decorum.command("probe", "--json")
        self.assertTrue(result.stdout, result.stderr)
        return {(row["source"], row["asked_for"]): row for row in json.loads(result.stdout)}, result.returncode

    def test_probe_asks_all_and_keeps_to_what_may_be_spent(self):
        rows, status = self.rows()
        sources = ("directory", "ldap", "gravatar", "github", "gitlab", "bluesky", "webfinger", "facebook", "x", "orcid",
                   "libravatar", "profile_page", "custom.staff")
        self.assertEqual(set(rows), {(source, which) for source in sources for which in ("known", "unknown")})
        for (source, which), row in rows.items():
            self.assertEqual((row["verdict"], row["outcome"]),
                             ("ok", "found" if which == "known" else "not_found"), (source, which, row))
        self.assertEqual(status, 0)
        # Each reads an account for a cent, which is reckoned at 3.5 before: of 12 cents none is left in the end.
        for _ in range(12):
            rows, status = self.rows()
            if rows["x", "known"]["outcome"] != "found":
                break
        self.assertEqual(rows["x", "known"]["outcome"], "throttled", "the money of a day is not endless")
        self.assertIn("money", rows["x", "known"]["remark"])
        self.assertEqual(rows["github", "known"]["outcome"], "found", "which is no matter of the others")
        self.assertEqual(status, 1)


class FromSmtpToDovecot(EverySourceCase):
    """SMTP in, through the gateway as Postfix's filter and Postfix itself, by LMTP to Dovecot, and read there."""

    @classmethod
    def prepare(cls):
        cls.serve_sources(person("noor", "noor@ldap.example", displayName="Noor Haddad", title="Ward Sister"))
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        again = free_port()
        cls.serve(Postfix(cls.scratch, {again: {}}, {"default_transport": f"lmtp:inet:127.0.0.1:{cls.dovecot.lmtp_port}"}))
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, again, "smtp", listener={"position": "filter"},
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"], "activity": "all"},
            http=cls.net.settings(), **cls.tables()))

    def shown(self, address, source):
        """The fields of the first message from there that shows what the source says, as Dovecot has it."""
        def attempt():
            sent = authenticated(address, "Noor Haddad")
            with Client(self.decorum.port) as client:
                client.ehlo()
                self.assertEqual(client.deliver(sent, sender=address).code, 250)
            octets = wait_until(lambda: self.dovecot.message_with(message_id(sent)), 20, "the message")
            got = Annotated(octets)
            return got if f"sources={source};" in got.fields["Sender-Profile-Source"] else None
        got = wait_until(attempt, 60, f"what {source} says")  # the sender's own domain is asked after up to 30 s
        self.assertEqual(got.status, "found")
        self.assertTrue(self.decorum.seal_is_valid(got.above + got.block + got.rest))
        return got.fields

    def declare(self, *accounts):
        (self.decorum.folder / "state" / "registry.toml").write_text("".join(declared(*one) for one in accounts))

    def test_ldap(self):
        self.assertEqual(self.shown("noor@ldap.example", "ldap")["Sender-Profile"], "Noor Haddad, Ward Sister")

    def test_gravatar(self):
        address = sender()
        self.net.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        self.assertEqual(self.shown(address, "gravatar")["Sender-Profile"],
                         "Ines Roy, Buyer at Example Ltd (Lyon, FR); self-described at gravatar.com")

    def test_github(self):
        address = sender()
        self.github.add("noorh", address, events=[event("noorh", "PushEvent", "harbour/ferry")])
        fields = self.shown(address, "github")
        self.assertEqual(fields["Sender-Profile"], "Noor Haddad (Nantes); self-described at github.com")
        self.assertIn("pushed to harbour/ferry", fields["Sender-Profile-Activity"])

    def test_gitlab(self):
        address = sender()
        self.gitlab.add("noorh", address)
        self.assertEqual(self.shown(address, "gitlab")["Sender-Profile"],
                         "Noor Haddad, Ward Sister at Harbour Hospital (Nantes); self-described at gitlab.example")

    def test_orcid(self):
        address = sender()
        self.orcid.add("0000-0001-5109-3700", address, "Noor", "Haddad",
                       employments=[("Ward Sister", "Harbour Hospital", "2019")])
        fields = self.shown(address, "orcid")
        self.assertTrue(fields["Sender-Profile"].startswith("Noor Haddad"), fields)
        self.assertIn("Ward Sister, Harbour Hospital (2019-)", fields["Sender-Profile-Career"])

    def test_libravatar(self):
        address = sender()
        add_avatar(self.net, address, portrait())
        self.assertIn("Face", self.shown(address, "libravatar"))

    def test_a_source_that_is_only_described(self):
        address = sender()
        self.staff.add(address, "Noor Haddad")
        self.assertTrue(self.shown(address, "custom.staff")["Sender-Profile"].startswith("Noor Haddad"))

    def test_the_fediverse(self):
        address = self.mastodon.add("noor", posts=[{"content": "<p>We are hiring nurses</p>"}])
        fields = self.shown(address, "webfinger")
        self.assertTrue(fields["Sender-Profile"].startswith("Noor Haddad"), fields)
        self.assertIn("We are hiring nurses", fields["Sender-Profile-Activity"])

    def test_bluesky(self):
        self.bluesky.add("noor.example", posts=[{"text": "We are hiring nurses"}])
        fields = self.shown("me@noor.example", "bluesky")
        self.assertEqual(fields["Sender-Profile"], "Noor Haddad; self-described at bsky.app")
        self.assertIn("We are hiring nurses", fields["Sender-Profile-Activity"])

    def test_declared_accounts(self):
        facebooks, xs, viadeos = sender(), sender(), sender()
        self.facebook.add("harbour.page", "911", "Noor Haddad", posts=[
            ("Open day", "2026-11-19T08:00:00+0000", "https://www.facebook.com/harbour.page/posts/1", None)])
        self.x.add("noor_x", "912", "Noor Haddad", [(5, "On X", "2026-11-20T08:00:00Z")])
        self.net.routes["page.example/viadeo"] = Answer({
            "name": "Noor Haddad", "headline": "Ward Sister",
            "career": [{"begin": "2019", "end": None, "position": "Ward Sister", "company_name": "Harbour Hospital"}],
            "recommendations": [{"author": "Luc Morel", "text": "Keeps her word."}]})
        self.declare((facebooks, "facebook", "harbour.page", "https://facebook.com/harbour.page"),
                     (xs, "x", "noor_x", "https://x.com/noor_x"),
                     (viadeos, "viadeo", "", "https://page.example/viadeo"))
        with self.subTest("facebook"):
            self.assertIn("Open day", self.shown(facebooks, "facebook")["Sender-Profile-Activity"])
        with self.subTest("x"):
            self.assertIn("On X", self.shown(xs, "x")["Sender-Profile-Activity"])
        with self.subTest("viadeo"):
            career = self.shown(viadeos, "profile_page")["Sender-Profile-Career"]
            self.assertEqual(career, "Ward Sister, Harbour Hospital (2019-); 1 recommendation")
