"""Which octets end a message: CRLF.CRLF and nothing that resembles it, alone and in front of a Postfix."""

import re

from support.case import GatewayCase
from support.client import Client, stuffed_after_bare_lf
from support.decorum import gateway_before
from support.dovecot import Dovecot
from support.messages import Annotated
from support.postfix import Postfix
from support.scratch import free_port, wait_until
from support.sink import Sink
from support.sink_case import SinkCase

VARIANTS = [b"\n.\n", b"\n.\r", b"\r.\n", b"\r.\r", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r",
            b"\r\n.\r\r\n", b"\r\r\n.\r\r\n", b"\r\n\0.\r\n", b"\r\n.\0\r\n", b"\r\n. \r\n", b"\n\n.\r\n"]
PROPER = b"\r\n. \r\n"   # a line with a dot and a space: no fault in it

SMUGGLED = (b"MAIL FROM:<smuggled@evil.example>\r\nRCPT TO:<paul@example.org>\r\nDATA\r\n"
            b"From: smuggled@evil.example\r\nSubject: smuggled\r\n\r\nsmuggled text")


def outer(variant):
    """A message that would be two for whoever takes the variant for the end of data."""
    return (b"From: Jane Martin <jane@example.org>\r\nSubject: outer\r\n\r\nouter text" + variant + SMUGGLED)


def lines_of(data):
    """What the data mean: unstuffed lines, for data whose dots were not stuffed by the client."""
    return re.sub(rb"(?<=\r\n)\.", b"", data)


class EndOfDataCase(GatewayCase):
    lmtp = False

    def verdict(self, port, variant, split=False):
        """The one reply to the message, and proof that nothing in it was a command."""
        with Client(port) as client:
            client.ehlo("LHLO" if self.lmtp else "EHLO")
            for reply in client.envelope():
                self.assertEqual(reply.code, 250)
            self.assertEqual(client.command("DATA").code, 354)
            octets = outer(variant) + b"\r\n.\r\n"
            for part in [octets[i:i + 1] for i in range(len(octets))] if split else [octets]:
                client.send(part)
            verdict = client.reply()
            self.assertEqual(client.command("NOOP").code, 250, "the next reply belongs to the next command")
            self.assertEqual(client.command("QUIT").code, 221)
            return verdict

    def assert_nothing_smuggled(self, sink):
        for session in sink.sessions:
            for line in session.commands:
                self.assertNotIn(b"smuggled", line)
        for one in sink.complete():
            self.assertNotRegex(one.octets, rb"\A(?:[^\r\n]+\r\n)*Subject: smuggled")


class AloneRefuse(EndOfDataCase, SinkCase):
    def test_each_variant_is_refused_after_the_real_end_or_is_content(self):
        for split in (False, True):
            for variant in VARIANTS:
                with self.subTest(variant=variant, split=split):
                    self.sink.forget()
                    verdict = self.verdict(self.decorum.port, variant, split)
                    self.assert_nothing_smuggled(self.sink)
                    if variant == PROPER:
                        self.assertEqual(verdict.code, 250)
                        (got,) = self.sink.complete()
                        self.assert_octets(Annotated(got.octets).rest, lines_of(outer(variant) + b"\r\n"))
                    else:
                        self.assertEqual((verdict.code, verdict.enhanced), (550, "5.5.2"), verdict)
                        self.assertEqual(self.sink.complete(), [])


class AloneNormalize(EndOfDataCase, SinkCase):
    listener = {"malformed": "normalize"}

    def test_each_variant_becomes_content_with_proper_line_ends(self):
        for split in (False, True):
            for variant in VARIANTS:
                with self.subTest(variant=variant, split=split):
                    self.sink.forget()
                    self.assertEqual(self.verdict(self.decorum.port, variant, split).code, 250)
                    self.assert_nothing_smuggled(self.sink)
                    (got,) = self.sink.complete()
                    self.assertNotRegex(got.octets, rb"\r(?!\n)|(?<!\r)\n|\0")
                    self.assertIn(b"smuggled text\r\n", got.octets)


class AlonePass(EndOfDataCase, SinkCase):
    listener = {"malformed": "pass"}

    def test_each_variant_passes_as_content(self):
        for split in (False, True):
            for variant in VARIANTS:
                with self.subTest(variant=variant, split=split):
                    self.sink.forget()
                    self.assertEqual(self.verdict(self.decorum.port, variant, split).code, 250)
                    self.assert_nothing_smuggled(self.sink)
                    (got,) = self.sink.complete()
                    self.assert_octets(Annotated(got.octets).rest,
                                       stuffed_after_bare_lf(lines_of(outer(variant) + b"\r\n")))


class AloneLmtp(EndOfDataCase, SinkCase):
    """LMTP passes by default: the mail server has accepted that mail already."""

    protocol = "lmtp"
    lmtp = True

    def test_each_variant_passes_as_content(self):
        for variant in VARIANTS:
            with self.subTest(variant=variant):
                self.sink.forget()
                self.assertEqual(self.verdict(self.decorum.port, variant).code, 250)
                self.assert_nothing_smuggled(self.sink)
                (got,) = self.sink.complete()
                self.assert_octets(Annotated(got.octets).rest,
                                   stuffed_after_bare_lf(lines_of(outer(variant) + b"\r\n")))


class BeforeDovecot(EndOfDataCase):
    """Dovecot ends lines at a bare LF too: what passes must be one message there as well."""

    lmtp = True

    @classmethod
    def prepare(cls):
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.dovecot.lmtp_port, "lmtp"))

    def test_no_variant_makes_two_messages(self):
        for count, variant in enumerate(VARIANTS, 1):
            with self.subTest(variant=variant):
                self.assertEqual(self.verdict(self.decorum.port, variant).code, 250)
                stored = self.dovecot.messages(at_least=count)
                self.assertEqual(len(stored), count)
                self.assertIn(b"outer text", stored[-1])
                self.assertIn(b"smuggled text", stored[-1])


class PostfixCase(EndOfDataCase):
    malformed = ""

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.mta = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.mta: {}}, {"relayhost": f"[127.0.0.1]:{cls.sink.port}"}))
        if cls.malformed:
            cls.decorum = cls.serve(gateway_before(cls.scratch, cls.mta, listener={"malformed": cls.malformed}))

    def outcome(self, port, variant):
        """Sends the variant and an honest message behind it; (verdict, subjects that left Postfix)."""
        self.sink.forget()
        verdict = self.verdict(port, variant)
        with Client(port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(b"From: jane@example.org\r\nSubject: honest\r\n\r\n").code, 250)
        wait_until(self.postfix.queue_is_empty, 30, "Postfix's queue empty")
        subjects = sorted(match for one in self.sink.complete()
                          for match in re.findall(rb"^Subject: (\w+)", one.octets.split(b"\r\n\r\n")[0], re.M))
        return verdict, subjects


class BeforePostfixRefuse(PostfixCase):
    malformed = "refuse"

    def test_no_variant_makes_two_messages(self):
        for variant in VARIANTS:
            with self.subTest(variant=variant):
                verdict, subjects = self.outcome(self.decorum.port, variant)
                self.assertEqual(verdict.code, 250 if variant == PROPER else 550)
                self.assertEqual(subjects, [b"honest", b"outer"] if variant == PROPER else [b"honest"])


class BeforePostfixNormalize(PostfixCase):
    malformed = "normalize"

    def test_no_variant_makes_two_messages(self):
        for variant in VARIANTS:
            with self.subTest(variant=variant):
                verdict, subjects = self.outcome(self.decorum.port, variant)
                self.assertEqual(verdict.code, 250)
                self.assertEqual(subjects, [b"honest", b"outer"])


class PostfixAlone(PostfixCase):
    """Why the tests above mean something: without the gateway this Postfix takes some variants for the end."""

    def test_some_variants_smuggle(self):
        smuggled = 0
        for variant in VARIANTS:
            with Client(self.mta) as client:
                client.ehlo()
                client.envelope()
                client.command("DATA")
                client.send(outer(variant) + b"\r\n.\r\n")
                client.reply()
                client.send(b"QUIT\r\n")
                smuggled += client.reply().code != 221
        self.assertGreater(smuggled, 0)
