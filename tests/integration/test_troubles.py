"""The README's ten commonest troubles: each is brought about, and the line that is said to show it must come.

In the README a word in capitals stands for anything, "…" for any fields.
"""

import re

from support.case import GatewayCase
from support.client import Client, Closed
from support.decorum import Decorum
from support.gravatar import gravatar_path
from support.messages import authenticated, message
from support.scratch import ROOT, free_port, wait_until
from support.sink import RESET, Sink
from support.web import Web

INES = "ines@slow.example"


def troubles():
    """event -> the pattern of its line, by the README; a session's line: by its telling field."""
    section = (ROOT / "README.md").read_text().partition("### What to do when …\n")[2].partition("\nAnd more rarely")[0]
    patterns = {}
    for line in re.findall(r"^\|[^|]*\| `(event=[^`]*)` \|", section, re.M):
        name = next(word for word in line.split() if not word.startswith("event=session") and word != "…")
        patterns[name.partition("=")[2] if name.startswith("event=") else name] = "".join(
            r'(?:"(?:[^"\\]|\\.)*"|\S+)' if word.isupper() else ".*" if word == "…" else re.escape(word)
            for word in re.split(r"(\b[A-Z]+(?::[A-Z]+)*\b|…)", line))
    return patterns


class Troubles(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.patterns = troubles()
        cls.web = cls.serve(Web(cls.scratch))
        cls.web.routes[gravatar_path(INES)] = lambda request: None
        cls.sink = cls.serve(Sink("lmtp"))
        cls.strict = cls.serve(Sink())
        cls.broken = cls.serve(Sink(on={"MAIL": RESET}))
        state = cls.scratch.folder("state")
        (state / "decorum.sqlite").mkdir()  # where a database should be
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"delivery": {"protocol": "lmtp", "upstream": "mailboxes"},
             "strict": {"protocol": "smtp", "upstream": "strict", "max_connections_per_address": 1},
             "nowhere": {"protocol": "smtp", "upstream": "absent"},
             "breaking": {"protocol": "smtp", "upstream": "breaking"},
             "proxied": {"protocol": "smtp", "upstream": "strict", "proxy_protocol": True,
                         "trusted_peers": ["127.0.0.1/32"]}},
            {"mailboxes": {"protocol": "lmtp", "address": f"127.0.0.1:{cls.sink.port}"},
             "strict": {"protocol": "smtp", "address": f"127.0.0.1:{cls.strict.port}"},
             "absent": {"protocol": "smtp", "address": f"127.0.0.1:{free_port()}"},
             "breaking": {"protocol": "smtp", "address": f"127.0.0.1:{cls.broken.port}"}},
            gateway={"state_dir": state}, http=cls.web.settings(),
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]},
            connector__gravatar={"enabled": True, "base_url": cls.web.url, "timeout": "30s"}))

    def assert_shown(self, name):
        pattern = self.patterns[name]
        wait_until(lambda: any(re.search(pattern, line) for line in self.decorum.log), 30, f"{pattern} in the log")

    def client(self, listener):
        return Client(self.decorum.ports[listener])

    def test_the_readme_names_ten(self):
        self.assertEqual(set(self.patterns),
                         {"upstream_down", "upstream_lost", "refused", "proxy_header", "refused=1",
                          "status=unauthenticated:1", "status=pending:1", "directory_fault", "reload", "store"})

    def test_an_upstream_that_does_not_answer(self):
        with self.client("nowhere") as client:
            reply = client.command("EHLO client.example")
            self.assertEqual((reply.code, reply.enhanced), (421, "4.4.1"))
        self.assert_shown("upstream_down")

    def test_an_upstream_that_breaks_off(self):
        with self.client("breaking") as client:
            client.ehlo()
            self.assertEqual(client.envelope()[-1].code // 100, 4)
        self.assert_shown("upstream_lost")

    def test_too_many_connections(self):
        with self.client("strict") as client:
            client.ehlo()
            with self.client("strict") as second:
                self.assertEqual(second.greeting.code, 421)
        self.assert_shown("refused")

    def test_no_proxy_header(self):
        with self.assertRaises((Closed, ConnectionError)):
            with Client(self.decorum.ports["proxied"], greet=False) as client:
                client.command("EHLO client.example")
        self.assert_shown("proxy_header")

    def test_a_bare_line_feed(self):
        def deliver():
            with self.client("strict") as client:
                client.ehlo()
                client.envelope()
                self.assertEqual(client.command("DATA").code, 354)
                client.send(b"From: jane@example.org\r\n\r\nbare\nline feed\r\n.\r\n")
                verdict = client.reply()
                self.assertEqual((verdict.code, verdict.enhanced), (550, "5.5.2"))
                client.command("QUIT")
            return True

        def turned_away():  # until the one connection of another test has gone
            try:
                return deliver()
            except (AssertionError, ConnectionError):
                return False
        wait_until(turned_away, 30, "a refused message")
        self.assert_shown("refused=1")

    def deliver(self, octets):
        with self.client("delivery") as client:
            client.lhlo()
            self.assertEqual([one.code for one in client.deliver(octets, lmtp=True)], [250])
            client.command("QUIT")

    def test_nobody_is_authenticated(self):
        self.deliver(message())
        self.assert_shown("status=unauthenticated:1")

    def test_a_source_that_is_slow(self):
        self.deliver(authenticated(INES))
        self.assert_shown("status=pending:1")

    def test_people_with_a_fault(self):
        good = self.decorum.people_file.read_text()
        self.addCleanup(self.decorum.people_file.write_text, good)
        self.decorum.people_file.write_text(good + "[[person]]\naddress = 1\n")

        def looked():  # the file is looked at when somebody is looked up
            self.deliver(authenticated("jane@example.org"))
            return any("event=directory_fault" in line for line in self.decorum.log)
        wait_until(looked, 30, "event=directory_fault")
        self.assert_shown("directory_fault")

    def test_a_configuration_with_a_fault(self):
        good = self.decorum.file.read_text()
        self.addCleanup(self.decorum.file.write_text, good)
        self.decorum.file.write_text(good + "[retention]\nversionz = 1\n")
        self.decorum.process.signal(1)
        self.assert_shown("reload")

    def test_no_database(self):
        self.assert_shown("store")
