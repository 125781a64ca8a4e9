"""Messages of every shape: what follows the block is what was sent."""

from support.messages import Annotated, message
from support.sink_case import SinkCase

FROM = b"From: Jane Martin <jane@example.org>\r\n"

# name: (message, status or None for any)
SHAPES = {
    "header only, no empty line": (FROM + b"Subject: x\r\n", "found"),
    "header and empty line only": (FROM + b"\r\n", "found"),
    "empty lines only": (b"\r\n\r\n\r\n", "unauthenticated"),
    "body that looks like a header": (FROM + b"\r\nSender-Profile: the body is untouched\r\nFace: too\r\n", "found"),
    "mbox line": (b"From jane@example.org Mon Nov 23 10:00:00 2026\r\n" + FROM + b"\r\ntext\r\n", None),
    "8 bit header": (FROM + "Subject: été".encode() + b" \xe9\xff\r\n\r\ntext\r\n", "found"),
    "duplicate From": (FROM + b"From: Other <other@example.org>\r\n\r\ntext\r\n", "unauthenticated"),
    "no From": (b"Subject: x\r\n\r\ntext\r\n", "unauthenticated"),
    "many folds": (b"Subject: a\r\n" + b" b\r\n" * 2000 + FROM + b"\r\ntext\r\n", "found"),
    "dots everywhere": (FROM + b"\r\n.\r\n..\r\n...\r\n.a\r\n.\r\n", "found"),
    "trailing empty lines": (FROM + b"\r\ntext\r\n\r\n\r\n\r\n", "found"),
    "a long line": (FROM + b"X-Long: " + b"x" * 20_000 + b"\r\n\r\n" + b"y" * 50_000 + b"\r\n", "found"),
    "a field name without a colon in the middle": (FROM + b"nonsense without a colon\r\nSubject: x\r\n\r\nt\r\n", None),
    "an empty field": (FROM + b"Subject:\r\n\r\ntext\r\n", "found"),
    "a fold of white space only": (FROM + b"Subject: a\r\n \t \r\n b\r\n\r\ntext\r\n", "found"),
    "list mail": (FROM + b"List-Id: <cooks.lists.example>\r\n\r\ntext\r\n", "none"),
    "automatic mail": (FROM + b"Auto-Submitted: auto-replied\r\n\r\ntext\r\n", "none"),
    "a From folded thrice": (b"From: Jane\r\n Martin\r\n\t<jane@example.org>\r\n\r\ntext\r\n", "found"),
}


class Shapes(SinkCase):
    def check(self, octets, status):
        got = self.annotated(octets)
        self.assertNotEqual(got.block, b"", "no block")
        if status:
            self.assertEqual(got.status, status)
        self.assert_octets(got.rest, octets)

    def test_each_follows_the_block_unchanged(self):
        for what, (octets, status) in SHAPES.items():
            with self.subTest(what):
                self.check(octets, status)

    def test_no_data_at_all(self):
        got = self.annotated(b"")
        self.assertNotEqual(got.block, b"")
        self.assertIn(got.rest, (b"", b"\r\n"))

    def test_a_first_line_with_white_space_is_absorbed_by_a_padding_field(self):
        for octets in (b" folded\r\n" + FROM + b"\r\ntext\r\n", b"\tx\r\n\r\ntext\r\n", b" \r\n" + FROM + b"\r\n"):
            with self.subTest(octets):
                got = self.through(octets)
                self.assert_octets(got[-len(octets):], octets)
                above = got[:-len(octets)]
                self.assertTrue(above.endswith(b"\r\nSender-Profile-Pad: .\r\n"), above)

    def test_a_message_without_a_header_follows_an_empty_line(self):
        for octets in (b"just text\r\nand more\r\n", b"\xe9\xe9\r\n", b"no colon here\r\n\r\nx: y\r\n"):
            with self.subTest(octets):
                got = self.annotated(octets)
                self.assert_octets(got.rest, b"\r\n" + octets)

    def test_a_block_is_ascii_folded_and_short(self):
        got = self.annotated(message())
        self.assertLessEqual(len(got.block), 4096)
        for line in got.block.split(b"\r\n"):
            self.assertLessEqual(len(line), 78, line)
            self.assertTrue(all(32 <= octet < 127 or octet == 9 for octet in line), line)

    def test_every_shape_is_sealed(self):
        for what, (octets, _) in SHAPES.items():
            with self.subTest(what):
                if what != "mbox line":   # a mail server would have taken it away
                    self.assertTrue(self.decorum.seal_is_valid(self.through(octets)))


class LmtpShapes(Shapes):
    protocol = "lmtp"


class VisibleTag(SinkCase):
    protocol = "lmtp"
    sections = {"annotate": {"visible": "from", "outlook_flag": True}}

    def test_from_shows_who_and_the_original_is_kept(self):
        sent = message()
        got = self.through(sent)
        self.assertIn(b"HR Director", [line for line in got.split(b"\r\n") if line.startswith(b"From:")][0])
        block = Annotated(got)
        self.assertIn("jane@example.org", block.fields["Sender-Profile-Original"])
        self.assertIn(b"X-Message-Flag: ", got)
        self.assertTrue(got.endswith(sent.split(b"\r\n\r\n", 1)[1]))

    def test_a_sender_who_is_not_known_has_no_tag(self):
        sent = message(sender="Nobody <nobody@unknown.example>")
        got = self.annotated(sent)
        self.assertEqual(got.status, "none")
        self.assert_octets(got.rest, sent)
