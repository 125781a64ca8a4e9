"""WebFinger and the fediverse end to end: mail in by LMTP, a server of Mastodon's kind, header fields in Dovecot."""

import json

from support.fediverse import Mastodon, verified_field
from support.network_case import NetworkCase
from support.web import Answer

POST = {"content": "<p>We are <b>hiring</b> nurses</p>"}


class FediverseCase(NetworkCase):
    """A domain a test, for no domain is asked twice within the time that an answer holds."""

    source = "webfinger"
    domains = ()

    @classmethod
    def prepare(cls):
        cls.hosts = [*cls.domains, "social.example", "unlisted.example"]
        super().prepare()

    @classmethod
    def tables(cls):
        return {"connector__webfinger": {"enabled": True, "domains": [*cls.domains]}}


class ByAddress(FediverseCase):
    domains = ("haddad.example", "split.example", "limited.example", "thief.example", "flags.example",
               "hostile.example", "slow.example", "gone.example", "deaf.example")

    def test_a_sender_is_found_through_their_own_domain(self):
        server = Mastodon(self.net, "haddad.example")
        address = server.add("noor", posts=[POST], fields=[verified_field("site", "https://noor.example/")])
        first = self.mail(address)
        self.assertNotEqual(first.status, "found", "the domain does not learn of a delivery by an instant question")
        got = self.mail_with_profile(address, seconds=45)
        self.assertEqual(got.fields["Sender-Profile"], "Noor Haddad; self-described at haddad.example")
        self.assertEqual(got.fields["Sender-Profile-Networks"], "https://haddad.example/@noor, https://noor.example/")
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "We are hiring nurses" <https://haddad.example/@noor/113>')
        for part in ("tier=B", "said-by=self", "sources=webfinger"):
            self.assertIn(part, got.fields["Sender-Profile-Source"])
        self.assertTrue(self.decorum.seal_is_valid(self.dovecot.messages()[-1]))
        self.assertNotIn("paul@example.org", json.dumps(self.net.requests))

    def test_a_domain_that_is_not_listed_is_never_asked(self):
        Mastodon(self.net, "unlisted.example").add("noor")
        self.assertEqual(self.lookup("noor@unlisted.example")["status"], "none")
        self.assertEqual(self.mail("noor@unlisted.example").status, "none")
        self.assertNotIn("unlisted.example", [name for name, _ in self.net.names.asked])
        self.assertNotIn("unlisted.example", json.dumps(self.net.requests))

    def test_accounts_on_a_host_of_another_name(self):
        server = Mastodon(self.net, "social.example", domain="split.example")
        address = server.add("noor", posts=[POST])
        self.assertEqual(self.lookup(address)["status"], "found")
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile-Networks"], "https://social.example/@noor")

    def test_a_domain_cant_put_its_people_on_somebody_elses_actor(self):
        Mastodon(self.net, "social.example").add("jane", name="Jane Martin")
        self.net.routes["thief.example/.well-known/webfinger"] = Answer(
            {"subject": "acct:mallory@thief.example",
             "links": [{"rel": "self", "type": "application/activity+json",
                        "href": "https://social.example/users/jane"}]}, kind="application/jrd+json")
        self.assertEqual(self.outcome("mallory@thief.example"), ("not_found", "the actor has another address"))
        self.assertNotIn("Sender-Profile", self.mail("mallory@thief.example").fields)

    def test_limited_federation_serves_the_actor_and_its_outbox(self):
        server = Mastodon(self.net, "limited.example", limited=True)
        address = server.add("noor", posts=[POST])
        self.assertEqual(self.lookup(address)["status"], "found")
        got = self.mail_with_profile(address)
        self.assertIn('"We are hiring nurses"', got.fields["Sender-Profile-Activity"])

    def test_their_wishes_are_obeyed(self):
        server = Mastodon(self.net, "flags.example")
        for number, wish in enumerate(({"discoverable": False}, {"suspended": True}, {"memorial": True},
                                       {"noindex": True})):
            with self.subTest(wish):
                address = server.add(f"person{number}", **wish)
                self.assertTrue(self.word(address)["hidden"])
                self.assertEqual(self.lookup(address)["status"], "none")
        address = server.add("quiet", posts=[POST], indexable=False)
        self.assertEqual(self.lookup(address)["activities"], [])
        self.assertEqual(self.lookup(address)["status"], "found")

    def test_hostile_texts_stay_inside_their_field(self):
        server = Mastodon(self.net, "hostile.example")
        address = server.add(
            "eve", name="Eve\r\nBcc: all@example.org\r\n\r\n\u202e\u200b", note="<p>x</p>" * 10_000,
            posts=[{"content": "<p>Paul Petit\r\nX-Forged: 1\u2066</p><script>alert(1)</script>"},
                   {"content": "<p>" + "x" * 100_000}])
        found = self.lookup(address)
        self.assertEqual(len(found["activities"][1]["text"]), 5000)
        got = self.mail_with_profile(address)
        self.assert_harmless(got)
        self.assertNotIn("alert", got.fields["Sender-Profile-Activity"])
        self.assertIn("Paul Petit X-Forged: 1", got.fields["Sender-Profile-Activity"])

    def test_each_outcome_in_the_networks_own_way(self):
        server = Mastodon(self.net, "gone.example")
        address = server.add("noor", posts=[POST])
        self.assertEqual(self.outcome("nobody@gone.example")[0], "not_found")
        server.throttled = True
        self.assertEqual(self.outcome(address)[0], "throttled")
        self.assertEqual(self.mail(address).status, "unavailable")
        server.throttled = False
        self.assertEqual(self.outcome(address, "--refresh")[0], "found")
        self.net.routes["gone.example/users/noor"] = Answer("", 403)
        self.assertEqual(self.outcome(address, "--refresh")[0], "forbidden")
        self.net.routes["gone.example/users/noor"] = Answer("{]", kind="application/activity+json")
        self.assertEqual(self.outcome(address, "--refresh")[0], "failed")
        self.assertEqual(self.lookup(address)["fields"]["display_name"]["value"], "Noor Haddad",
                         "an outage doesn't rewrite what readers see")
        server.delete("noor")
        self.assertEqual(self.outcome(address, "--refresh")[0], "not_found")
        self.assertEqual(self.lookup(address)["status"], "none")

    def test_an_account_that_is_deleted_between_two_requests_is_not_found(self):
        server = Mastodon(self.net, "slow.example")
        address = server.add("noor", posts=[POST])
        lookup = self.net.routes["slow.example/api/v1/accounts/lookup"]

        def last_words(request):
            answer = lookup(request)
            server.delete("noor")
            return answer
        self.net.routes["slow.example/api/v1/accounts/lookup"] = last_words
        self.assertEqual(self.outcome(address)[0], "not_found")

    def test_a_domain_without_webfinger_is_not_found(self):
        self.assertEqual(self.outcome("noor@deaf.example")[0], "not_found")


class Declared(FediverseCase):
    """An account that its owner declared, on a server that nobody listed: the person's own word opens it."""

    def test_its_latest_post_stands_above_the_mail_once_the_account_names_the_code(self):
        server = Mastodon(self.net, "social.example")
        server.add("claire", name="Claire Aubert", posts=[
            {"content": "<p>@paul quite so</p>", "in_reply_to_id": "7"}, {"content": "", "reblog": {"id": "9"}}, POST])
        address, url = "claire@aubert.example", "https://social.example/@claire"
        code = self.declare(address, url)
        self.confirm(address, url, status=1)
        server.people["claire"]["note"] = f"<p>Acheteuse. {code}</p>"
        self.confirm(address, url)
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile"], "Claire Aubert; self-described at social.example")
        self.assertIn('"We are hiring nurses" <https://social.example/@claire/113>',
                      got.fields["Sender-Profile-Activity"])
        self.assertIn("said-by=self", got.fields["Sender-Profile-Source"])
        self.assertEqual(self.lookup(address)["fields"]["display_name"]["tier"], "A", "declared, and their own word")

        server.people["claire"]["more"] = {"moved": {"acct": "claire@elsewhere.example"}}
        self.lookup(address, "--refresh")
        found = self.lookup(address)
        self.assertNotIn("display_name", found["fields"], "moved away")


class Signed(FediverseCase):
    """A server that gives actors only to those who sign for the question."""

    domains = ("secure.example",)

    @classmethod
    def tables(cls):
        tables = super().tables()
        tables["connector__webfinger"]["actor_id"] = "https://mx.example.org/decorum/actor"
        return tables

    def test_it_is_asked_as_the_actor_that_we_publish(self):
        server = Mastodon(self.net, "secure.example", limited=True, secure=True)
        address = server.add("noor", posts=[POST])
        self.assertEqual(self.outcome(address)[0], "forbidden", "it has not seen our actor yet")
        state = self.decorum.folder / "state"
        actor = json.loads((state / "activitypub-actor.json").read_text())
        self.assertEqual(actor["id"], "https://mx.example.org/decorum/actor")
        key = self.scratch.folder("keys") / "decorum.pem"
        key.write_text(actor["publicKey"]["publicKeyPem"])
        server.keys[actor["publicKey"]["id"]] = key
        self.assertEqual(self.outcome(address, "--refresh")[0], "found")
        self.assertEqual(server.signatures, [True, True, True], "the actor, its outbox, the page of it")
        got = self.mail_with_profile(address)
        self.assertIn('"We are hiring nurses"', got.fields["Sender-Profile-Activity"])
        self.assertEqual((state / "activitypub.key").stat().st_mode & 0o777, 0o600)
        server.keys.clear()
        self.assertEqual(self.outcome(address, "--refresh")[0], "forbidden", "our key was refused in mid-run")
        self.assertEqual(self.mail(address).status, "found", "what is known stays")


class Probe(FediverseCase):
    domains = ("haddad.example",)

    @classmethod
    def tables(cls):
        return {"connector__webfinger": {"enabled": True, "known": "noor@haddad.example",
                                         "unknown": "https://haddad.example/@nobody"}}

    def test_asks_for_an_account_that_is_there_and_one_that_is_not(self):
        Mastodon(self.net, "haddad.example").add("noor")
        self.assertEqual(self.probe(), (("found", "not_found"), 0))
