"""The base of tests of notices: people with pages of their own that say something bad, and the gateway's letters."""

import json

from .case import GatewayCase
from .decorum import Decorum
from .outbound import RANT, assessing, charter, page, parsed, path_of
from .web import Web

GATEWAY = "decorum@example.org"


def parts(octets):
    """The text and the HTML of a letter."""
    letter = parsed(octets)
    return tuple(letter.get_body((kind,)).get_content() for kind in ("plain", "html"))


class NoticeCase(GatewayCase):
    people = ("jane@example.org",)
    notice = {}
    rules = charter()

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))

    def gateway(self, upstream_port, listeners, upstreams, upstream_protocol="smtp", **sections):
        folder = self.scratch.folder(self._testMethodName)
        for one in self.people:
            self.web.routes[path_of(one)] = page(RANT)
        return self.serve_here(Decorum(
            self.scratch, listeners,
            {"letters": {"protocol": upstream_protocol, "address": f"127.0.0.1:{upstream_port}"}, **upstreams},
            people="", name=f"{self._testMethodName}/gateway",
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]}, lookup={"new_addresses": 1000},
            notice={"from": f"Decorum <{GATEWAY}>", "upstream": "letters", "retry": "2s", "rate": "20/s",
                    **self.notice},
            **{**assessing(self.web, folder, self.rules, self.people), **sections}))

    def listed(self, *words):
        done = self.decorum.command("notice", "list", "--json", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def assessed(self, address="jane@example.org"):
        done = self.decorum.command("assess", "--json", address)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def wait_for_log(self, *words, start=0):
        return self.decorum.wait_for_log(*words, start=start)
