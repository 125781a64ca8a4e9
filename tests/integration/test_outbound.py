"""Outbound: swaks submits through Decorum to a real Postfix, while the sender's linked page turns unprofessional."""

import re
import signal
import subprocess
import threading
import time

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum, gateway_before
from support.dovecot import Dovecot
from support.mail_case import declared
from support.messages import Annotated, message
from support.postfix import Postfix, only_with_a_login
from support.scratch import free_port, wait_until
from support.sink import Sink
from support.web import Answer, Web

FINE = "We are hiring engineers in Lyon."
RANT = "My boss is a complete moron, as everyone knows."

CHARTER = """
format = 1
languages = ["en"]
[title]
en = "Charter"
[[rule]]
id = "loyalty"
categories = ["disparagement", "harassment"]
severity = 2
action = "{action}"
[rule.sentence]
en = "We don't demean anybody."
"""

PASSED, REFUSED = 0, 26   # swaks' exit status: all went well; the content was refused


def page(text):
    return Answer(f'<html><body><div class="h-card"><span class="p-name">Jane Martin</span>'
                  f'<p class="p-note">{text}</p></div></body></html>')


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
        self.charter = folder / "charter.toml"
        self.charter.write_text(CHARTER.format(action=self.action))
        registry = folder / "registry.toml"
        registry.write_text(declared("jane@example.org", "web", "", f"{self.web.url}/jane"))
        self.decorum = self.serve_here(Decorum(
            self.scratch,
            {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta}"}},
            people="", name=f"{self._testMethodName}/gateway",
            outbound={"domains": ["example.org"], "charter": self.charter},
            registry={"file": registry},
            connector__profile_page={"enabled": True},
            cache={"positive": "1s", "activities": "1s", "negative": "1s", "failure": "1s"},
            http=self.web.settings()))

    def send(self, to="anna@elsewhere.example", sender="jane@example.org", subject="Offer"):
        """swaks' exit status and what it saw."""
        done = subprocess.run(
            ["swaks", "--server", "127.0.0.1", "--port", str(self.decorum.port), "--from", sender, "--to", to,
             "--ehlo", "laptop.example", "--header", f"Subject: {subject}", "--body", "hello", "--timeout", "20",
             "--auth", "PLAIN", "--auth-user", sender, "--auth-password", "secret"],
            capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

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
        self.charter.write_text(CHARTER.format(action="fire"))
        self.decorum.process.signal(signal.SIGHUP)
        fault = self.decorum.wait_for_log("event=reload", start=begin)
        self.assertIn("charter.toml:10: rule.action: must be", fault)
        self.assertTrue(self.refused())
        self.charter.write_text(CHARTER.format(action="audit"))
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
        self.assertIn(("confirm", "confirmed"), self.outcomes())


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
        self.assertEqual(self.activity(self.clean, "Jane <jane@example.org>"), '2026-11-18 "We are hiring in Lyon"')

    def test_whose_posts_all_have_findings_is_shown_without_one(self):
        self.assertIsNone(self.activity(self.clean, "Rudolf <rude@example.org>"))


class OutboundConfiguration(GatewayCase):
    def gateway(self, charter, listener=None, **outbound):
        name = self._testMethodName
        if charter:
            outbound["charter"] = self.scratch.folder(name) / "charter.toml"
            outbound["charter"].write_text(charter)
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
        done = self.gateway(CHARTER.format(action="block")).command("check")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_category_that_does_not_exist(self):
        wrong = CHARTER.format(action="notice").replace('"harassment"', '"politics"')
        self.assertRegex(self.faults(self.gateway(wrong)),
                         r'/charter\.toml:8: rule\.categories: there is no category "politics"; there are ')

    def test_a_charter_that_is_missing(self):
        gateway = self.gateway(CHARTER.format(action="notice"))
        (gateway.folder.parent / "charter.toml").unlink()
        self.assertRegex(self.faults(gateway), r"decorum\.toml:\d+: outbound\.charter: ")

    def test_mail_is_held_back_only_where_people_submit(self):
        faults = self.faults(self.gateway(CHARTER.format(action="confirm"), {"position": "filter"}))
        self.assertRegex(faults, r'decorum\.toml:\d+: listener\.position: "submission", by smtp')

    def test_a_login_map_with_a_fault(self):
        logins = self.scratch.write("logins.toml", "[logins]\njane = [\"jane\"]\n")
        faults = self.faults(self.gateway(CHARTER.format(action="notice"), login_map=logins))
        self.assertRegex(faults, r"/logins\.toml:2: logins\.jane: must be addresses")

    def test_the_shipped_charter_serves_where_none_is_named(self):
        done = self.gateway("").command("check")
        self.assertEqual(done.returncode, 0, done.stderr)
