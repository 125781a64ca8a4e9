"""The metrics' port: what is counted, who may not hold it up, and that dashboard and alerts name what there is."""

import json
import re
import socket
import subprocess
import threading

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client, stuffed
from support.decorum import PEOPLE, Decorum, gateway_before
from support.dovecot import Dovecot
from support.gravatar import gravatar_path, gravatar_profile
from support.imap_client import ImapClient
from support.mail_case import declared
from support.messages import authenticated, message
from support.metrics import Scrape, exchange, get
from support.scratch import ROOT, free_port, port_is_open, wait_until
from support.sink import Sink
from support.web import Answer, Web

CHARTER = """
format = 1
languages = ["en"]
[title]
en = "Charter"
[[rule]]
id = "loyalty"
categories = ["disparagement", "harassment"]
severity = 2
action = "notice"
[rule.sentence]
en = "We don't demean anybody."
"""

# Who and what occurs in these tests: none of it may stand in a scrape.
PERSONAL = ("jane", "martin", "paul", "petit", "ines", "roy", "gil", "rudi", "acme", "hr director", "buyer", "lyon", "moron",
            "example.org>", "@", "127.0.0.1", "laptop.example", "sample")


class Counted(GatewayCase):
    """Everything at once: SMTP with TLS, LMTP, IMAP, outbound, notices, a source that answers and one that fails."""

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink())
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.pem, cls.key = certificate(cls.scratch)
        cls.metrics = free_port()
        registry = cls.scratch.write("registry.toml", declared("rudi@example.org", "web", "", f"{cls.web.url}/rudi"))
        cls.web.routes["/rudi"] = Answer('<html><body><div class="h-card"><span class="p-name">Rudi</span>'
                                         '<p class="p-note">My boss is a complete moron.</p></div></body></html>')
        for known in ("ines@known.example", "roy@known.example"):
            cls.web.routes[gravatar_path(known)] = Answer(
                gravatar_profile(known),
                fields={"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "42", "X-RateLimit-Reset": "3600"})
        cls.web.routes[gravatar_path("gil@failing.example")] = Answer("broken", 500)
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"mx": {"protocol": "smtp", "policy": "inbound", "upstream": "next", "tls": "starttls",
                    "certificate": cls.pem, "private_key": cls.key, "max_connections_per_address": 5,
                    "deadline": "10s"},
             "delivery": {"protocol": "lmtp", "policy": "inbound", "upstream": "dovecot", "deadline": "10s"},
             "submission": {"protocol": "smtp", "policy": "outbound", "upstream": "next"},
             "read": {"protocol": "imap", "policy": "inbound", "upstream": "imap", "deadline": "10s"}},
            {"next": {"protocol": "smtp", "address": f"127.0.0.1:{cls.sink.port}"},
             "dovecot": {"protocol": "lmtp", "address": f"127.0.0.1:{cls.dovecot.lmtp_port}"},
             "imap": {"protocol": "imap", "address": f"127.0.0.1:{cls.dovecot.imap_port}"}},
            people=PEOPLE, annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]},
            connector__gravatar={"enabled": True, "base_url": cls.web.url},
            connector__profile_page={"enabled": True}, registry={"file": registry},
            outbound={"domains": ["example.org"], "charter": cls.scratch.write("charter.toml", CHARTER)},
            notice={"from": "Decorum <decorum@example.org>", "upstream": "next", "rate": "20/s"},
            limits={"errors": 3, "recipients": 5, "message_size": "64KiB"}, lookup={"new_addresses": 1000},
            imap={"annotate": True}, http=cls.web.settings(), metrics={"bind": f"127.0.0.1:{cls.metrics}"}))

        # Something of each kind, so that no test needs another one.
        for listener, sender in (("mx", "jane@example.org"), ("mx", "ines@known.example"), ("delivery", "jane@example.org"),
                                 ("submission", "rudi@example.org")):
            with Client(cls.decorum.ports[listener]) as client:
                client.ehlo("LHLO" if listener == "delivery" else "EHLO")
                client.deliver(authenticated(sender), sender=sender, lmtp=listener == "delivery")
        cls.dovecot.messages(at_least=1)
        with ImapClient(cls.decorum.ports["read"]) as imap:
            imap.login()

    def scrape(self):
        return Scrape(self.metrics)

    def client(self, listener, source=None):
        client = Client(self.decorum.ports[listener], source=source)
        self.addCleanup(client.close)
        client.ehlo("LHLO" if listener == "delivery" else "EHLO")
        return client

    def assert_rises(self, before, by, name, /, **labels):
        """Exactly so much, once the gateway has counted it."""
        had = before.value(name, **labels) or 0
        wait_until(lambda: (self.scrape().value(name, **labels) or 0) >= had + by, 20, f"{name} {labels} by {by}")
        self.assertEqual(self.scrape().value(name, **labels), had + by, (name, labels))

    def test_messages_by_verdict_and_status(self):
        before = self.scrape()
        with self.client("mx") as client:
            self.assertEqual(client.deliver(authenticated("jane@example.org")).code, 250)
            self.assertEqual(client.deliver(message()).code, 250)                     # nobody vouches for it
            self.sink.on["end"] = b"450 4.2.0 later"
            self.assertEqual(client.deliver(message()).code, 450)
            self.sink.on["end"] = b"550 5.7.1 no"
            self.assertEqual(client.deliver(message()).code, 550)
            self.sink.on.clear()
            self.sink.on["RCPT"] = b"550 5.1.1 no"
            self.assertEqual(client.envelope()[1].code, 550)
            self.sink.on.clear()
            client.command("RSET")
            client.envelope()
            client.command("DATA")
            client.send(b"From: jane@example.org\r\n\r\nhalf")
        self.assert_rises(before, 2, "decorum_messages_total", listener="mx", verdict="accepted")
        self.assert_rises(before, 1, "decorum_messages_total", listener="mx", verdict="deferred")
        self.assert_rises(before, 1, "decorum_messages_total", listener="mx", verdict="refused")
        self.assert_rises(before, 1, "decorum_messages_total", listener="mx", verdict="aborted")
        self.assert_rises(before, 1, "decorum_annotations_total", listener="mx", status="found")
        self.assert_rises(before, 3, "decorum_annotations_total", listener="mx", status="unauthenticated")
        self.assert_rises(before, 1, "decorum_recipients_total", listener="mx", verdict="refused")
        self.assert_rises(before, 5, "decorum_recipients_total", listener="mx", verdict="accepted")
        self.assert_rises(before, 4, "decorum_upstream_reply_seconds_count", listener="mx", to="message")
        after = self.scrape()
        self.assertGreater(after.value("decorum_command_seconds_count", listener="mx"),
                           before.value("decorum_command_seconds_count", listener="mx"))
        self.assertGreater(after.value("decorum_message_bytes_total", listener="mx"),
                           before.value("decorum_message_bytes_total", listener="mx"))
        self.assertGreater(after.value("decorum_lookup_wait_seconds_count"),
                           before.value("decorum_lookup_wait_seconds_count"))
        self.assertGreaterEqual(after.value("decorum_annotation_seconds_count"),
                                before.value("decorum_annotation_seconds_count") + 4)

    def test_sessions_open_and_begun(self):
        before = self.scrape()
        with self.client("delivery"):
            self.assert_rises(before, 1, "decorum_sessions_total", listener="delivery", protocol="lmtp")
            self.assert_rises(before, 1, "decorum_sessions", listener="delivery")
            self.assert_rises(before, 1, "decorum_connections_total", listener="delivery")
        wait_until(lambda: self.scrape().value("decorum_sessions", listener="delivery") == 0, 20, "the session's end")

    def test_tls(self):
        before = self.scrape()
        with self.client("mx") as client:
            client.starttls()
            client.ehlo()
        self.assert_rises(before, 1, "decorum_tls_handshakes_total", side="listener", name="mx", outcome="done")
        with self.client("mx") as client:
            client.command("STARTTLS")
            client.send(b"this is no handshake\r\n" * 20)
            self.assertTrue(client.is_closed())
        self.assert_rises(before, 1, "decorum_tls_handshakes_total", side="listener", name="mx", outcome="failed")
        end = subprocess.run(["openssl", "x509", "-in", str(self.pem), "-noout", "-enddate", "-dateopt", "iso_8601"],
                             capture_output=True, text=True, check=True).stdout.strip().partition("=")[2]
        expected = subprocess.run(["date", "-u", "-d", end, "+%s"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(before.value("decorum_tls_certificate_expiry_timestamp_seconds", listener="mx"),
                         float(expected))

    def test_limits_by_name(self):
        before = self.scrape()
        with self.client("mx") as client:
            for _ in range(3):
                client.command("NONSENSE")
            self.assertTrue(client.is_closed())
        with self.client("mx") as client:
            client.envelope(recipients=[f"u{number}@example.org" for number in range(6)])
            self.assertEqual(client.data(message(body=b"x" * 70 + b"\r\n" * 70_000)).code, 552)
        self.assert_rises(before, 1, "decorum_limits_hit_total", listener="mx", limit="limits.errors")
        self.assert_rises(before, 1, "decorum_limits_hit_total", listener="mx", limit="limits.recipients")
        self.assert_rises(before, 1, "decorum_limits_hit_total", listener="mx", limit="limits.message_size")
        codes = []
        for _ in range(7):
            client = Client(self.decorum.ports["mx"], source="127.0.0.7")
            self.addCleanup(client.close)
            codes.append(client.greeting.code)
        self.assertEqual(codes, [220] * 5 + [421] * 2)
        self.assert_rises(before, 2, "decorum_connections_refused_total", listener="mx",
                          reason="max_connections_per_address")

    def test_sources_by_outcome_and_their_quota(self):
        before = self.scrape()
        with self.client("mx") as client:
            self.assertEqual(client.deliver(authenticated("roy@known.example")).code, 250)
            self.assertEqual(client.deliver(authenticated("gil@failing.example")).code, 250)
            self.assertEqual(client.deliver(authenticated("roy@known.example")).code, 250)
        self.assert_rises(before, 1, "decorum_source_questions_total", source="gravatar", outcome="found")
        self.assert_rises(before, 1, "decorum_source_questions_total", source="gravatar", outcome="failed")
        self.assert_rises(before, 2, "decorum_source_answer_seconds_count", source="gravatar")
        self.assert_rises(before, 1, "decorum_annotations_total", listener="mx", status="unavailable")
        after = self.scrape()
        self.assertEqual(after.value("decorum_source_quota_left", source="gravatar"), 42)
        self.assertEqual(after.value("decorum_source_quota_limit", source="gravatar"), 100)
        self.assertGreater(after.value("decorum_cache_requests_total", result="hit"),
                           before.value("decorum_cache_requests_total", result="hit"))
        self.assertGreater(after.value("decorum_cache_requests_total", result="miss"),
                           before.value("decorum_cache_requests_total", result="miss"))
        self.assertGreater(after.value("decorum_store_seconds_count"), 0)
        self.assertEqual(after.value("decorum_store_failures_total"), 0)
        self.assertEqual(after.value("decorum_store_stands_in"), 0)

    def test_imap_fetches(self):
        before = self.scrape()
        with ImapClient(self.decorum.ports["read"]) as imap:
            imap.login()
            imap.select()
            imap.command("UID FETCH 1:* (UID BODY.PEEK[])")
        after = self.scrape()
        shown = sum(after.value("decorum_imap_blocks_total", block=block) -
                    before.value("decorum_imap_blocks_total", block=block) for block in ("annotated", "kept", "neutral"))
        self.assertGreaterEqual(shown, 1)
        self.assertGreater(after.value("decorum_imap_commands_total", listener="read"),
                           before.value("decorum_imap_commands_total", listener="read"))
        self.assert_rises(before, 1, "decorum_upstream_connections_total", upstream="imap", outcome="opened")

    def test_outbound_and_notices(self):
        before = self.scrape()

        def told():
            with self.client("submission") as client:
                self.assertEqual(client.deliver(message("Rudi <rudi@example.org>"), sender="rudi@example.org",
                                                recipients=["anna@elsewhere.example"]).code, 250)
            return self.scrape().value("decorum_outbound_total", action="notice", outcome="warned")
        wait_until(told, 60, "a finding")
        self.assert_rises(before, 1, "decorum_notices_total", event="queued")
        self.assert_rises(before, 1, "decorum_notices_total", event="sent")
        # His answer, under a token that isn't his: refused, and counted.
        letter = next(one for one in self.sink.wait_message() if b"decorum+" in one.octets)
        to = re.search(rb"decorum\+[A-Za-z0-9_.-]+@example\.org", letter.octets.replace(b"=\r\n", b"")).group().decode()
        with self.client("mx") as client:
            client.envelope("jane@example.org", [to])
            client.data(authenticated("jane@example.org", body=b"ACK\r\n"))
        self.assert_rises(before, 1, "decorum_notice_replies_total", outcome="not_theirs")

    def test_an_upstream_that_is_lost(self):
        before = self.scrape()
        self.sink.on["RCPT"] = "vanish"
        self.addCleanup(self.sink.on.clear)
        with self.client("mx") as client:
            self.assertEqual(client.envelope()[1].code, 451)
        self.assert_rises(before, 1, "decorum_upstream_lost_total", upstream="next")
        self.assertEqual(self.scrape().value("decorum_upstream_up", upstream="next"), 1)
        self.assertGreaterEqual(self.scrape().value("decorum_upstream_connect_seconds_count", upstream="next"), 1)

    def test_nothing_personal_and_all_by_the_rules_of_prometheus(self):
        scrape = self.scrape()
        text = scrape.text.lower()
        for word in PERSONAL:
            self.assertNotRegex(text, rf"(?<![a-z]){re.escape(word)}(?![a-z])")
        done = subprocess.run(["promtool", "check", "metrics"], input=scrape.text, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        self.assertEqual(scrape.value("decorum_build_info"), 1)
        for name in ("process_resident_memory_bytes", "process_open_fds", "process_cpu_seconds_total"):
            self.assertGreater(scrape.value(name), 0)
        for name, kind in scrape.types.items():
            self.assertEqual(kind == "counter", name.endswith("_total"), name)

    def test_dashboard_and_alerts_name_what_there_is(self):
        names = self.scrape().names()
        dashboard = json.loads((ROOT / "config/grafana.json").read_text())
        shown = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
        queries = [variable["query"]["query"] for variable in dashboard["templating"]["list"]
                   if variable["type"] == "query"]
        alerts = (ROOT / "config/alerts.yml").read_text()
        for text in [*shown, *queries, alerts]:
            for name in re.findall(r"\b(?:decorum|process)_[a-z_]+", text):
                self.assertIn(name, names, text)
        families = {name for name in self.scrape().types if name.startswith("decorum_")}
        missing = {name for name in families if not any(name in text for text in shown)}
        self.assertEqual(missing, set(), "not on the dashboard")
        self.assertEqual(len({panel["id"] for panel in dashboard["panels"]}), len(dashboard["panels"]))

        def check(path):
            done = subprocess.run(["promtool", "check", "rules", str(path)], capture_output=True, text=True,
                                  timeout=60, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        check(ROOT / "config/alerts.yml")
        # The dashboard's queries are PromQL once Grafana has filled them in.
        filled = [re.sub(r"\$(instance|listener)", ".*", one.replace("$__rate_interval", "5m")) for one in shown]
        rules = [{"record": f"x:{number}", "expr": one} for number, one in enumerate(filled)]
        check(self.scratch.write("dashboard-rules.yml",
                                 json.dumps({"groups": [{"name": "dashboard", "rules": rules}]})))


class Port(GatewayCase):
    """What hostile clients get of the port, and what a gateway that drains says there."""

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())

    def gateway(self, **sections):
        self.metrics = free_port()
        return self.serve_here(gateway_before(self.scratch, self.sink.port, name=self._testMethodName,
                                              metrics={"bind": f"127.0.0.1:{self.metrics}"}, **sections))

    def test_hostile_requests(self):
        self.gateway()
        port = self.metrics
        host = b" HTTP/1.1\r\nHost: x\r\n\r\n"
        for octets, status in ((b"POST /metrics" + host, 405), (b"GET /../etc/passwd" + host, 404), (b"GET /" + host, 404),
                               (b"GET /metrics HTTP/1.1\r\n\r\n", 400), (b"GET /metrics HTTP/1.1\nHost: x\n\n", 400),
                               (b"EHLO there\r\n", 400), (b"\x16\x03\x01\x00\xa5\x01\x00\x00", 400),
                               (b"GET /" + b"a" * 60_000, 414),
                               (b"GET /metrics HTTP/1.1\r\n" + b"X-A: b\r\n" * 5000, 431),
                               (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505)):
            with self.subTest(octets=octets[:40]):
                answer = exchange(port, octets)
                self.assertTrue(answer.startswith(b"HTTP/1.1 %d " % status), answer[:200])
                self.assertIn(b"\r\nConnection: close\r\n", answer)
                self.assertNotIn(b"etc/passwd", answer)
        self.assertEqual(get(port, "/health")[0], 200)
        self.assertEqual(get(port, "/metrics", "HEAD")[2], "")

    def test_a_crowd_that_says_nothing_keeps_nobody_out(self):
        self.gateway()
        crowd = [socket.create_connection(("127.0.0.1", self.metrics), 20) for _ in range(60)]
        for one in crowd:
            self.addCleanup(one.close)
        crowd[-1].sendall(b"GET /met")
        self.assertEqual(get(self.metrics, "/health")[0], 200)
        self.assertGreater(Scrape(self.metrics).value("process_open_fds"), 0)

    def test_health_while_draining(self):
        decorum = self.gateway(gateway={"drain": "20s"})
        status, _, text = get(self.metrics, "/health")
        self.assertEqual((status, text), (200, "ok\n"))
        self.assertEqual(Scrape(self.metrics).value("decorum_draining"), 0)
        octets = stuffed(message())
        with Client(decorum.port) as client:
            client.ehlo()
            client.envelope()
            client.command("DATA")
            client.send(octets[:50])
            self.sink.wait(lambda: any(one.mail for one in self.sink.sessions), 20, "the transaction at the sink")
            ended = []
            thread = threading.Thread(target=lambda: ended.append(decorum.terminate(40)))
            thread.start()
            wait_until(lambda: get(self.metrics, "/health")[0] == 503, 20, "503")
            self.assertEqual(get(self.metrics, "/health")[2], "draining\n")
            scrape = Scrape(self.metrics)
            self.assertEqual(scrape.value("decorum_draining"), 1)
            self.assertEqual(scrape.value("decorum_sessions", listener="main"), 1)
            client.send(octets[50:])
            self.assertEqual(client.reply().code, 250)
        thread.join(40)
        self.assertEqual(ended, [0])
        self.assertFalse(port_is_open(self.metrics))

    def test_an_upstream_that_is_down(self):
        self.sink.stop()
        self.addCleanup(self.sink.start)
        self.gateway()
        wait_until(lambda: Scrape(self.metrics).value("decorum_upstream_up", upstream="next") == 0, 20, "down")
        self.assertGreaterEqual(Scrape(self.metrics).value("decorum_upstream_connections_total", outcome="failed"), 1)

    def test_without_a_bind_there_is_no_port(self):
        decorum = self.serve_here(gateway_before(self.scratch, self.sink.port, name="without"))
        self.assertFalse(any("listener=metrics" in line for line in decorum.log))

    def test_a_bind_that_is_taken_keeps_the_gateway_from_starting(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            decorum = gateway_before(self.scratch, self.sink.port, name="taken", metrics={"bind": f"127.0.0.1:{port}"})
            done = subprocess.run([decorum.binary, "run", "-c", str(decorum.file)], capture_output=True, text=True,
                                  timeout=60, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(f"127.0.0.1:{port}", done.stderr)
