"""Several nodes: two gateways and one Redis, which is secured, away, replaced by its replica, behind a balancer."""

import base64
import itertools
import json
import os
import re
import socket
import subprocess
import threading
import time

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client
from support.decorum import Decorum, gateway_before
from support.dovecot import Dovecot
from support.gravatar import gravatar_path, gravatar_profile
from support.messages import Annotated, authenticated
from support.metrics import Scrape
from support.outbound import FINE, PASSED, RANT, REFUSED, assessing, charter, page, swaks
from support.postfix import Postfix, only_with_a_login
from support.process import Process
from support.redis import Redis, Sentinel, shared_keys
from support.scratch import ROOT, free_port, port_is_open, wait_until
from support.sink import Sink
from support.web import Answer, Web

_number = itertools.count(1)


def sender():
    """An address on a domain of its own, so that no test spends another's budget."""
    return f"ines@r{next(_number)}.example"


class NodesCase(GatewayCase):
    """Gateways before one sink, Gravatar on a web server, one Redis."""

    names = ("one", "two")

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink("lmtp"))
        cls.shared = shared_keys(cls.scratch)
        cls.prepare_store()
        cls.nodes = [cls.serve(cls.gateway(name)) for name in cls.names]

    @classmethod
    def prepare_store(cls):
        cls.redis = cls.serve(Redis(cls.scratch))
        cls.store = {"url": f"redis://127.0.0.1:{cls.redis.port}"}

    @classmethod
    def gateway(cls, name, **sections):
        tables = {
            "annotate": {"require": "authenticated", "authserv_ids": ["mx.example.org"], "face": False,
                         **cls.shared["annotate"]},
            "connector__gravatar": {"enabled": True, "base_url": cls.web.url, "rate": "100000/h"},
            "cache": {"positive": "1h"},
            "lookup": {"new_addresses": 100000, "breaker_failures": 1000},
            "http": cls.web.settings(),
            "store": {**cls.shared["store"], **cls.store},
        }
        for section, keys in sections.items():
            tables[section] = {**tables.get(section, {}), **keys}
        return gateway_before(cls.scratch, cls.sink.port, "lmtp", name=name, **tables)

    def known(self, address, **more):
        self.web.routes[gravatar_path(address)] = Answer(gravatar_profile(address, **more))

    def asked(self, address):
        return [path.partition("?")[0] for path in self.web.paths()].count(gravatar_path(address))

    def deliver(self, node, address):
        sent = authenticated(address)
        identity = re.search(rb"(?im)^message-id:[^\n]*", sent).group().strip()
        with Client(node.port) as client:
            client.lhlo()
            (verdict,) = client.deliver(sent, lmtp=True)
            self.assertEqual(verdict.code, 250)
        def arrived():
            return next((one for one in self.sink.complete() if identity in one.octets), None)
        return Annotated(self.sink.wait(arrived, what="the message").octets)

    def deliver_until(self, node, address, good, what="a profile", seconds=60):
        def attempt():
            got = self.deliver(node, address)
            return got if good(got) else None
        return wait_until(attempt, seconds, what)

    def found(self, node, address):
        return self.deliver_until(node, address, lambda got: got.status == "found")


class TwoGateways(NodesCase):
    def files_hold(self, octets):
        for path in self.redis.folder.rglob("*"):
            try:
                if path.is_file() and octets in path.read_bytes():
                    return True
            except FileNotFoundError:   # Redis removes it just now
                pass
        return False

    def test_what_one_looked_up_the_other_knows(self):
        address = sender()
        self.known(address)
        first = self.found(self.nodes[0], address)
        second = self.found(self.nodes[1], address)
        self.assertEqual(first.fields["Sender-Profile"], second.fields["Sender-Profile"])
        self.assertEqual(self.asked(address), 1)

    def test_a_source_is_asked_once_however_many_ask_at_both(self):
        for _ in range(3):
            address = sender()
            path = gravatar_path(address)
            begun = []
            def slowly(_request, address=address, begun=begun):
                begun.append(1)
                time.sleep(1)   # others come meanwhile
                return Answer(gravatar_profile(address))
            self.web.routes[path] = slowly
            threads = [threading.Thread(target=self.found, args=(self.nodes[number % 2], address))
                       for number in range(6)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(begun), 1)

    def test_a_seal_of_one_is_good_at_the_other(self):
        address = sender()
        self.known(address)
        got = self.found(self.nodes[0], address)
        self.assertTrue(self.nodes[1].seal_is_valid(got.above + got.block + got.rest))

    def test_whoever_is_forgotten_at_one_is_forgotten_at_both(self):
        address = sender()
        self.known(address, display_name="Unmistakable Name")
        for node in self.nodes:
            self.found(node, address)
        self.assertTrue(self.files_hold(b"Unmistakable"))
        before = len(self.redis.keys("versions"))
        done = self.nodes[0].command("forget", address)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"1 shown version", done.stdout)
        self.assertEqual(len(self.redis.keys("versions")), before - 1)
        for node in self.nodes:
            self.deliver_until(node, address, lambda got: got.status == "opted-out", "what was asked for")
        wait_until(lambda: not self.files_hold(b"Unmistakable"), 30, "files without the name")

    def test_whoever_opts_out_at_one_is_shown_at_neither(self):
        address = sender()
        self.known(address)
        self.found(self.nodes[1], address)
        done = self.nodes[0].command("optout", "add", address)
        self.assertEqual(done.returncode, 0, done.stderr)
        for node in self.nodes:
            self.deliver_until(node, address, lambda got: got.status == "opted-out", "what was asked for")
            wait_until(lambda: address.encode() in node.command("optout", "list").stdout, 30, "its list")
        other = sender()
        self.assertEqual(self.nodes[1].command("optout", "add", other).returncode, 0)
        self.assertIn(other.encode(), self.nodes[1].command("optout", "list").stdout)
        wait_until(lambda: other.encode() in self.nodes[0].command("optout", "list").stdout, 30, "the other's list")


# ctest: timeout=400
class History(NodesCase):
    """Answers that are stale at once, so that each message may bring a new version."""

    @classmethod
    def gateway(cls, name, **sections):
        return super().gateway(name, cache={"positive": "1s", "activities": "1s"}, **sections)

    def test_both_go_on_to_a_new_version_which_is_kept_once(self):
        address = sender()
        for job in ("Buyer", "Director"):
            self.known(address, job_title=job)
            shown = {self.deliver_until(node, address, lambda got, job=job: job in got.fields.get("Sender-Profile", ""),
                                        job, seconds=150).fields["Sender-Profile"] for node in self.nodes}
            self.assertEqual(len(shown), 1, shown)
        histories = [self.redis.cli("LRANGE", key, 0, -1) for key in self.redis.keys("versions")]
        # The other person's has never changed.
        self.assertEqual(sorted(map(len, histories)), [1, 2])
        (lines,) = [history for history in histories if len(history) == 2]
        times = [int(line.split()[0]) for line in lines]
        self.assertEqual(times, sorted(set(times)))


# ctest: timeout=600
class Away(NodesCase):
    def test_mail_flows_while_redis_is_away_and_state_is_shared_again_after(self):
        known = sender()
        self.known(known)
        for node in self.nodes:
            self.found(node, known)
        stop = threading.Event()
        statuses, failures = [], []

        def load(node):
            while not stop.is_set():
                address = known if len(statuses) % 2 else sender()
                try:
                    statuses.append(self.deliver(node, address).status)
                except BaseException as error:  # pylint: disable=broad-except
                    failures.append(error)
                    return
        threads = [threading.Thread(target=load, args=(node,)) for node in self.nodes for _ in range(2)]
        for thread in threads:
            thread.start()

        def more(count=40):
            wait_until(lambda n=len(statuses) + count: failures or len(statuses) >= n, 120, "more mail")
        more()
        for _ in range(2):
            self.redis.kill()
            for node in self.nodes:
                node.wait_for_log("event=store_lost", seconds=60)
            more()
            self.redis.start()
            more()
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertLessEqual(set(statuses), {"found", "none", "pending", "unavailable"})
        self.assertEqual(len(self.sink.accepted()), len(self.sink.complete()))
        address = sender()
        self.known(address)
        self.found(self.nodes[0], address)
        self.found(self.nodes[1], address)
        self.assertEqual(self.asked(address), 1)
        self.assertEqual(self.asked(known), 1)


class AwayFromTheStart(NodesCase):
    names = ("one",)

    @classmethod
    def prepare_store(cls):
        cls.redis = Redis(cls.scratch)
        cls.store = {"url": f"redis://127.0.0.1:{cls.redis.port}"}

    def test_the_gateway_starts_without_it_and_takes_it_when_it_comes(self):
        (node,) = self.nodes
        address = sender()
        self.known(address)
        self.assertEqual(self.deliver(node, address).status, "unavailable")
        check = node.command("check")
        self.assertEqual(check.returncode, 0, check.stderr)
        self.assertIn(b"store.url: ", check.stderr)
        self.serve_here(self.redis)
        self.found(node, address)


class Full(NodesCase):
    """Redis is there and refuses."""

    names = ("one",)

    def test_the_log_says_why_nobody_is_shown(self):
        (node,) = self.nodes
        address = sender()
        self.known(address)
        self.redis.cli("CONFIG", "SET", "maxmemory", 1)
        self.assertEqual(self.deliver(node, address).status, "unavailable")
        node.wait_for_log("event=store_failed", "error=OOM")
        for _ in range(3):
            self.deliver(node, sender())
        self.assertEqual(sum("event=store_failed" in line for line in node.log), 1)
        self.redis.cli("CONFIG", "SET", "maxmemory", 0)
        self.found(node, address)


class Secured(NodesCase):
    PASSWORD = "correct-horse-battery"

    @classmethod
    def prepare_store(cls):
        cls.pem, key = certificate(cls.scratch, "redis.example.org")
        cls.redis = cls.serve(Redis(
            cls.scratch, "--user", "default", "off", "--user", "decorum", "on", f">{cls.PASSWORD}", "~decorum:*",
            "+@all", "-@dangerous", "+info", "+bgrewriteaof", "+bgsave", tls=(cls.pem, key)))
        cls.password = cls.scratch.write("password", cls.PASSWORD + "\n")
        cls.password.chmod(0o600)
        cls.store = {"url": f"rediss://127.0.0.1:{cls.redis.port}", "user": "decorum",
                     "password_file": cls.password, "ca_file": cls.pem}

    def test_over_tls_and_as_a_user_of_few_rights(self):
        address = sender()
        self.known(address)
        for node in self.nodes:
            self.assertEqual(node.command("check").returncode, 0)
            self.found(node, address)
        self.assertEqual(self.asked(address), 1)

    def test_faults_name_the_setting_and_stop_no_mail(self):
        wrong = self.scratch.write("wrong", "something else\n")
        wrong.chmod(0o600)
        stranger, _ = certificate(self.scratch, "stranger.example.org")
        for number, (key, value, named) in enumerate((
                ("password_file", wrong, "store.user, store.password_file"), ("ca_file", stranger, "store.ca_file"),
                ("tls_name", "other.example.org", "store.ca_file or store.tls_name"))):
            node = self.serve_here(self.gateway(f"faulty{number}", store={key: value}))
            node.wait_for_log("event=store_lost", named)
            self.assertNotIn("something else", "\n".join(node.log))
            address = sender()
            self.known(address)
            self.assertEqual(self.deliver(node, address).status, "unavailable")
            check = node.command("check")
            self.assertIn(named.encode(), check.stderr)
            self.assertEqual(check.returncode, 1, check.stderr)


# ctest: timeout=400
class Failover(NodesCase):
    @classmethod
    def prepare_store(cls):
        cls.redis = cls.serve(Redis(cls.scratch))
        cls.replica = cls.serve(Redis(cls.scratch, "--replicaof", "127.0.0.1", cls.redis.port))
        wait_until(lambda: "master_link_status:up" in cls.replica.cli("INFO", "replication"), 60, "a replica")
        cls.sentinel = cls.serve(Sentinel(cls.scratch, cls.redis))
        wait_until(lambda: cls.sentinel.cli("SENTINEL", "REPLICAS", "decorum"), 60, "the sentinel knows it")
        cls.store = {"url": "redis://", "sentinels": ["127.0.0.1:1", f"127.0.0.1:{cls.sentinel.port}"],
                     "master": "decorum"}

    def test_the_replica_goes_on_with_what_was_known(self):
        address = sender()
        self.known(address)
        self.found(self.nodes[0], address)
        known = set(self.redis.keys("versions"))
        self.assertTrue(known)
        wait_until(lambda: set(self.replica.keys("versions")) == known, 30, "the replica has it")
        starts = [len(node.log) for node in self.nodes]
        self.redis.kill()
        for node, start in zip(self.nodes, starts):
            node.wait_for_log("event=store_ready", f"127.0.0.1:{self.replica.port}", seconds=120, start=start)
        self.found(self.nodes[1], address)
        self.assertEqual(self.asked(address), 1)
        other = sender()
        self.known(other)
        self.found(self.nodes[0], other)
        self.found(self.nodes[1], other)
        self.assertEqual(self.asked(other), 1)

    def test_an_unknown_master_names_its_setting(self):
        check = self.gateway("unknown", store={"master": "other"}).command("check")
        self.assertEqual(check.returncode, 1)
        self.assertIn(b"store.master: ", check.stderr)


class Joining(NodesCase):
    """A gateway that was alone, with people who asked it to be left alone."""

    names = ("one",)

    def test_whoever_opted_out_or_was_forgotten_there_stays_so_everywhere(self):
        (one,) = self.nodes
        out, forgotten, here = sender(), sender(), sender()
        for address in (out, forgotten, here):
            self.known(address)
        self.assertEqual(one.command("optout", "add", here).returncode, 0)
        alone = self.gateway("two", store={"url": "sqlite:"})
        self.serve_here(alone)
        self.found(alone, forgotten)
        self.assertEqual(alone.command("optout", "add", out).returncode, 0)
        self.assertEqual(alone.command("forget", forgotten).returncode, 0)
        self.assertEqual(alone.terminate(), 0)
        self.found(one, out)   # nobody has told it
        joined = self.gateway("two")   # in the same folder
        self.serve_here(joined)
        joined.wait_for_log("event=erasures_carried")
        for node in (one, joined):
            wait_until(lambda node=node: {out, here} <= set(node.command("optout", "list").stdout.decode().split()), 60,
                       "one list")
            for address in (out, forgotten, here):
                self.deliver_until(node, address, lambda got: got.status == "opted-out", "what was asked for")
        joined.wait_for_log("event=shared_file_joined", "entries_added=1")


class Down(NodesCase):
    """What happened while a gateway was down."""

    def events(self, node, address):
        done = node.command("audit", "query", "--person", address, "--event", "annotation", "--format", "json")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_whoever_was_forgotten_meanwhile_is_nobody_in_its_audit_log(self):
        one, two = self.nodes
        address, other = sender(), sender()
        for each in (address, other):
            self.known(each)
            self.found(two, each)
        (name,) = {event["author"] for event in self.events(two, address)}
        self.assertTrue(self.events(two, other))
        self.assertEqual(two.terminate(), 0)
        done = one.command("forget", address)
        self.assertEqual(done.returncode, 0, done.stderr)
        two.start()
        wait_until(lambda: not self.events(two, address), 60, "an audit log in which he is nobody")
        self.assertTrue(self.events(two, other))
        self.deliver(two, address)
        (again,) = wait_until(lambda: {event["author"] for event in self.events(two, address)}, 30, "the message")
        self.assertNotEqual(again, name)
        # Once: later starts leave the new name alone.
        self.assertEqual(two.terminate(), 0)
        two.start()
        self.deliver(two, address)
        wait_until(lambda: len(self.events(two, address)) == 2, 30, "both messages under one name")


# ctest: slow
class Warned(GatewayCase):
    """Two gateways before one Postfix; Jane's linked page turns unprofessional."""

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink())
        cls.letters = cls.serve(Sink())
        cls.dovecot = cls.serve(Dovecot(cls.scratch, {"jane@example.org": "secret"}))
        mta = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {mta: only_with_a_login(cls.dovecot)},
                                        {"relayhost": f"[127.0.0.1]:{cls.sink.port}"}))
        cls.web.routes["/jane"] = page(FINE)
        redis = cls.serve(Redis(cls.scratch))
        shared = shared_keys(cls.scratch)
        key = cls.scratch.write("notice.key", base64.b64encode(os.urandom(32)).decode() + "\n")
        cls.nodes = []
        for name in ("one", "two"):
            folder = cls.scratch.folder(f"rules-{name}")
            cls.nodes.append(cls.serve(Decorum(
                cls.scratch, {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
                {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{mta}"},
                 "letters": {"protocol": "smtp", "address": f"127.0.0.1:{cls.letters.port}"}},
                people="", name=name, annotate=shared["annotate"],
                store={"url": f"redis://127.0.0.1:{redis.port}", **shared["store"]},
                notice={"from": "decorum@example.org", "upstream": "letters", "key_file": key, "retry": "2s"},
                **assessing(cls.web, folder, charter("confirm")))))

    def refused(self, node, subject):
        status, dialogue = swaks(node.port, "jane@example.org", "anna@elsewhere.example", Subject=subject)
        self.assertIn(status, (PASSED, REFUSED), dialogue)
        return status == REFUSED

    def test_what_one_refused_passes_at_the_other_and_one_notice_goes_out(self):
        one, two = self.nodes
        for node in self.nodes:
            self.assertFalse(self.refused(node, "while all is well"))
        self.web.routes["/jane"] = page(RANT)
        tries = itertools.count()
        wait_until(lambda: self.refused(one, f"first {next(tries)}"), 60, "a message that is refused")
        self.assertTrue(self.refused(one, "Offer"))
        refused_at = time.monotonic()
        wait_until(lambda: self.refused(two, f"second {next(tries)}"), 60, "the other sees it too")
        wait_until(self.letters.accepted, 20, "the notice")
        time.sleep(max(0.0, refused_at + 32 - time.monotonic()))   # until its time has come
        # Who was not looked at of late is let through without a verdict.
        wait_until(lambda: self.refused(two, f"third {next(tries)}"), 60, "a fresh verdict")
        self.assertFalse(self.refused(two, "Offer"), "it has never seen it before")
        self.assertTrue(any("action=confirm outcome=confirmed" in line for line in two.log))
        for node in self.nodes:
            self.assertEqual(node.terminate(), 0)
        self.assertEqual(len(self.letters.accepted()), 1)


class Demands(GatewayCase):
    def test_redis_asks_for_what_the_gateways_must_share(self):
        node = gateway_before(self.scratch, 1, "lmtp", name="alone", store={"url": "redis://127.0.0.1"},
                              notice={"from": "Decorum <decorum@example.org>", "upstream": "next"})
        check = node.command("check")
        self.assertEqual(check.returncode, 1)
        for key in (b"store.key_file: ", b"annotate.seal_key_file: ", b"notice.key_file: "):
            self.assertIn(key, check.stderr)

    def test_a_password_in_the_url_is_refused_and_not_repeated(self):
        node = gateway_before(self.scratch, 1, "lmtp", name="inline", store={"url": "redis://jane:secret@127.0.0.1"})
        check = node.command("check")
        self.assertEqual(check.returncode, 1)
        self.assertIn(b"store.password_file", check.stderr)
        self.assertNotIn(b"secret@", check.stderr)


class Balanced(GatewayCase):
    """The shipped example of HAProxy, its places replaced by ours."""

    EXAMPLE = ROOT / "config/haproxy.cfg"

    def test_the_example_is_one(self):
        done = subprocess.run(["haproxy", "-c", "-f", str(self.EXAMPLE)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("WARNING", (done.stdout + done.stderr).upper())

    def test_its_checks_are_neither_failures_nor_news(self):
        """Each opens a connection, says PROXY, and closes it again: every two seconds, here every 50 ms."""
        sink = self.serve_here(Sink())
        pem, key = certificate(self.scratch)
        common = {"protocol": "smtp", "policy": "inbound", "position": "front", "upstream": "mta",
                  "trusted_peers": ["127.0.0.0/8"], "proxy_protocol": True}
        metrics = free_port()
        node = self.serve_here(Decorum(
            self.scratch,
            {"clear": common, "secure": {**common, "tls": "implicit", "certificate": pem, "private_key": key}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{sink.port}"}}, name="checked",
            annotate={"require": "authenticated"}, metrics={"bind": f"127.0.0.1:{metrics}"}))
        check = re.search(r"default-server (.*) inter 2s (.*)", self.EXAMPLE.read_text())
        listens = "".join(f"listen {name}\n  bind unix@{self.scratch.folder('checks')}/{name}\n"
                          f"  server one 127.0.0.1:{port} send-proxy-v2\n" for name, port in node.ports.items())
        file = self.scratch.write("checks.cfg", "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 5s\n"
                                  f"  timeout server 5s\n  default-server {check[1]} inter 50ms {check[2]}\n{listens}")
        haproxy = Process(["haproxy", "-db", "-f", file])
        self.addCleanup(haproxy.end)

        def sessions(name):
            return Scrape(metrics).value("decorum_sessions_total", listener=name)
        for name in node.ports:
            wait_until(lambda: sessions(name) >= 5, 30, f"checks of {name}")   # pylint: disable=cell-var-from-loop
        haproxy.end()
        wait_until(lambda: Scrape(metrics).value("decorum_sessions") == 0, 20, "their end")
        # A client that sends no handshake is one that fails.
        with socket.create_connection(("127.0.0.1", node.ports["secure"])) as client:
            client.sendall(b"PROXY TCP4 192.0.2.7 127.0.0.1 40000 25\r\nEHLO peer.example\r\n")
            node.wait_for_log("event=session", "listener=secure", "tls:")
        scrape = Scrape(metrics)
        self.assertEqual(scrape.value("decorum_tls_handshakes_total", side="listener", name="secure", outcome="failed"), 1)
        said = [line for line in node.log if "event=session" in line and "tls:" not in line]
        self.assertGreaterEqual(len(said), 10)
        self.assertEqual([line for line in said if " debug " not in line], [])
        self.assertEqual([line for line in node.log if "event=proxy_header" in line], [])

    def test_clients_reach_either_gateway_which_knows_their_address(self):
        sink = self.serve_here(Sink())
        shared = shared_keys(self.scratch)
        redis = self.serve_here(Redis(self.scratch))
        nodes = [self.serve_here(Decorum(
            self.scratch,
            {"front": {"protocol": "smtp", "policy": "inbound", "position": "front", "upstream": "mta",
                       "trusted_peers": ["127.0.0.0/8"], "proxy_protocol": True}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{sink.port}"}}, name=name,
            annotate={"require": "authenticated", **shared["annotate"]},
            store={"url": f"redis://127.0.0.1:{redis.port}", **shared["store"]})) for name in ("one", "two")]
        port = free_port()
        text = self.EXAMPLE.read_text()
        places = {"maxconn 20000": "maxconn 200", "bind :25": f"bind 127.0.0.1:{port}",
                  "192.0.2.11:25 ": f"127.0.0.1:{nodes[0].port} ", "192.0.2.12:25 ": f"127.0.0.1:{nodes[1].port} "}
        for number, place in enumerate(re.findall(r"bind :(?!25\b)\d+", text)):
            places[place] = f"bind unix@{self.scratch.folder('haproxy')}/{number}"
        for old, new in places.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        # Nobody is asked outside this machine: the other services are down.
        text = re.sub(r"192\.0\.2\.1\d:\d+", "127.0.0.1:1", text)
        file = self.scratch.write("haproxy.cfg", text)

        class Balancer:
            def title(self):
                return "haproxy"

            def log_tail(self):
                return self.process.tail()

            def start(self):
                self.process = Process(["haproxy", "-db", "-f", file])
                wait_until(lambda: port_is_open(port), 30, "haproxy listens")

            def stop(self):
                self.process.end()
        self.serve_here(Balancer())

        def seen(node):
            return any("127.0.0.9" in line for line in node.log)

        def attempt():
            with Client(port, source="127.0.0.9", name="peer.example") as client:
                client.ehlo()
                self.assertEqual(client.deliver(authenticated(sender())).code, 250)
            return all(seen(node) for node in nodes)
        wait_until(attempt, 60, "mail at both, from the client's address")
        self.assertTrue(all(b"[127.0.0.9]" in one.octets for one in sink.accepted()))
        nodes[0].kill()   # whoever comes now is served by the other
        for _ in range(4):
            with Client(port, source="127.0.0.9") as client:
                client.ehlo()
                self.assertEqual(client.deliver(authenticated(sender())).code, 250)
