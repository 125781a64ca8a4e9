"""Outside sources end to end: mail in by LMTP, a local web server as the source, header fields out."""

import base64
import itertools
import json
import re
import struct
import subprocess
import threading
import time
import zlib

from support.case import GatewayCase
from support.client import Client
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.gravatar import gravatar_path, gravatar_profile
from support.messages import Annotated, authenticated, message, message_id
from support.pictures import png
from support.scratch import wait_until
from support.sink import Sink
from support.web import Answer, Web

_number = itertools.count(1)


def sender(name="ines"):
    """An address on a domain of its own, so that no test spends another's budget."""
    return f"{name}@d{next(_number)}.example"


class SourceCase(GatewayCase):
    """One gateway before an octet-keeping sink, one web server; Gravatar lives on the latter."""

    sections = {}

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink())
        cls.decorum = cls.serve(cls.gateway())

    @classmethod
    def gateway(cls, name="decorum", **sections):
        tables = {
            "annotate": {"require": "authenticated", "authserv_ids": ["mx.example.org"]},
            "connector__gravatar": {"enabled": True, "base_url": cls.web.url, "rate": "100000/h"},
            "connector__profile_page": {"enabled": True},
            "http": cls.web.settings(),
        }
        for section, keys in {**cls.sections, **sections}.items():
            tables[section] = {**tables.get(section, {}), **keys}
        return gateway_before(cls.scratch, cls.sink.port, "lmtp", name=name, **tables)

    def deliver(self, octets, gateway=None, recipients=("paul@example.org",)):
        """The annotated message, and the seconds that its delivery took."""
        self.sink.forget()
        with Client((gateway or self.decorum).port) as client:
            client.lhlo()
            began = time.monotonic()
            for verdict in client.deliver(octets, recipients=recipients, lmtp=True):
                self.assertEqual(verdict.code, 250)
            taken = time.monotonic() - began
        return Annotated(self.sink.wait_message()[0].octets), taken


class Gravatar(SourceCase):
    def test_the_profile_is_shown_as_the_senders_own_claim(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        got, _ = self.deliver(authenticated(address))
        self.assertEqual(got.status, "found")
        self.assertEqual(got.fields["Sender-Profile"],
                         "Ines Roy, Buyer at Example Ltd (Lyon, FR); self-described at gravatar.com")
        source = got.fields["Sender-Profile-Source"]
        for part in ("tier=A", "said-by=self", "sources=gravatar", "trust=dmarc"):
            self.assertIn(part, source)

    def test_verified_accounts_are_the_networks(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address, verified_accounts=[
            {"service_type": "github", "service_label": "GitHub", "url": "https://github.com/inesroy",
             "is_hidden": False},
            {"service_type": "x", "service_label": "X", "url": "https://x.com/hidden", "is_hidden": True}]))
        got, _ = self.deliver(authenticated(address))
        self.assertIn("https://github.com/inesroy", got.fields["Sender-Profile-Networks"])
        self.assertNotIn("hidden", got.fields["Sender-Profile-Networks"])

    def test_the_picture_becomes_a_face(self):
        address = sender()
        self.web.routes["/avatar/ines"] = Answer(png(200, 260, lambda x, y: (x, y % 256, 128)), kind="image/png")
        self.web.routes[gravatar_path(address)] = Answer(
            gravatar_profile(address, avatar_url=f"{self.web.url}/avatar/ines"))
        self.deliver(authenticated(address))

        def face():
            return self.deliver(authenticated(address))[0].fields.get("Face")
        octets = base64.b64decode(wait_until(face, 10, "a Face field").replace(" ", ""))
        self.assertTrue(octets.startswith(b"\x89PNG"))
        self.assertEqual(struct.unpack(">II", octets[16:24]), (48, 48))
        self.assertLessEqual(len(octets), 725)

    def test_nobody_there_is_none(self):
        self.assertEqual(self.deliver(authenticated(sender()))[0].status, "none")

    def test_a_sender_who_proved_nothing_is_not_asked_for(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        got, _ = self.deliver(message(f"Ines Roy <{address}>"))
        self.assertEqual(got.status, "unauthenticated")
        self.assertNotIn(gravatar_path(address), " ".join(self.web.paths()))

    def test_one_answer_serves_many_messages(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        for _ in range(5):
            self.assertEqual(self.deliver(authenticated(address))[0].status, "found")
        self.assertEqual(sum(path.startswith(gravatar_path(address)) for path in self.web.paths()), 1)

    def test_the_source_is_never_told_the_address(self):
        address = sender("unmistakable")
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        self.deliver(authenticated(address))
        self.assertNotIn("unmistakable", json.dumps(self.web.requests))
        self.assertNotIn("paul@example.org", json.dumps(self.web.requests))

    def test_hostile_texts_stay_inside_their_field(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(
            address, display_name="Ines\r\nBcc: all@example.org\r\n\r\nbody\x00\u202e\u200b",
            job_title="=?utf-8?q?=0D=0AX-Forged:_1?=", company="C" * 10_000, location="Lyon\x07"))
        got, _ = self.deliver(authenticated(address))
        self.assertEqual(got.status, "found")
        self.assertNotRegex(got.block, rb"(?im)^(bcc|x-forged)")
        self.assertLessEqual(len(got.block), 4096)
        self.assertTrue(got.block.isascii())
        for octet in b"\0\x1b":
            self.assertNotIn(octet, got.block)

    def test_a_new_address_beyond_the_domains_budget_is_not_asked_for(self):
        domain = f"crowd{next(_number)}.example"
        before = len(self.web.requests)
        for number in range(25):
            self.deliver(authenticated(f"p{number}@{domain}"))
        self.assertEqual(len(self.web.requests) - before, 20)


class WithoutOurNames(SourceCase):
    """people.toml was in bad shape at the start: mail flows, and no claim is shown that may be in our names."""

    def test_claims_wait_until_the_directory_is_read(self):
        gateway = self.gateway(name="unread")
        good = gateway.people_file.read_text()
        gateway.people_file.write_text("[[person]\naddresses = nonsense\n")
        self.serve_here(gateway)
        stranger, impostor = sender(), sender("jane")
        self.web.routes[gravatar_path(stranger)] = Answer(gravatar_profile(stranger))
        self.web.routes[gravatar_path(impostor)] = Answer(
            gravatar_profile(impostor, display_name="Jane Martin", company="ACME"))
        for address in (stranger, impostor):
            got, _ = self.deliver(authenticated(address), gateway)
            self.assertEqual(got.status, "unavailable")
            self.assertNotIn("Sender-Profile", got.fields)
        gateway.wait_for_log("event=directory_fault", 'instead="no claims of others are shown"')
        gateway.people_file.write_text(good)
        wait_until(lambda: self.deliver(authenticated(stranger), gateway)[0].status == "found", 10, "the stranger")
        got, _ = self.deliver(authenticated(impostor), gateway)
        self.assertIn("status=withheld; reason=resembles-own", got.fields["Sender-Profile-Source"])
        self.assertEqual(self.deliver(authenticated("jane@example.org"), gateway)[0].status, "found")


class SlowAndBroken(SourceCase):
    """What a source may do wrong: mail flows, in time, and the status says that it is not known."""

    sections = {"connector__gravatar": {"timeout": "1s"}, "cache": {"failure": "1h"},
                "lookup": {"breaker_failures": 1000}}

    def status_for(self, answer):
        address = sender()
        self.web.routes[gravatar_path(address)] = answer
        got, taken = self.deliver(authenticated(address))
        self.assertLess(taken, 2.5)
        return got.status

    def test_never_an_answer(self):
        gateway = self.serve_here(self.gateway(name="impatient", annotate={"deadline": "100ms"},
                                               connector__gravatar={"timeout": "10s"}))
        address = sender()
        self.web.routes[gravatar_path(address)] = lambda request: None
        got, taken = self.deliver(authenticated(address), gateway)
        self.assertEqual(got.status, "pending")
        self.assertLess(taken, 2.2)  # a listener for LMTP waits 2 s

    def test_the_answer_after_the_deadline_serves_the_next_message(self):
        release = threading.Event()
        address = sender()

        def late(_):
            release.wait(10)
            return Answer(gravatar_profile(address))
        gateway = self.serve_here(self.gateway(name="late", connector__gravatar={"timeout": "20s"}))
        self.web.routes[gravatar_path(address)] = late
        self.assertEqual(self.deliver(authenticated(address), gateway)[0].status, "pending")
        release.set()
        wait_until(lambda: self.deliver(authenticated(address), gateway)[0].status == "found", 10, "found")

    def test_faults_of_the_server(self):
        for name, answer in {
            "503": Answer("", 503),
            "garbage": Answer("{]", kind="application/json"),
            "html": Answer("<html>hello</html>"),
            "empty": Answer("", kind="application/json"),
            "nested": Answer("[" * 1000 + "]" * 1000, kind="application/json"),
            "long": Answer('{"display_name": "' + "x" * 10_000_000 + '"}', kind="application/json"),
            "bomb": Answer(zlib.compress(b" " * 200_000_000, wbits=31), kind="application/json",
                           fields={"Content-Encoding": "gzip"}),
            "forbidden": Answer("", 401),
            "loop": lambda request: Answer("", 302, {"Location": request.path}),
            "to http": Answer("", 302, {"Location": "http://127.0.0.1:1/"}),
        }.items():
            with self.subTest(name):
                self.assertEqual(self.status_for(answer), "unavailable")


class Throttled(SourceCase):
    def test_each_way_to_say_when_is_obeyed(self):
        hour = int(time.time()) + 3600
        for name, fields in {
            "unix time": {"X-RateLimit-Reset": str(hour)},
            "iso": {"X-RateLimit-Reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(hour))},
            "seconds": {"Retry-After": "3600"},
            "date": {"Retry-After": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(hour))},
        }.items():
            with self.subTest(name):
                gateway = self.gateway(name=name.replace(" ", ""))
                gateway.start()
                try:
                    first, second = sender(), sender()
                    self.web.routes[gravatar_path(first)] = Answer("", 429, fields)
                    self.web.routes[gravatar_path(second)] = Answer(gravatar_profile(second))
                    self.assertEqual(self.deliver(authenticated(first), gateway)[0].status, "unavailable")
                    got, taken = self.deliver(authenticated(second), gateway)
                    self.assertEqual(got.status, "unavailable")
                    self.assertLess(taken, 0.5, "a source that is held back adds no wait")
                    self.assertFalse([path for path in self.web.paths() if path.startswith(gravatar_path(second))])
                finally:
                    gateway.stop()


class AllSourcesDown(SourceCase):
    sections = {"connector__gravatar": {"base_url": "https://localhost:1"}, "lookup": {"breaker_pause": "1h"}}

    def test_an_open_breaker_adds_no_wait(self):
        for _ in range(6):
            self.assertEqual(self.deliver(authenticated(sender()))[0].status, "unavailable")
        taken = [self.deliver(authenticated(sender()))[1] for _ in range(20)]
        self.assertLess(sorted(taken)[10], 0.1)


class TheirWish(SourceCase):
    """Opt-out and erasure, followed by a gateway that runs."""

    def known(self):
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address, display_name="Unforgettable Roy"))
        self.assertEqual(self.deliver(authenticated(address))[0].status, "found")
        return address

    def follows(self, address, status):
        began = time.monotonic()
        wait_until(lambda: self.deliver(authenticated(address))[0].status == status, 8, status)
        self.assertLess(time.monotonic() - began, 6)

    def test_who_opts_out_is_shown_no_more_and_asked_for_nowhere(self):
        address = self.known()
        self.assertEqual(self.decorum.command("optout", "add", address).returncode, 0)
        self.follows(address, "opted-out")
        self.assertIn(address.encode(), self.decorum.command("optout", "list").stdout)
        before = len(self.web.requests)
        self.deliver(authenticated(address))
        self.assertEqual(len(self.web.requests), before)
        self.assertEqual(self.decorum.command("optout", "remove", address).returncode, 0)
        self.follows(address, "found")

    def test_who_is_forgotten_leaves_no_octet_in_the_database(self):
        address = self.known()
        state = self.decorum.folder / "state"
        self.assertEqual(self.decorum.command("forget", address).returncode, 0)
        self.follows(address, "opted-out")
        for file in state.iterdir():
            if file.name.startswith("decorum.sqlite"):
                self.assertNotIn(b"Unforgettable", file.read_bytes(), file.name)

    def test_recipients_that_want_none_cause_no_question(self):
        gateway = self.serve_here(self.gateway(name="excluding", annotate={"exclude_recipients": ["jobs@example.org"]}))
        address = sender()
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address))
        got, _ = self.deliver(authenticated(address), gateway, recipients=["jobs@example.org"])
        self.assertEqual(got.status, "excluded")
        self.assertNotIn(gravatar_path(address), " ".join(self.web.paths()))


class Recruiter(GatewayCase):
    """A candidate's mail, read in Dovecot: career and recommendations from the account that the candidate declared."""

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.dovecot.lmtp_port, "lmtp",
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]},
            connector__profile_page={"enabled": True}, http=cls.web.settings()))

    def profile(self, more=""):
        return {"name": "Claire Aubert", "headline": "Directrice des achats", "location": {"city": "Nantes"},
                "introduction": f"Vingt ans d'achats. {more}", "interests": "voile",
                "career": [{"begin": "2016", "end": None, "position": "Directrice des achats",
                            "company_name": "Chantiers du Ponant", "description": ""},
                           {"begin": "2008", "end": "2016", "position": "Acheteuse", "company_name": "Voiles & Cie",
                            "description": ""}],
                "recommendations": [{"author": "Luc Morel", "text": "Elle tient parole."},
                                    {"author": "Anne Blin", "text": "Exigeante et juste."}]}

    def test_career_and_recommendations_stand_above_the_mail(self):
        address, url = sender("claire"), f"{self.web.url}/profile/claire"
        self.web.routes["/profile/claire"] = Answer(self.profile())
        added = self.decorum.command("link", "add", address, url, "--network", "viadeo", "--consent-by",
                                     "Claire Aubert", "--yes")
        self.assertEqual(added.returncode, 0, added.stderr)
        code = re.search(rb"decorum-[a-z0-9]+", added.stdout).group().decode()

        refused = self.decorum.command("link", "confirm", address, url)
        self.assertEqual(refused.returncode, 1, "the code is not published yet")
        self.web.routes["/profile/claire"] = Answer(self.profile(code))
        confirmed = self.decorum.command("link", "confirm", address, url)
        self.assertEqual(confirmed.returncode, 0, confirmed.stderr)

        def annotated():
            sent = authenticated(address, "Claire Aubert")
            with Client(self.decorum.port) as client:
                client.lhlo()
                (verdict,) = client.deliver(sent, lmtp=True)
                self.assertEqual(verdict.code, 250)
            got = Annotated(self.dovecot.message_with(message_id(sent)))
            return got if got.status == "found" else None
        got = wait_until(annotated, 10, "status found")
        self.assertIn("Directrice des achats", got.fields["Sender-Profile"])
        self.assertIn("self-described", got.fields["Sender-Profile"])
        career = got.fields["Sender-Profile-Career"]
        self.assertIn("Directrice des achats, Chantiers du Ponant (2016-)", career)
        self.assertIn("2 recommendations", career)

        shown = json.loads(self.decorum.command("lookup", "--json", address).stdout)
        self.assertEqual([entry["author"] for entry in shown["recommendations"]], ["Luc Morel", "Anne Blin"])
        self.assertEqual({entry["tier"] for entry in shown["positions"]}, {"A"},
                         "the account is declared; what stands there is the person's own word")
        listed = self.decorum.command("link", "list", address).stdout.decode()
        self.assertIn("confirmed", listed)
        self.assertEqual(self.decorum.command("link", "remove", address, url).returncode, 0)
        self.assertNotIn(url, self.decorum.command("link", "list").stdout.decode())


class Picky(GatewayCase):
    """A page that robots.txt closes is not read."""

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink())

    def test_robots_txt_is_obeyed(self):
        self.web.routes["/robots.txt"] = Answer("User-agent: *\nDisallow: /private/\n", kind="text/plain")
        self.web.routes["/private/x"] = Answer("<p class=h-card><a class='p-name u-url' href='/private/x'>X</a></p>")
        people = (f'[[person]]\naddresses = ["x@example.org"]\n[[person.link]]\nnetwork = "web"\n'
                  f'url = "{self.web.url}/private/x"\n')
        decorum = self.serve_here(gateway_before(
            self.scratch, self.sink.port, "lmtp", people=people, connector__profile_page={"enabled": True},
            annotate={"authserv_ids": ["mx.example.org"]}, http=self.web.settings()))
        result = subprocess.run([decorum.binary, "lookup", "-c", decorum.file, "--json", "x@example.org"],
                                capture_output=True, check=True)
        self.assertNotIn("X", json.loads(result.stdout)["fields"].get("display_name", {}).get("value", ""))
        self.assertIn("/robots.txt", self.web.paths())
        self.assertNotIn("/private/x", self.web.paths())
