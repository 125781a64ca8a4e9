"""The base of tests of networks: mail in by LMTP, one web server that plays them, header fields out of Dovecot."""

import itertools
import json
from urllib.parse import parse_qs

from .case import GatewayCase
from .client import Client
from .decorum import gateway_before
from .dovecot import Dovecot
from .messages import Annotated, message, message_id
from .scratch import wait_until
from .web import Web

_number = itertools.count(1)

CONSENT = """
[person.account.consent]
time = 2026-11-20T08:00:00Z
language = "en"
given_by = "the person"
wording = "Yes."
"""


def sender(name="noor"):
    """An address on a domain of its own, so that no test spends another's budget."""
    return f"{name}@n{next(_number)}.example"


def declared(address, network, handle, url):
    """A confirmed account in registry.toml."""
    return (f'[[person]]\naddresses = ["{address}"]\n[[person.account]]\nnetwork = "{network}"\nhandle = "{handle}"\n'
            f'url = "{url}"\nstate = "confirmed"\nconfirmed = 2026-11-20T08:00:00Z\nconfirmed_by = "code"\n{CONSENT}')


class MailCase(GatewayCase):
    """sections(): the tables of the gateway's configuration that make the network known."""

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.play()
        cls.decorum = cls.serve(cls.gateway())

    @classmethod
    def play(cls):
        """Puts the network's server on cls.web."""

    @classmethod
    def sections(cls):
        return {}

    @classmethod
    def gateway(cls, name="decorum", **sections):
        tables = {"annotate": {"require": "authenticated", "authserv_ids": ["mx.example.org"], "activity": "all"},
                  "connector__directory": {"known": "jane@example.org", "unknown": "nobody@example.org"},
                  "cache": {"failure": "1s"}, "http": cls.web.settings()}
        for more in (cls.sections(), sections):
            for section, keys in more.items():
                tables[section] = {**tables.get(section, {}), **keys}
        return gateway_before(cls.scratch, cls.dovecot.lmtp_port, "lmtp", name=name, **tables)

    @classmethod
    def secret(cls, name, text):
        """A file that only its owner may read."""
        path = cls.scratch.write(name, text + "\n")
        path.chmod(0o600)
        return path

    def declare(self, *accounts, gateway=None):
        """Writes registry.toml anew: (address, network, handle, url) each."""
        state = (gateway or self.decorum).folder / "state"
        state.mkdir(exist_ok=True)
        (state / "registry.toml").write_text("".join(declared(*account) for account in accounts))

    def deliver(self, address, name="Noor Haddad", gateway=None):
        """What stands in Dovecot of an authenticated message from that address."""
        proof = f"Authentication-Results: mx.example.org; dmarc=pass header.from={address.partition('@')[2]}\r\n"
        octets = proof.encode() + message(f"{name} <{address}>", marker=f"net{next(_number)}.{id(self):x}")
        with Client((gateway or self.decorum).port) as client:
            client.lhlo()
            for verdict in client.deliver(octets, lmtp=True):
                self.assertEqual(verdict.code, 250)
        return Annotated(self.dovecot.message_with(message_id(octets)))

    def deliver_until(self, address, good, what, seconds=20, **options):
        """The first delivery for which good(annotated): what was asked in the background arrives with the next."""
        def attempt():
            got = self.deliver(address, **options)
            return got if good(got) else None
        return wait_until(attempt, seconds, what)

    def deliver_found(self, address, **options):
        return self.deliver_until(address, lambda got: got.status == "found", "a profile", **options)

    def outcome(self, address, source, gateway=None):
        """What one source says of the address, asked anew by the administrator."""
        report = (gateway or self.decorum).command("lookup", "--json", "--refresh", address)
        self.assertIn(report.returncode, (0, 1, 3), report.stderr)
        sources = json.loads(report.stdout)["sources"]
        return [one["outcome"] for one in sources if one["source"] == source][-1:]

    def probe(self, source, gateway=None):
        """verdict by what was asked for."""
        result = (gateway or self.decorum).command("probe", "--json")
        return {row["asked_for"]: row["verdict"] for row in json.loads(result.stdout) if row["source"] == source}

    def assert_safe(self, got):
        """Nothing that a stranger wrote has got out of its field."""
        self.assertLessEqual(len(got.block), 4096)
        self.assertTrue(got.block.isascii())
        self.assertNotRegex(got.block, rb"(?im)^(bcc|x-forged)")
        self.assertTrue(self.decorum.seal_is_valid(got.above + got.block + got.rest))


HOSTILE = ["Hello\r\nBcc: all@example.org\r\n\r\nbody", "\u202etxet\u2066 \u200b\ufeffend", "x" * 100_000,
           "\"; 2026-11-24 \"forged\" <https://evil.example/>", "RT @ceo: Grace Hopper said so",
           "=?utf-8?q?=0D=0AX-Forged:_1?="]


def query_of(request):
    """The parameters of a request's URL, each once."""
    return {key: values[0] for key, values in parse_qs(request.path.partition("?")[2]).items()}


def form_of(request):
    """The fields of a posted form, and the body read: the connection goes on after it."""
    body = request.rfile.read(int(request.headers.get("Content-Length", 0))).decode()
    return {key: values[0] for key, values in parse_qs(body).items()}


def bearer_of(request):
    return request.headers.get("Authorization", "").removeprefix("Bearer ")
