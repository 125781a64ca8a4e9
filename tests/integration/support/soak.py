"""What the soak test lets loose on a gateway: people who deliver and read, peers that stall, and peers that attack."""

import hashlib
import random
import re
import socket
import threading
import time

from .client import Client, Closed
from .imap_client import ImapClient
from .messages import authenticated, message, message_id

PAUSE = 0.05   # seconds between two rounds of a worker


class Field:
    """What the workers share: when to work, which life the gateway is in, and what went wrong."""

    def __init__(self):
        self.open = threading.Event()       # cleared: every worker ends its round and waits
        self.over = threading.Event()
        self.alive = threading.Event()      # cleared while the gateway is dead on purpose
        self.life = 0                       # counts its lives
        self.faults = []
        self.open.set()
        self.alive.set()

    def fault(self, text):
        self.faults.append(text)


class Worker(threading.Thread):
    """Calls work() again and again while the field is open. An exception outside the gateway's death is a fault."""

    pause = PAUSE

    def __init__(self, field, seed):
        super().__init__(daemon=True)
        self.field, self.chance, self.rounds = field, random.Random(seed), 0
        self.life = field.life              # that its connections were made in
        self.resting = threading.Event()

    def run(self):
        while not self.field.over.is_set():
            if not self.field.open.is_set() or not self.field.alive.is_set():
                self.rest()
                self.resting.set()
                time.sleep(PAUSE)
                continue
            self.resting.clear()
            life = self.field.life
            if life != self.life:               # the gateway died and came back while this one slept
                self.rest()
                self.life = life
            try:
                self.work()
                self.rounds += 1
            except (Closed, OSError, AssertionError) as fault:
                self.rest()
                if life == self.field.life and self.field.alive.is_set():
                    self.field.fault(f"{type(self).__name__}: {type(fault).__name__}: {fault}"[:600])
            time.sleep(self.pause * self.chance.uniform(0.5, 1.5))
        self.rest()
        self.resting.set()

    def work(self):
        raise NotImplementedError

    def rest(self):
        """Lets go of connections."""


class Deliverer(Worker):
    """Sends messages of many sizes, some to a session. sent: marker -> digest of the message; thanked: markers that
    were answered by 250."""

    def __init__(self, field, seed, port, senders, lmtp=False):
        super().__init__(field, seed)
        self.port, self.senders, self.lmtp = port, senders, lmtp
        self.sent, self.thanked = {}, set()
        self.client = None

    def work(self):
        if self.client is None:
            self.client = Client(self.port)
            self.client.ehlo("LHLO" if self.lmtp else "EHLO")
        marker = f"soak.{self.native_id}.{len(self.sent)}"
        size = int(2 ** self.chance.uniform(3, 15))
        body = b"".join(b"%s\r\n" % self.chance.randbytes(30).hex().encode() for _ in range(size // 62 + 1))
        octets = authenticated(self.chance.choice(self.senders), marker=marker, body=b".\r\n" + body)
        self.sent[marker] = digest(octets)
        verdict = self.client.deliver(octets, lmtp=self.lmtp)
        verdict = verdict[0] if self.lmtp else verdict
        if verdict.code == 250:
            self.thanked.add(marker)
        else:
            self.field.fault(f"{marker} was answered {verdict}")
        if self.chance.random() < 0.1:
            self.client.command("QUIT")
            self.rest()

    def rest(self):
        if self.client is not None:
            self.client.close()
            self.client = None


class Reader(Worker):
    """Reads mail over IMAP: sizes are as announced, and below the block stands what was sent."""

    pause = 0.2

    def __init__(self, field, seed, port, deliverers):
        super().__init__(field, seed)
        self.port, self.deliverers = port, deliverers
        self.client = None

    def work(self):
        if self.client is None:
            self.client = ImapClient(self.port)
            self.client.login()
        exists = [int(found[1]) for one in self.client.select()
                  if (found := re.match(rb"\* (\d+) EXISTS", one.raw))][-1]
        if exists == 0:
            return
        number = self.chance.randrange(exists) + 1
        untagged, _ = self.client.command(f"FETCH {number} (RFC822.SIZE BODY.PEEK[])")
        (response,) = [one for one in untagged if b"BODY[]" in one.raw]
        (octets,) = response.literals
        size = int(re.search(rb"RFC822.SIZE (\d+)", response.raw)[1])
        assert size == len(octets), f"message {number} has {len(octets)} octets, not {size}"
        check_sent(octets, self.deliverers)
        if self.chance.random() < 0.2:
            self.client.command("LOGOUT")
            self.rest()

    def rest(self):
        if self.client is not None:
            self.client.close()
            self.client = None


class Slow(Worker):
    """Drips a session, octet by octet, and leaves in the middle of it."""

    def __init__(self, field, seed, port, text):
        super().__init__(field, seed)
        self.port, self.text = port, text

    def work(self):
        end = time.monotonic() + self.chance.uniform(1, 8)
        with socket.create_connection(("127.0.0.1", self.port), 10) as connection:
            try:
                for octet in self.text:
                    if time.monotonic() > end or not self.field.open.is_set():
                        return
                    connection.sendall(bytes([octet]))
                    time.sleep(self.chance.uniform(0, 0.2))
            except ConnectionError:
                pass   # let go


SMTP_ATTACKS = [
    b"EHLO " + b"x" * 100_000 + b"\r\n",
    b"EHLO a\r\nMAIL FROM:<" + b"y" * 5000 + b"@example.org>\r\n",
    b"EHLO a\r\nMAIL FROM:<a@example.org>\r\n" + b"RCPT TO:<b@example.org>\r\n" * 2000,
    b"EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\n" + b"x" * 200_000,
    b"EHLO a\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nDATA\r\nFrom: a@example.org\r\n\r\nx\n.\n"
    b"MAIL FROM:<smuggled@example.org>\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
    b"PROXY TCP4 192.0.2.1 192.0.2.2 25 25\r\nEHLO a\r\n",
    b"NOOP\r\n" * 5000,
    b"AUTH PLAIN " + b"A" * 20_000 + b"\r\n",
    b"\0" * 5000,
]
IMAP_ATTACKS = [
    b"a FETCH 1 (" + b"(" * 100_000 + b"\r\n",
    b"a LOGIN {4294967296}\r\n",
    b"a APPEND INBOX {18446744073709551616}\r\n",
    b"a ID (" + b'"k" "v" ' * 1000 + b")\r\n",
    b"a " + b"x" * 200_000,
    b"a LOGIN paul@example.org wrong\r\n" * 20,
    b"a NOOP\r\n" * 5000,
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 200,
    b"a UID FETCH 1:* (BODY[HEADER.FIELDS (" + b"From " * 20_000 + b")])\r\n",
]


class Attacker(Worker):
    """One attack, or octets of chance, then gone: politely or not, with the answers read or not."""

    pause = 0.1

    def __init__(self, field, seed, port, attacks):
        super().__init__(field, seed)
        self.port, self.attacks = port, attacks

    def work(self):
        octets = self.chance.choice(self.attacks) if self.chance.random() < 0.7 else \
            self.chance.randbytes(self.chance.randrange(1, 3000))
        client = Client(self.port, greet=False, timeout=1)
        try:
            client.send(octets)
            while self.chance.random() < 0.8 and client.socket.recv(65536):
                pass
        except (TimeoutError, ConnectionError):
            pass
        finally:
            (client.close if self.chance.random() < 0.5 else client.reset)()


class Submitter(Deliverer):
    """Somebody of ours who writes to the world: nothing is put above their messages."""

    def work(self):
        if self.client is None:
            self.client = Client(self.port)
            self.client.ehlo()
        marker = f"soak.{self.native_id}.{len(self.sent)}"
        octets = message(marker=marker)
        self.sent[marker] = digest(octets)
        if self.client.deliver(octets, recipients=["anna@elsewhere.example"]).code == 250:
            self.thanked.add(marker)
        else:
            self.field.fault(f"{marker} was not answered by 250")


def digest(octets):
    """Of a message as it was sent: from its own first field on."""
    return hashlib.sha256(octets).hexdigest()


def marker_of(octets):
    return message_id(octets).decode().strip("<>").partition("@")[0]


def check_sent(octets, deliverers):
    """The message is one that was sent, octet for octet, below what was put above it."""
    marker = marker_of(octets)
    (expected,) = [one.sent[marker] for one in deliverers if marker in one.sent] or [None]
    assert expected, f"{marker} was never sent"
    first = re.search(rb"^(Authentication-Results: mx|From: )", octets, re.M)
    assert digest(octets[first.start():]) == expected, f"{marker} was changed"
