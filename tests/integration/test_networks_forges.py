"""GitHub and GitLab end to end: mail in by LMTP, their interfaces on loopback, header fields in Dovecot."""

import itertools
import json

from support.fediverse import Mastodon, verified_field
from support.github import GitHub, event
from support.gitlab import GitLab, push
from support.network_case import NetworkCase
from support.scratch import wait_until
from support.web import Answer

_number = itertools.count(1)


def fresh(name):
    """A name and an address that no other test uses."""
    name = f"{name}{next(_number)}"
    return name, f"{name}@haddad.example"


class GitHubCase(NetworkCase):
    source = "github"
    hosts = ("api.github.example", "social.example")
    token = ""

    @classmethod
    def tables(cls):
        cls.github = GitHub(cls.net)
        tables = {"connector__github": {**cls.github.settings}}
        if cls.token:
            file = cls.scratch.folder("tokens") / "github"
            file.write_text(cls.token + "\n")
            file.chmod(0o600)
            tables["connector__github"]["token_file"] = file
            cls.github.tokens = {cls.token}
        return tables


class ByPublicEmail(GitHubCase):
    def test_the_account_that_gives_the_address_in_public(self):
        login, address = fresh("noor")
        self.github.add(login, address, events=[
            event(login, "WatchEvent", "other/thing"),
            event(login, "ReleaseEvent", "harbour/ferry", time="2026-11-21T08:00:00Z", action="published",
                  release={"tag_name": "v1.2", "name": "Jane Martin is a fraud"}),
            event(login, "PushEvent", "harbour/ferry", commits=[{"message": "secret"}])])
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile"], "Noor Haddad (Nantes); self-described at github.com")
        self.assertEqual(got.fields["Sender-Profile-Networks"], f"https://github.com/{login}")
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-21 "released v1.2 of harbour/ferry" <https://github.com/harbour/ferry>')
        for part in ("tier=A", "said-by=self", "sources=github"):
            self.assertIn(part, got.fields["Sender-Profile-Source"])

    def test_an_account_that_only_resembles_is_nobody(self):
        login, address = fresh("jane")
        self.github.add(login, None)
        self.assertEqual(self.outcome(address), ("not_found", "nobody gives the address in public"))
        self.assertEqual(self.mail(address).status, "none")
        self.github.people[login]["user"]["email"] = f"x{address}"
        self.assertEqual(self.outcome(address, "--refresh")[0], "not_found")

    def test_a_miss_is_a_list_of_nobody(self):
        self.assertEqual(self.outcome("qqq@haddad.example")[0], "not_found")

    def test_each_outcome_in_the_networks_own_way(self):
        login, address = fresh("luc")
        self.github.add(login, address, events=[event(login, "PushEvent", "harbour/ferry")])
        for way in ("spent", "secondary"):
            setattr(self.github, way, True)
            self.assertEqual(self.outcome(address, "--refresh")[0], "throttled", way)
            setattr(self.github, way, False)
        self.assertEqual(self.outcome(address, "--refresh")[0], "found")
        self.assertEqual(self.word(address, "--refresh")["quota_left"], 41)
        path = f"api.github.example/users/{login}/social_accounts"
        route = self.net.routes[path]
        for answer, outcome in ((Answer("", 401), "forbidden"), (Answer("", 500), "failed"),
                                (Answer("{]", kind="application/json"), "failed")):
            self.net.routes[path] = answer
            self.assertEqual(self.outcome(address, "--refresh")[0], outcome)
        self.net.routes[path] = route
        self.assertEqual(len(self.lookup(address)["activities"]), 1, "an outage doesn't rewrite what readers see")
        del self.github.people[login]
        self.assertEqual(self.outcome(address, "--refresh")[0], "not_found")

    def test_hostile_texts_stay_inside_their_field(self):
        login, address = fresh("eve")
        self.github.add(login, address, name="Eve\r\nBcc: all@example.org\u202e", bio="x" * 100_000,
                        location="Lyon\r\n\r\nX-Forged: 1", events=[event(login, "PushEvent", "a/b\r\nX-Forged: 1")])
        got = self.mail_with_profile(address)
        self.assert_harmless(got)
        self.assertNotIn("Sender-Profile-Activity", got.fields)


class Declared(GitHubCase):
    def test_an_account_is_confirmed_and_shown(self):
        login, _ = fresh("claire")
        address, url = f"{login}@aubert.example", f"https://github.com/{login}"
        self.github.add(login, name="Claire Aubert", events=[event(login, "PushEvent", "aubert/voile")])
        code = self.declare(address, url)
        self.confirm(address, url, status=1)
        self.github.people[login]["user"]["bio"] = f"Acheteuse {code}"
        self.confirm(address, url)
        got = self.mail_with_profile(address)
        self.assertIn("Claire Aubert", got.fields["Sender-Profile"])
        self.assertIn('"pushed to aubert/voile"', got.fields["Sender-Profile-Activity"])

    def test_a_name_that_somebody_else_took_ends_the_link(self):
        login, _ = fresh("renamed")
        address, url = f"{login}@aubert.example", f"https://github.com/{login}"
        self.github.add(login, name="Claire Aubert", id=4711)
        self.github.people[login]["user"]["bio"] = self.declare(address, url)
        self.confirm(address, url)
        self.assertIn("id = \"4711\"", (self.decorum.folder / "state/registry.toml").read_text().replace("'", '"'))
        self.assertIn(url, [link["url"] for link in self.lookup(address)["links"]])
        self.github.people[login]["user"].update(id=4712, name="Eve")
        after = self.lookup(address, "--refresh")
        self.assertEqual(after["links"], [])
        self.assertNotIn("Eve", json.dumps(after))


class Token(GitHubCase):
    token = "gh-t0ken"

    def test_a_token_that_is_refused_in_mid_run_leaves_what_is_known(self):
        login, address = fresh("noor")
        self.github.add(login, address)
        self.assertEqual(self.outcome(address)[0], "found")
        self.github.tokens = {"another"}
        self.assertEqual(self.outcome(address, "--refresh")[0], "forbidden")
        self.assertEqual(self.mail(address).status, "found")
        _, other = fresh("paul")
        self.assertEqual(self.mail(other).status, "unavailable", "not asked is not the same as nobody")


class Unchanged(GitHubCase):
    """What did not change is not sent again, and costs no allowance."""

    @classmethod
    def tables(cls):
        tables = super().tables()
        tables["cache"] = {"positive": "1s", "activities": "1s"}
        return tables

    def test_is_asked_for_by_its_etag(self):
        login, address = fresh("noor")
        self.github.add(login, address)
        self.mail_with_profile(address)
        asked = len(self.net.requests)

        def revalidated():
            self.mail(address)
            return self.github.not_modified >= 4
        wait_until(revalidated, 15, "four answers of 304")
        again = self.net.requests[asked:]
        self.assertTrue(all("If-None-Match" in fields for _, _, fields in again), again)


class AcrossNetworks(GitHubCase):
    """The address leads to GitHub, GitHub to a Mastodon account, and that one names GitHub in return: tier B."""

    @classmethod
    def tables(cls):
        return {**super().tables(), "connector__webfinger": {"enabled": True, "domains": ["social.example"]}}

    def test_two_accounts_that_name_each_other_are_merged(self):
        login, address = fresh("noor")
        server = Mastodon(self.net, "social.example")
        server.add(login, fields=[verified_field("code", f"https://github.com/{login}")],
                   posts=[{"content": "<p>Night shift again</p>", "created_at": "2026-11-22T08:00:00.000Z"}])
        self.github.add(login, address, accounts=[
            {"provider": "mastodon", "url": f"https://social.example/@{login}"},
            {"provider": "linkedin", "url": "https://www.linkedin.com/in/somebody"}])
        self.lookup(address)
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile-Networks"],
                         f"https://github.com/{login}, https://social.example/@{login}")
        self.assertIn('"Night shift again"', got.fields["Sender-Profile-Activity"])
        self.assertNotIn(b"linkedin", got.block, "a link one way is not shown")
        _, other = fresh("liar")
        self.github.add("liar", other, accounts=[{"provider": "mastodon", "url": f"https://social.example/@{login}"}])
        self.lookup(other)
        self.assertNotIn("social.example", self.mail_with_profile(other).fields["Sender-Profile-Networks"])


class GitLabCase(NetworkCase):
    source = "gitlab"
    hosts = ("gitlab.example",)

    @classmethod
    def tables(cls):
        cls.gitlab = GitLab(cls.net)
        return {"connector__gitlab": {**cls.gitlab.settings}}


class OnGitLab(GitLabCase):
    def test_the_account_that_gives_the_address_in_public(self):
        name, address = fresh("noor")
        self.gitlab.add_project(7, "harbour/tools/ferry")
        self.gitlab.add_project(8, "harbour/secret", visibility="private")
        self.gitlab.add(name, address, events=[push(8), push(7)])
        got = self.mail_with_profile(address)
        self.assertEqual(got.fields["Sender-Profile"],
                         "Noor Haddad, Ward Sister at Harbour Hospital (Nantes); self-described at gitlab.example")
        self.assertEqual(got.fields["Sender-Profile-Networks"], f"https://gitlab.example/{name}")
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "pushed to harbour/tools/ferry" <https://gitlab.example/harbour/tools/ferry>')
        self.assertNotIn(b"secret", got.block)

    def test_a_companys_own_server_is_not_asked_for_its_people(self):
        name, _ = fresh("noor")
        address = f"{name}@mail.gitlab.example"
        self.gitlab.add(name, address)
        self.assertNotIn("gitlab", [word["source"] for word in self.lookup(address)["sources"]])
        self.assertEqual(self.mail(address).status, "none")
        self.assertNotIn(name, json.dumps(self.net.requests))

    def test_an_account_that_only_resembles_is_nobody(self):
        name, address = fresh("jane")
        self.gitlab.add(name)
        self.assertEqual(self.outcome(address), ("not_found", "nobody gives the address in public"))
        self.assertEqual(self.mail(address).status, "none")

    def test_each_outcome_in_the_networks_own_way(self):
        name, address = fresh("luc")
        number = self.gitlab.add(name, address)
        self.gitlab.throttled = True
        self.assertEqual(self.outcome(address)[0], "throttled")
        self.gitlab.throttled = False
        self.assertEqual(self.outcome(address, "--refresh")[0], "found")
        self.gitlab.tokens = {"another"}
        self.assertEqual(self.outcome(address, "--refresh")[0], "forbidden")
        self.gitlab.tokens = set()
        self.gitlab.people[number]["user"]["username"] = ["odd"]
        self.assertEqual(self.outcome(address, "--refresh")[0], "failed")
        self.assertEqual(self.mail(address).status, "found", "an outage doesn't rewrite what readers see")
        self.gitlab.people[number]["user"].update(username=name, state="blocked")
        self.assertEqual(self.outcome(address, "--refresh"), ("not_found", "the account is not active"))
        self.gitlab.people[number]["user"].update(state="active", private_profile=True)
        self.assertTrue(self.word(address, "--refresh")["hidden"])
        del self.gitlab.people[number]
        self.assertEqual(self.outcome(address, "--refresh")[0], "not_found")

    def test_hostile_texts_stay_inside_their_field(self):
        name, address = fresh("eve")
        self.gitlab.add_project(9, "a/b\r\nX-Forged: 1")
        self.gitlab.add(name, address, name="Eve " + "x" * 100_000, job_title="Boss\r\nBcc: all@example.org\u202e",
                        organization="Harbour\u2066\r\n\r\nX-Forged: 1", bio="Hello\nX-Forged: 1" + "x" * 100_000,
                        location="Lyon\rX-Forged: 1", website_url="eve.example\r\nX-Forged: 1", events=[push(9)])
        got = self.mail_with_profile(address)
        self.assert_harmless(got)
        self.assertNotIn("Sender-Profile-Activity", got.fields)

    def test_a_declared_account_is_confirmed_and_shown(self):
        name, _ = fresh("claire")
        address, url = f"{name}@aubert.example", f"https://gitlab.example/{name}"
        number = self.gitlab.add(name, name="Claire Aubert")
        code = self.declare(address, url, "--network", "gitlab")
        self.confirm(address, url, status=1)
        self.gitlab.people[number]["user"]["bio"] = f"Acheteuse {code}"
        self.confirm(address, url)
        self.assertIn("Claire Aubert", self.mail_with_profile(address).fields["Sender-Profile"])


class Probe(NetworkCase):
    hosts = ("api.github.example", "gitlab.example")

    @classmethod
    def tables(cls):
        cls.github, cls.gitlab = GitHub(cls.net), GitLab(cls.net)
        return {"connector__github": {**cls.github.settings, "known": "noor@haddad.example",
                                      "unknown": "https://github.com/nobody"},
                "connector__gitlab": {**cls.gitlab.settings, "known": "noor@haddad.example",
                                      "unknown": "nobody@haddad.example"}}

    def test_asks_for_an_account_that_is_there_and_one_that_is_not(self):
        self.github.add("noorh", "noor@haddad.example")
        self.gitlab.add("noorh", "noor@haddad.example")
        for self.source in ("github", "gitlab"):
            self.assertEqual(self.probe(), (("found", "not_found"), 0))
