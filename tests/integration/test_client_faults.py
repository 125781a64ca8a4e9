"""A client that stalls, drips or vanishes: it is let go, and nothing half sent is ever delivered."""

import ssl
import time

from support.certificates import certificate
from support.client import Client, Closed, stuffed
from support.messages import message
from support.sink_case import SinkCase

STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "half the message", "all but the dot")


def advance(client, step):
    """Goes so far and says nothing more."""
    for command in ("EHLO client.example", "MAIL FROM:<jane@example.org>", "RCPT TO:<paul@example.org>", "DATA"):
        if step == "greeting":
            return
        assert client.command(command).code in (250, 354)
        if command.startswith(step):
            return
    octets = stuffed(message())
    client.send(octets[:-3] if step == "all but the dot" else octets[:len(octets) // 2])


class Stalls(SinkCase):
    sections = {"timeouts": {"command": "1s", "data_block": "1s"}}

    def test_at_each_step_it_is_told_421_and_let_go(self):
        for step in STEPS:
            with self.subTest(step):
                self.sink.forget()
                with Client(self.decorum.port) as client:
                    advance(client, step)
                    began = time.monotonic()
                    try:
                        self.assertEqual(client.reply().code, 421)
                        with self.assertRaises(Closed):
                            client.reply()
                    except (Closed, ConnectionError):
                        self.fail("closed without a word")
                    self.assertLess(time.monotonic() - began, 10)
                self.sink.wait(lambda: all(not one.complete for one in self.sink.messages))
                self.assertEqual(self.sink.accepted(), [])
        self.assert_served()

    def test_in_the_middle_of_a_command_line(self):
        with Client(self.decorum.port) as client:
            client.send(b"EHLO cli")
            self.assertEqual(client.reply().code, 421)
            self.assertTrue(client.is_closed())


class Drips(SinkCase):
    sections = {"timeouts": {"command": "2s", "data_block": "2s", "data_total": "4s"}}

    def drip(self, client, seconds):
        """An octet now and then, for so long at the most; True when the other side has closed."""
        end = time.monotonic() + seconds
        client.socket.settimeout(0.25)
        while time.monotonic() < end:
            try:
                client.send(b"x")
                if not client.socket.recv(4096):
                    return True
            except TimeoutError:
                continue
            except ConnectionError:
                return True
        return False

    def test_a_message_that_never_ends_is_cut_off(self):
        with Client(self.decorum.port) as client:
            advance(client, "half the message")
            self.assertTrue(self.drip(client, 20))
        self.assertEqual(self.sink.accepted(), [])

    def test_a_command_that_never_ends_is_cut_off(self):
        with Client(self.decorum.port) as client:
            client.send(b"EHLO ")
            self.assertTrue(self.drip(client, 20))


class OverTls:
    """TLS on a socket, which stays open where TLS ends."""

    def __init__(self, raw):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.raw, self.incoming, self.outgoing = raw, ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="mx.example.org")
        self.until_done(self.tls.do_handshake)

    def until_done(self, step):
        while True:
            try:
                return step()
            except ssl.SSLWantReadError:
                self.raw.sendall(self.outgoing.read())
                self.incoming.write(self.raw.recv(65536))
            finally:
                self.raw.sendall(self.outgoing.read())

    def sendall(self, octets):
        self.until_done(lambda: self.tls.write(octets))

    def recv(self, octets):
        return self.until_done(lambda: self.tls.read(octets))

    def end(self, clear):
        """close_notify, and behind it octets in clear."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass  # the other side's word is not waited for
        self.raw.sendall(self.outgoing.read() + clear)


class EndsTls(SinkCase):
    """What stands in clear behind the end of TLS, anybody on the way can have put there."""

    @classmethod
    def prepare(cls):
        pem, key = certificate(cls.scratch)
        cls.listener = {"tls": "starttls", "certificate": pem, "private_key": key}
        super().prepare()

    def test_at_each_step_what_follows_in_clear_is_neither_mail_nor_command(self):
        clear = (b"\r\n.\r\nRSET\r\nMAIL FROM:<smuggled@evil.example>\r\nRCPT TO:<paul@example.org>\r\nDATA\r\n" +
                 stuffed(message()))
        for step in STEPS[1:]:
            with self.subTest(step):
                self.sink.forget()
                start = len(self.decorum.log)
                with self.client() as client:
                    self.assertEqual(client.command("STARTTLS").code, 220)
                    raw, client.socket = client.socket, OverTls(client.socket)
                    advance(client, step)
                    client.socket.end(clear)
                    client.socket = raw
                    self.assertTrue(client.is_closed())
                self.decorum.wait_for_log("event=session", start=start)
                self.sink.wait(lambda: all(one.session.closed for one in self.sink.messages), 20,
                               "the connection with the half message closed")
                self.assertEqual(self.sink.complete(), [])
                self.assertNotIn(b"smuggled", b"".join(self.sink.reads))


class Vanishes(SinkCase):
    def test_at_each_step_nothing_is_delivered_and_the_upstream_is_let_go(self):
        for how in ("close", "reset"):
            for step in STEPS:
                with self.subTest(step, how=how):
                    self.sink.forget()
                    client = Client(self.decorum.port)
                    advance(client, step)
                    if step in STEPS[4:]:
                        self.sink.wait(lambda: self.sink.messages or self.sink.sessions, 10, "the upstream's part")
                    getattr(client, how)()
                    self.sink.wait(lambda: all(one.session.closed for one in self.sink.messages), 20,
                                   "the connection with the half message closed")
                    self.assertEqual(self.sink.complete(), [])
        self.assert_served()

    def test_a_client_that_does_not_wait_for_the_verdict(self):
        start = len(self.decorum.log)
        with self.client() as client:
            client.envelope()
            client.command("DATA")
            client.send(stuffed(message()))
            client.reset()
        self.decorum.wait_for_log("event=session", start=start)
        # Whether it arrives is open; it must not arrive twice, and the next client is served.
        self.assertLessEqual(len(self.sink.complete()), 1)
        self.assert_served()
