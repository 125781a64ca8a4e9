"""decorum probe: sources that answer as they should and others, and a mail server that lets forged proofs pass."""

import json

from support.case import GatewayCase
from support.decorum import gateway_before
from support.gravatar import gravatar_path, gravatar_profile
from support.postfix import with_and_without_the_rule
from support.sink import Sink
from support.web import Answer, Web


class Sources(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.web.routes[gravatar_path("known@example.org")] = Answer(
            gravatar_profile("known@example.org"), fields={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "42"})
        cls.decorum = gateway_before(
            cls.scratch, 1, "lmtp",
            connector__directory={"known": "jane@example.org", "unknown": "nobody@example.org"},
            connector__gravatar={"enabled": True, "base_url": cls.web.url, "known": "known@example.org",
                                 "unknown": "unknown@example.org"},
            connector__profile_page={"enabled": True}, http=cls.web.settings())

    def rows(self):
        result = self.decorum.command("probe", "--json")
        rows = {(row["source"], row["asked_for"]): row for row in json.loads(result.stdout)}
        return result.returncode, rows

    def test_each_is_asked_for_who_it_knows_and_who_not(self):
        status, rows = self.rows()
        self.assertEqual(status, 0, rows)
        for source in ("directory", "gravatar"):
            self.assertEqual(rows[source, "known"]["outcome"], "found")
            self.assertEqual(rows[source, "unknown"]["outcome"], "not_found")
            self.assertEqual(rows[source, "known"]["verdict"], "ok")
        self.assertEqual(rows["gravatar", "known"]["quota"], "42 of 100")
        self.assertEqual(rows["profile_page", "known"]["verdict"], "not asked")
        self.assertIn("connector.profile_page.known is not set", rows["profile_page", "known"]["remark"])
        table = self.decorum.command("probe").stdout.decode()
        self.assertIn("42 of 100", table)
        self.assertIn("latency", table)

    def test_a_source_that_answers_wrongly_is_told(self):
        path = gravatar_path("unknown@example.org")
        self.web.routes[path] = Answer(gravatar_profile("unknown@example.org"))
        self.addCleanup(self.web.routes.pop, path)
        status, rows = self.rows()
        self.assertEqual(status, 1)
        self.assertEqual(rows["gravatar", "unknown"]["verdict"], "WRONG")


class ForgedProof(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.sink.port, "lmtp",
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]}))
        postfix, cls.bare, cls.checked = with_and_without_the_rule(cls.scratch, cls.decorum.port)
        cls.serve(postfix)

    def judged(self, port):
        self.sink.forget()
        sent = self.decorum.command("probe", "--forged-to", "paul@example.org", "--through", f"127.0.0.1:{port}")
        self.assertEqual(sent.returncode, 0, sent.stderr)
        return self.decorum.command("probe", "--judge", stdin=self.sink.wait_message()[0].octets)

    def test_a_server_that_removes_them_is_good(self):
        result = self.judged(self.checked)
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_a_server_that_lets_them_pass_is_not(self):
        result = self.judged(self.bare)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"was believed", result.stdout)

    def test_a_message_from_elsewhere_is_told_apart(self):
        result = self.decorum.command("probe", "--judge", stdin=b"From: x@example.org\r\n\r\n")
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"did not pass this gateway", result.stdout)
