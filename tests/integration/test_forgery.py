"""Who may say who somebody is: forged blocks are removed, sealed ones kept from trusted peers only, and a profile is
shown for authenticated senders only."""

import email

from support.case import GatewayCase
from support.client import Client
from support.decorum import PEOPLE, gateway_before
from support.messages import Annotated, message
from support.sink import Sink
from support.sink_case import SinkCase

FORGED = [
    b"Sender-Profile: The Pope\r\n",
    b"SENDER-PROFILE: The Pope\r\n",
    b"sender-profile : The Pope\r\n",
    b"Sender-Profile\t: The Pope\r\n",
    b"Sender-Profile: The\r\n Pope\r\n",
    b"Sender-Profile:\r\n\tThe Pope\r\n",
    b"Sender-Profile-Source: status=found; tier=S; said-by=own; sources=pope\r\n",
    b"Sender-Profile-Seal: v=1; k=pope; h=; s=\r\n",
    b"Sender-Profile-Anything-Else: pope\r\n",
    b"Face: pope\r\n",
    b"X-Face: pope\r\n",
    b"x-FACE: pope\r\n",
]
KEPT = [
    b"Sender-Profiles: keep\r\n",
    b"X-Sender-Profile: keep\r\n",
    b"Sender: keep@example.org\r\n",
    b"Facelift: keep\r\n",
    b"X-Face-Lift: keep\r\n",
    b"SenderProfile: keep\r\n",
]
JOHN = "John Known <john@outside.example>"
PERSON = PEOPLE + '\n[[person]]\naddresses = ["john@outside.example"]\ndisplay_name = "John Known"\n'


class ForgedFields(SinkCase):
    def test_each_form_is_removed_and_the_rest_stays(self):
        for field in FORGED:
            for sender in ("Jane Martin <jane@example.org>", "Nobody <nobody@unknown.example>"):
                with self.subTest(field, sender=sender):
                    head = f"From: {sender}\r\nSubject: x\r\n".encode()
                    got = self.through(head + field + b"X-Next: 1\r\n\r\nSender-Profile: in the body\r\n")
                    self.assertNotIn(b"pope", got.lower())
                    self.assert_octets(Annotated(got).rest, head + b"X-Next: 1\r\n\r\nSender-Profile: in the body\r\n")

    def test_at_the_very_top_and_all_together(self):
        sent = message()
        self.assert_octets(self.annotated(b"".join(FORGED) + sent).rest, sent)

    def test_look_alikes_stay(self):
        for field in KEPT:
            with self.subTest(field):
                sent = message(extra=field)
                self.assert_octets(self.annotated(sent).rest, sent)


class LmtpForgedFields(SinkCase):
    protocol = "lmtp"

    def test_removed_between_two_octets_of_the_mta(self):
        sent = message()
        self.assert_octets(self.annotated(b"Received: by mta\r\n" + b"".join(FORGED) + sent).rest,
                           b"Received: by mta\r\n" + sent)

    def test_removed_behind_a_bare_cr(self):
        head = b"From: Jane Martin <jane@example.org>\r\nX-A: b"
        for field in FORGED:
            with self.subTest(field):
                hidden = b"\r" + field.replace(b"\r\n", b"")
                tail = b"\r\nX-Next: 1\r\n\r\ntext" + hidden + b"\r\n"
                self.assert_octets(self.annotated(head + hidden + b"\rX-B: c" + hidden + tail).rest,
                                   head + b"\rX-B: c" + tail)

    def test_a_reader_that_ends_lines_with_cr_sees_one_profile(self):
        """Python's email does."""
        sent = b"X-A: b\rSender-Profile: The Pope\r\n" + message()
        self.assertEqual(email.message_from_bytes(sent)["Sender-Profile"], "The Pope")
        seen = email.message_from_bytes(self.through(sent))
        self.assertEqual(seen.get_all("Sender-Profile"), ["Jane Martin, HR Director at ACME (Lyon, FR)"])
        self.assertEqual(seen["X-A"], "b")

    def test_a_second_author_behind_a_bare_cr_makes_the_first_one_nobody(self):
        for hiding in (b"X-A: b\rFrom: ceo@example.org\r\n", b"X-A: b\r\n folded\rFROM : ceo@example.org\r\n"):
            with self.subTest(hiding):
                sent = hiding + message()
                got = self.annotated(sent)
                self.assertEqual((got.status, got.reason), ("unauthenticated", "from"))
                self.assert_octets(got.rest, sent)


class NoFace(SinkCase):
    sections = {"annotate": {"face": False}}

    def test_faces_are_not_ours_to_remove(self):
        head = b"From: Jane Martin <jane@example.org>\r\n"
        got = self.through(head + b"X-Face: keep\r\n\r\n")
        self.assertIn(b"X-Face: keep\r\n\r\n", got)


class Outbound(SinkCase):
    listener = {"policy": "outbound"}

    def test_our_block_does_not_leave_the_house(self):
        sent = message()
        got = self.through(b"".join(FORGED[:9]) + sent)
        self.assertNotIn(b"sender-profile", got.split(b"\r\n\r\n")[0].lower())
        self.assert_octets(got[-len(sent):], sent)


class PassPolicy(SinkCase):
    listener = {"policy": "pass"}

    def test_every_octet_passes(self):
        sent = b"".join(KEPT) + message(body=b"..\r\n.\r\n")
        got = self.through(sent)
        self.assert_octets(got[-len(sent):], sent)
        self.assertEqual(Annotated(got).block, b"")


class SealedBlocks(GatewayCase):
    """Two gateways with one key: the second keeps the first one's block if it trusts it."""

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.first = cls.serve(gateway_before(cls.scratch, cls.sink.port, name="first"))
        key = {"seal_key_file": cls.first.folder / "state" / "seal.key"}
        cls.second = cls.serve(gateway_before(
            cls.scratch, cls.sink.port, name="second", annotate=key, people="",
            listener={"trusted_peers": ["127.0.0.5/32"]}))

    def pass_on(self, octets, decorum, source):
        self.sink.forget()
        with Client(decorum.port, source=source) as client:
            client.ehlo()
            self.assertEqual(client.deliver(octets).code, 250)
        return self.sink.complete()[0].octets

    def test_kept_from_a_trusted_peer(self):
        once = self.pass_on(message(), self.first, None)
        self.assert_octets(self.pass_on(once, self.second, "127.0.0.5"), once)

    def test_removed_from_everybody_else(self):
        sent = message()
        once = self.pass_on(sent, self.first, None)
        got = Annotated(self.pass_on(once, self.second, "127.0.0.6"))
        self.assertEqual(got.status, "none")
        self.assert_octets(got.rest, sent)

    def test_removed_when_broken_even_from_a_trusted_peer(self):
        sent = message()
        once = self.pass_on(sent, self.first, None).replace(b"HR Director", b"HR Dictator")
        got = Annotated(self.pass_on(once, self.second, "127.0.0.5"))
        self.assertEqual(got.status, "none")
        self.assert_octets(got.rest, sent)

    def test_not_believed_on_another_message(self):
        once = Annotated(self.pass_on(message(), self.first, None))
        other = message(sender="Jane Martin <jane@evil.example>")
        got = Annotated(self.pass_on(once.block + other, self.second, "127.0.0.5"))
        self.assertEqual(got.status, "none")
        self.assert_octets(got.rest, other)


class Trust(SinkCase):
    sections = {"annotate": {"require": "authenticated", "authserv_ids": ["mx.example.org"]}}

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.sink.port, people=PERSON, **cls.sections))

    def status(self, *results, sender=JOHN):
        fields = b"".join(b"Authentication-Results: " + one + b"\r\n" for one in results)
        sent = fields + message(sender=sender)
        got = self.annotated(sent)
        self.assert_octets(got.rest, sent)
        return got.status

    def test_only_a_trusted_result_for_this_sender_shows_a_profile(self):
        for status, results in [
            ("found", [b"mx.example.org; dmarc=pass header.from=outside.example"]),
            ("found", [b"mx.example.org; dkim=pass header.d=outside.example"]),
            ("found", [b"mx.example.org; dkim=pass header.d=mail.outside.example"]),
            ("found", [b"mx.example.org; spf=pass smtp.mailfrom=bounce@outside.example"]),
            ("found", [b"mx.example.org; (a comment; dmarc=fail) dmarc=pass header.from=outside.example"]),
            ("unauthenticated", []),
            ("unauthenticated", [b"evil.example; dmarc=pass header.from=outside.example"]),
            ("unauthenticated", [b"mx.example.org; dmarc=fail header.from=outside.example"]),
            ("unauthenticated", [b"mx.example.org; dmarc=pass header.from=other.example"]),
            ("unauthenticated", [b"mx.example.org; dkim=pass header.d=evil.example"]),
            ("unauthenticated", [b"mx.example.org; none (dmarc=pass header.from=outside.example)"]),
            ("unauthenticated", [b"mx.example.org; dmarc=fail header.from=outside.example",
                                 b"mx.example.org; dmarc=pass header.from=outside.example"]),
            ("found", [b"evil.example; dmarc=fail header.from=outside.example",
                       b"mx.example.org; dmarc=pass header.from=outside.example"]),
        ]:
            with self.subTest(results):
                self.assertEqual(self.status(*results), status)

    def test_a_from_that_is_in_doubt_is_nobody(self):
        good = b"mx.example.org; dmarc=pass header.from=outside.example"
        for sender in ("John <john@outside.example>, Jane <jane@example.org>",
                       "John <john@outside.example>\r\nFrom: Other <other@evil.example>",
                       "john@outside.example <other@evil.example", "Group: john@outside.example;x", "<>", ""):
            with self.subTest(sender):
                self.assertEqual(self.status(good, sender=sender), "unauthenticated")
