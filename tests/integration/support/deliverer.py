"""A client that delivers one message after the other, and keeps account."""

import threading

from .client import Client, Closed
from .messages import message, message_id


class Deliverer(threading.Thread):
    """Delivers messages until it is stopped; what counts as failed is an attempt that a mail server would have to
    make again later. A reused connection may end between two messages (RFC 5321 §3.8): the next attempt is new."""

    def __init__(self, port, number, reuse):
        super().__init__()
        self.port, self.number, self.reuse = port, number, reuse
        self.done = threading.Event()
        self.delivered = []
        self.failures = []
        self.client = None
        self.fresh = True

    def run(self):
        serial = 0
        while not self.done.is_set():
            octets = message(marker=f"c{self.number}n{serial}")
            serial += 1
            try:
                self.deliver(octets)
                self.delivered.append(message_id(octets))
            except (Closed, OSError, AssertionError) as error:
                self.failures.append(f"{octets[:60]!r}: {error!r}")
                self.drop()
        self.drop()

    def drop(self):
        if self.client is not None:
            self.client.close()
            self.client = None

    def connect(self):
        self.client = Client(self.port, timeout=60)
        assert self.client.greeting.code == 220, self.client.greeting
        self.client.ehlo()

    def deliver(self, octets):
        if self.client is not None:
            try:
                reply = self.client.command("MAIL FROM:<jane@example.org>")
            except (Closed, ConnectionError):
                reply = None
            if reply is None or reply.code == 421:
                self.drop()
            else:
                assert reply.code == 250, reply
        if self.client is None:
            self.connect()
            reply = self.client.command("MAIL FROM:<jane@example.org>")
            assert reply.code == 250, reply
        reply = self.client.command("RCPT TO:<paul@example.org>")
        assert reply.code == 250, reply
        reply = self.client.data(octets)
        assert reply.code == 250, reply
        if not self.reuse:
            self.client.send("QUIT\r\n")
            self.drop()
