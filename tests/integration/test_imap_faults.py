"""IMAP clients and servers that misbehave, with a store of the test's own; large messages in little memory."""

import re
import socket
import threading
import time

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Closed
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.imap_client import ImapClient
from support.imap_model import BLOCK
from support.messages import message
from support.scratch import wait_until

LARGE = 50_000_000
HEADER = b"From: Jane <jane@example.org>\r\nSubject: large\r\n\r\n"


class FakeServer:
    """Answers LOGIN and SELECT, and to FETCH whatever `answer(connection, tag)` sends."""

    def __init__(self, answer):
        self.answer = answer
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.sent = 0

    def title(self):
        return f"a mail server of the test's own ({self.port})"

    def log_tail(self):
        return f"{self.sent} octets sent"

    def start(self):
        threading.Thread(target=self.accept, daemon=True).start()

    def stop(self):
        self.listening.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            connection.sendall(b"* OK [CAPABILITY IMAP4rev1 LITERAL+ SASL-IR AUTH=PLAIN] ready\r\n")
            for line in connection.makefile("rb"):
                tag, _, command = line.rstrip().partition(b" ")
                if b"FETCH" in command.upper():
                    self.answer(connection, tag)
                else:
                    connection.sendall(tag + b" OK done\r\n")
        except OSError:
            pass
        finally:
            connection.close()

    def send_large(self, connection, tag, octets=LARGE):
        connection.sendall(b'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 10:00:00 +0000" BODY[] {%d}\r\n' %
                           (len(HEADER) + octets) + HEADER)
        chunk = b"x" * 99_998 + b"\r\n"
        for _ in range(octets // len(chunk)):
            connection.sendall(chunk)
            self.sent += len(chunk)
        connection.sendall(b")\r\n" + tag + b" OK done\r\n")


class SlowClients(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.server = cls.serve(FakeServer(lambda connection, tag: cls.server.send_large(connection, tag)))
        cls.tls = certificate(cls.scratch)
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.server.port, "imap",
            listener={"tls": "implicit", "certificate": cls.tls[0], "private_key": cls.tls[1]},
            imap={"annotate": True}, timeouts={"data_block": "3s"},
            annotate={"activity": "off"}))   # the models that judge posts come into memory at any moment

    def test_a_client_that_stops_reading_costs_little_and_is_given_up(self):
        with ImapClient(self.decorum.port, tls=True) as client:
            client.login()
            before, sent = self.decorum.process.memory_kib("VmRSS"), self.server.sent
            client.send("a UID FETCH 1 (UID BODY.PEEK[])\r\n")
            self.assertRegex(client._line(), rb"BODY\[\] \{%d\}\r\n" % (BLOCK + len(HEADER) + LARGE))
            self.decorum.wait_for_log("event=session", "end=timed_out", seconds=30)
            self.assertLess(self.server.sent - sent, LARGE)
            self.assertLess(self.decorum.process.memory_kib("VmHWM") - before, 4 * 1024)

    def test_a_client_that_reads_slowly_gets_all(self):
        with ImapClient(self.decorum.port, tls=True) as client:
            client.login()
            client.send("a UID FETCH 1 (UID BODY.PEEK[])\r\n")
            client._line()
            rest = BLOCK + len(HEADER) + LARGE - len(client.buffer)
            until = time.monotonic() + 12
            while time.monotonic() < until:   # much longer than a block may take
                rest -= len(client.socket.recv(1 << 14))
                time.sleep(1 / 16)
            while rest > 0:
                octets = client.socket.recv(1 << 18)
                self.assertTrue(octets, f"{rest} octets are missing")
                rest -= len(octets)

    def test_a_large_message_streams(self):
        with ImapClient(self.decorum.port, tls=True) as client:
            client.login()
            before = self.decorum.process.memory_kib("VmRSS")
            response = client.fetch(1, "UID BODY.PEEK[]")
            self.assertEqual(len(response.literals[0]), BLOCK + len(HEADER) + LARGE)
            self.assertEqual(response.literals[0][BLOCK:BLOCK + len(HEADER)], HEADER)
            self.assertLess(self.decorum.process.memory_kib("VmHWM") - before, 4 * 1024)


class BrokenServers(GatewayCase):
    def broken(self, answer):
        server = self.serve_here(FakeServer(answer))
        decorum = self.serve_here(gateway_before(self.scratch, server.port, "imap", imap={"annotate": True},
                                                 name=self.id().rpartition(".")[2]))
        client = ImapClient(decorum.port)
        self.addCleanup(client.close)
        client.login()
        client.send("a UID FETCH 1 (UID BODY.PEEK[])\r\n")
        return client, decorum

    def test_closes_within_a_literal(self):
        def answer(connection, _):
            connection.sendall(b'* 1 FETCH (UID 1 INTERNALDATE "23-Nov-2026 10:00:00 +0000" BODY[] {500}\r\n' +
                               HEADER + b"and no more")
            connection.shutdown(socket.SHUT_RDWR)
        client, decorum = self.broken(answer)
        with self.assertRaises(Closed):
            client.until("a")
        decorum.wait_for_log("event=upstream_lost")

    def test_answers_garbage(self):
        client, decorum = self.broken(lambda connection, _: connection.sendall(b"\0\xff{}()* 1 FETCH\r\n" * 10))
        self.assertTrue(client.response().raw.startswith(b"* BYE [UNAVAILABLE]"))
        decorum.wait_for_log("event=upstream_lost")


# ctest: slow timeout=300
class LargeAppends(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.dovecot.imap_port, "imap", imap={"annotate": True}))

    def test_two_hundred_megabytes_stream_into_the_mailbox(self):
        octets = message(body=(b"y" * 998 + b"\r\n") * 200_000)
        for announced in ("{%d}", "{%d+}"):
            with self.subTest(announced), ImapClient(self.decorum.port, timeout=120) as client:
                client.login()
                before = self.decorum.process.memory_kib("VmRSS")
                client.send(f"a APPEND INBOX {announced % len(octets)}\r\n")
                if "+" not in announced:
                    self.assertTrue(client.response().raw.startswith(b"+"))
                client.send(octets)
                client.send("\r\n")
                _, tagged = client.until("a")
                self.assertRegex(tagged.raw, rb"APPENDUID")
                self.assertLess(self.decorum.process.memory_kib("VmHWM") - before, 4 * 1024)
                client.select()
                uid = int(re.search(rb"APPENDUID \d+ (\d+)", tagged.raw)[1])
                size = int(re.search(rb"RFC822.SIZE (\d+)", client.fetch(uid, "RFC822.SIZE").raw)[1])
                self.assertEqual(size, BLOCK + len(octets))


class Draining(GatewayCase):
    def test_idle_clients_are_told_and_the_gateway_ends(self):
        dovecot = self.serve_here(Dovecot(self.scratch))
        decorum = self.serve_here(gateway_before(self.scratch, dovecot.imap_port, "imap"))
        with ImapClient(decorum.port) as idle, ImapClient(decorum.port) as silent:
            idle.login()
            idle.select()
            idle.send("a IDLE\r\n")
            self.assertTrue(idle.response().raw.startswith(b"+"))
            self.assertEqual(decorum.terminate(), 0)
            self.assertTrue(idle.response().raw.startswith(b"* BYE Going down"))
            self.assertTrue(silent.response().raw.startswith(b"* BYE Going down"))

    def test_the_client_is_named_to_dovecot(self):
        dovecot = self.serve_here(Dovecot(self.scratch, extra="login_trusted_networks = 127.0.0.1\n",
                                          name="trusting"))
        decorum = self.serve_here(gateway_before(self.scratch, dovecot.imap_port, "imap", name="named",
                                                 listener={"trusted_peers": ["127.0.0.1"], "proxy_protocol": True},
                                                 upstream={"forward_address": True}))
        with ImapClient(decorum.port, greet=False) as client:
            client.send("PROXY TCP4 192.0.2.77 127.0.0.1 4711 143\r\n")
            self.assertTrue(client.response().raw.startswith(b"* OK"))
            client.login()
            wait_until(lambda: "rip=192.0.2.77" in (dovecot.folder / "dovecot.log").read_text(), 10,
                       "the client's address in Dovecot's log")
