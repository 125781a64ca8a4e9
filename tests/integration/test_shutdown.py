"""The end of the gateway, polite and rude: no message is lost, and no 250 is a lie."""

import random
import threading
import time

from support.case import GatewayCase
from support.client import Client, Closed, stuffed
from support.decorum import gateway_before
from support.messages import Annotated, message, message_id
from support.scratch import port_is_open, wait_until
from support.sink import Sink


DRAIN = 15   # seconds, for messages under way
GRACE = 5    # seconds, for a client that has not yet sent its message


class Terminate(GatewayCase):
    def setUp(self):
        self.sink = self.serve_here(Sink())
        self.decorum = self.serve_here(gateway_before(self.scratch, self.sink.port, name=self._testMethodName,
                                                      gateway={"drain": f"{DRAIN}s"}))

    def terminate_behind(self):
        """SIGTERM on a thread of its own; join() gives the exit status and the seconds that the end took."""
        result = []

        def terminate():
            began = time.monotonic()
            result.extend((self.decorum.terminate(30), time.monotonic() - began))
        thread = threading.Thread(target=terminate)
        thread.start()

        def join():
            thread.join(40)
            return result
        return join

    def test_a_message_under_way_is_finished_then_the_exit_status_is_0(self):
        sent = message(body=b"text\r\n" * 1000)
        octets = stuffed(sent)
        with Client(self.decorum.port) as client:
            client.ehlo()
            client.envelope()
            self.assertEqual(client.command("DATA").code, 354)
            client.send(octets[:len(octets) // 2])
            self.sink.wait(lambda: self.sink.messages, 10, "the message begun at the sink")
            join = self.terminate_behind()
            wait_until(lambda: not port_is_open(self.decorum.port), 10, "no new connections")
            client.send(octets[len(octets) // 2:])
            self.assertEqual(client.reply().code, 250)
            self.assertTrue(client.is_closed())
        status, seconds = join()
        self.assertEqual(status, 0)
        self.assertLess(seconds, DRAIN)   # the client has had its verdict: nothing more is waited for
        self.assert_octets(Annotated(self.sink.accepted()[0].octets).rest, sent)

    def test_idle_clients_do_not_hold_it_up(self):
        clients = [Client(self.decorum.port) for _ in range(5)]
        for client in clients:
            self.addCleanup(client.close)
            client.ehlo()
        began = time.monotonic()
        self.assertEqual(self.decorum.terminate(), 0)
        self.assertLess(time.monotonic() - began, GRACE + 5)   # and not the whole drain time
        for client in clients:
            reply = client.reply()
            self.assertEqual((reply.code, reply.enhanced), (421, "4.3.2"))
            self.assertTrue(client.is_closed())

    def test_a_client_that_stalls_in_its_message_is_cut_off_at_the_end_of_the_drain_time(self):
        decorum = self.serve_here(gateway_before(self.scratch, self.sink.port, name="short-drain",
                                                 gateway={"drain": "1s"}))
        with Client(decorum.port) as client:
            client.ehlo()
            client.envelope()
            client.command("DATA")
            client.send(b"From: jane@example.org\r\n\r\nhalf")
            began = time.monotonic()
            self.assertEqual(decorum.terminate(), 0)
            seconds = time.monotonic() - began
            self.assertGreater(seconds, 0.9)
            self.assertLess(seconds, GRACE)
            reply = client.reply()
            self.assertEqual((reply.code, reply.enhanced), (421, "4.3.2"))
            self.assertTrue(client.is_closed())
        self.assertEqual(self.sink.accepted(), [])


# ctest: once
class Kill(GatewayCase):
    """kill -9 at random moments while clients deliver; both sides are compared at the end."""

    messages = 300
    clients = 6

    def setUp(self):
        self.sink = self.serve_here(Sink())
        self.decorum = self.serve_here(gateway_before(self.scratch, self.sink.port, name="killed"))

    def deliver_all(self, numbers, thanked):
        """Each message once; a lost connection is followed by the next message, as the verdict is unknown."""
        client = None
        for number in numbers:
            octets = message(marker=f"n{number}")
            try:
                if client is None:
                    client = Client(self.decorum.port, timeout=20)
                    client.ehlo()
                if client.deliver(octets).code == 250:
                    thanked.add(message_id(octets))
            except (Closed, OSError, AssertionError):
                if client is not None:
                    client.close()
                    client = None
                self.alive.wait(20)
        if client is not None:
            client.close()

    def test_no_client_has_a_250_for_a_message_the_upstream_did_not_accept(self):
        thanked = set()
        self.alive = threading.Event()
        self.alive.set()
        threads = [threading.Thread(target=self.deliver_all,
                                    args=(range(index, self.messages, self.clients), thanked))
                   for index in range(self.clients)]
        for thread in threads:
            thread.start()
        chance = random.Random(7)
        kills = 0
        while any(thread.is_alive() for thread in threads):
            # Killed once some more messages have gone through: anywhere in a transaction, so many times.
            goal = len(self.sink.messages) + chance.randrange(1, 25)
            try:
                self.sink.wait(lambda: len(self.sink.messages) >= goal, 2)
            except AssertionError:
                continue
            self.alive.clear()
            self.decorum.kill()
            kills += 1
            self.decorum.start()
            self.alive.set()
        for thread in threads:
            thread.join()
        accepted = {message_id(one.octets) for one in self.sink.accepted()}
        self.assertGreater(kills, 5)
        self.assertGreater(len(thanked), self.messages // 4)
        self.assertEqual(thanked - accepted, set())
        for one in self.sink.accepted():
            self.assertEqual(Annotated(one.octets).status, "found")


# ctest: slow once timeout=600
class KillTwoThousand(Kill):
    messages = 2000
    clients = 10
