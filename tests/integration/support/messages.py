"""Sample messages, and taking an annotated message apart."""

import itertools
import re

_number = itertools.count(1)

JANE = "Jane Martin <jane@example.org>"


def message(sender=JANE, body=b"Hello Paul,\r\n\r\n.a line with a dot\r\n..and two\r\nregards\r\n", extra=b"",
            marker=None):
    """A message in its final octets. The marker (made up where None) stands in the Message-ID."""
    marker = marker or f"m{next(_number)}.{id(body):x}"
    return (f"From: {sender}\r\nTo: Paul Petit <paul@example.org>\r\nSubject: sample\r\n"
            f"Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <{marker}@example.org>\r\n").encode() + \
        extra + b"\r\n" + body


def authenticated(address, name="Ines Roy", **options):
    """A message whose sender mx.example.org has authenticated by DMARC."""
    domain = address.partition("@")[2]
    proof = f"Authentication-Results: mx.example.org; dmarc=pass header.from={domain}\r\n".encode()
    return proof + message(f"{name} <{address}>", **options)


def message_id(octets):
    return re.search(rb"^Message-ID: (<[^>]+>)", octets, re.M | re.I).group(1)


class Annotated:
    """An annotated message: what stands above the block, the block, and what follows."""

    def __init__(self, octets, prefix="Sender-Profile"):
        name = re.escape(prefix.encode())
        field = rb"(?i:(?:" + name + rb"(?:-[!-9;-~]*)?|Face)):[^\n]*\n(?:[ \t][^\n]*\n)*"
        # Anywhere in the header section: the mailbox server puts its own fields above.
        above = rb"((?:(?!" + field + rb")[^\r\n][^\n]*\n)*?)"
        found = re.match(above + rb"((?:" + field + rb")+)(.*)\Z", octets, re.S)
        self.above, self.block, self.rest = found.groups() if found else (octets, b"", b"")
        unfolded = re.sub(rb"\r?\n[ \t]", b" ", self.block)
        self.fields = {}
        for line in unfolded.splitlines():
            key, _, value = line.partition(b":")
            assert key not in self.fields, f"{key} twice in {self.block!r}"
            self.fields[key.decode()] = value.strip().decode()
        self.prefix = prefix

    @property
    def status(self):
        source = self.fields.get(f"{self.prefix}-Source", "")
        return dict(part.strip().partition("=")[::2] for part in source.split(";")).get("status")

    @property
    def reason(self):
        source = self.fields.get(f"{self.prefix}-Source", "")
        return dict(part.strip().partition("=")[::2] for part in source.split(";")).get("reason")
