"""What a reader is shown, computed from what the store has: the block above, forged names masked, slices of both."""

import re

BLOCK = 2048
OURS = re.compile(rb"(?i:Sender-Profile(?:-[!-9;-~]*)?|Face|X-Face)\Z")


def header_of(octets):
    """The header section with its empty line."""
    if octets.startswith(b"\r\n"):
        return octets[:2]
    end = octets.find(b"\r\n\r\n")
    return octets if end < 0 else octets[:end + 4]


def masked(header, kept=b""):
    """Our names in a header section (or a selection of its fields), but for the fields of a sealed block."""
    lines, out, sealed = header.split(b"\r\n"), [], set(kept.split(b"\r\n")) if kept else set()
    ended = False
    for line in lines:
        ended = ended or line == b""
        name = re.match(rb"([!-9;-~]+)[ \t]*:", line)
        if not ended and name and OURS.match(name[1]) and line not in sealed:
            line = (b"Y" if line[:1] in b"Zz" else b"Z") + line[1:]
        out.append(line)
    return b"\r\n".join(out)


def fields(header):
    """(name, octets) of each field."""
    found = re.findall(rb"((?:[^\r\n:]+):[^\n]*\n(?:[ \t][^\n]*\n)*)", header)
    return [(octets.split(b":")[0].rstrip().lower(), octets) for octets in found]


def selected(block, section):
    """The block's fields that a section shows."""
    chosen = re.match(r"BODY\.PEEK\[HEADER\.FIELDS(\.NOT)? \(([^)]*)\)\]", section)
    if not chosen:
        return block
    names = {name.strip('"').lower().encode() for name in chosen[2].split()}
    return b"".join(octets for name, octets in fields(block) if (name in names) != bool(chosen[1]))


class Message:
    """One message of the store, read directly, and the block that is shown above it."""

    def __init__(self, direct, uid, block, kept=b""):
        self.uid, self.block, self.kept = uid, block, kept
        self.direct = direct

    def shown(self, section):
        """The whole of a section, as the gateway must show it; None for NIL."""
        original = self.direct.octets(self.uid, section)
        if original is None:
            return None
        if section.endswith("[1.MIME]"):  # of a message that is no multipart, Dovecot shows its header there
            return masked(original)
        if re.search(r"\[(\d|TEXT)", section) or section == "RFC822.TEXT":
            return original
        whole = section in ("BODY.PEEK[]", "RFC822", "BINARY.PEEK[]")
        header = header_of(original) if whole else original
        return selected(self.block, section) + masked(header, self.kept) + original[len(header):]


def sliced(octets, origin, count):
    return octets[origin:origin + count]
