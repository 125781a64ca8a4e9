"""Bare CR, bare LF and NUL in a message: refused, normalised or passed; and lines that are too long."""

from support.client import stuffed, stuffed_after_bare_lf
from support.messages import Annotated, message
from support.sink_case import SinkCase

HEAD = b"From: Jane Martin <jane@example.org>\r\nSubject: x\r\n"
# What is sent, and what normalize makes of it.
FAULTS = {
    "bare LF in the body": (HEAD + b"\r\none\ntwo\r\n", HEAD + b"\r\none\r\ntwo\r\n"),
    "bare CR in the body": (HEAD + b"\r\none\rtwo\r\n", HEAD + b"\r\none two\r\n"),
    "NUL in the body": (HEAD + b"\r\none\0two\r\n", HEAD + b"\r\nonetwo\r\n"),
    "bare LF in the header": (HEAD + b"X-Odd: one\n two\r\n\r\ntext\r\n", HEAD + b"X-Odd: one\r\n two\r\n\r\ntext\r\n"),
    "bare CR in the header": (HEAD + b"X-Odd: one\rtwo\r\n\r\ntext\r\n", HEAD + b"X-Odd: one two\r\n\r\ntext\r\n"),
    "NUL in the header": (HEAD + b"X-Odd: one\0two\r\n\r\ntext\r\n", HEAD + b"X-Odd: onetwo\r\n\r\ntext\r\n"),
    "CR CR LF": (HEAD + b"\r\none\r\r\ntwo\r\n", HEAD + b"\r\none \r\ntwo\r\n"),
    "LF CR LF": (HEAD + b"\r\none\n\r\ntwo\r\n", HEAD + b"\r\none\r\n\r\ntwo\r\n"),
    "a dot that becomes the first of its line": (HEAD + b"\r\none\n.two\r\n", HEAD + b"\r\none\r\n.two\r\n"),
    "a far fault": (HEAD + b"\r\n" + b"y" * 70 + (b"\r\n" + b"z" * 70) * 5000 + b"\na\r\n",
                    HEAD + b"\r\n" + b"y" * 70 + (b"\r\n" + b"z" * 70) * 5000 + b"\r\na\r\n"),
}


class Refuse(SinkCase):
    def test_each_fault_is_refused_after_the_end_and_never_reaches_the_upstream_whole(self):
        for what, (sent, _) in FAULTS.items():
            with self.subTest(what):
                self.sink.forget()
                with self.client() as client:
                    client.envelope()
                    verdict = client.data(sent)
                    self.assertEqual((verdict.code, verdict.enhanced), (550, "5.5.2"), verdict)
                    self.assertEqual(self.sink.complete(), [])
                    self.assertEqual(client.deliver(message()).code, 250, "the session goes on")

    def test_refused_messages_are_no_protocol_errors(self):
        with self.client() as client:
            for _ in range(30):
                client.envelope()
                self.assertEqual(client.data(HEAD + b"\r\none\ntwo\r\n").code, 550)
            self.assertEqual(client.deliver(message()).code, 250)

    def test_a_bare_line_end_ends_no_command(self):
        with self.client() as client:
            client.send(b"NOOP\nMAIL FROM:<smuggled@evil.example>\r\n")
            self.assertGreaterEqual(client.reply().code, 500)
            self.assertEqual(client.command("RCPT TO:<paul@example.org>").code, 503)
            self.assertEqual(client.command("NOOP").code, 250)


class Normalize(SinkCase):
    listener = {"malformed": "normalize"}

    def test_each_fault_becomes_what_it_should(self):
        for what, (sent, expected) in FAULTS.items():
            with self.subTest(what):
                self.assert_octets(self.annotated(sent).rest, expected, what)


class Pass(SinkCase):
    listener = {"malformed": "pass"}

    def test_each_fault_passes_as_it_is(self):
        for what, (sent, _) in FAULTS.items():
            with self.subTest(what):
                self.assert_octets(self.annotated(sent).rest, stuffed_after_bare_lf(sent), what)


class LmtpDefault(SinkCase):
    protocol = "lmtp"

    def test_each_fault_passes_as_it_is(self):
        for what, (sent, _) in FAULTS.items():
            with self.subTest(what):
                self.assert_octets(self.annotated(sent).rest, stuffed_after_bare_lf(sent), what)


class LongLines(SinkCase):
    def test_a_line_of_a_million_octets_passes(self):
        sent = message(body=b"x" * 1_000_000 + b"\r\nshort\r\n")
        self.assert_octets(self.annotated(sent).rest, sent)

    def test_a_longer_line_is_refused_after_the_real_end(self):
        with self.client() as client:
            client.envelope()
            verdict = client.data(message(body=b"x" * 1_200_000 + b"\r\nshort\r\n"))
            self.assertEqual(verdict.code, 550)
            self.assertEqual(self.sink.complete(), [])
            self.assertEqual(client.deliver(message()).code, 250)

    def test_a_command_of_more_than_2048_octets_is_refused_and_the_session_goes_on(self):
        with self.client() as client:
            self.assertEqual(client.command("NOOP " + "x" * 3000).code, 500)
            self.assertEqual(client.command("NOOP").code, 250)

    def test_octets_one_by_one_make_the_same_message(self):
        sent = message(body=b"one\r\n.\r\n..\r\n\r\n.two\r\n")
        with self.client() as client:
            client.envelope()
            client.command("DATA")
            for octet in stuffed(sent):
                client.send(bytes([octet]))
            self.assertEqual(client.reply().code, 250)
        self.assert_octets(Annotated(self.sink.complete()[-1].octets).rest, sent)
