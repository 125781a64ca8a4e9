"""An upstream that refuses, stalls or vanishes at each step: the client hears of it, and soon."""

import contextlib
import socket
import ssl
import threading
import time

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client, Closed, stuffed
from support.decorum import Decorum, gateway_before
from support.messages import message
from support.scratch import free_port
from support.sink import RESET, STALL, VANISH, Sink
from support.sink_case import SinkCase

STEPS = ("connect", "EHLO", "MAIL", "RCPT", "DATA", "end")
SHORT = {"timeouts": {"connect": "1s", "greeting": "1s", "command": "1s", "data_block": "1s", "data_end": "1s"}}


def attempt(port, octets=None, pipelined=False, verb="EHLO"):
    """Goes on until something other than 2xx or 3xx comes; all replies."""
    replies = []
    try:
        with Client(port, greet=False) as client:
            replies.append(client.reply())
            if replies[-1].code >= 400:
                return replies
            replies.append(client.command(f"{verb} client.example"))
            commands = [b"MAIL FROM:<jane@example.org>\r\n", b"RCPT TO:<paul@example.org>\r\n", b"DATA\r\n"]
            if pipelined and replies[-1].code < 400:
                client.send(b"".join(commands))
                replies += [client.reply() for _ in commands]
            else:
                for command in commands:
                    if replies[-1].code >= 400:
                        return replies
                    client.send(command)
                    replies.append(client.reply())
            if replies[-1].code == 354:
                client.send(stuffed(octets or message()))
                replies.append(client.reply())
    except (Closed, ConnectionError):
        pass
    return replies


class FaultCase(SinkCase):
    """No connection is kept ready, so that each step happens within the client's session."""

    sections = SHORT
    upstream = {"spares": 0, "max_idle": 0}

    def assert_refused_soon(self, replies, began, codes=(421, 451)):
        self.assertLess(time.monotonic() - began, 15)
        self.assertTrue(replies, "silence")
        self.assertIn(replies[-1].code, codes, replies)
        self.assertEqual(self.sink.accepted(), [])


class Stalls(FaultCase):
    def test_at_each_step(self):
        for pipelined in (False, True):
            for step in STEPS:
                with self.subTest(step, pipelined=pipelined):
                    self.sink.forget()
                    self.sink.on = {step: STALL}
                    began = time.monotonic()
                    self.assert_refused_soon(attempt(self.decorum.port, pipelined=pipelined), began)
                    self.assert_served()


class Vanishes(FaultCase):
    def test_at_each_step(self):
        for how in (VANISH, RESET):
            for step in STEPS:
                with self.subTest(step, how=how):
                    self.sink.forget()
                    self.sink.on = {step: how}
                    began = time.monotonic()
                    self.assert_refused_soon(attempt(self.decorum.port), began)
                    self.assert_served()

    def test_after_the_final_dot_is_451_4_4_2_at_once(self):
        self.sink.on = {"end": VANISH}
        with self.client() as client:
            client.envelope()
            began = time.monotonic()
            verdict = client.data(message())
            self.assertLess(time.monotonic() - began, 0.9)
            self.assertEqual((verdict.code, verdict.enhanced), (451, "4.4.2"), verdict)
        self.assertEqual(len(self.sink.complete()), 1)
        self.assertEqual(self.sink.accepted(), [])

    def test_in_the_middle_of_the_message(self):
        async def vanish_soon(session, line):
            session.writer.write(b"354 go\r\n")
            await session.input.block()
            return VANISH
        self.sink.on = {"DATA": vanish_soon}
        with self.client() as client:
            client.envelope()
            self.assertEqual(client.command("DATA").code, 354)
            client.send(stuffed(message(body=(b"x" * 70 + b"\r\n") * 40_000)))
            verdict = client.reply()
            self.assertEqual((verdict.code, verdict.enhanced), (451, "4.4.2"), verdict)
        self.assert_served()


class EarlyRefusal(GatewayCase):
    """By a server that reads no further, over TLS: what it said stands, although nothing can be written any more."""

    @classmethod
    def prepare(cls):
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate(cls.scratch))
        cls.listening = socket.create_server(("127.0.0.1", 0))
        cls.addClassCleanup(cls.listening.close)
        threading.Thread(target=cls.accept, args=(tls,), daemon=True).start()
        port = cls.listening.getsockname()[1]
        cls.decorum = cls.serve(Decorum(
            cls.scratch, {"in": {"protocol": "smtp", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{port}", "tls": "implicit", "verify": "none"}}))

    @classmethod
    def accept(cls, tls):
        with contextlib.suppress(OSError):
            while True:
                plain, _ = cls.listening.accept()
                threading.Thread(target=cls.converse, args=(tls, plain), daemon=True).start()

    @classmethod
    def converse(cls, tls, plain):
        with contextlib.suppress(OSError), tls.wrap_socket(plain, server_side=True) as end, end.makefile("rb") as lines:
            end.sendall(b"220 ready\r\n")
            for line in lines:
                if line.startswith(b"DATA"):
                    end.sendall(b"354 go\r\n")
                    seen = 0
                    while seen < 200_000:
                        seen += len(lines.read1(65536))
                    return end.sendall(b"552 5.3.4 enough\r\n")
                end.sendall(b"250 ok\r\n")

    def test_is_the_verdict(self):
        for _ in range(5):
            with Client(self.decorum.port) as client:
                client.ehlo()
                client.envelope()
                client.command("DATA")
                client.send(stuffed(message(body=(b"x" * 70 + b"\r\n") * 200_000)))
                verdict = client.reply()
                self.assertEqual((verdict.code, verdict.enhanced), (552, "5.3.4"), verdict)


class SpareConnections(SinkCase):
    def test_one_found_dead_costs_no_message(self):
        for _ in range(3):
            self.assert_served()
            for session in list(self.sink.sessions):   # end all that is open, from the sink's side
                self.sink.cut(session)
            self.sink.wait(lambda: all(one.closed for one in self.sink.sessions), 10, "all sessions closed")
            self.assert_served()


class Refuses(FaultCase):
    def test_a_permanent_refusal_at_each_step_of_the_transaction_is_mirrored(self):
        for step in STEPS[2:]:
            with self.subTest(step):
                self.sink.forget()
                self.sink.on = {step: b"554 5.3.0 not today"}
                replies = attempt(self.decorum.port)
                self.assertEqual(replies[-1].raw, b"554 5.3.0 not today\r\n")
                self.assertEqual(self.sink.accepted(), [])
                self.assert_served()

    def test_a_refusal_of_the_connection_or_the_greeting_is_temporary(self):
        for step in STEPS[:2]:
            for reply in (b"554 5.3.2 no service", b"421 4.3.2 closing"):
                if (step, reply[:1]) == ("EHLO", b"5"):
                    continue   # RFC 5321 §3.2: then HELO may serve
                with self.subTest(step, reply=reply):
                    self.sink.forget()
                    self.sink.on = {step: reply}
                    began = time.monotonic()
                    self.assert_refused_soon(attempt(self.decorum.port), began)
                    self.assert_served()

    def test_421_in_the_transaction_then_closing(self):
        for step in STEPS[2:]:
            with self.subTest(step):
                self.sink.forget()

                async def leave(session, line):
                    session.writer.write(b"421 4.3.2 closing\r\n")
                    await session.writer.drain()
                    return VANISH
                self.sink.on = {step: leave}
                replies = attempt(self.decorum.port)
                self.assertIn(replies[-1].code, (421, 451), replies)
                self.assert_served()


class LmtpStalls(FaultCase):
    protocol = "lmtp"

    def test_at_each_step(self):
        for step in ("connect", "LHLO", "MAIL", "RCPT", "DATA", "end"):
            with self.subTest(step):
                self.sink.forget()
                self.sink.on = {step: STALL}
                began = time.monotonic()
                self.assert_refused_soon(attempt(self.decorum.port, verb="LHLO"), began)
                self.sink.on = {}
                self.assert_served()


class Unreachable(GatewayCase):
    def test_nobody_listens_then_somebody_does(self):
        port = free_port()
        decorum = self.serve_here(gateway_before(self.scratch, port, **SHORT))
        began = time.monotonic()
        replies = attempt(decorum.port)
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn(replies[-1].code, (421, 451), replies)
        sink = self.serve_here(Sink(port=port))
        self.assertEqual(attempt(decorum.port)[-1].code, 250)
        self.assertEqual(len(sink.accepted()), 1)
