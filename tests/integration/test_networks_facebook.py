"""Facebook end to end: whoever declares the link is shown with status and picture again; public Pages too."""

import base64
import re
import struct
from email.header import decode_header, make_header
from urllib.parse import parse_qs, urlsplit

from support.facebook import (APP, NO_PUBLIC_CONTENT_ACCESS, NO_SUCH_FIELD, NO_SUCH_OBJECT, SECRET, VERSION, Facebook,
                              graph_error)
from support.mail_case import HOSTILE, MailCase, sender
from support.pictures import portrait
from support.web import Answer

BACK = "https://decorum.example/back"


class FacebookCase(MailCase):
    @classmethod
    def play(cls):
        cls.facebook = Facebook(cls.web)
        cls.web.routes["/picture.png"] = Answer(portrait(), kind="image/png")

    @classmethod
    def sections(cls):
        return {"connector__facebook": {
            "enabled": True, "base_url": cls.web.url, "app_id": APP, "token_file": cls.secret("facebook", SECRET),
            "redirect_uri": BACK, "rate": "100000/h", "ttl": "1s",
            "known": "https://facebook.com/harbour.hospital", "unknown": "https://facebook.com/nobody.there"}}


class SelfDeclared(FacebookCase):
    """The case that started it all: the sender's latest public status beside their mail."""

    def sign_in(self, address, handle, number, names_it=True):
        """What administrator and person do; the output of the last command. names_it: the app has user_link."""
        url = f"https://facebook.com/{handle}"
        added = self.decorum.command("link", "add", address, url, "--yes")
        self.assertEqual(added.returncode, 0, added.stderr)
        dialog = re.search(rb"https://\S+/dialog/oauth\S+", added.stdout).group(0).decode()
        asked = parse_qs(urlsplit(dialog).query)
        self.assertEqual(asked["redirect_uri"], [BACK])
        # The person agrees; Facebook sends them back with a code.
        self.facebook.codes["CODE-1"] = number
        self.facebook.people[number] = handle if names_it else None
        landed = f"{BACK}?code=CODE-1&state={asked['state'][0]}#_=_"
        return self.decorum.command("link", "confirm", address, url, "--code", landed)

    def test_who_signs_in_is_shown_with_status_and_face(self):
        address = sender()
        self.facebook.add(None, "100012345", "Noor Haddad", picture=f"{self.web.url}/picture.png", posts=[
            ("For friends only", "2026-11-23T08:00:00+0000", "https://www.facebook.com/noor.haddad/posts/3", "ALL_FRIENDS"),
            ("Nous recrutons à Nantes", "2026-11-20T08:00:00+0000",
             "https://www.facebook.com/noor.haddad/posts/2", "EVERYONE"),
            ("Older", "2026-11-01T08:00:00+0000", "https://www.facebook.com/noor.haddad/posts/1", "EVERYONE")])
        confirmed = self.sign_in(address, "noor.haddad", "100012345")
        self.assertEqual(confirmed.returncode, 0, confirmed.stderr)
        got = self.deliver_until(address, lambda got: "Face" in got.fields, "a face")
        self.assertTrue(got.fields["Sender-Profile"].startswith("Noor Haddad"), got.fields)
        activity = str(make_header(decode_header(got.fields["Sender-Profile-Activity"])))
        self.assertEqual(activity, '2026-11-20 "Nous recrutons à Nantes" <https://www.facebook.com/noor.haddad/posts/2>')
        self.assertEqual(got.fields["Sender-Profile-Networks"], "https://facebook.com/noor.haddad")
        face = base64.b64decode(got.fields["Face"].replace(" ", ""))
        self.assertEqual(struct.unpack(">II", face[16:24]), (48, 48))
        self.assertNotIn(b"friends", got.block)
        self.assert_safe(got)
        # Neither token nor secret is kept, nor stands in a URL.
        registry = (self.decorum.folder / "state" / "registry.toml").read_text()
        self.assertIn("100012345", registry)
        for text in (registry, "".join(self.web.paths()), self.decorum.log_tail()):
            self.assertNotIn(SECRET, text)
            self.assertNotIn("user.100012345", text)
            self.assertNotIn("token1", text)
        # And it ends when the person says so.
        self.assertEqual(self.decorum.command("link", "remove", address).returncode, 0)
        self.deliver_until(address, lambda got: got.status == "none", "the profile to go")

    def test_an_app_with_no_permission_but_public_profile_shows_name_and_face(self):
        address, number = sender(), "100012399"
        self.facebook.add(None, number, "Noor Haddad", picture=f"{self.web.url}/picture.png")
        self.facebook.instead[f"{VERSION}/{number}/posts"] = graph_error(200, 403)
        confirmed = self.sign_in(address, "noor.typed", number, names_it=False)
        self.assertEqual(confirmed.returncode, 0, confirmed.stderr)
        got = self.deliver_until(address, lambda got: "Face" in got.fields, "a face")
        self.assertTrue(got.fields["Sender-Profile"].startswith("Noor Haddad"), got.fields)
        self.assertEqual(got.fields["Sender-Profile-Networks"], f"https://facebook.com/app_scoped_user_id/{number}")
        self.assertNotIn("Sender-Profile-Activity", got.fields)
        self.assertNotIn(b"noor.typed", got.block)

    def test_the_mail_of_whoever_declared_nothing_asks_nobody(self):
        before = len(self.web.requests)
        self.assertEqual(self.deliver(sender()).status, "none")
        self.assertEqual(self.web.requests[before:], [])


class Pages(FacebookCase):
    def declared_page(self, handle, number, **more):
        address = sender()
        self.facebook.add(handle, number, "Noor Haddad", **more)
        self.declare((address, "facebook", handle, f"https://facebook.com/{handle}"))
        return address

    def test_a_page_is_shown_with_its_latest_post(self):
        address = self.declared_page("harbour.one", "201", about="Care since 1911.", posts=[
            ("Open day", "2026-11-19T08:00:00+0000", "https://www.facebook.com/harbour.one/posts/1", None)])
        got = self.deliver_found(address)
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-19 "Open day" <https://www.facebook.com/harbour.one/posts/1>')
        self.assertIn("self-described at facebook.com", got.fields["Sender-Profile"])

    def test_a_page_is_declared_by_a_code_in_its_description(self):
        address, url = sender(), "https://facebook.com/harbour.code"
        added = self.decorum.command("link", "add", address, url, "--yes")
        self.assertEqual(added.returncode, 0, added.stderr)
        code = re.search(rb"^ +(decorum-[0-9a-f]+)$", added.stdout, re.M).group(1).decode()
        self.assertNotIn(code, added.stdout.decode().split("dialog/oauth")[1].splitlines()[0])
        self.facebook.add("harbour.code", "701", "Noor Haddad", about="Care since 1911.")
        refused = self.decorum.command("link", "confirm", address, url, "--page")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.facebook.add("harbour.code", "701", "Noor Haddad", about=f"Care since 1911. {code}")
        confirmed = self.decorum.command("link", "confirm", address, url, "--page")
        self.assertEqual(confirmed.returncode, 0, confirmed.stderr)
        self.assertIn("Noor Haddad", self.deliver_until(
            address, lambda got: "Sender-Profile" in got.fields, "the Page").fields["Sender-Profile"])

    def test_hostile_posts_stay_in_their_field(self):
        for number, text in enumerate(HOSTILE):
            with self.subTest(text[:30]):
                address = self.declared_page(f"hostile.{number}x", f"30{number}", posts=[
                    (text, "2026-11-19T08:00:00+0000", "https://www.facebook.com/x/posts/1", None)])
                got = self.deliver_found(address)
                self.assertTrue(got.fields["Sender-Profile-Activity"])
                self.assert_safe(got)

    def test_each_error_is_its_outcome(self):
        address = self.declared_page("troubled", "401")
        self.deliver_found(address)
        path = f"{VERSION}/troubled"
        for answer, outcome in ((graph_error(803, 404), "not_found"), (NO_SUCH_OBJECT, "not_found"),
                                (NO_PUBLIC_CONTENT_ACCESS, "forbidden"), (NO_SUCH_FIELD, "forbidden"),
                                (graph_error(10, 403), "forbidden"), (graph_error(200, 403), "forbidden"),
                                (graph_error(190), "forbidden"), (graph_error(2, 500), "failed"),
                                (Answer("{]", kind="application/json"), "failed"), (Answer("", 503), "failed")):
            self.facebook.instead[path] = answer
            self.assertEqual(self.outcome(address, "facebook"), [outcome], answer.body)
        self.facebook.instead[path] = graph_error(32, **{"X-App-Usage": '{"call_count":100}'})
        self.assertEqual(self.outcome(address, "facebook"), ["throttled"])

    def test_posts_that_the_app_may_not_read_cost_only_themselves(self):
        address = self.declared_page("harbour.quiet", "801", about="Care since 1911.", posts=[
            ("Open day", "2026-11-19T08:00:00+0000", "https://www.facebook.com/harbour.quiet/posts/1", None)])
        self.facebook.instead[f"{VERSION}/801/posts"] = NO_PUBLIC_CONTENT_ACCESS
        got = self.deliver_found(address)
        self.assertIn("self-described at facebook.com", got.fields["Sender-Profile"])
        self.assertNotIn("Sender-Profile-Activity", got.fields)

    def test_a_token_that_expires_is_renewed_once(self):
        address = self.declared_page("renewed", "501")
        self.deliver_found(address)
        tokens = self.facebook.tokens
        self.facebook.tokens += 1   # what was handed out last is not good any more
        self.assertEqual(self.outcome(address, "facebook"), ["found"])
        self.assertEqual(self.facebook.tokens, tokens + 2)

    def test_probe_asks_a_known_and_an_unknown_page(self):
        self.facebook.add("harbour.hospital", "601", "Harbour Hospital")
        self.facebook.instead[f"{VERSION}/nobody.there"] = graph_error(803, 404)
        self.web.routes[f"{VERSION}/nobody.there"] = graph_error(803, 404)
        self.assertEqual(self.probe("facebook"), {"known": "ok", "unknown": "ok"})
