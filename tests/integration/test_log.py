"""The operational log: one line a session, with each field that the README names, and nothing of what was written."""

import asyncio
import json
import re
import time

from support.case import GatewayCase
from support.client import Client, stuffed
from support.decorum import gateway_before
from support.gravatar import gravatar_path, gravatar_profile
from support.messages import Annotated, authenticated
from support.sink import Sink
from support.web import Answer, Web

INES = "ines@shown.example"
WORDS = ("Tangerine", "turquoise", "giraffes", "Ines Roy", "Buyer", "Example Ltd")   # subject, text, what was looked up
BODY = b"Meet the turquoise\r\n.giraffes\r\n..\r\n"
LOOKUP, VERDICT = 0.15, 0.25   # seconds that the source takes, and the mail server for each recipient's verdict


class Text(GatewayCase):
    format = "text"

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink("lmtp"))
        cls.decorum = cls.serve(gateway_before(
            cls.scratch, cls.sink.port, "lmtp", listener={"deadline": "20s"},
            log={"format": cls.format}, http=cls.web.settings(),
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]},
            connector__gravatar={"enabled": True, "base_url": cls.web.url}))

    @staticmethod
    def fields(line):
        """A line's fields, of which numbers are numbers."""
        def value(text):
            return json.loads(text) if re.fullmatch(r'".*"|-?\d+', text) else text
        when, level, rest = line.split(" ", 2)
        pairs = r'(\w+)=("(?:[^"\\]|\\.)*"|[^\s"=\\]+)'
        assert re.fullmatch(rf"{pairs}( {pairs})*", rest), line
        return {"time": when, "level": level, **{key: value(text) for key, text in re.findall(pairs, rest)}}

    @staticmethod
    def looked_up(_):
        time.sleep(LOOKUP)
        return Answer(gravatar_profile(INES))

    @staticmethod
    async def verdict(*_):
        await asyncio.sleep(VERDICT)
        return b"250 2.0.0 kept"

    def test_a_sessions_line_has_every_field_and_no_word_of_the_message(self):
        sent = authenticated(INES, body=BODY).replace(b"Subject: sample", b"Subject: Tangerine")
        self.web.routes[gravatar_path(INES)] = self.looked_up
        self.sink.on = {"end": self.verdict}
        began = time.monotonic()
        with Client(self.decorum.port) as client:
            port = client.socket.getsockname()[1]
            client.lhlo()
            for reply in client.deliver(sent, recipients=["paul@example.org", "anna@example.org"], lmtp=True):
                self.assertEqual(reply.code, 250)
            client.command("QUIT")
            self.assertTrue(client.is_closed())
        self.decorum.stop()   # so that each line has come
        taken = (time.monotonic() - began) * 1000
        self.assertEqual(Annotated(self.sink.accepted()[0].octets).status, "found")

        (line,) = [one for one in map(self.fields, self.decorum.log) if one["event"] == "session"]
        self.assertRegex(line.pop("time"), r"\A\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z\Z")
        self.assertRegex(line.pop("session"), r"\A\d+-1\Z")
        total, lookup, upstream = (line.pop(name) for name in ("total_ms", "lookup_ms", "upstream_ms"))
        self.assertEqual(line, {
            "level": "info", "event": "session", "listener": "main", "client": f"127.0.0.1:{port}", "tls": "no",
            "messages": 1, "recipients": 2, "refused": 0, "status": "found:1", "source": "gravatar",
            "octets": len(stuffed(sent)) - len(b".\r\n"), "end": "quit"})
        self.assertEqual({type(one) for one in (total, lookup, upstream)}, {int})
        self.assertGreaterEqual(lookup, LOOKUP * 1000 - 10)
        self.assertGreaterEqual(upstream, 2 * VERDICT * 1000 - 10)
        self.assertGreaterEqual(total, lookup + upstream - 10)
        self.assertLessEqual(total, taken)
        for word in WORDS:
            self.assertNotIn(word.lower(), "\n".join(self.decorum.log).lower())


class Json(Text):
    format = "json"

    @staticmethod
    def fields(line):
        return json.loads(line)
