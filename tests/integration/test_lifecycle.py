"""The gateway as a service: what it tells systemd, sockets that are handed over, reload, restart, state of other
versions, and the sandbox of its unit."""

import base64
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
import unittest

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client
from support.decorum import gateway_before
from support.deliverer import Deliverer
from support.messages import Annotated, message, message_id
from support.metrics import Scrape
from support.scratch import ROOT, free_port, port_is_open, wait_until
from support.service_manager import ServiceManager
from support.sink import Sink

UNIT = ROOT / "systemd/decorum.service"


def rewrite(decorum, *changes):
    """Replaces texts of the configuration file; each must be there."""
    text = decorum.file.read_text()
    for old, new in changes:
        assert old in text, (old, text)
        text = text.replace(old, new)
    decorum.file.write_text(text)


def reload(decorum, outcome="event=reloaded"):
    """SIGHUP; the line that ends the reload, and all lines from it on."""
    start = len(decorum.log)
    decorum.process.signal(signal.SIGHUP)
    line = decorum.wait_for_log(outcome, start=start)
    return line, decorum.log[start:]


class ServiceCase(GatewayCase):
    def setUp(self):
        self.sink = self.serve_here(Sink())
        self.manager = ServiceManager(self.scratch)
        self.addCleanup(self.manager.close)

    def gateway(self, **options):
        return gateway_before(self.scratch, self.sink.port, name=self._testMethodName, **options)


class Notify(ServiceCase):
    def test_the_manager_hears_of_each_state(self):
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        at, said = self.manager.wait_for(READY="1")
        self.assertIn("1 listener", said["STATUS"])
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        reload(decorum)
        at, said = self.manager.wait_for(at + 1, RELOADING="1")
        self.assertLessEqual(before, int(said["MONOTONIC_USEC"]))
        self.assertLessEqual(int(said["MONOTONIC_USEC"]), time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        at, said = self.manager.wait_for(at + 1, READY="1")
        self.assertNotIn("not reloaded", said["STATUS"])
        rewrite(decorum, ("[gateway]", "[gatway]"))
        reload(decorum, "event=reload fault")
        _, said = self.manager.wait_for(at + 1, READY="1")
        self.assertIn("not reloaded", said["STATUS"])
        self.assertIn("gatway", said["STATUS"])
        self.assertEqual(decorum.terminate(), 0)
        _, said = self.manager.wait_for(STOPPING="1")
        # As long as gateway.drain, and what follows it.
        self.assertGreater(int(said["EXTEND_TIMEOUT_USEC"]), 10_000_000)

    def test_the_watchdog_is_fed(self):
        decorum = self.gateway()
        self.manager.employ(decorum, watchdog=0.4)
        self.serve_here(decorum)
        at = 0
        for _ in range(5):
            at = self.manager.wait_for(at, WATCHDOG="1")[0] + 1

    def test_without_a_watchdog_nothing_is_fed(self):
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        self.assertEqual(decorum.terminate(), 0)
        self.assertEqual([said for said in self.manager.messages if "WATCHDOG" in said], [])


class Activation(ServiceCase):
    def test_a_listener_takes_the_sockets_of_its_name_and_binds_none_itself(self):
        ports = [self.manager.open_socket("main"), self.manager.open_socket("main")]
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        decorum.wait_for_log("event=listening", "listener=main", f"address=127.0.0.1:{ports[0]}", "socket=inherited")
        self.assertFalse(port_is_open(decorum.port))
        for port in ports:
            with Client(port) as client:
                client.ehlo()
                self.assertEqual(client.deliver(message()).code, 250)
        self.assertEqual(len(self.sink.accepted()), 2)

    def test_a_socket_without_a_listener_is_told_of(self):
        self.manager.open_socket("nobody")
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        line = decorum.wait_for_log("event=socket", "name=nobody")
        self.assertIn("there is no listener of this name", line)
        self.assertTrue(port_is_open(decorum.port))

    def test_one_acceptor_deals_sessions_out_to_all_threads(self):
        port = self.manager.open_socket("main")
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        clients = [Client(port) for _ in range(8)]
        for client in clients:
            client.ehlo()
        for client in clients:
            client.command("QUIT")
            client.close()

        def threads():
            return {match.group(1) for line in list(decorum.log)
                    if "event=session" in line and (match := re.search(r"session=(\d+)-", line))}
        wait_until(lambda: len(threads()) == 2, 20, "sessions of both threads")

    def test_a_key_may_be_a_credential(self):
        pem, key = certificate(self.scratch)
        folder = self.scratch.folder("credentials")
        shutil.move(key, folder / "mx.key")
        decorum = self.gateway(listener={"tls": "starttls", "certificate": pem,
                                         "private_key": "$CREDENTIALS_DIRECTORY/mx.key"})
        decorum.environment = {"CREDENTIALS_DIRECTORY": str(folder)}
        self.serve_here(decorum)
        with Client(decorum.port) as client:
            client.starttls()
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)

    def test_descriptors_of_another_process_are_not_ours(self):
        decorum = self.gateway()
        decorum.environment = {"LISTEN_FDS": "1", "LISTEN_PID": "1", "LISTEN_FDNAMES": "main"}
        self.serve_here(decorum)
        decorum.wait_for_log("event=listening", f"address=127.0.0.1:{decorum.port}", "socket=own")


class LoadCase(ServiceCase):
    clients = 8

    def under_load(self, port, act):
        """Runs act() while clients deliver; every delivery must succeed, and every 250 be true."""
        threads = [Deliverer(port, number, reuse=number % 2 == 1) for number in range(self.clients)]
        for thread in threads:
            thread.start()
        try:
            act(lambda: sum(len(thread.delivered) for thread in threads))
        finally:
            for thread in threads:
                thread.done.set()
            for thread in threads:
                thread.join(90)
        self.assertEqual([failure for thread in threads for failure in thread.failures], [])
        delivered = [identity for thread in threads for identity in thread.delivered]
        accepted = [message_id(one.octets) for one in self.sink.accepted()]
        self.assertEqual(len(accepted), len(set(accepted)), "delivered twice")
        self.assertEqual(set(delivered), set(accepted))
        return len(delivered)

    def wait_for_more(self, count, more):
        goal = count() + more
        wait_until(lambda: count() >= goal, 60, f"{more} more deliveries")


# ctest: timeout=300
class Restart(LoadCase):
    restarts = 5

    def test_a_restart_under_load_loses_no_connection_attempt(self):
        port = self.manager.open_socket("main")
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)

        def restart_often(count):
            for _ in range(self.restarts):
                self.wait_for_more(count, 40)
                self.assertEqual(decorum.terminate(30), 0)
                decorum.start()
            self.wait_for_more(count, 40)
        self.assertGreater(self.under_load(port, restart_often), 40 * self.restarts)

    def test_who_connects_while_there_is_no_gateway_waits_for_the_next(self):
        port = self.manager.open_socket("main")
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        self.assertEqual(decorum.terminate(), 0)
        with Client(port, greet=False) as client:
            decorum.start()
            self.assertEqual(client.reply().code, 220)
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)

    def test_a_client_that_has_just_come_may_still_deliver(self):
        port = self.manager.open_socket("main")
        decorum = self.gateway()
        self.manager.employ(decorum)
        self.serve_here(decorum)
        with Client(port) as client:
            start = len(decorum.log)
            decorum.process.signal(signal.SIGTERM)
            decorum.wait_for_log("event=stopping", start=start)
            client.send("EHLO client.example\r\nMAIL FROM:<jane@example.org>\r\nRCPT TO:<paul@example.org>\r\n")
            for _ in range(3):
                self.assertEqual(client.reply().code, 250)
            self.assertEqual(client.data(message()).code, 250)
            self.assertTrue(client.is_closed())
        self.assertEqual(decorum.process.wait(20), 0)


# ctest: timeout=300
class Reload(LoadCase):
    def test_signals_that_mean_something_to_other_servers_end_nothing(self):
        decorum = self.started()
        for name in ("SIGUSR1", "SIGUSR2"):
            decorum.process.signal(getattr(signal, name))
            decorum.wait_for_log(f'event=signal signal={name} instead="nothing: SIGHUP reloads')
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)

    def started(self, **options):
        return self.serve_here(self.gateway(**options))

    def test_reloads_under_load_end_no_session(self):
        decorum = self.started(limits={"recipients": 50})

        def reload_often(count):
            for turn in range(20):
                self.wait_for_more(count, 10)
                rewrite(decorum, (f"recipients = {50 + turn}", f"recipients = {51 + turn}"))
                reload(decorum)
        with Client(decorum.port) as idle:
            idle.ehlo()
            self.under_load(decorum.port, reload_often)
            self.assertEqual(idle.deliver(message()).code, 250)

    def test_new_sessions_have_the_new_settings_and_old_ones_keep_theirs(self):
        decorum = self.started(limits={"recipients": 1}, annotate={"require": "none"})
        with Client(decorum.port) as old:
            old.ehlo()
            rewrite(decorum, ("recipients = 1", "recipients = 2"), ('require = "none"', 'require = "authenticated"'))
            reload(decorum)
            with Client(decorum.port) as new:
                new.ehlo()
                self.assertEqual([reply.code for reply in new.envelope(recipients=["a@b.example", "c@b.example"])],
                                 [250, 250, 250])
                self.assertEqual(new.data(message()).code, 250)
            self.assertEqual([reply.code for reply in old.envelope(recipients=["a@b.example", "c@b.example"])],
                             [250, 250, 452])
            self.assertEqual(old.data(message()).code, 250)
        by_new, by_old = (Annotated(one.octets).status for one in self.sink.accepted())
        self.assertEqual((by_new, by_old), ("unauthenticated", "found"))

    def test_an_upstream_may_move(self):
        other = self.serve_here(Sink())
        decorum = self.started()
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
            rewrite(decorum, (f"127.0.0.1:{self.sink.port}", f"127.0.0.1:{other.port}"))
            reload(decorum)
            with Client(decorum.port) as new:
                new.ehlo()
                self.assertEqual(new.deliver(message()).code, 250)
            self.assertEqual(client.deliver(message()).code, 250)
        self.assertEqual((len(self.sink.accepted()), len(other.accepted())), (2, 1))
        # The spare connections to the server that mail no longer goes to are closed.
        wait_until(lambda: all(session.closed for session in self.sink.sessions), 20, "the old connections' end")

    def test_many_reloads_leave_nothing_behind(self):
        decorum = self.started()

        def descriptors():
            return len(os.listdir(f"/proc/{decorum.process.pid}/fd"))

        def deliver():
            with Client(decorum.port) as client:
                client.ehlo()
                self.assertEqual(client.deliver(message()).code, 250)
        for _ in range(3):
            deliver()
            reload(decorum)
        # The spare connections of each thread, of the gateway that is and of one that is about to go.
        most = descriptors() + 16
        for _ in range(40):
            deliver()
            reload(decorum)
        wait_until(lambda: descriptors() <= most, 30, f"at most {most} descriptors; there are {descriptors()}")

    def test_what_takes_a_restart_is_named_key_by_key(self):
        decorum = self.started()
        rewrite(decorum, ("threads = 2", "threads = 3"), (f"127.0.0.1:{decorum.port}", "127.0.0.1:1"),
                ("[annotate]", '[annotate]\nprefix = "X-Who"'))
        line, lines = reload(decorum)
        self.assertIn("kept=3", line)
        for key in ("gateway.threads", "listener.main.bind", "annotate.prefix"):
            self.assertTrue(any(f"setting={key} " in one and "restart" in one for one in lines), (key, lines))
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        self.assertEqual(Annotated(self.sink.accepted()[0].octets).status, "found")

    def test_a_fault_changes_nothing(self):
        decorum = self.started(limits={"recipients": 1})
        for change in [("recipients = 1", 'recipients = 3\nnonsense = "x"'),
                       ('address = "127.0.0.1', 'ca_file = "absent.pem"\naddress = "127.0.0.1')]:
            before = decorum.file.read_text()
            rewrite(decorum, change)
            _, lines = reload(decorum, "event=reload fault")
            decorum.file.write_text(before)
            with Client(decorum.port) as client:
                client.ehlo()
                self.assertEqual([reply.code for reply in client.envelope(recipients=["a@b.example", "c@b.example"])],
                                 [250, 250, 452])
        reload(decorum)

    def test_a_file_that_was_emptied_or_cut_off_changes_nothing(self):
        decorum = self.started(limits={"recipients": 1}, annotate={"require": "none"})
        text = decorum.file.read_text()
        for rest in ("", text[:text.index("[[listener]]")]):
            decorum.file.write_text(rest)
            line, lines = reload(decorum, "event=reload fault")
            self.assertIn("at least one [[listener]] section", line)
            self.assertFalse(any("event=reloaded" in one for one in lines), lines)
            with Client(decorum.port) as client:
                client.ehlo()
                self.assertEqual([reply.code for reply in client.envelope(recipients=["a@b.example", "c@b.example"])],
                                 [250, 250, 452])
                self.assertEqual(client.data(message()).code, 250)
        self.assertEqual([Annotated(one.octets).status for one in self.sink.accepted()], ["found", "found"])

    def test_a_fault_in_what_is_read_last_changes_nothing_either(self):
        """Keys of the audit log, the log's own target, the charter: each is refused before anything is taken over."""
        key = self.scratch.write("audit.key", base64.b64encode(bytes(32)).decode() + "\n")
        pem, private = certificate(self.scratch, "old.example.org")
        old = pem.read_bytes(), private.read_bytes()
        new = tuple(file.read_bytes() for file in certificate(self.scratch, "new.example.org"))

        def install(pair):
            pem.write_bytes(pair[0])
            private.write_bytes(pair[1])
        decorum = self.started(limits={"recipients": 1}, audit={"key_file": key, "required": False},
                               listener={"tls": "starttls", "certificate": pem, "private_key": private})
        first = decorum.file.read_text()

        def refused(change, reason):
            rewrite(decorum, ("recipients = 1", "recipients = 5"), ("required = false", "required = true"), *change)
            install(new)
            line, _ = reload(decorum, "event=reload fault")
            self.assertIn(reason, line)
            install(old)
            decorum.file.write_text(first)
            before = len(decorum.log)
            with Client(decorum.port) as client:
                client.starttls()
                self.assertEqual(client.socket.getpeercert(binary_form=True), ssl.PEM_cert_to_DER_cert(old[0].decode()))
                client.ehlo()
                self.assertEqual([reply.code for reply in client.envelope(recipients=["a@b.example", "c@b.example"])],
                                 [250, 250, 452])
                self.assertEqual(client.data(message()).code, 250)
            wait_until(lambda: any("event=session" in line for line in decorum.log[before:]), 20,
                       "the session's line where the log was")
            self.assertFalse(any("event=audit_reloaded" in line for line in decorum.log))

        good = key.read_text()
        key.write_text("garbage\n")
        refused([('level = "debug"', 'level = "error"')], "audit.key")
        key.write_text(good)
        refused([('level = "debug"', f'level = "error"\ntarget = "{self.scratch.path}"')], str(self.scratch.path))
        rewrite(decorum, ("recipients = 1", "recipients = 5"), ("required = false", "required = true"))
        reload(decorum)
        with Client(decorum.port) as client:
            client.starttls()
            client.ehlo()
            self.assertEqual([reply.code for reply in client.envelope(recipients=["a@b.example", "c@b.example"])],
                             [250, 250, 250])

    def test_the_log_is_rotated_whatever_is_wrong_with_the_configuration(self):
        decorum = self.started()
        log = self.scratch.folder(self._testMethodName + "_logs") / "decorum.log"
        rewrite(decorum, ("[log]\n", f'[log]\ntarget = "{log}"\n'))

        def wait_for(words):
            wait_until(lambda: log.exists() and words in log.read_text(), 20, f"{words} in the log's file")
        decorum.process.signal(signal.SIGHUP)
        wait_for("event=reloaded")
        good = decorum.file.read_text()
        decorum.file.write_text(good + "\nnonsense = 1\n")
        log.rename(log.with_name("decorum.log.1"))
        decorum.process.signal(signal.SIGHUP)
        wait_for("event=reload fault")
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        wait_for("event=session")
        # One that can't be opened any more is still written where it was.
        log.unlink()
        log.mkdir()
        decorum.file.write_text(good.replace(f'target = "{log}"', 'target = "stderr"'))
        reload(decorum)

    def test_people_are_read_again(self):
        decorum = self.started()
        decorum.people_file.write_text(decorum.people_file.read_text().replace("HR Director", "Head of People"))
        reload(decorum)
        decorum.people_file.write_text("[[person]]\naddresses = 7\n")
        reload(decorum, "event=reload fault")
        with Client(decorum.port) as client:
            client.ehlo()
            client.deliver(message())
        self.assertIn(b"Head of People", self.sink.accepted()[0].octets)

    def test_handshakes_to_come_have_the_new_certificate(self):
        pem, key = certificate(self.scratch, "old.example.org")
        decorum = self.started(listener={"tls": "starttls", "certificate": pem, "private_key": key})

        def fingerprint(client):
            return client.socket.getpeercert(binary_form=True)
        with Client(decorum.port) as old:
            old.starttls()
            before = fingerprint(old)
            for new, there in zip(certificate(self.scratch, "new.example.org"), (pem, key)):
                shutil.copy(new, there)
            reload(decorum)
            with Client(decorum.port) as new:
                new.starttls()
                self.assertNotEqual(fingerprint(new), before)
                self.assertEqual(fingerprint(new), ssl.PEM_cert_to_DER_cert(pem.read_text()))
            old.ehlo()
            self.assertEqual(old.deliver(message()).code, 250)
            # A key that doesn't fit is no reason to serve without one.
            shutil.copy(certificate(self.scratch, "third.example.org")[1], key)
            reload(decorum, "event=reload fault")
            with Client(decorum.port) as new:
                new.starttls()
                self.assertEqual(fingerprint(new), ssl.PEM_cert_to_DER_cert(pem.read_text()))


# What the first version wrote.
FIRST_SCHEMA = (
    "CREATE TABLE state(key BLOB PRIMARY KEY NOT NULL, found INTEGER NOT NULL, fetched INTEGER NOT NULL, "
    "profile TEXT NOT NULL, served INTEGER NOT NULL)",
    "CREATE TABLE version(key BLOB NOT NULL, time INTEGER NOT NULL, shown TEXT NOT NULL, "
    "PRIMARY KEY(key, time)) WITHOUT ROWID",
    "INSERT INTO version VALUES (x'0102', 1764000000, 'Jane as she was')",
)


class Schema(GatewayCase):
    """The state of other versions of the program."""

    def setUp(self):
        self.sink = self.serve_here(Sink())

    def deliver(self, decorum):
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        return Annotated(self.sink.accepted()[-1].octets).status

    def database(self, decorum):
        (file,) = [path for path in (decorum.folder / "state").iterdir()
                   if path.is_file() and path.read_bytes()[:15] == b"SQLite format 3"]
        return file

    def write(self, file, number, *statements):
        database = sqlite3.connect(file)
        with database:
            for statement in statements:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {number}")
        database.close()

    def rows(self, file, query):
        database = sqlite3.connect(file)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()

    def version(self, file):
        return self.rows(file, "PRAGMA user_version")[0][0]

    def test_older_state_is_brought_forward_and_newer_state_refused_with_the_reason(self):
        decorum = self.serve_here(gateway_before(self.scratch, self.sink.port, name="schema"))
        self.assertEqual(self.deliver(decorum), "found")
        self.assertEqual(decorum.terminate(), 0)
        file = self.database(decorum)
        current = self.version(file)
        self.assertGreater(current, 1)

        file.unlink()
        self.write(file, 1, *FIRST_SCHEMA)
        decorum.start()
        self.assertEqual(self.deliver(decorum), "found")
        self.assertEqual(decorum.terminate(), 0)
        self.assertEqual([line for line in decorum.log if "event=store" in line], [])
        self.assertEqual(self.version(file), current)
        self.assertIn((b"\x01\x02", 1764000000, "Jane as she was"), self.rows(file, "SELECT * FROM version"))

        self.write(file, current + 1)
        octets = file.read_bytes()
        decorum.start()
        line = decorum.wait_for_log("event=store")
        self.assertIn(f"written by a newer Decorum (schema {current + 1}, this one knows {current})", line)
        self.assertEqual(self.deliver(decorum), "found")  # mail flows, with what is in memory
        self.assertEqual(decorum.terminate(), 0)
        self.assertEqual(file.read_bytes(), octets)


def unit_values(key):
    """What the unit says of the key, in order."""
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed (package systemd)")
class Unit(GatewayCase):
    def analyze(self, *words):
        return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60, check=False)

    def test_the_exposure_is_at_most_1_5(self):
        result = self.analyze("security", "--offline=true", "--no-pager", "--threshold=15", str(UNIT))
        if "unrecognized option" in result.stderr or "Unknown option" in result.stderr:
            self.skipTest("this systemd-analyze has no --offline (systemd 250 has)")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        level = float(re.search(r"exposure level for decorum.service: ([\d.]+)", result.stdout).group(1))
        self.assertLessEqual(level, 1.5)

    def test_systemd_understands_all_units(self):
        """In a root of their own, with a program where the unit wants one."""
        root = self.scratch.folder("units")
        for unit in (ROOT / "systemd").iterdir():
            if unit.suffix in (".service", ".socket"):
                (root / unit.name).write_text(unit.read_text().replace("/usr/bin/decorum", "/bin/true"))
        result = self.analyze("verify", "--man=no", *map(str, sorted(root.iterdir())))
        self.assertEqual((result.returncode, result.stderr.strip()), (0, ""))

    def test_a_crash_loop_ends_neither_the_service_nor_its_sockets(self):
        self.assertEqual(unit_values("StartLimitIntervalSec"), ["0"])
        self.assertEqual(unit_values("RestartSec"), ["2"])
        self.assertEqual(unit_values("OOMPolicy"), ["continue"])

    def test_the_start_is_known_where_the_unit_hides_the_machine(self):
        """ProcSubset=pid: there is no /proc/stat."""
        hidden = ["unshare", "--mount", "sh", "-c", 'mount -t proc -o subset=pid proc /proc && exec "$@"', "sh"]
        tried = subprocess.run([*hidden, "test", "!", "-e", "/proc/stat"], capture_output=True, check=False)
        if tried.returncode != 0:
            self.skipTest(f"no namespace of mounts here: {tried.stderr.decode()}")
        metrics = free_port()
        decorum = gateway_before(self.scratch, 1, name="hidden", metrics={"bind": f"127.0.0.1:{metrics}"})
        decorum.prefix = hidden
        begin = time.time()
        self.serve_here(decorum)
        started = Scrape(metrics).value("process_start_time_seconds")
        self.assertIsNotNone(started)
        self.assertLess(begin - 1, started)
        self.assertLess(started, time.time() + 1)

    def test_each_socket_names_a_listener_of_its_unit_and_the_service(self):
        sockets = sorted((ROOT / "systemd").glob("*.socket"))
        self.assertGreaterEqual(len(sockets), 3)
        for path in sockets:
            text = path.read_text()
            name = path.stem.removeprefix("decorum-")
            self.assertIn(f"\nFileDescriptorName={name}\n", text)
            self.assertIn("\nService=decorum.service\n", text)
            self.assertIn("\nListenStream=", text)

    def allowed_calls(self):
        """SystemCallFilter= of the unit, expanded as systemd does: the first line allows, ~ takes away."""
        names = {}
        group = None
        for line in self.analyze("syscall-filter", "--no-pager").stdout.splitlines():
            if line.startswith("@"):
                group = names.setdefault(line.strip(), set())
            elif line.startswith("    ") and not line.strip().startswith("#"):
                group.add(line.strip())

        def expand(word):
            if not word.startswith("@"):
                return {word}
            return set().union(*(expand(one) for one in names[word]))
        allowed = expand("@default")
        for value in unit_values("SystemCallFilter"):
            words = set().union(*(expand(word) for word in value.removeprefix("~").split()))
            allowed = allowed - words if value.startswith("~") else allowed | words
        return sorted(allowed)

    def test_the_gateway_and_its_worker_need_no_other_system_call(self):
        """A run with nothing but what SystemCallFilter= leaves: people, a picture that is decoded, a store, a
        reload, mail, the end. Any other call ends the process here; under the unit it fails."""
        from test_worker import png
        calls = self.scratch.write("calls.json", json.dumps(self.allowed_calls()))
        sink = self.serve_here(Sink())
        manager = ServiceManager(self.scratch)
        self.addCleanup(manager.close)
        port = manager.open_socket("main")
        picture = self.scratch.write("jane.png", png(96))
        people = f'[[person]]\naddresses = ["jane@example.org"]\ndisplay_name = "Jane Martin"\nphoto_file = "{picture}"\n'
        decorum = gateway_before(self.scratch, sink.port, name="filtered", people=people, annotate={"face": True})
        manager.employ(decorum, filter_file=calls, watchdog=2)
        self.serve_here(decorum)
        reload(decorum)

        def face():
            with Client(port) as client:
                client.ehlo()
                self.assertEqual(client.deliver(message()).code, 250)
            return b"\r\nFace: " in sink.accepted()[-1].octets
        wait_until(face, 30, "a picture that the worker decoded")
        self.assertEqual(decorum.terminate(), 0)
