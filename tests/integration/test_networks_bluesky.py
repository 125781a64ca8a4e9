"""Bluesky end to end: mail in by LMTP, its public interface on loopback, header fields in Dovecot."""

from support.bluesky import Bluesky
from support.network_case import NetworkCase
from support.web import Answer

POST = {"text": "We are hiring nurses"}


class BlueskyCase(NetworkCase):
    source = "bluesky"
    domains = ()

    @classmethod
    def prepare(cls):
        cls.hosts = ["api.bsky.example", "plc.example", *cls.domains]
        super().prepare()

    @classmethod
    def tables(cls):
        cls.bluesky = Bluesky(cls.net)
        return {"connector__bluesky": {**cls.bluesky.settings, "personal_domains": [*cls.domains]}}


class ByAddress(BlueskyCase):
    """Mail domains of one person each."""

    domains = ("noor.example", "web.example", "eve.example", "shy.example", "renamed.example", "mended.example")

    def test_the_domains_handle_is_the_persons(self):
        self.bluesky.add("noor.example", posts=[{"text": "somebody else's", "author": "did:plc:" + "a" * 24,
                                                 "repost": True}, POST])
        self.assertEqual(self.lookup("me@noor.example")["status"], "found")
        got = self.mail_with_profile("me@noor.example")
        self.assertEqual(got.fields["Sender-Profile"], "Noor Haddad; self-described at bsky.app")
        self.assertEqual(got.fields["Sender-Profile-Networks"], "https://bsky.app/profile/noor.example")
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "We are hiring nurses" <https://bsky.app/profile/noor.example/post/3l7post1>')
        self.assertIn("tier=B", got.fields["Sender-Profile-Source"])

    def test_a_domain_may_name_its_account_on_its_web_server(self):
        self.bluesky.add("web.example", by_dns=False)
        self.assertEqual(self.outcome("me@web.example")[0], "found")

    def test_a_domain_that_is_not_listed_is_never_asked(self):
        self.bluesky.add("company.example")
        self.assertEqual(self.lookup("noor@company.example")["status"], "none")
        self.assertFalse([name for name, _ in self.net.names.asked if "company" in name])

    def test_a_domain_cant_take_somebody_elses_account(self):
        victim = self.bluesky.add("jane.example", name="Jane Martin")
        self.net.names.texts["_atproto.eve.example"] = [f"did={victim}"]
        self.assertEqual(self.outcome("eve@eve.example"), ("not_found", "the DID document does not name the handle"))
        self.assertEqual(self.mail("eve@eve.example").status, "none")

    def test_who_asks_to_be_shown_to_members_only_is_not_shown(self):
        did = self.bluesky.add("shy.example", posts=[POST], labels=["!no-unauthenticated"])
        self.assertTrue(self.word("me@shy.example")["hidden"])
        self.assertEqual(self.lookup("me@shy.example")["status"], "none")
        self.bluesky.people[did]["labels"] = []
        self.assertEqual(self.lookup("me@shy.example", "--refresh")["status"], "found")

    def test_each_outcome_in_the_networks_own_way(self):
        did = self.bluesky.add("mended.example", posts=[POST])
        address = "me@mended.example"
        self.bluesky.throttled = True
        self.assertEqual(self.outcome(address)[0], "throttled")
        self.assertEqual(self.mail(address).status, "unavailable")
        self.bluesky.throttled = False
        self.assertEqual(self.outcome(address, "--refresh")[0], "found")
        feed = self.net.routes["api.bsky.example/xrpc/app.bsky.feed.getAuthorFeed"]
        for answer, outcome in ((Answer("", 403), "forbidden"), (Answer("{]", kind="application/json"), "failed"),
                                (Answer("", 502), "failed")):
            self.net.routes["api.bsky.example/xrpc/app.bsky.feed.getAuthorFeed"] = answer
            self.assertEqual(self.outcome(address, "--refresh")[0], outcome)
        self.net.routes["api.bsky.example/xrpc/app.bsky.feed.getAuthorFeed"] = feed
        self.assertEqual(len(self.lookup(address)["activities"]), 1, "an outage doesn't rewrite what readers see")
        self.bluesky.people.pop(did)
        self.assertEqual(self.outcome(address, "--refresh")[0], "not_found")

    def test_an_account_that_is_renamed_is_not_found(self):
        did = self.bluesky.add("renamed.example")
        self.assertEqual(self.outcome("me@renamed.example")[0], "found")
        self.bluesky.people[did]["handle"] = "other.example"
        self.assertEqual(self.outcome("me@renamed.example", "--refresh")[0], "not_found")


class Declared(BlueskyCase):
    def test_its_latest_post_stands_above_the_mail_once_the_account_names_the_code(self):
        did = self.bluesky.add("claire.example", name="Claire Aubert", posts=[
            {"text": "Paul Petit\r\nBcc: all@example.org \u202e" + "x" * 100_000}])
        address, url = "claire@aubert.example", "https://bsky.app/profile/claire.example"
        code = self.declare(address, url)
        self.confirm(address, url, status=1)
        self.bluesky.people[did]["more"] = {"description": f"Acheteuse. {code}"}
        self.confirm(address, url)
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile"], "Claire Aubert; self-described at bsky.app")
        self.assertIn("Paul Petit", got.fields["Sender-Profile-Activity"])
        self.assert_harmless(got)
        self.assertFalse([name for name, _ in self.net.names.asked if "claire" in name],
                         "the person's own domain does not learn of it")


class Probe(BlueskyCase):
    @classmethod
    def tables(cls):
        tables = super().tables()
        tables["connector__bluesky"].update(known="https://bsky.app/profile/noor.example",
                                            unknown="https://bsky.app/profile/nobody.example")
        return tables

    def test_asks_for_an_account_that_is_there_and_one_that_is_not(self):
        self.bluesky.add("noor.example")
        self.assertEqual(self.probe(), (("found", "not_found"), 0))
