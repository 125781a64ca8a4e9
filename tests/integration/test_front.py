"""Front MX: peers talk to Decorum, which tells the mail server behind it who the peer is."""

import re
import time

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum
from support.messages import Annotated, message
from support.postfix import Postfix
from support.scratch import free_port
from support.sink import Sink


class FrontCase(GatewayCase):
    postfix_options = {}
    upstream = {}
    listener = {}
    sections = {}

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.mta = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.mta: cls.postfix_options}, {
            "relayhost": f"[127.0.0.1]:{cls.sink.port}",
            "mynetworks": "127.0.0.0/8, 192.0.2.0/24",
        }))
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"front": {"protocol": "smtp", "policy": "inbound", "position": "front", "upstream": "mta",
                       **cls.listener}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{cls.mta}", **cls.upstream}},
            annotate={"require": "authenticated", "authserv_ids": ["mail.example.org"]}, **cls.sections))

    def setUp(self):
        self.sink.forget()

    def send(self, octets, source="127.0.0.2"):
        with Client(self.decorum.port, source=source, name="peer.example") as client:
            client.ehlo()
            self.assertEqual(client.deliver(octets).code, 250)
        return Annotated(self.sink.wait_message()[0].octets)

    def warnings(self):
        self.decorum.wait_for_log("event=session")   # which is written later
        return [line for line in self.decorum.log if "event=upstream_identity" in line]

    def assert_peer_is_known(self, got, address):
        received = re.match(rb"Received: from ([^ ]+) \(([^)]*)\)", got.above)
        self.assertIsNotNone(received, got.above)
        self.assertIn(address, received.group(2), got.above)
        self.assertEqual(received.group(1), b"peer.example")


class FrontXclient(FrontCase):
    postfix_options = {"smtpd_authorized_xclient_hosts": "127.0.0.1"}

    def test_the_mail_server_sees_the_peers_address_and_helo(self):
        self.assert_peer_is_known(self.send(message()), b"127.0.0.2")

    def test_nothing_is_amiss(self):
        self.send(message())
        self.assertEqual(self.warnings(), [])

    def test_clients_one_after_the_other_are_not_confused(self):
        for number in range(2, 8):
            self.sink.forget()
            self.assert_peer_is_known(self.send(message(), f"127.0.0.{number}"), f"127.0.0.{number}".encode())

    def test_nobody_is_authenticated_here_whatever_the_message_claims(self):
        forged = b"Authentication-Results: mail.example.org; dmarc=pass header.from=example.org\r\n"
        sent = message()
        got = self.send(forged + sent)
        self.assertEqual(got.status, "unauthenticated")
        self.assertNotIn("Sender-Profile", got.fields)
        self.assert_octets(got.rest[-len(sent):], sent)

    def test_a_received_field_of_the_gateway_names_the_peer(self):
        sent = message()
        got = self.send(sent)
        own = [field for field in re.findall(rb"^Received:(?:[^\n]*\n(?:[ \t][^\n]*\n)*)", got.above + got.rest, re.M)
               if b"gateway.example.org" in field and b"127.0.0.2" in field]
        self.assertTrue(any(b"by gateway.example.org" in field for field in own), got.above + got.rest[:600])


class FrontXclientAnew(FrontCase):
    """Where Postfix takes XCLIENT from the clients' addresses too, a connection may serve one after the other."""

    postfix_options = {
        "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
        "smtpd_recipient_restrictions": "check_recipient_access inline:{nobody@example.net=REJECT}, permit",
        "smtpd_soft_error_limit": "3",
        "smtpd_hard_error_limit": "6",
        "smtpd_error_sleep_time": "5s",
    }

    def test_a_client_neither_waits_nor_is_shut_out_for_the_errors_of_others(self):
        def refused(source, count):
            with Client(self.decorum.port, source=source) as client:
                client.ehlo()
                client.command("MAIL FROM:<jane@example.org>")
                began = time.monotonic()
                codes = [client.command("RCPT TO:<nobody@example.net>").code for _ in range(count)]
                self.assertEqual(codes, [554] * count)
                client.command("RSET")
                client.command("QUIT")
                return time.monotonic() - began
        for number in range(2, 10):
            self.assertLess(refused(f"127.0.0.{number}", 2), 4)
        self.send(message(), "127.0.0.10")


class FrontUntold(FrontCase):
    """The mail server is told of no peer, takes each for a machine of its network, and relays for it."""

    sections = {"gateway": {"threads": 1}}

    def test_the_log_says_so_once_a_minute(self):
        for _ in range(3):
            self.send(message())
        self.decorum.wait_for_log("event=session", "session=0-3")
        (line,) = self.warnings()
        self.assertIn("warning event=upstream_identity upstream=mta ", line)


class FilterUntold(FrontCase):
    """Between two servers the client is a mail server, whose address says nothing."""

    listener = {"position": "filter"}

    def test_nothing_is_amiss(self):
        self.send(message())
        self.assertEqual(self.warnings(), [])


class FrontRejection(FrontCase):
    """A mail server that judges the peer as soon as it hears of it."""

    postfix_options = {"smtpd_authorized_xclient_hosts": "127.0.0.1", "smtpd_delay_reject": "no",
                       "smtpd_client_restrictions": "check_client_access inline:{127.0.0.7=REJECT, 127.0.0.8=DEFER}"}

    def test_the_peer_hears_what_the_mail_server_says_of_it(self):
        for source, code, enhanced in (("127.0.0.7", 554, "5.7.1"), ("127.0.0.8", 450, "4.7.1")):
            with self.subTest(source), Client(self.decorum.port, source=source) as client:
                client.ehlo()
                reply = client.command("MAIL FROM:<jane@example.org>")
                self.assertEqual((reply.code, reply.enhanced), (code, enhanced), reply)
                self.assertIn("Client host rejected", reply.lines[0])
        self.assert_peer_is_known(self.send(message()), b"127.0.0.2")


class FrontProxyV1(FrontCase):
    postfix_options = {"smtpd_upstream_proxy_protocol": "haproxy"}
    upstream = {"send_proxy": "v1"}

    def test_the_mail_server_sees_the_peers_address(self):
        self.assert_peer_is_known(self.send(message()), b"127.0.0.2")
        self.assertEqual(self.warnings(), [])


class FrontProxyV2(FrontCase):
    postfix_options = {"smtpd_upstream_proxy_protocol": "haproxy"}
    upstream = {"send_proxy": "v2"}

    def test_the_mail_server_sees_the_peers_address(self):
        self.assert_peer_is_known(self.send(message()), b"127.0.0.2")


class BehindBalancer(FrontCase):
    """A balancer in front of us names the peer by PROXY; only a trusted one is believed."""

    postfix_options = {"smtpd_authorized_xclient_hosts": "127.0.0.1"}
    listener = {"proxy_protocol": True, "trusted_peers": ["127.0.0.3/32"]}

    def talk(self, source, header):
        with Client(self.decorum.port, source=source, name="peer.example", greet=False) as client:
            client.send(header)
            self.assertEqual(client.reply().code, 220)
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        return Annotated(self.sink.wait_message()[0].octets)

    def test_version_1_from_a_trusted_peer_is_passed_on(self):
        got = self.talk("127.0.0.3", b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 25\r\n")
        self.assert_peer_is_known(got, b"192.0.2.7")

    def test_version_2_from_a_trusted_peer_is_passed_on(self):
        header = (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\x00\x0c" + bytes([192, 0, 2, 8]) + bytes([127, 0, 0, 1]) +
                  (40000).to_bytes(2, "big") + (25).to_bytes(2, "big"))
        self.assert_peer_is_known(self.talk("127.0.0.3", header), b"192.0.2.8")

    def test_a_trusted_peer_without_the_header_is_not_served(self):
        with Client(self.decorum.port, source="127.0.0.3", greet=False) as client:
            client.send(b"EHLO peer.example\r\n")
            client.socket.settimeout(20)
            octets = client.socket.recv(4096)
            self.assertFalse(octets.startswith(b"2"), octets)

    def test_an_untrusted_peer_is_known_by_its_own_address(self):
        got = self.talk("127.0.0.4", b"")
        self.assert_peer_is_known(got, b"127.0.0.4")
