"""The audit log of a running gateway: what it holds, that its chains hold, and that mail comes first."""

import csv
import hashlib
import io
import json
import os
import re
import resource
import signal
import time

from support.audit_log import AuditLog
from support.case import GatewayCase
from support.client import Client
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.imap_client import ImapClient
from support.messages import authenticated, message, message_id
from support.metrics import Scrape
from support.scratch import free_port, wait_until
from support.sink import VANISH, Sink
from test_outbound import OutboundCase


class AuditCase(GatewayCase):
    """A gateway with one thread, so that all sessions write one chain."""

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())

    def gateway(self, start=True, metrics=None, **audit):
        self.sink.on.clear()
        self.sink.forget()
        self.decorum = gateway_before(self.scratch, self.sink.port, name=self._testMethodName,
                                      gateway={"threads": 1}, audit=audit, metrics=metrics or {})
        self.log = AuditLog(self.decorum)
        if start:
            self.serve_here(self.decorum)
        return self.decorum

    def send(self, octets=None, code=250, **envelope):
        with Client(self.decorum.port) as client:
            client.ehlo()
            reply = client.deliver(octets or message(), **envelope)
            self.assertEqual(reply.code, code, reply)
            return reply

    def at_mail(self, recipients=0):
        """The codes of MAIL and what is pipelined behind it."""
        with Client(self.decorum.port) as client:
            client.ehlo()
            client.send(b"MAIL FROM:<jane@example.org>\r\n" + b"RCPT TO:<paul@example.org>\r\n" * recipients)
            return [client.reply().code for _ in range(1 + recipients)]

    def assert_holds(self, *options):
        status, said = self.log.verify(*options)
        self.assertEqual(status, 0, said)

    def assert_broken(self, path, line, how):
        status, said = self.log.verify()
        self.assertEqual(status, 1, said)
        self.assertIn(f"{path}:{line}: {how}: ", said)

    def assert_schema(self):
        self.assertEqual(self.log.schema_faults(), [])

    def limit_files(self, octets):
        """Writing beyond it fails, as on a full disk."""
        _, hard = resource.prlimit(self.decorum.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.decorum.process.pid, resource.RLIMIT_FSIZE, (octets, hard))


class Audit(AuditCase):
    def test_each_message_has_its_intent_and_its_outcome(self):
        self.gateway()
        self.send(message(marker="first"))
        self.sink.on["end"] = b"550 5.7.1 no"
        self.send(code=550)
        self.sink.on["end"] = VANISH
        self.send(code=451)
        self.sink.on.clear()
        self.send(b"From: a\r\n" + b"x" * 10 + b"\n\r\nbare LF\r\n", code=550)
        with Client(self.decorum.port) as client:
            client.ehlo()
            client.envelope()
            client.command("DATA")
            client.send(b"From: Jane <jane@example.org>\r\n")
        wait_until(lambda: len(self.log.events("outcome")) == 5, 20, "five outcomes")
        intents = self.log.events("intent")
        outcomes = self.log.events("outcome")
        self.assertEqual([event["result"] for event in outcomes],
                         ["accepted", "refused", "lost", "refused", "aborted"])
        self.assertEqual([event.get("code") for event in outcomes], [250, 550, 451, 550, None])
        self.assertEqual([event.get("intent") for event in outcomes],
                         [event["seq"] for event in intents] + [None, None])
        for intent, outcome in zip(intents, outcomes):
            self.assertEqual((intent["session"], intent["message"]), (outcome["session"], outcome["message"]))
            self.assertLess(intent["seq"], outcome["seq"])
            self.assertRegex(intent["sender"], "^p-[0-9a-f]{24}$")
        self.assertEqual([event["status"] for event in self.log.events("annotation")], ["found"] * 3)
        self.assertEqual(self.log.events("annotation")[0]["sources"], "directory")
        for hidden in (b"jane", b"paul", b"example.org>", b"Martin", b"sample"):
            self.assertNotIn(hidden, self.log.octets())
        self.decorum.stop()
        self.assert_schema()
        self.assert_holds()
        found = self.decorum.command("audit", "query", "--message-id", "<first@example.org>", "--format", "json")
        self.assertEqual([json.loads(line)["seq"] for line in found.stdout.splitlines()], [intents[0]["seq"]])

    def test_an_intent_is_written_before_the_message_is_handed_over(self):
        self.gateway()
        seen = []

        def at_the_end(*_):
            seen.append((len(self.log.events("intent")), len(self.log.events("outcome"))))
        self.sink.on["end"] = at_the_end
        self.send()
        self.assertEqual(seen, [(1, 0)])
        self.assertEqual(len(self.log.events("outcome")), 1, "and its outcome before the client hears of it")

    def test_verify_names_the_line_that_was_changed_removed_or_moved(self):
        self.gateway()
        for _ in range(5):
            self.send()
        self.decorum.stop()
        self.assert_holds()
        path = self.log.state / "audit-1.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        at = next(i for i, line in enumerate(lines) if b'"outcome"' in line) + 3

        def put(new):
            path.write_bytes(b"".join(new))
        put([*lines[:at], re.sub(rb'"session":"0-(.)', rb'"session":"1-\1', lines[at]), *lines[at + 1:]])
        self.assert_broken(path, at + 1, "changed")
        put(lines[:at] + lines[at + 1:])
        self.assert_broken(path, at + 1, "removed")
        put([*lines[:at], lines[at + 1], lines[at], *lines[at + 2:]])
        self.assert_broken(path, at + 1, "reordered")
        put(lines)
        self.assert_holds()

    def test_an_end_that_was_cut_off_is_told_by_the_operational_log(self):
        self.gateway()
        for _ in range(3):
            self.send()
        self.decorum.stop()
        anchors = self.scratch.write("operational.log", "\n".join(self.decorum.log))
        self.assert_holds("--anchors", anchors)
        path = self.log.state / "audit-1.jsonl"
        path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
        self.assert_holds()
        status, said = self.log.verify("--anchors", anchors)
        self.assertEqual(status, 1, said)
        self.assertIn("removed", said)

    def test_kill_9_and_restart(self):
        self.gateway()
        answered = 0
        for _ in range(3):
            for _ in range(5):
                self.send()
                answered += 1
            self.decorum.kill()
            self.decorum.start()
        self.decorum.stop()
        self.assert_holds()
        accepted = [event for event in self.log.events("outcome") if event["result"] == "accepted"]
        self.assertEqual(len(accepted), answered, "every 250 has its event")
        self.assertEqual(len(self.log.events("start")), 2 * 4)
        self.assert_schema()

    def test_a_full_disk_loses_events_and_no_mail(self):
        port = free_port()
        self.gateway(metrics={"bind": f"127.0.0.1:{port}"})
        self.send()
        self.limit_files(1)
        for _ in range(3):
            self.send()
        self.decorum.wait_for_log("event=audit_failing")
        self.assertEqual(len(self.log.events("outcome")), 1)
        self.assertEqual(Scrape(port).value("decorum_audit_failing"), 1)
        self.limit_files(resource.RLIM_INFINITY)
        self.send()
        self.assertEqual(Scrape(port).value("decorum_audit_lost_total"), 9)
        self.assertEqual(Scrape(port).value("decorum_audit_failing"), 0)
        self.decorum.wait_for_log("event=audit_resumed", "lost=9")
        self.decorum.stop()
        self.assertEqual(len(self.sink.accepted()), 5)
        self.assertEqual([event["events"] for event in self.log.events("lost")], [9])
        self.assertEqual(len(self.log.events("outcome")), 2)
        self.assert_holds()
        self.assert_schema()

    def test_required_refuses_at_mail_while_it_lasts(self):
        self.gateway(required=True)
        self.send()
        self.limit_files(1)
        # Nobody knows yet: the message is refused before it is handed over.
        self.send(code=451)
        self.assertEqual(len(self.sink.accepted()), 1)
        for _ in range(3):
            self.assertEqual(self.at_mail(), [451])
        self.assertEqual(self.at_mail(recipients=30), [451] + [503] * 30, "which are no errors of the client's")
        self.limit_files(resource.RLIM_INFINITY)
        self.send()
        self.assertEqual(len(self.sink.accepted()), 2)
        self.decorum.stop()
        self.assert_holds()

    def test_a_folder_that_is_missing_keeps_no_mail_back(self):
        self.gateway(start=False, file=self.scratch.path / "nowhere/deeper/trail")
        (self.scratch.path / "nowhere").write_text("a file")
        self.serve_here(self.decorum)
        self.send()
        self.decorum.wait_for_log("event=audit_failing")

    def test_forget_destroys_the_name_and_the_chain_holds(self):
        self.gateway()
        self.send()
        name = self.log.events("intent")[0]["sender"]
        query = self.decorum.command("audit", "query", "--person", "jane@example.org", "--event", "intent")
        self.assertEqual(query.stdout.count(name.encode()), 1, query)
        done = self.decorum.command("forget", "jane@example.org")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([(event["person"], event["by"]) for event in self.log.events("erasure")],
                         [(name, "command")])
        self.assertEqual(self.decorum.command("audit", "query", "--person", "jane@example.org").returncode, 1)

        def renamed():
            self.send()
            return self.log.events("intent")[-1]["sender"] != name
        wait_until(renamed, 20, "another name")
        self.decorum.stop()
        self.assert_holds()
        self.assert_schema()

    def test_rotation_keys_and_sighup_keep_the_chain(self):
        self.gateway(rotate_size="3KiB", addresses="clear", sync="message")
        for _ in range(10):
            self.send()
        self.assertGreater(len(self.log.files()), 3)
        done = self.decorum.command("audit", "renew-key")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.decorum.file.write_text(self.decorum.file.read_text().replace('"3KiB"', '"1MiB"'))
        self.decorum.process.signal(signal.SIGHUP)
        said = self.decorum.wait_for_log("event=audit_reloaded")
        self.assertIn("rotate_size", said)
        self.decorum.wait_for_log("event=reloaded")
        for _ in range(10):
            self.send()
        (renewed,) = [event for event in self.log.events("key") if event["chain"] == 1]
        self.assertIn(renewed["next"], said)
        files = len(self.log.files())
        self.send()
        self.assertEqual(len(self.log.files()), files, "the new size holds")
        self.assertEqual({event["sender"] for event in self.log.events("intent")}, {"jane@example.org"})
        self.decorum.stop()
        self.assert_holds()
        self.assert_schema()
        self.assertEqual(len([one for one in self.log.events("outcome") if one["result"] == "accepted"]), 21)

    def test_it_can_be_switched_off(self):
        self.gateway(enabled=False)
        self.send()
        self.decorum.stop()
        self.assertEqual(self.log.files(), [])

    def test_query_and_report(self):
        self.gateway()
        self.send()
        self.send(message("Nobody <nobody@unknown.example>"), sender="nobody@unknown.example")
        self.sink.on["end"] = b"550 5.7.1 no"
        self.send(code=550)
        query = lambda *options: self.decorum.command("audit", "query", *options)  # noqa: E731
        self.assertEqual(len(query("--event", "outcome").stdout.splitlines()), 3)
        self.assertEqual(len(query("--verdict", "refused").stdout.splitlines()), 1)
        self.assertEqual(len(query("--event", "outcome", "--until", "2020-01-01").stdout), 0)
        self.assertEqual(len(query("--event", "outcome", "--since", "2020-01-01", "--limit", "2").stdout.splitlines()), 2)
        rows = list(csv.DictReader(io.StringIO(query("--format", "csv", "--event", "intent").stdout.decode())))
        self.assertEqual([row["event"] for row in rows], ["intent"] * 3)
        self.assertEqual(json.loads(rows[0]["members"])["listener"], "main")
        self.assertEqual(query("--event", "nonsense").returncode, 2)
        self.assertEqual(query("--since", "yesterday").returncode, 2)

        page = self.decorum.command("audit", "report").stdout.decode()
        self.assertIn("<svg", page)
        self.assertIn("chains hold", page)
        self.assertNotRegex(page, r"https?://|<script|@import|url\(")
        figures = list(csv.DictReader(io.StringIO(self.decorum.command("audit", "report", "--csv").stdout.decode())))
        total = lambda section, name: sum(  # noqa: E731
            int(row["value"]) for row in figures if (row["section"], row["name"]) == (section, name))
        self.assertEqual(total("volume", "accepted"), 2)
        self.assertEqual(total("volume", "refused"), 1)
        self.assertEqual(total("status", "found"), 2)
        self.assertEqual(total("source", "directory found"), 2)
        path = self.scratch.path / "report.html"
        self.assertEqual(self.decorum.command("audit", "report", "-o", path).returncode, 0)
        self.assertIn("Coverage by source", path.read_text())


# ctest: slow
class AuditOutbound(OutboundCase):
    action = "block"

    def test_what_people_of_ours_meet_is_recorded_without_the_words(self):
        log = AuditLog(self.decorum)
        self.until_refused()
        verdicts = log.events("verdict")
        self.assertIn(("block", "refused"), {(event["action"], event["outcome"]) for event in verdicts})
        findings = log.events("finding")
        self.assertEqual({(event["category"], event["person"]) for event in findings},
                         {(event["category"], verdicts[0]["person"]) for event in findings})
        self.assertGreater(len(findings), 0)
        self.decorum.stop()
        self.assertEqual(log.schema_faults(), [])
        for hidden in (b"moron", b"boss", b"jane@", b"anna@"):
            self.assertNotIn(hidden, log.octets())
        status, said = log.verify()
        self.assertEqual(status, 0, said)


class AuditReading(GatewayCase):
    """What is shown over IMAP is on record, once."""

    @classmethod
    def prepare(cls):
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.dovecot.imap_port, "imap", gateway={"threads": 1}, imap={"annotate": True},
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]}))

    def read_all(self):
        with ImapClient(self.decorum.port) as client:
            client.login()
            client.select()
            for _ in range(2):
                client.command("FETCH 1:* (BODY.PEEK[HEADER])")
                client.command("FETCH 1:* (RFC822.SIZE BODY.PEEK[])")

    def test_each_message_once_for_each_reader(self):
        sent = [authenticated("jane@example.org", marker="known"), authenticated("eve@example.net", marker="stranger"),
                message(marker="unproved")]
        with ImapClient(self.decorum.port) as client:
            client.login()
            for octets in sent:
                client.command("APPEND INBOX", literal=octets)
        log = AuditLog(self.decorum)
        self.read_all()
        shown = wait_until(lambda: (found := log.events("annotation")) and len(found) >= 3 and found, 10, "three events")
        self.read_all()
        self.decorum.process.signal(signal.SIGHUP)
        self.decorum.wait_for_log("event=reloaded")
        self.read_all()
        self.decorum.stop()
        self.assertEqual(log.events("annotation"), shown)

        self.assertEqual([(one["protocol"], one["listener"], one["message"]) for one in shown],
                         [("imap", "main", number) for number in (1, 2, 3)])
        self.assertEqual([one["status"] for one in shown], ["found", "none", "unauthenticated"])
        self.assertEqual([one["message_id"] for one in shown],
                         [hashlib.sha256(message_id(octets).strip(b"<>")).hexdigest()[:32] for octets in sent])
        self.assertEqual(len({one["reader"] for one in shown}), 1)
        self.assertNotEqual(shown[0]["reader"], shown[0]["author"])
        self.assertEqual(shown[0]["author"], shown[2]["author"])
        self.assertEqual(log.schema_faults(), [])
        for hidden in (b"jane@", b"paul@", b"eve@"):
            self.assertNotIn(hidden, log.octets())
        status, said = log.verify()
        self.assertEqual(status, 0, said)


# ctest: slow serial timeout=900
class AuditLarge(AuditCase):
    LINES = 1_000_000

    def test_a_million_events_in_constant_memory(self):
        self.gateway(rotate_size="64MiB")
        self.send()
        self.decorum.stop()
        write_log(self.log.state, self.LINES)
        for command in (("verify",), ("report",), ("report", "--csv"), ("query", "--person", "p-0")):
            began = time.monotonic()
            with open(os.devnull, "wb") as nowhere:
                pid = os.posix_spawn(self.decorum.binary, [self.decorum.binary, "audit", "-c", str(self.decorum.file),
                                                           *command], os.environ,
                                     file_actions=[(os.POSIX_SPAWN_DUP2, nowhere.fileno(), 1)])
            _, status, usage = os.wait4(pid, 0)
            self.assertEqual(os.waitstatus_to_exitcode(status), 0, command)
            self.assertLess(usage.ru_maxrss, 100 << 10, command)
            print(f"audit {' '.join(command)}: {time.monotonic() - began:.1f} s, {usage.ru_maxrss >> 10} MiB")


def write_log(state, lines, chain=2):
    """Another chain of the log, with so many lines of a year's mail."""
    import base64
    import datetime
    import hashlib
    import hmac
    import random
    key = base64.b64decode((state / "chain.key").read_text().split()[-1])
    key_id = hashlib.sha256(b"decorum audit key id" + key).hexdigest()[:8]
    chance = random.Random(1)
    begin = datetime.datetime(2026, 1, 1)
    previous = bytes(32)
    seq = 0
    inner = hmac.new(key, digestmod=hashlib.sha256)
    with open(state / f"audit-{chain}.jsonl", "wb") as out:
        def add(event, members):
            nonlocal previous, seq
            seq += 1
            at = begin + datetime.timedelta(seconds=seq * 365 * 86400 / lines)
            line = (f'{{"v":1,"chain":{chain},"seq":{seq},"time":"{at:%Y-%m-%dT%H:%M:%S}.000Z","event":"{event}"'
                    f'{members}').encode()
            mac = inner.copy()
            mac.update(previous + line)
            previous = mac.digest()
            out.write(line + b',"mac":"' + previous.hex().encode() + b'"}\n')

        statuses = ["found"] * 6 + ["none"] * 3 + ["unauthenticated", "pending", "unavailable", "opted-out"]
        sources = ["directory", "directory,ldap", "gravatar", "webfinger,github", ""]
        add("file", f',"key":"{key_id}","previous":"{"0" * 64}"')
        while seq < lines:
            session = f'"session":"1-{seq:x}","message":1'
            status = chance.choice(statuses)
            source = chance.choice(sources) if status == "found" else ""
            named = f',"sources":"{source}"' if source else ""
            add("annotation", f',{session},"status":"{status}","author":"p-{chance.randrange(10**6):024x}"{named},'
                f'"warm":{"true" if chance.random() < 0.7 else "false"},"lookup_ms":{int(chance.expovariate(1 / 60))}')
            add("intent", f',{session},"listener":"main","protocol":"smtp","policy":"inbound","sender":"p-'
                f'{chance.randrange(10**6):024x}","recipients":["p-{chance.randrange(10**4):024x}"],'
                f'"recipient_count":1,"octets":{chance.randrange(10**5)}')
            result = "accepted" if chance.random() < 0.97 else "refused"
            add("outcome", f',{session},"intent":{seq},"listener":"main","result":"{result}","code":250,"accepted":1,'
                f'"refused":0,"octets":4096,"upstream_ms":{int(chance.expovariate(1 / 15))},'
                f'"total_ms":{int(chance.expovariate(1 / 80))}')
            if chance.random() < 0.002:
                category = chance.choice(["profanity", "harassment", "disparagement", "confidentiality", "hate"])
                person = f'"person":"p-{chance.randrange(500):024x}"'
                add("finding", f',{person},"category":"{category}","severity":{chance.choice([1, 1, 2, 2, 3])},'
                    f'"source":"lexicon","action":"notice","rule":"loyalty","bio":false')
                add("notice", f',{person},"letter":"notice","state":"queued","about":[{{"category":"{category}",'
                    f'"severity":2}}]')
                add("notice", f',{person},"letter":"notice","state":"sent"')
                add("verdict", f',"session":"1-{seq:x}",{person},"action":"notice","outcome":"warned",'
                    f'"audience":"external","findings":1,"severity":2,"charter":"1"')
                if chance.random() < 0.4:
                    add("override", f',{person},"word":"{chance.choice(["ack", "ack", "wrong", "confirm"])}",'
                        f'"by":"person"')
