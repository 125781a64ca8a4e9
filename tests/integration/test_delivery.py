"""Delivery position: Postfix hands mail to Decorum by LMTP, Decorum to Dovecot, which stores it."""

from support.case import GatewayCase
from support.client import Client
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.messages import Annotated, message, message_id
from support.postfix import Postfix, with_and_without_the_rule
from support.scratch import free_port
from support.sink import Sink


class PostfixLmtpDovecot(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.dovecot = cls.serve(Dovecot(cls.scratch, {"paul@example.org": "secret", "anna@example.org": "secret"}))
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.dovecot.lmtp_port, "lmtp"))
        cls.port = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.port: {}}, {
            "virtual_mailbox_domains": "example.org",
            "virtual_mailbox_maps": "static:all",
            "virtual_transport": f"lmtp:inet:127.0.0.1:{cls.decorum.port}",
        }))

    def send(self, octets, **envelope):
        with Client(self.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(octets, **envelope).code, 250)

    def test_every_octet_below_the_block_is_the_senders(self):
        sent = message(body=b"caf\xc3\xa9 and latin \xe9\r\n.dot\r\n" + b"x" * 900 + b"\r\ntrailing space \r\n\r\n\r\n")
        self.send(sent)
        got = Annotated(self.dovecot.message_with(message_id(sent)))
        self.assertEqual(got.status, "found")
        self.assertTrue(got.fields["Sender-Profile"].startswith("Jane Martin, HR Director"), got.fields)
        # Postfix's Received and what follows; Dovecot's fields stand above the block.
        self.assertTrue(got.rest.startswith(b"Received: "), got.rest[:200])
        self.assert_octets(got.rest[-len(sent):], sent, "the stored message")
        self.assertIn(b"Return-Path:", got.above)

    def test_the_seal_is_valid_in_the_mailbox(self):
        sent = message()
        self.send(sent)
        stored = self.dovecot.message_with(message_id(sent))
        self.assertTrue(self.decorum.seal_is_valid(stored))
        self.assertTrue(self.decorum.seal_is_valid(stored.replace(b"\r\n", b"\n")), "with LF, as Maildirs keep it")

    def test_the_seal_is_broken_by_a_changed_block(self):
        sent = message()
        self.send(sent)
        stored = self.dovecot.message_with(message_id(sent))
        self.assertFalse(self.decorum.seal_is_valid(stored.replace(b"HR Director", b"HR Dictator", 1)))
        self.assertFalse(self.decorum.seal_is_valid(stored.replace(b"\r\nFrom: Jane", b"\r\nFrom: June", 1)))

    def test_each_recipient_gets_the_message(self):
        sent = message()
        self.send(sent, recipients=["paul@example.org", "anna@example.org"])
        for user in ("paul@example.org", "anna@example.org"):
            got = Annotated(self.dovecot.message_with(message_id(sent), user))
            self.assert_octets(got.rest[-len(sent):], sent, user)

    def test_a_recipient_unknown_to_dovecot_is_refused_alone(self):
        sent = message()
        with Client(self.decorum.port) as client:
            client.lhlo()
            replies = client.envelope(recipients=["nobody@example.org", "paul@example.org"])
            self.assertEqual([reply.code for reply in replies], [250, 550, 250])
            (verdict,) = client.data(sent, verdicts=1)
            self.assertEqual(verdict.code, 250)
        self.assertTrue(Annotated(self.dovecot.message_with(message_id(sent))).block)


class ForgedResults(GatewayCase):
    """The rule of the README: Postfix drops Authentication-Results that came in, before its milters add theirs."""

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.sink.port, "lmtp",
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]}))
        postfix, cls.bare, cls.checked = with_and_without_the_rule(cls.scratch, cls.decorum.port)
        cls.serve(postfix)

    def status(self, port, field):
        self.sink.forget()
        with Client(port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(field + message()).code, 250)
        return Annotated(self.sink.wait_message()[0].octets).status

    FORGED = [b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\r\n",
              b"Authentication-Results: (x) mx.example.org; dmarc=pass header.from=example.org\r\n",
              b"AUTHENTICATION-RESULTS: \"mx.example.org\"; dmarc=pass header.from=example.org\r\n",
              b"Authentication-Results:\r\n mx.example.org; dmarc=pass header.from=example.org\r\n"]

    def test_no_forged_field_shows_anybody(self):
        for field in self.FORGED:
            with self.subTest(field):
                self.assertEqual(self.status(self.checked, field), "unauthenticated")

    def test_without_the_rule_each_of_them_would(self):
        for field in self.FORGED:
            with self.subTest(field):
                self.assertEqual(self.status(self.bare, field), "found")
