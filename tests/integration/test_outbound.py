"""Outbound: swaks submits through Decorum to a real Postfix, while the sender's linked page turns unprofessional."""

import json
import re
import signal
import sqlite3
import threading
import time

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum, gateway_before
from support.dovecot import Dovecot
from support.messages import Annotated, message
from support.outbound import FINE, PASSED, RANT, REFUSED, assessing, charter, page, parsed, swaks
from support.postfix import Postfix, only_with_a_login
from support.scratch import free_port, wait_until
from support.sink import Sink
from support.web import Web


class OutboundCase(GatewayCase):
    """Swaks -> Decorum -> Postfix, which asks Dovecot for logins -> a sink; Jane's page lives on a web server."""

    action = "notice"

    @classmethod
    def prepare(cls):
        cls.web = cls.serve(Web(cls.scratch))
        cls.sink = cls.serve(Sink())
        cls.dovecot = cls.serve(Dovecot(cls.scratch, {"jane@example.org": "secret", "paul@example.org": "secret"}))
        cls.mta = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.mta: only_with_a_login(cls.dovecot)},
                                        {"relayhost": f"[127.0.0.1]:{cls.sink.port}"}))

    def setUp(self):
        self.sink.forget()
        self.web.routes["/jane"] = page(FINE)
        folder = self.scratch.folder(self._testMethodName)
        self.decorum = self.serve_here(Decorum(
            self.scratch,
            {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta}"}, **self.upstreams()},
            people="", name=f"{self._testMethodName}/gateway", **self.sections(),
            **assessing(self.web, folder, charter(self.action))))
        self.charter = folder / "charter.toml"

    def upstreams(self):
        return {}

    def sections(self):
        return {}

    def send(self, to="anna@elsewhere.example", sender="jane@example.org", subject="Offer"):
        return swaks(self.decorum.port, sender, to, Subject=subject)

    def assert_passes(self, **mail):
        status, dialogue = self.send(**mail)
        self.assertEqual(status, PASSED, dialogue)

    def refused(self, **mail):
        """True: refused by us at the end of data. An Error for anything but that and success."""
        status, dialogue = self.send(**mail)
        if status == PASSED:
            return False
        self.assertEqual(status, REFUSED, dialogue)
        self.assertRegex(dialogue, r"<\*\* 550 5\.7\.1 Not sent")
        self.assertNotIn("anna@", dialogue.rpartition("550 5.7.1")[2])
        return True

    def outcomes(self):
        return [re.search(r"action=(\S+) outcome=(.+)$", line).groups() for line in self.decorum.log
                if "event=outbound " in line]

    def turn_bad(self):
        self.web.routes["/jane"] = page(RANT)

    def until_refused(self, seconds=60):
        self.turn_bad()
        wait_until(lambda: self.refused(subject="a first one"), seconds, "a message that is refused")
        wait_until(self.postfix.queue_is_empty, 20, "an empty queue")   # of what passed before


class OutboundNotice(OutboundCase):
    def test_a_profile_that_turns_unprofessional_warns_and_mail_flows(self):
        self.assert_passes()
        self.assert_passes()
        self.sink.wait_message(2)
        self.assertEqual(self.outcomes(), [])
        self.turn_bad()

        def warned():
            self.assert_passes()
            return any(action == "notice" for action, _ in self.outcomes())
        wait_until(warned, 60, "a warning")
        self.assertTrue(all(b"Received: from laptop.example" in got.octets for got in self.sink.complete()))
        found = self.decorum.command("assess", "--json", "jane@example.org")
        self.assertEqual(found.returncode, 0, found.stderr)
        self.assertIn(b'"action":"notice"', found.stdout)
        self.assertIn(b'"rule":"loyalty"', found.stdout)
        self.assertIn(f'"url":"{self.web.url}/jane"'.encode(), found.stdout.replace(b"\\/", b"/"))

    def test_what_is_found_is_never_logged(self):
        self.turn_bad()

        def warned():
            self.assert_passes()
            return self.outcomes()
        wait_until(warned, 60, "a warning")
        log = "\n".join(self.decorum.log)
        for hidden in ("moron", "My boss", "jane@example.org", "anna@elsewhere.example"):
            self.assertNotIn(hidden, log)

    def test_what_the_person_answered_is_no_secret_to_the_administrator(self):
        self.turn_bad()

        def assessed(*words):
            done = self.decorum.command("assess", *words, "jane@example.org")
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.decode()
        state = json.loads(assessed("--json"))
        self.assertEqual(state["standing"], {"known": True, "opted_out": False, "called_wrong": 0})
        self.assertEqual(state["external"]["notice"], "a notice goes out with the next message")
        self.assertEqual({one["answer"] for one in state["external"]["findings"] if one["action"] == "notice"}, {"none"})
        self.assertIn("Its author: a notice goes out", assessed())

    def test_nobody_waits_for_a_page_that_never_answers(self):
        answer = threading.Event()

        def slow(_):
            answer.wait(60)
            return page(RANT)
        self.web.routes["/jane"] = slow
        self.addCleanup(answer.set)
        self.assert_passes()
        self.assert_passes(to="paul@example.org")
        wait_until(lambda: "/jane" in self.web.paths(), 10, "the page is asked for")
        self.assertFalse(answer.is_set())
        self.assertEqual(len(self.sink.wait_message(2)), 2)


class OutboundBlock(OutboundCase):
    action = "block"

    def test_only_the_linked_person_and_only_mail_to_the_outside(self):
        self.until_refused()
        self.sink.forget()
        self.assert_passes(to="paul@example.org")
        self.assert_passes(sender="paul@example.org")
        self.assertTrue(self.refused())
        self.assertEqual(len(self.sink.wait_message(2)), 2)
        wait_until(self.postfix.queue_is_empty, 20, "an empty queue")
        self.assertEqual(len(self.sink.messages), 2, "what was refused never reached the mail server")

    def test_a_mended_page_lets_mail_go(self):
        self.until_refused()
        self.web.routes["/jane"] = page(FINE)
        wait_until(lambda: not self.refused(), 60, "a message that passes")

    def test_a_changed_charter_lets_mail_go_and_a_wrong_one_changes_nothing(self):
        self.until_refused()
        begin = len(self.decorum.log)
        self.charter.write_text(charter(action="fire"))
        self.decorum.process.signal(signal.SIGHUP)
        fault = self.decorum.wait_for_log("event=reload", start=begin)
        self.assertIn("charter.toml:13: rule.action: must be", fault)
        self.assertTrue(self.refused())
        self.charter.write_text(charter(action="audit"))
        self.decorum.process.signal(signal.SIGHUP)
        self.decorum.wait_for_log("event=reloaded", start=begin)
        self.assert_passes()


# ctest: slow
class OutboundConfirm(OutboundCase):
    action = "confirm"

    def test_refuses_once_and_passes_once(self):
        self.until_refused()
        self.sink.forget()
        began = time.monotonic()
        self.assertTrue(self.refused())
        self.assertTrue(self.refused(), "too soon")

        def passed():
            time.sleep(2)   # a person who tries again now and then
            return not self.refused()
        wait_until(passed, 60, "a message that passes")
        self.assertGreaterEqual(time.monotonic() - began, 29)
        self.assertTrue(self.refused(), "it passes once")
        self.assertEqual(len(self.sink.wait_message(1)), 1)
        began = time.monotonic()
        self.assert_passes(to="paul@example.org")
        self.assertLess(time.monotonic() - began, 25, "mail that stays in the house waits for nobody's word")
        self.assertIn(("confirm", "confirmed"), self.outcomes())


class OutboundConfirmWithoutAStore(OutboundCase):
    """What people answered is in the store: as long as it can't say so nobody is refused, and nothing is lost."""

    action = "confirm"

    def upstreams(self):
        self.letters = self.serve_here(Sink())
        return {"letters": {"protocol": "smtp", "address": f"127.0.0.1:{self.letters.port}"}}

    def sections(self):
        return {"notice": {"from": "decorum@example.org", "upstream": "letters", "retry": "2s"}}

    def passes(self, subject):
        """Sent once, which is no reason to let it pass."""
        return not self.refused(subject=subject)

    def test_mail_passes_and_answers_are_asked_for_again(self):
        self.until_refused()
        wait_until(self.letters.accepted, 20, "the notice")
        token = parsed(self.letters.accepted()[0].octets)["Reply-To"]
        self.sink.forget()
        (path,) = (self.decorum.folder / "state").glob("*.sqlite")
        tries = iter(range(1000))
        with sqlite3.connect(path, isolation_level=None, timeout=30) as other:
            other.execute("BEGIN EXCLUSIVE")
            wait_until(lambda: self.passes(f"locked {next(tries)}"), 60, "a message that passes")
            passed = next(tries) - 1
            status, dialogue = swaks(self.decorum.port, "jane@example.org", token, "ACK")
            self.assertNotEqual(status, PASSED, dialogue)
            self.assertIn("<** 451 4.3.0", dialogue)
            other.execute("ROLLBACK")
        self.assertIn(f"Subject: locked {passed}".encode(), self.sink.wait_message()[0].octets)
        self.assertTrue(any("the store can't tell" in outcome for _, outcome in self.outcomes()))
        wait_until(lambda: not self.passes(f"open {next(tries)}"), 60, "a message that is refused")
        status, dialogue = swaks(self.decorum.port, "jane@example.org", token, "ACK")
        self.assertEqual(status, PASSED, dialogue)
        self.assert_passes(subject="acknowledged")
        wait_until(self.postfix.queue_is_empty, 20, "an empty queue")
        subjects = [re.search(rb"^Subject: (.*?)\r", one.octets, re.M).group(1) for one in self.sink.complete()]
        self.assertEqual(len(subjects), len(set(subjects)), "each once")


class CleanActivity(GatewayCase):
    """Inbound, annotate.activity = "clean": no post with a finding is shown to anyone."""

    PERSON = '[[person]]\naddresses = ["{address}"]\ndisplay_name = "{name}"\n'
    POST = '[[person.activity]]\ntime = 2026-11-{day}T08:00:00Z\nnetwork = "mastodon"\ntext = "{text}"\n'

    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        bad = cls.POST.format(day=20, text="What a load of bullshit that was")
        people = (cls.PERSON.format(address="jane@example.org", name="Jane Martin") + bad +
                  cls.POST.format(day=18, text="We are hiring in Lyon") +
                  cls.PERSON.format(address="rude@example.org", name="Rudolf Rude") + bad)
        cls.all = cls.gateway("all", people)
        cls.clean = cls.gateway("clean", people)

    @classmethod
    def gateway(cls, activity, people):
        return cls.serve(gateway_before(cls.scratch, cls.sink.port, "lmtp", name=activity, people=people,
                                        annotate={"require": "none", "activity": activity}))

    def activity(self, gateway, address):
        self.sink.forget()
        with Client(gateway.port) as client:
            client.lhlo()
            for verdict in client.deliver(message(address), recipients=["paul@example.org"], lmtp=True):
                self.assertEqual(verdict.code, 250)
        got = Annotated(self.sink.wait_message()[0].octets)
        self.assertEqual(got.status, "found")
        return got.fields.get("Sender-Profile-Activity")

    def test_the_latest_clean_post_is_shown(self):
        self.assertIn("bullshit", self.activity(self.all, "Jane <jane@example.org>"))
        self.wait_for_clean_post()

    def wait_for_clean_post(self):
        """Who can't wait until posts are judged is shown without one."""
        self.assertEqual(wait_until(lambda: self.activity(self.clean, "Jane <jane@example.org>"), 20, "a clean post"),
                         '2026-11-18 "We are hiring in Lyon"')

    def test_whose_posts_all_have_findings_is_shown_without_one(self):
        self.wait_for_clean_post()   # they are judged
        self.assertIsNone(self.activity(self.clean, "Rudolf <rude@example.org>"))


class OutboundConfiguration(GatewayCase):
    def gateway(self, rules, listener=None, **outbound):
        name = self._testMethodName
        if rules:
            outbound["charter"] = self.scratch.folder(name) / "charter.toml"
            outbound["charter"].write_text(rules)
        return Decorum(self.scratch, {"out": {"protocol": "smtp", "policy": "outbound", "upstream": "mta",
                                              **(listener or {})}},
                       {"mta": {"protocol": "smtp", "address": "127.0.0.1:1"}}, name=f"{name}/gateway",
                       outbound={"domains": ["example.org"], **outbound},
                       notice={"from": "decorum@example.org", "upstream": "mta"})

    def faults(self, gateway):
        """What check says; run must refuse to start with the same words."""
        check = gateway.command("check")
        run = gateway.command("run")
        self.assertEqual((check.returncode, run.returncode), (1, 1), check.stderr + run.stderr)
        self.assertEqual([line for line in check.stderr.splitlines() if b"(warning)" not in line],
                         [line for line in run.stderr.splitlines() if b"(warning)" not in line])
        return check.stderr.decode()

    def test_a_good_charter_is_good(self):
        done = self.gateway(charter(action="block")).command("check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_category_that_does_not_exist(self):
        wrong = charter(action="notice").replace('"harassment"', '"politics"')
        self.assertRegex(self.faults(self.gateway(wrong)),
                         r'/charter\.toml:11: rule\.categories: there is no category "politics"; there are ')

    def test_a_charter_that_is_missing(self):
        gateway = self.gateway(charter(action="notice"))
        (gateway.folder.parent / "charter.toml").unlink()
        self.assertRegex(self.faults(gateway), r"decorum\.toml:\d+: outbound\.charter: ")

    def test_mail_is_held_back_only_where_people_submit(self):
        faults = self.faults(self.gateway(charter(action="confirm"), {"position": "filter"}))
        self.assertRegex(faults, r'decorum\.toml:\d+: listener\.position: "submission", by smtp')

    def test_a_login_map_with_a_fault(self):
        logins = self.scratch.write("logins.toml", "[logins]\njane = [\"jane\"]\n")
        faults = self.faults(self.gateway(charter(action="notice"), login_map=logins))
        self.assertRegex(faults, r"/logins\.toml:2: logins\.jane: must be addresses")

    def test_the_shipped_charter_serves_where_none_is_named(self):
        done = self.gateway("").command("check")
        self.assertEqual(done.returncode, 0, done.stderr)
