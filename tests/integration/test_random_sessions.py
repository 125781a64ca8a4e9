"""Clients that say commands in any order and in any batches, before a mail server that refuses and vanishes at random:
each command has one reply, and what the client was told of a message is what became of it."""

import random
import re

from support.case import GatewayCase
from support.client import Client, Closed
from support.decorum import gateway_before
from support.sink import EXTENSIONS, VANISH, Sink

OWN = b"RCPT TO:<decorum@example.org>"
NOISE = (b"NOOP", b"RSET", b"VRFY x", b"HELP", b"FOO bar", b"EXPN list", b"MAIL FROM:bad<", b"RCPT TO:<bad",
         b"RCPT TO:<early@example.org>")
WITHIN = (b"NOOP", b"VRFY x", b"HELP", b"FOO", b"MAIL FROM:<again@example.org>", b"RCPT TO:<bad")


class RandomSessions(GatewayCase):
    SEED, SESSIONS = 2033, 120

    def setUp(self):
        self.random = random.Random(self.SEED)
        self.number = 0

    def at_times(self, *replies):
        """What a sink may be told to do: one of these now and then."""
        return lambda _session, _line: self.random.choice(replies) if self.random.random() < 0.08 else None

    def begin(self, protocol, extensions=EXTENSIONS, **listener):
        self.lmtp = protocol == "lmtp"
        self.own = None if listener.get("position") == "front" else OWN   # whom the sink does not hear of
        self.sink = self.serve_here(Sink(protocol, extensions=extensions))
        self.decorum = self.serve_here(gateway_before(
            self.scratch, self.sink.port, protocol, listener=listener, annotate={"require": "authenticated"},
            limits={"errors": 1000}, outbound={"domains": ["example.org"]},
            notice={"from": "Decorum <decorum@example.org>", "upstream": "next"}))
        self.sink.on = {
            "MAIL": self.at_times(b"450 4.7.1 later", b"550 5.7.1 no", b"421 4.3.2 bye", VANISH),
            "RCPT": self.at_times(b"450 4.2.1 later", b"550-5.1.1 no\r\n550 5.1.1 at all", b"251 2.1.5 gone", VANISH),
            "DATA": self.at_times(b"451 4.3.0 later", b"554 5.5.1 no", VANISH),
            "RSET": self.at_times(VANISH),
            "NOOP": self.at_times(VANISH, b"421 4.4.2 idle"),
            "end": self.at_times(b"451 4.3.0 later", b"550 5.7.1 no", b"552-5.2.2 a\r\n552 5.2.2 b", VANISH)}

    def commands(self):
        """Of one transaction, up to DATA."""
        pick = self.random
        out = [pick.choice(NOISE) for _ in range(pick.choice((0, 0, 0, 1, 2)))]
        out.append(b"MAIL FROM:<jane@example.org>")
        for i in range(pick.choice((0, 1, 2, 3, 4, 120))):
            out.append(OWN if pick.random() < 0.1 else b"RCPT TO:<r%d@example.org>" % i)
            if pick.random() < 0.1:
                out.append(pick.choice(WITHIN))
        return [*out, b"DATA"]

    def say(self, client, commands):
        """In batches, which come in pieces; the code of each reply."""
        codes = []
        while commands:
            count = self.random.randint(1, len(commands))
            batch, commands = commands[:count], commands[count:]
            octets = b"".join(command + b"\r\n" for command in batch)
            while octets:
                size = self.random.choice((1, 7, 50, 5000))
                client.send(octets[:size])
                octets = octets[size:]
            codes += [client.reply().code for _ in batch]
        return codes

    def session(self):
        recipients = []   # accepted ones of the transaction that is open
        with Client(self.decorum.port, timeout=20) as client:
            client.ehlo("LHLO" if self.lmtp else "EHLO")
            for _ in range(self.random.randint(1, 4)):
                commands = self.commands()
                codes = self.say(client, commands)
                for command, code in zip(commands, codes):
                    if code == 250 and command.startswith((b"MAIL", b"RSET")):
                        recipients = []
                    elif command.startswith(b"RCPT") and code in (250, 251):
                        recipients.append(command)
                if codes[-1] == 354:
                    self.hand_over(client, recipients)
                    recipients = []
                else:
                    self.assertGreaterEqual(codes[-1], 400)

    def hand_over(self, client, recipients):
        self.assertTrue(recipients, "354 for nobody")
        self.number += 1
        marker = b"m%d@example.org" % self.number
        body = b"..a dot\r\n" * self.random.choice((0, 1, 3000))
        client.send(b"Message-ID: <%s>\r\nFrom: jane@example.org\r\n\r\n%s.\r\n" % (marker, body))
        verdicts = [client.reply() for _ in (recipients if self.lmtp else [None])]
        if self.lmtp:
            for one, verdict in zip(recipients, verdicts):
                self.assertEqual(one == self.own, b"gateway itself" in verdict.raw, (one, verdict))
        told = zip(recipients, verdicts if self.lmtp else verdicts * len(recipients))
        others = [one for one in recipients if one != self.own]
        taken = [one for one, verdict in told if one != self.own and verdict.code == 250]
        there = [one for one in self.sink.accepted() if re.search(rb"^Message-ID: <%s>" % marker, one.octets, re.M)]
        if taken:
            (message,) = there
            self.assertEqual(message.recipients, others)
        elif all(verdict.code != 451 for verdict in verdicts):   # which may be a verdict that was lost
            self.assertEqual(there, [])

    def run_sessions(self):
        ended = 0
        for _ in range(self.SESSIONS):
            self.sink.forget()
            try:
                self.session()
            except (Closed, ConnectionError):   # by 421, say
                ended += 1
        self.assertGreater(self.number, self.SESSIONS // 2)
        self.assertLess(ended, self.SESSIONS // 2)

    def test_over_lmtp(self):
        self.begin("lmtp")
        self.run_sessions()

    def test_over_smtp(self):
        self.begin("smtp")
        self.run_sessions()

    def test_over_smtp_with_xclient(self):
        self.begin("smtp", (*EXTENSIONS, "XCLIENT ADDR HELO"), position="front")
        self.run_sessions()

    def test_over_smtp_without_pipelining(self):
        self.begin("smtp", tuple(one for one in EXTENSIONS if one != "PIPELINING"))
        self.run_sessions()
