"""A DKIM signature made before Decorum verifies behind it: nothing signed has changed."""

from support.case import GatewayCase
from support.client import Client
from support.decorum import gateway_before
from support.dkim_signer import Signer
from support.dovecot import Dovecot
from support.messages import Annotated, message, message_id
from support.postfix import Postfix
from support.scratch import free_port
from support.sink_case import SinkCase

BODIES = {
    "plain": b"Hello Paul,\r\nregards\r\n",
    "trailing empty lines": b"one\r\n\r\n\r\n\r\n",
    "trailing white space": b"one \t \r\n two  words \r\n",
    "dots": b".\r\n..\r\n.one\r\n",
    "8 bit": "été à Zürich\r\n".encode(),
    "no text": b"",
    "odd fields": b"text\r\n",
}
ODD = b"X-Odd:   many   spaces\t\r\n  folded\r\n\t again \r\nx-ODD:second\r\n"


class ThroughSmtp(SinkCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.signer = Signer()

    def test_relaxed_and_simple_verify_after_annotation(self):
        for canonicalization in (b"relaxed", b"simple"):
            for what, body in BODIES.items():
                with self.subTest(what, canonicalization=canonicalization):
                    sent = self.signer.sign(message(body=body, extra=ODD if what == "odd fields" else b""),
                                            canonicalization)
                    self.assertTrue(self.signer.verifies(sent), "the sample itself")
                    got = self.through(sent)
                    self.assertEqual(Annotated(got).status, "found")
                    self.assertTrue(self.signer.verifies(got))

    def test_a_changed_octet_is_noticed(self):
        got = self.through(self.signer.sign(message(), b"relaxed"))
        self.assertFalse(self.signer.verifies(got.replace(b"Hello Paul", b"Hello Pawl")))


class ThroughPostfixToDovecot(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.signer = Signer()
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.dovecot.lmtp_port, "lmtp"))
        cls.port = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.port: {}}, {
            "virtual_mailbox_domains": "example.org", "virtual_mailbox_maps": "static:all",
            "virtual_transport": f"lmtp:inet:127.0.0.1:{cls.decorum.port}"}))

    def test_relaxed_and_simple_verify_in_the_mailbox(self):
        for canonicalization in (b"relaxed", b"simple"):
            with self.subTest(canonicalization):
                sent = self.signer.sign(message(), canonicalization)
                with Client(self.port) as client:
                    client.ehlo()
                    self.assertEqual(client.deliver(sent).code, 250)
                stored = self.dovecot.message_with(message_id(sent))
                self.assertEqual(Annotated(stored).status, "found")
                self.assertTrue(self.signer.verifies(stored))
