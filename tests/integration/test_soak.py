"""Everything at once: SMTP, LMTP and IMAP, slow peers and hostile ones, sources that fail, a Redis that dies and comes
back, reloads, one kill -9 of the gateway.

Two minutes, or so many seconds as SOAK_SECONDS says. Then what was thanked for is compared with what arrived.
"""

import hashlib
import os
import signal
import threading
import time

from support.audit_log import AuditLog
from support.case import GatewayCase
from support.decorum import PEOPLE, Decorum
from support.dovecot import Dovecot
from support.gravatar import gravatar_path, gravatar_profile
from support.mail_case import declared
from support.redis import Redis, shared_keys
from support.scratch import wait_until
from support.sink import Sink
from support.soak import (IMAP_ATTACKS, SMTP_ATTACKS, Attacker, Deliverer, Field, Reader, Slow, Submitter, check_sent,
                          marker_of)
from support.web import Answer, Web

SECONDS = float(os.environ.get("SOAK_SECONDS", "120"))
SENDERS = [f"p{number}@d{number}.example" for number in range(40)]
# Else a reader waits for what attackers at the same address have failed to guess.
NO_PENALTY = "auth_failure_delay = 0\nservice anvil {\n  unix_listener anvil-auth-penalty {\n    mode = 0\n  }\n}\n"
DRIP = b"EHLO slow\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nFrom: a@example.org\r\n\r\n" + \
    b"drip " * 100


def page(text):
    return Answer(f'<html><body><div class="h-card"><span class="p-name">Jane Martin</span>'
                  f'<p class="p-note">{text}</p></div></body></html>')


# ctest: slow timeout=1200
class Everything(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.redis = cls.serve(Redis(cls.scratch))
        shared = shared_keys(cls.scratch)
        cls.sink = cls.serve(Sink())
        cls.world = cls.serve(Sink())
        cls.dovecot = cls.serve(Dovecot(cls.scratch, extra="mail_save_crlf = yes\n" + NO_PENALTY))
        cls.moods = [lambda answer: answer, lambda _: Answer("down", 503), lambda _: Answer("{", kind="application/json"),
                     lambda _: Answer("", 429, {"Retry-After": "1"}), lambda answer: time.sleep(3) or answer,
                     lambda _: Answer("x" * 3_000_000)]
        cls.mood = cls.moods[0]
        for address in SENDERS:
            cls.web.routes[gravatar_path(address)] = \
                lambda _, address=address: cls.mood(Answer(gravatar_profile(address)))
        cls.web.routes["/jane"] = lambda _: cls.mood(page("My boss is a complete moron, as everyone knows."))
        registry = cls.scratch.write("registry.toml", declared("jane@example.org", "web", "", f"{cls.web.url}/jane"))
        crowd = {"max_connections_per_address": 1000}
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"inbound": {"protocol": "smtp", "policy": "inbound", "upstream": "next", **crowd},
             "delivery": {"protocol": "lmtp", "policy": "inbound", "upstream": "lmtp", **crowd},
             "outbound": {"protocol": "smtp", "policy": "outbound", "upstream": "world", **crowd},
             "passing": {"protocol": "smtp", "policy": "pass", "upstream": "next", **crowd},
             "imap": {"protocol": "imap", "policy": "inbound", "upstream": "imap", **crowd}},
            {"next": {"protocol": "smtp", "address": f"127.0.0.1:{cls.sink.port}"},
             "world": {"protocol": "smtp", "address": f"127.0.0.1:{cls.world.port}"},
             "lmtp": {"protocol": "lmtp", "address": f"127.0.0.1:{cls.dovecot.lmtp_port}"},
             "imap": {"protocol": "imap", "address": f"127.0.0.1:{cls.dovecot.imap_port}"}},
            log={"level": "info"}, timeouts={"command": "5s", "data_block": "5s"},
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"], **shared["annotate"]},
            imap={"annotate": True}, store={"url": f"redis://127.0.0.1:{cls.redis.port}", **shared["store"]},
            registry={"file": registry}, outbound={"domains": ["example.org"]},
            connector__gravatar={"enabled": True, "base_url": cls.web.url, "rate": "100000/h"},
            connector__profile_page={"enabled": True}, lookup={"new_addresses": 1000, "breaker_failures": 1000},
            cache={"positive": "2s", "activities": "2s", "negative": "1s", "failure": "1s"}, http=cls.web.settings()))

    def setUp(self):
        self.field = Field()
        ports = self.decorum.ports
        self.delivered = [Deliverer(self.field, seed, ports["inbound"], SENDERS) for seed in (1, 2)]
        self.delivered.append(Deliverer(self.field, 3, ports["passing"], SENDERS))
        self.stored = [Deliverer(self.field, 4, ports["delivery"], SENDERS, lmtp=True)]
        self.submitted = [Submitter(self.field, 5, ports["outbound"], SENDERS)]
        self.readers = [Reader(self.field, seed, ports["imap"], self.stored) for seed in (6, 7)]
        others = [Slow(self.field, 8, ports["inbound"], DRIP), Slow(self.field, 9, ports["imap"], b"a LOGIN paul " * 99),
                  Slow(self.field, 10, ports["delivery"], DRIP.replace(b"EHLO", b"LHLO")),
                  Attacker(self.field, 11, ports["inbound"], SMTP_ATTACKS),
                  Attacker(self.field, 12, ports["outbound"], SMTP_ATTACKS),
                  Attacker(self.field, 13, ports["delivery"], SMTP_ATTACKS),
                  Attacker(self.field, 14, ports["imap"], IMAP_ATTACKS)]
        self.workers = self.delivered + self.stored + self.submitted + self.readers + others
        self.addCleanup(self.field.over.set)

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.decorum.process.pid}/fd"))

    def at_rest(self, at_most=None):
        """(descriptors, resident KiB) once every worker has let go; descriptors are waited for where a bound is."""
        self.field.open.clear()
        for worker in self.workers:
            self.assertTrue(worker.resting.wait(60), f"{worker} does not rest")
        if at_most is None:
            time.sleep(8)   # longer than any time limit of the gateway's here
        else:
            wait_until(lambda: self.descriptors() <= at_most, 60, f"no more than {at_most} descriptors")
        measured = self.descriptors(), self.decorum.process.memory_kib("VmRSS")
        self.field.open.set()
        return measured

    def disturb(self, until):
        """Sources change their mood every second, the configuration is read again every five, and every eleven Redis
        is away for two."""
        number = 0
        while time.monotonic() < until:
            number += 1
            type(self).mood = self.moods[number % len(self.moods)]
            if number % 5 == 0:
                self.decorum.people_file.write_text(PEOPLE.replace("HR Director", f"HR Director {number}"))
                self.decorum.process.signal(signal.SIGHUP)
            if number % 11 == 0:
                self.redis.kill()
            time.sleep(1)
            if number % 11 == 1 and not self.redis.process.running():
                self.redis.start()
        if not self.redis.process.running():
            self.redis.start()

    def kill(self):
        self.field.alive.clear()
        self.decorum.kill()
        self.field.life += 1
        self.decorum.start()
        self.field.alive.set()

    def test_nothing_is_lost_changed_or_leaked(self):
        began = time.monotonic()
        for worker in self.workers:
            worker.start()
        self.disturb(began + SECONDS * 0.25)
        self.kill()
        self.disturb(began + SECONDS * 0.5)
        descriptors, resident = self.at_rest()
        self.disturb(began + SECONDS)
        # Connections to the source (eight were seen) are kept for two minutes: the first count may have had none of them.
        _, resident_after = self.at_rest(at_most=descriptors + 16)
        self.field.over.set()
        for worker in self.workers:
            worker.join(60)

        self.assertEqual(self.field.faults, [])
        self.assertLess(resident_after, resident * 1.15 + 8 * 1024)
        for worker in self.workers:
            self.assertGreater(worker.rounds, 3, f"{worker} did nothing")
        self.compare(self.sink, self.delivered)
        self.compare(self.world, self.submitted)
        in_store = self.dovecot.messages()
        for octets in in_store:
            check_sent(octets, self.stored)
        self.assertEqual(self.thanked(self.stored) - {marker_of(octets) for octets in in_store}, set())
        self.decorum.stop()
        self.audit()

    def audit(self):
        """Every 250 has its event, each event is as documented, and the chains hold over the kill."""
        log = AuditLog(self.decorum)
        ids = {(event["chain"], event["seq"]): event.get("message_id") for event in log.events("intent")}
        accepted = {ids[event["chain"], event["intent"]] for event in log.events("outcome")
                    if event["result"] == "accepted"}
        for marker in self.thanked(self.delivered + self.stored + self.submitted):
            self.assertIn(hashlib.sha256(f"{marker}@example.org".encode()).hexdigest()[:32], accepted, marker)
        self.assertEqual(log.schema_faults(), [])
        self.assertEqual(log.events("lost"), [])
        status, said = log.verify()
        self.assertEqual(status, 0, said)

    @staticmethod
    def thanked(deliverers):
        return set().union(*(one.thanked for one in deliverers))

    def compare(self, sink, deliverers):
        """Every 250 has its message there, and nothing is there but what was sent, unchanged."""
        arrived = set()
        for one in sink.accepted():
            check_sent(one.octets, deliverers)
            arrived.add(marker_of(one.octets))
        self.assertEqual(self.thanked(deliverers) - arrived, set())
