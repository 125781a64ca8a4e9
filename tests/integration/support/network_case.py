"""The base of tests of one network: mail in by LMTP, the network's server on loopback, header fields in Dovecot."""

import json
import re

from .case import GatewayCase
from .client import Client
from .decorum import gateway_before
from .dovecot import Dovecot
from .internet import Internet
from .messages import Annotated, authenticated, message_id
from .scratch import wait_until

__unittest = True


class NetworkCase(GatewayCase):
    """Subclasses name the hosts that there are and the source, and give the tables of the configuration by tables()."""

    hosts = ()
    source = ""

    @classmethod
    def prepare(cls):
        cls.net = cls.serve(Internet(cls.scratch, cls.hosts))
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.decorum = cls.serve(cls.gateway())

    @classmethod
    def tables(cls):
        raise NotImplementedError

    @classmethod
    def gateway(cls):
        tables = {"annotate": {"require": "authenticated", "authserv_ids": ["mx.example.org"], "activity": "all",
                               "face": False},
                  "lookup": {"new_addresses": 1000, "breaker_failures": 1000}, "http": cls.net.settings(),
                  **cls.tables()}
        return gateway_before(cls.scratch, cls.dovecot.lmtp_port, "lmtp", **tables)

    def mail(self, address):
        """A message from there, as Dovecot has it."""
        sent = authenticated(address)
        with Client(self.decorum.port) as client:
            client.lhlo()
            (verdict,) = client.deliver(sent, lmtp=True)
            self.assertEqual(verdict.code, 250)
        return Annotated(self.dovecot.message_with(message_id(sent)))

    def mail_with_profile(self, address, seconds=20):
        """The first message from there that shows one: an answer may come after the deadline of the first message, and
        sources at the sender's domain are asked with a delay."""
        def annotated():
            got = self.mail(address)
            return got if "Sender-Profile" in got.fields else None
        return wait_until(annotated, seconds, f"a profile of {address}")

    def lookup(self, address, *more):
        """What the administrator is told, at once: {"status": …, …}."""
        result = self.decorum.command("lookup", "--json", *more, address)
        self.assertIn(result.returncode, (0, 1), result.stderr)
        return json.loads(result.stdout)

    def word(self, address, *more):
        """What the source said of the address itself."""
        (word,) = [one for one in self.lookup(address, *more)["sources"]
                   if one["source"] == self.source and not one["account"]]
        return word

    def outcome(self, address, *more):
        word = self.word(address, *more)
        return word["outcome"], word["detail"]

    def declare(self, address, url, *more):
        """Declares an account as decorum link does; gives the code that is to be published there."""
        added = self.decorum.command("link", "add", address, url, "--consent-by", "The Person", "--yes", *more)
        self.assertEqual(added.returncode, 0, added.stderr)
        return re.search(rb"decorum-[a-z0-9]+", added.stdout).group().decode()

    def confirm(self, address, url, status=0):
        result = self.decorum.command("link", "confirm", address, url)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)

    def assert_harmless(self, got):
        """Nothing that a stranger wrote left its field."""
        self.assertNotRegex(got.block, rb"(?im)^(bcc|x-forged)")
        self.assertLessEqual(len(got.block), 4096)
        self.assertTrue(got.block.isascii())

    def probe(self):
        """Outcomes of decorum probe for the source: (known, unknown), and its exit status."""
        result = self.decorum.command("probe", "--json")
        rows = {row["asked_for"]: row["outcome"] for row in json.loads(result.stdout) if row["source"] == self.source}
        return (rows["known"], rows["unknown"]), result.returncode
