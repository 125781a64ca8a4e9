"""Many people's profiles turn bad on one day: letters leave at the configured rate, and mail does not wait."""

import concurrent.futures
import re
import threading
import time

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum
from support.messages import message
from support.notice_case import GATEWAY, NoticeCase
from support.outbound import RANT, charter
from support.scratch import wait_until
from support.sink import Sink


class ManyAtOnce(NoticeCase):
    """Everybody's profile turns bad on one day: letters leave at the configured rate, and mail does not wait."""

    people = tuple(f"person{number}@example.org" for number in range(30))
    notice = {"rate": "4/s"}

    def test_letters_leave_at_a_bounded_rate_and_each_once(self):
        self.letters = self.serve_here(Sink())
        self.mta = self.serve_here(Sink())
        self.decorum = self.gateway(
            self.letters.port, {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta.port}"}})
        times = []
        self.letters.on["end"] = lambda *_: times.append(time.monotonic())  # and the ordinary reply

        def told():
            return {bytes(one).decode() for letter in self.letters.accepted() for one in letter.recipients}

        def write(people):
            for person in people:
                with Client(self.decorum.port) as client:
                    client.ehlo()
                    octets = message(sender=f"Somebody <{person}>")
                    self.assertEqual(client.deliver(octets, person, ["anna@elsewhere.example"]).code, 250)
        write(self.people)
        # Their pages stand on one server, which is asked a few at a time: the others' turn comes as they write again.
        for _ in range(8):
            seen = len(told())
            try:
                wait_until(lambda: len(told()) >= len(self.people), 8, "all letters")
                break
            except AssertionError:
                self.assertGreater(len(told()), seen, "no more letters")
                write(person for person in self.people if not any(person in one for one in told()))
        self.wait_for_log("event=notice_sent", "tries=1")
        self.assertEqual(len({bytes(one) for letter in self.letters.accepted() for one in letter.recipients}),
                         len(self.people), "each once")
        self.assertEqual(len(self.letters.accepted()), len(self.people))
        # 4/s: so many at the sink's end, where a busy machine may bring two nearer to each other.
        self.assertGreater(times[-1] - times[0], 0.95 * (len(times) - 1) / 4)
        for first, fifth in zip(times, times[4:]):
            self.assertGreater(fifth - first, 0.6)


# ctest: slow timeout=900
class TenThousand(GatewayCase):
    """A whole house whose profiles turn bad on one day, and a gateway that is killed while their letters leave."""

    count, rate, hands = 10_000, 100, 4
    person = ('[[person]]\naddresses = ["person{0}@example.org"]\ndisplay_name = "Person {0}"\n'
              '[[person.activity]]\ntime = 2026-11-20T08:00:00Z\nnetwork = "mastodon"\ntext = "{1}"\n'
              'url = "https://social.example/@person{0}/1"\n')

    @classmethod
    def prepare(cls):
        cls.mta, cls.letters = cls.serve(Sink(keep=False)), cls.serve(Sink())
        cls.lock = threading.Lock()
        cls.arrived, cls.times = {}, []   # by recipient: Message-IDs
        cls.letters.on["end"] = cls.note
        folder = cls.scratch.folder("rules")
        rules = charter().replace("[notices]", '[scope]\naccounts = ["directory"]\n[notices]')
        (folder / "charter.toml").write_text(rules)
        cls.decorum = cls.serve(Decorum(
            cls.scratch, {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{cls.mta.port}"},
             "letters": {"protocol": "smtp", "address": f"127.0.0.1:{cls.letters.port}"}},
            people="".join(cls.person.format(number, RANT) for number in range(cls.count)), log={"level": "info"},
            outbound={"domains": ["example.org"], "charter": folder / "charter.toml"},
            notice={"from": GATEWAY, "upstream": "letters", "rate": f"{cls.rate}/s", "retry": "2s"}))

    @classmethod
    def note(cls, session, _):
        taken = session.messages[-1]
        (recipient,) = taken.recipients
        (name,) = re.findall(rb"^Message-ID: <([^>]+)>\r$", taken.octets, re.M | re.I)
        taken.octets = b""
        with cls.lock:
            cls.times.append(time.monotonic())
            cls.arrived.setdefault(recipient, []).append(name)

    def write(self, people):
        """One message of each, some people at a time."""
        with Client(self.decorum.port) as client:
            client.ehlo()
            for number in people:
                sender = f"person{number}@example.org"
                verdict = client.deliver(message(sender=f"Somebody <{sender}>"), sender, ["anna@elsewhere.example"])
                self.assertEqual(verdict.code, 250)

    def queued(self):
        return sum("event=notice_queued" in line for line in self.decorum.log)

    def rate_was_kept(self, times):
        # A busy machine may bring some nearer to each other at the sink's end.
        for first, last in zip(times, times[2 * self.rate:]):
            self.assertGreater(last - first, 0.9 * 2)

    def test_everybody_gets_one_letter_at_a_bounded_rate(self):
        def everybody():
            with concurrent.futures.ThreadPoolExecutor(self.hands) as pool:
                list(pool.map(self.write, [range(self.count)[one::self.hands] for one in range(self.hands)]))
        everybody()
        # More at a time than are assessed at a time: the others' turn comes as they write again.
        for _ in range(5):
            seen = self.queued()
            if seen == self.count:
                break
            try:
                wait_until(lambda: self.queued() == self.count, 20, "all letters queued")
            except AssertionError:
                everybody()
        self.assertEqual(self.queued(), self.count)
        self.assertLess(len(self.arrived), self.count, "letters that leave at a rate are still leaving")
        self.decorum.kill()
        before = list(self.times)
        self.decorum.start()
        wait_until(lambda: len(self.arrived) == self.count, 2 * self.count / self.rate + 60, "everybody's letter")
        self.rate_was_kept(before)
        self.rate_was_kept(self.times[len(before):])
        names = [name for one in self.arrived.values() for name in set(one)]
        self.assertEqual(len(set(names)), self.count, "each their own, and one")
        self.assertLessEqual(len(self.times), self.count + 1, "again only what was on its way at the end")
        listed = self.decorum.command("notice", "list").stdout
        self.assertIn(f"{self.count} notices; 0 called wrong".encode(), listed)
