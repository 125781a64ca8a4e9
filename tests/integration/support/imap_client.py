"""A bare IMAP client: every octet of every response, literals taken apart from the text around them."""

import re
import socket
import ssl

from .client import Closed


class Response:
    """One response: its octets, and its pieces (text, then literal and text in turn)."""

    def __init__(self, pieces):
        self.pieces = pieces
        self.raw = b"".join(pieces)

    @property
    def text(self):
        return self.pieces[0]

    @property
    def literals(self):
        return self.pieces[1::2]

    def __repr__(self):
        return f"Response({self.raw[:400]!r})"


class ImapClient:
    def __init__(self, port, tls=False, timeout=30, greet=True, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.number = 0
        if tls:
            self.wrap()
        self.greeting = self.response() if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def wrap(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, server_hostname="mx.example.org")

    def send(self, octets):
        self.socket.sendall(octets.encode() if isinstance(octets, str) else octets)

    def _fill(self):
        octets = self.socket.recv(1 << 18)
        if not octets:
            raise Closed(self.buffer)
        self.buffer += octets

    def _line(self):
        while b"\n" not in self.buffer:
            self._fill()
        line, _, self.buffer = self.buffer.partition(b"\n")
        assert line.endswith(b"\r"), f"a line without CR: {line!r}"
        return line + b"\n"

    def _octets(self, count):
        parts, missing = [self.buffer[:count]], count - len(self.buffer)
        self.buffer = self.buffer[count:]
        while missing > 0:
            octets = self.socket.recv(min(missing, 1 << 20))
            if not octets:
                raise Closed(b"within a literal")
            parts.append(octets)
            missing -= len(octets)
        return b"".join(parts)

    def response(self):
        pieces = [b""]
        while True:
            line = self._line()
            pieces[-1] += line
            status = re.match(rb"(\+|\* (OK|NO|BAD|BYE|PREAUTH)|[^*+ ][^ ]* (OK|NO|BAD))( |\r)", pieces[0], re.I)
            announced = re.search(rb"\{(\d+)\}\r\n\Z", line)
            if status or not announced:
                return Response(pieces)
            pieces += [self._octets(int(announced[1])), b""]

    def tag(self):
        self.number += 1
        return f"t{self.number}"

    def command(self, text, literal=None, expect="OK"):
        """A command to its tagged response, which it returns after the untagged ones: (untagged, tagged)."""
        tag = self.tag()
        self.send(tag.encode() + b" " + (text.encode() if isinstance(text, str) else text) +
                  (b" {%d}\r\n" % len(literal) if literal is not None else b"\r\n"))
        if literal is not None:
            go_ahead = self.response()
            assert go_ahead.raw.startswith(b"+"), go_ahead
            self.send(literal + b"\r\n")
        return self.until(tag, expect)

    def until(self, tag, expect="OK"):
        untagged = []
        while True:
            response = self.response()
            if response.raw.startswith(tag.encode() + b" "):
                if expect:
                    assert response.raw.split()[1].decode() == expect, (response, untagged[-3:])
                return untagged, response
            untagged.append(response)

    def login(self, user="paul@example.org", password="secret"):
        return self.command(f"LOGIN {user} {password}")

    def select(self, mailbox="INBOX"):
        return self.command(f"SELECT {mailbox}")[0]

    def fetch(self, uid, items):
        """The one FETCH response to UID FETCH."""
        untagged, _ = self.command(f"UID FETCH {uid} ({items})")
        found = [response for response in untagged if re.match(rb"\* \d+ FETCH \((?!FLAGS \([^)]*\)\)\r)", response.text)]
        assert len(found) == 1, untagged
        return found[0]

    def octets(self, uid, section):
        """The literal (or quoted string) that the section is shown as; None for NIL."""
        response = self.fetch(uid, section)
        if response.literals:
            assert len(response.literals) == 1, response
            return response.literals[0]
        return string_after(response.raw, section.split("<")[0])


def string_after(raw, _name):
    quoted = re.search(rb'\] ?(?:<\d+>)? ?"((?:[^"\\]|\\.)*)"', raw)
    return re.sub(rb"\\(.)", rb"\1", quoted[1]) if quoted else None


def fields_of(responses, keyword):
    return [response for response in responses if re.match(rb"\* (\d+ )?" + keyword.encode() + rb"\b", response.raw)]
