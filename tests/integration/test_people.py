"""Commands about people beside a running gateway: erasure, and declared accounts."""

import json

from support.client import Client
from support.messages import message
from support.scratch import wait_until
from support.sink_case import SinkCase

DECLARED = """
[[person]]
addresses = ["paul@example.org"]
[[person.account]]
network = "github"
handle = "paulp"
url = "https://github.com/paulp"
state = "confirmed"
confirmed = 2026-11-20T08:00:00Z
confirmed_by = "code"
[person.account.consent]
time = 2026-11-20T08:00:00Z
language = "en"
given_by = "Paul Petit"
wording = "Yes."
"""


class Erasure(SinkCase):
    def files_with(self, octets):
        return [path.name for path in (self.decorum.folder / "state").iterdir()
                if path.name.startswith("decorum.sqlite") and octets in path.read_bytes()]

    def test_no_octet_stays_in_the_files_that_the_gateway_has_open(self):
        self.assertEqual(self.annotated(message()).status, "found")
        wait_until(lambda: self.files_with(b"HR Director"), 10, "the profile in the store")
        done = self.decorum.command("forget", "jane@example.org")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout.decode(), r"^jane@example\.org: erased [01] stored answers?, 1 shown version\n")
        self.assertEqual(self.files_with(b"HR Director"), [])
        self.assertEqual(self.files_with(b"jane@example.org"), [])
        with Client(self.decorum.port) as client:  # mail flows as before
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        again = self.decorum.command("forget", "jane@example.org")
        self.assertEqual(again.returncode, 0, again.stderr)


class Declared(SinkCase):
    def test_a_running_gateway_follows_the_registry(self):
        octets = message(sender="Paul Petit <paul@example.org>")
        self.assertEqual(self.annotated(octets).status, "none")
        registry = self.decorum.folder / "state" / "registry.toml"
        registry.write_text(DECLARED)
        got = []
        wait_until(lambda: got.append(self.annotated(octets)) or got[-1].status == "found", 10, "the declared account")
        self.assertIn(b"https://github.com/paulp", b"".join(self.sink.accepted()[-1].octets.split(b"From:")[0:1]))
        listed = self.decorum.command("link", "list", "--json", "paul@example.org")
        self.assertEqual(json.loads(listed.stdout)[0]["accounts"][0]["state"], "confirmed", listed)
        self.assertEqual(self.decorum.command("link", "remove", "paul@example.org").returncode, 0)
        wait_until(lambda: self.annotated(octets).status == "none", 10, "the account to go")
