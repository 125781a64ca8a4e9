"""A test class with one gateway in front of one sink."""

from .case import GatewayCase
from .client import Client
from .decorum import gateway_before
from .messages import Annotated
from .sink import EXTENSIONS, Sink


class SinkCase(GatewayCase):
    protocol = "smtp"
    listener = {}          # keys of the listener, over the defaults
    upstream = {}
    sections = {}          # further tables of the configuration
    extensions = EXTENSIONS
    keep = True

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink(cls.protocol, extensions=cls.extensions, keep=cls.keep))
        cls.decorum = cls.serve(gateway_before(cls.scratch, cls.sink.port, cls.protocol, listener=cls.listener,
                                               upstream=cls.upstream, **cls.sections))

    def setUp(self):
        self.sink.on.clear()
        self.sink.forget()

    def client(self, **options):
        """A greeted client that has said EHLO or LHLO."""
        client = Client(self.decorum.port, **options)
        self.addCleanup(client.close)
        client.ehlo("LHLO" if self.protocol == "lmtp" else "EHLO")
        return client

    def through(self, octets, **envelope):
        """What the sink got for this message, which must be accepted."""
        before = len(self.sink.accepted())
        with self.client() as client:
            verdict = client.deliver(octets, lmtp=self.protocol == "lmtp", **envelope)
            verdicts = verdict if isinstance(verdict, list) else [verdict]
            self.assertEqual([one.code for one in verdicts], [250] * len(verdicts), verdicts)
        accepted = self.sink.accepted()
        self.assertEqual(len(accepted), before + 1)
        return accepted[-1].octets

    def annotated(self, octets, **envelope):
        return Annotated(self.through(octets, **envelope))

    def assert_served(self):
        """An ordinary message goes through and comes out annotated."""
        self.sink.on.clear()
        octets = b"From: Jane Martin <jane@example.org>\r\nSubject: still here\r\n\r\nhello\r\n"
        got = self.annotated(octets)
        self.assertEqual(got.status, "found")
        self.assert_octets(got.rest, octets)
