"""Large headers and large messages stream through; memory stays what it was."""

import hashlib

from support.client import Client
from support.messages import Annotated, message
from support.sink_case import SinkCase


class LargeHeaders(SinkCase):
    def test_beyond_the_limit_they_pass_unavailable_and_unchanged(self):
        extra = b"".join(b"X-Filler-%d: " % number + b"y" * 60 + b"\r\n" for number in range(8_400))
        # The limit is looked at after each read: what ends within the one that passes it is still read whole.
        self.assertGreater(len(extra), 600 << 10)
        sent = message(extra=extra)
        got = self.annotated(sent)
        self.assertEqual(got.status, "unavailable")
        self.assert_octets(got.rest, sent)

    def test_a_forged_field_far_down_a_large_header_is_removed(self):
        filler = b"".join(b"X-Filler-%d: " % number + b"y" * 60 + b"\r\n" for number in range(20_000))
        forged = b"Sender-Profile: The Pope\r\nsender-profile-source : status=found;\r\n tier=S\r\n"
        got = self.annotated(message(extra=filler + forged + b"X-Last: z\r\n"))
        self.assertEqual(got.status, "unavailable")
        self.assertNotIn(b"The Pope", got.rest)
        self.assertNotIn(b"tier=S", got.rest)
        self.assertIn(b"X-Last: z\r\n\r\n", got.rest)

    def test_five_thousand_fields_are_no_trouble(self):
        sent = message(extra=b"".join(b"X-%d: %d\r\n" % (number, number) for number in range(5_000)))
        got = self.annotated(sent)
        self.assertEqual(got.status, "found")
        self.assert_octets(got.rest, sent)


# ctest: serial
class LargeMessages(SinkCase):
    keep = False
    sections = {"annotate": {"activity": "off"}}   # the models that judge posts come into memory at any moment

    def stream(self, mebibytes):
        """Sends so much in lines with dots among them; (client's verdict, digest of what was sent as data)."""
        line = b"." + b"x" * 1021 + b"\r\n"     # stuffed once here: ".." on the wire
        block = (b"." + line) * 1023
        digest = hashlib.sha256()
        with Client(self.decorum.port, timeout=120) as client:
            client.ehlo()
            client.envelope()
            self.assertEqual(client.command("DATA").code, 354)
            head = message(body=b"")
            digest.update(head)
            client.send(head)
            for _ in range(mebibytes):
                digest.update(block)
                client.send(block)
            digest.update(b".\r\n")
            client.send(b".\r\n")
            self.assertEqual(client.reply().code, 250)
        return digest.hexdigest(), mebibytes * len(block)

    def test_200_mb_in_constant_memory(self):
        for _ in range(4):     # both threads have done it once
            self.stream(2)
        before = self.decorum.process.memory_kib("VmHWM")
        _, length = self.stream(200)
        self.assertGreater(self.sink.complete()[-1].length, length)
        after = self.decorum.process.memory_kib("VmHWM")
        self.assertLess(after - before, 1024, f"KiB more at the peak ({before} -> {after})")

    def test_every_octet_of_a_large_message_arrives(self):
        self.keep_octets()
        digest, _ = self.stream(20)
        data = self.sink.complete()[-1].octets
        rest = Annotated(data).rest
        wire = hashlib.sha256(rest.replace(b"\r\n.", b"\r\n..") + b".\r\n")
        self.assertEqual(wire.hexdigest(), digest)

    def keep_octets(self):
        self.sink.keep = True
        self.addCleanup(setattr, self.sink, "keep", False)
