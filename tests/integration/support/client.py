"""A client that sends exactly the octets it is told to, and reads replies strictly."""

import re
import socket
import ssl


class Reply:
    def __init__(self, raw):
        self.raw = raw
        lines = raw.split(b"\r\n")[:-1]
        self.code = int(lines[0][:3])
        self.lines = [line[4:].decode("utf-8", "replace") for line in lines]
        assert all(line[:3] == lines[0][:3] for line in lines), raw
        enhanced = re.match(r"([245]\.\d{1,3}\.\d{1,3})(?: |$)", self.lines[-1])
        self.enhanced = enhanced.group(1) if enhanced else None

    def __repr__(self):
        return f"Reply({self.raw!r})"


def stuffed(octets):
    """Dot-stuffed, and with the end of data: what follows 354. Only a dot after CRLF is at a line's beginning."""
    text = b"\r\n" + octets
    text = text.replace(b"\r\n.", b"\r\n..")[2:]
    return text + (b".\r\n" if not octets or octets.endswith(b"\r\n") else b"\r\n.\r\n")


def stuffed_after_bare_lf(octets):
    """What a strict reader sees of a message that passed: real servers take a bare LF for a line's end, and unstuff
    the dot behind it, so it is stuffed for them."""
    return re.sub(rb"(?<!\r)\n\.", b"\n..", octets)


class Closed(Exception):
    """The peer closed, after these octets."""


class Client:
    def __init__(self, port, source=None, timeout=30, greet=True, host="127.0.0.1", name="client.example"):
        self.name = name
        self.socket = socket.create_connection((host, port), timeout, (source, 0) if source else None)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.greeting = self.reply() if greet else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Closes with RST: no FIN, no farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets.encode() if isinstance(octets, str) else octets)

    def reply(self):
        raw = b""
        while True:
            while b"\n" not in self.buffer:
                octets = self.socket.recv(65536)
                if not octets:
                    raise Closed(raw + self.buffer)
                self.buffer += octets
            line, _, self.buffer = self.buffer.partition(b"\n")
            raw += line + b"\n"
            assert re.match(rb"[2-5][0-9][0-9][ -][^\r\n\0]*\r\n\Z", line + b"\n") or \
                re.match(rb"[2-5][0-9][0-9]\r\n\Z", line + b"\n"), f"no reply line: {line!r}"
            if line[3:4] != b"-":
                return Reply(raw)

    def command(self, text):
        self.send((text.encode() if isinstance(text, str) else text) + b"\r\n")
        return self.reply()

    def ehlo(self, verb="EHLO"):
        """The extensions, keyword -> parameters."""
        reply = self.command(f"{verb} {self.name}")
        assert reply.code == 250, reply
        return {line.split()[0].upper(): line.split()[1:] for line in reply.lines[1:] if line}

    def lhlo(self):
        return self.ehlo("LHLO")

    def starttls(self, **options):
        reply = self.command("STARTTLS")
        assert reply.code == 220, reply
        self.secure(**options)

    def secure(self, **options):
        """The handshake, of a peer that has said it is ready for it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        for key, value in options.items():
            setattr(context, key, value)
        self.socket = context.wrap_socket(self.socket, server_hostname="mx.example.org")

    def envelope(self, sender="jane@example.org", recipients=("paul@example.org",)):
        """MAIL and each RCPT, one after the other; the replies."""
        return [self.command(f"MAIL FROM:<{sender}>")] + [self.command(f"RCPT TO:<{one}>") for one in recipients]

    def data(self, octets, verdicts=None):
        """DATA and the message; the verdict, or a list of so many (LMTP)."""
        reply = self.command("DATA")
        assert reply.code == 354, reply
        self.send(stuffed(octets))
        return self.reply() if verdicts is None else [self.reply() for _ in range(verdicts)]

    def deliver(self, octets, sender="jane@example.org", recipients=("paul@example.org",), lmtp=False):
        """A whole transaction whose recipients are all accepted; the verdict or the list of verdicts."""
        for reply in self.envelope(sender, recipients):
            assert reply.code == 250, reply
        return self.data(octets, len(recipients) if lmtp else None)

    def is_closed(self, seconds=20):
        """True when the peer closes within the time (what it says before is dropped)."""
        self.socket.settimeout(seconds)
        try:
            while self.socket.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False
