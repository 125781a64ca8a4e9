"""The database and people.toml in bad shape: it is reported, and mail flows."""

import os
import shutil
import sqlite3
import time

from support.case import GatewayCase
from support.client import Client
from support.decorum import PEOPLE, gateway_before
from support.messages import Annotated, message
from support.scratch import wait_until
from support.sink import Sink


class StorageCase(GatewayCase):
    def setUp(self):
        self.sink = self.serve_here(Sink())
        self.decorum = gateway_before(self.scratch, self.sink.port, name=self._testMethodName)

    def send(self, octets=None):
        octets = octets or message()
        began = time.monotonic()
        with Client(self.decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(octets).code, 250)
        self.assertLess(time.monotonic() - began, 4)
        got = Annotated(self.sink.complete()[-1].octets)
        self.assert_octets(got.rest, octets)
        return got

    def add_people(self):
        """Of strangers nothing is kept, so these are people who are known."""
        with self.decorum.people_file.open("a") as people:
            for number in range(50):
                people.write(f'[[person]]\naddresses = ["p{number}@example.org"]\ndisplay_name = "Person {number}"\n')

    def send_from_people(self):
        for number in range(50):
            self.assertEqual(self.send(message(sender=f"Person <p{number}@example.org>")).status, "found")

    def send_from_jane(self):
        self.assertEqual(self.send().status, "found")

    def database(self, send=None):
        """The database file that a first run makes."""
        self.decorum.start()
        (send or self.send)()
        self.decorum.stop()
        files = [path for path in (self.decorum.folder / "state").iterdir()
                 if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
        self.assertEqual(len(files), 1, list((self.decorum.folder / "state").iterdir()))
        for suffix in ("-wal", "-shm"):
            self.assertFalse(os.path.exists(f"{files[0]}{suffix}") and os.path.getsize(f"{files[0]}{suffix}"),
                             "a clean end leaves no journal")
        return files[0]

    def reported(self, *words):
        """Lines of the log that say so of the database, loudly."""
        return [line for line in self.decorum.log
                if (" warning " in line or " error " in line) and all(word in line for word in ("decorum.sqlite", *words))]

    def send_until_reported(self, *words):
        """What is wrong with a file shows when it is used."""
        wait_until(lambda: self.send_from_jane() or self.reported(*words), 10, f"{' '.join(words)} in the log")


class Database(StorageCase):
    def test_corrupt(self):
        path = self.database()
        octets = bytearray(path.read_bytes())
        octets[100:] = os.urandom(len(octets) - 100)
        path.write_bytes(octets)
        self.serve_here(self.decorum)
        self.assertEqual(self.send().status, "found")
        wait_until(self.reported, 10, "a warning in the log")

    def test_not_a_database_at_all(self):
        path = self.database()
        path.write_bytes(b"this is no database\n" * 1000)
        self.serve_here(self.decorum)
        self.assertEqual(self.send().status, "found")
        wait_until(self.reported, 10, "a warning in the log")

    def test_corrupted_while_running(self):
        """People of the first run, because what SQLite has read already it does not read again."""
        self.add_people()
        path = self.database(self.send_from_people)
        self.serve_here(self.decorum)
        self.send()
        path.write_bytes(os.urandom(path.stat().st_size))
        for number in range(5):
            self.send(message(sender=f"Nobody <nobody{number}@unknown.example>"))
        self.send_from_people()
        self.send_until_reported("event=store_failed", "corrupt: ")

    def test_locked_by_somebody_else(self):
        path = self.database()
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            self.serve_here(self.decorum)
            self.assertEqual(self.send().status, "found")
            for number in range(5):
                self.send(message(sender=f"Nobody <nobody{number}@unknown.example>"))
            self.assertTrue(self.reported("event=store ", "database is locked", "instead=memory"))
            other.execute("ROLLBACK")
        self.assertEqual(self.send().status, "found")

    def test_locked_while_running(self):
        path = self.database()
        self.serve_here(self.decorum)
        self.send()
        with sqlite3.connect(path, isolation_level=None) as other:
            other.execute("BEGIN EXCLUSIVE")
            self.send_until_reported("event=store_failed", "database is locked")
            other.execute("ROLLBACK")
        self.assertEqual(self.send().status, "found")

    def test_read_only(self):
        path = self.database()
        path.chmod(0o400)
        if os.getuid() == 0:
            self.run_as_nobody()
        self.serve_here(self.decorum)
        self.assertEqual(self.send().status, "found")
        wait_until(self.reported, 10, "a warning in the log")

    def run_as_nobody(self):
        """Nothing is read-only for root: the gateway runs as somebody else, who owns its files."""
        nobody = 65534
        for path in (self.decorum.folder, *self.decorum.folder.rglob("*")):
            os.chown(path, nobody, nobody)
        self.decorum.binary = shutil.copy(self.decorum.binary, self.scratch.path / "decorum-copy")
        self.decorum.prefix = ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups"]

    def test_no_room_left(self):
        """A file-size limit without its signal stands for a full disk: writing beyond it fails."""
        path = self.database()
        self.decorum.prefix = ["sh", "-c", f"trap '' XFSZ; ulimit -f {path.stat().st_size // 512}; exec \"$@\"", "sh"]
        self.add_people()
        self.serve_here(self.decorum)
        self.send_from_people()
        self.assertEqual(self.send().status, "found")
        wait_until(self.reported, 10, "a warning in the log")


class People(StorageCase):
    def setUp(self):
        super().setUp()
        self.serve_here(self.decorum)

    def profile(self):
        return self.send().fields.get("Sender-Profile", "")

    def rewrite(self, text):
        fresh = self.decorum.people_file.with_suffix(".new")
        fresh.write_text(text)
        fresh.rename(self.decorum.people_file)

    def test_a_change_is_seen_while_running(self):
        self.assertIn("HR Director", self.profile())
        self.rewrite(PEOPLE.replace("HR Director", "Chief Gardener"))
        wait_until(lambda: "Chief Gardener" in self.profile(), 20, "the new headline")

    def test_a_fault_keeps_the_last_good_version_and_says_where(self):
        self.assertIn("HR Director", self.profile())
        start = len(self.decorum.log)
        self.rewrite("[[person]\naddresses = nonsense\n")
        wait_until(lambda: self.profile() and any(
            "people.toml" in line and (" warning " in line or " error " in line)
            for line in self.decorum.log[start:]), 20, "a line in the log that names people.toml")
        self.assertIn("HR Director", self.profile())
        self.rewrite(PEOPLE.replace("HR Director", "Head Cook"))
        wait_until(lambda: "Head Cook" in self.profile(), 20, "the mended file")

    def test_the_file_taken_away_keeps_the_last_good_version(self):
        self.assertIn("HR Director", self.profile())
        self.decorum.people_file.unlink()
        for _ in range(3):
            self.assertIn("HR Director", self.profile())
