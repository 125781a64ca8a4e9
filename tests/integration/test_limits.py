"""Limits: connections, recipients, errors, loops; and crowds that say nothing."""

import resource
import select
import time

from support.client import Client, Closed
from support.messages import Annotated, message
from support.scratch import wait_until
from support.sink_case import SinkCase


def connect(port, source):
    """(client, code of the greeting)"""
    client = Client(port, source=source, greet=False)
    try:
        return client, client.reply().code
    except (Closed, ConnectionError):
        return client, 0


def was_let_go(client):
    """Something has come behind the greeting: a farewell, or the end."""
    return bool(select.select([client.socket], [], [], 0)[0])


class Connections(SinkCase):
    listener = {"max_connections": 30, "max_connections_per_address": 10, "trusted_peers": ["127.0.0.9/32"]}

    def fill(self, source, count):
        codes = []
        for _ in range(count):
            client, code = connect(self.decorum.port, source)
            self.addCleanup(client.close)
            codes.append(code)
        return codes

    def test_an_address_has_its_share_and_not_more(self):
        self.assertEqual(self.fill("127.0.0.2", 12), [220] * 10 + [421] * 2)
        self.assertEqual(self.fill("127.0.0.3", 1), [220])

    def test_a_connection_that_ends_makes_room(self):
        held = [connect(self.decorum.port, "127.0.0.4") for _ in range(11)]
        for client, _ in held:
            self.addCleanup(client.close)
        self.assertEqual([code for _, code in held], [220] * 10 + [421])
        self.assertEqual(held[0][0].command("QUIT").code, 221)
        self.assertTrue(held[0][0].is_closed())
        deadline = time.monotonic() + 5
        while True:
            client, code = connect(self.decorum.port, "127.0.0.4")
            self.addCleanup(client.close)
            if code == 220 or time.monotonic() > deadline:
                break
        self.assertEqual(code, 220)

    def test_trusted_peers_are_limited_in_total_only_and_those_who_spoke_stay(self):
        held = []
        for _ in range(32):
            client, code = connect(self.decorum.port, "127.0.0.9")
            self.addCleanup(client.close)
            held.append(code)
            if code == 220:
                client.ehlo()
        self.assertEqual(held, [220] * 30 + [421] * 2)

    def test_beyond_the_total_an_older_silent_connection_makes_room(self):
        held = [connect(self.decorum.port, "127.0.0.9") for _ in range(35)]
        for client, code in held:
            self.addCleanup(client.close)
            self.assertEqual(code, 220)
        clients = [client for client, _ in held]
        wait_until(lambda: sum(map(was_let_go, clients)) >= 5, 10, "five connections let go")
        self.assertEqual(sum(map(was_let_go, clients)), 5)
        self.assertFalse(was_let_go(clients[-1]), "the newest")
        clients[-1].ehlo()
        self.decorum.wait_for_log("event=refused listener=main peer=127.0.0.9:", "limit=silent refused_so_far=")


class Transactions(SinkCase):
    sections = {"limits": {"recipients": 5, "errors": 5, "received_fields": 20}}

    def test_too_many_recipients_are_452_and_the_others_get_the_mail(self):
        with self.client() as client:
            replies = client.envelope(recipients=[f"user{number}@example.org" for number in range(7)])
            self.assertEqual([one.code for one in replies], [250] * 6 + [452] * 2)
            self.assertEqual(replies[-1].enhanced, "4.5.3")
            self.assertEqual(client.data(message()).code, 250)
        self.assertEqual(len(self.sink.accepted()[0].recipients), 5)

    def test_too_many_errors_are_421_and_the_end(self):
        with self.client() as client:
            codes = []
            for _ in range(10):
                try:
                    codes.append(client.command("NONSENSE").code)
                except (Closed, ConnectionError):
                    break
            self.assertEqual(codes[-1], 421, codes)
            self.assertLessEqual(len(codes), 6)
            self.assertTrue(client.is_closed())

    def test_refused_recipients_are_no_errors(self):
        self.sink.on["RCPT"] = b"550 5.1.1 no"
        with self.client() as client:
            client.command("MAIL FROM:<jane@example.org>")
            codes = [client.command("RCPT TO:<who@example.org>").code for _ in range(12)]
            self.assertEqual(codes, [550] * 12)

    def test_a_loop_is_554_5_4_6(self):
        field = b"Received: from a.example by b.example; Mon, 23 Nov 2026 10:00:00 +0000\r\n"
        with self.client() as client:
            client.envelope()
            verdict = client.data(field * 21 + message())
            self.assertEqual((verdict.code, verdict.enhanced), (554, "5.4.6"), verdict)
            self.assertEqual(self.sink.complete(), [])
            self.assertEqual(client.deliver(field * 19 + message()).code, 250)


class CrowdCase(SinkCase):
    crowd = addresses = held = 0

    @classmethod
    def setUpClass(cls):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = min(hard, cls.crowd * 2 + 2000)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))   # the gateway inherits it
        cls.addClassCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        super().setUpClass()

    def check(self):
        codes = []
        for number in range(self.crowd):
            client, code = connect(self.decorum.port, f"127.0.1.{1 + number % self.addresses}")
            self.addCleanup(client.close)
            codes.append(code)
        self.assertEqual(codes.count(220), self.held, f"{codes.count(421)} times 421, {codes.count(0)} times nothing")
        self.assertEqual(codes.count(220) + codes.count(421), self.crowd)
        began = time.monotonic()
        sent = message()
        with Client(self.decorum.port, source="127.0.2.1") as client:
            client.ehlo()
            self.assertEqual(client.deliver(sent).code, 250)
        self.assertLess(time.monotonic() - began, 2)
        self.assert_octets(Annotated(self.sink.accepted()[-1].octets).rest, sent)
        self.assertLessEqual(len(self.sink.sessions), 50, "silent clients take no connection to the upstream")


class SmallCrowd(CrowdCase):
    crowd, addresses, held = 1000, 5, 500
    listener = {"max_connections_per_address": 100}

    def test_silent_connections_do_not_keep_the_next_client_from_being_served(self):
        self.check()


# ctest: slow serial
class TenThousandOfOneAddress(CrowdCase):
    crowd, addresses, held = 10_000, 1, 200

    def test_silent_connections_do_not_keep_the_next_client_from_being_served(self):
        self.check()


# ctest: slow serial
class NineThousandHeld(CrowdCase):
    crowd, addresses, held = 9_000, 50, 9_000
    listener = {"max_connections": 12_000, "max_connections_per_address": 200}

    def test_silent_connections_do_not_keep_the_next_client_from_being_served(self):
        self.check()
