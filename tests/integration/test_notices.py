"""Notices: a linked page turns unprofessional, its owner is told by mail, answers, and the gateway obeys."""

import base64
import json
import os
import pathlib
import re
import sqlite3
import time

from support.audit_log import AuditLog
from support.certificates import certificate
from support.client import Client
from support.dovecot import Dovecot
from support.imap_client import ImapClient
from support.messages import message
from support.notice_case import GATEWAY, NoticeCase, parts
from support.outbound import FINE, OTHER_RANT, PASSED, RANT, charter, page, parsed, swaks
from support.postfix import Postfix, only_with_a_login
from support.scratch import free_port, wait_until
from support.sink import STALL, Sink

# What arrives twice with one Message-ID is one message, as the reader's own server sees it.
ONCE = """require ["duplicate"];
if duplicate { discard; stop; }
"""


class WholeWay(NoticeCase):
    """Client -> Decorum -> Postfix, which asks Dovecot for logins and delivers there."""

    rules = charter(alert=True)

    @classmethod
    def prepare(cls):
        super().prepare()
        sieve = cls.scratch.folder("sieve") / "once.sieve"
        sieve.parent.chmod(0o777)
        sieve.write_text(ONCE)
        cls.dovecot = cls.serve(Dovecot(
            cls.scratch, {"jane@example.org": "secret", "paul@example.org": "secret"},
            extra="protocol lmtp {\n  mail_plugins = sieve\n}\n"
                  f"plugin {{\n  sieve_before = {sieve}\n}}\n"))
        cls.sink = cls.serve(Sink())
        cls.mta, cls.own = free_port(), free_port()
        transport = cls.scratch.folder("transport") / "map"
        transport.write_text(f"example.org lmtp:inet:127.0.0.1:{cls.dovecot.lmtp_port}\n"
                             f"* smtp:[127.0.0.1]:{cls.sink.port}\n")
        cls.postfix = cls.serve(Postfix(
            cls.scratch, {cls.mta: only_with_a_login(cls.dovecot), cls.own: {}},
            {"transport_maps": f"texthash:{transport}"}))

    def setUp(self):
        pem, key = certificate(self.scratch)
        self.decorum = self.gateway(
            self.own,
            {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"},
             "delivery": {"protocol": "lmtp", "policy": "inbound", "upstream": "dovecot"},
             "reading": {"protocol": "imap", "upstream": "mailboxes", "tls": "implicit", "certificate": pem,
                         "private_key": key}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta}"},
             "dovecot": {"protocol": "lmtp", "address": f"127.0.0.1:{self.dovecot.lmtp_port}"},
             "mailboxes": {"protocol": "imap", "address": f"127.0.0.1:{self.dovecot.imap_port}"}})
        self.seen = {self.id_of(one) for user in self.dovecot.users for one in self.inbox(user)}

    @staticmethod
    def id_of(octets):
        return parsed(octets)["Message-ID"]

    def inbox(self, user="jane@example.org"):
        return self.dovecot.messages(user, 0)

    def fresh(self, count=1, seconds=20, user="jane@example.org"):
        """The letters that came since the test began, or since the last call, once there are so many."""
        def new():
            return [one for one in self.inbox(user) if self.id_of(one) not in self.seen]
        wait_until(lambda: len(new()) >= count, seconds, f"{count} letters")
        letters = new()
        self.assertEqual(len(letters), count, [parsed(one)["Subject"] for one in letters])
        self.seen.update(self.id_of(one) for one in letters)
        return letters

    def submit(self, octets, to="anna@elsewhere.example", sender="jane@example.org"):
        with Client(self.decorum.ports["submission"]) as client:
            client.ehlo()
            plain = base64.b64encode(f"\0{sender}\0secret".encode()).decode()
            self.assertEqual(client.command(f"AUTH PLAIN {plain}").code, 235)
            recipients = [to] if isinstance(to, str) else to
            replies = client.envelope(sender, recipients)
            if all(reply.code != 250 for reply in replies[1:]):
                return replies[1]
            return client.data(octets)

    def write(self, word="hello", to="anna@elsewhere.example", sender="jane@example.org", extra=b""):
        return self.submit(message(sender=f"Jane Martin <{sender}>", body=word.encode() + b"\r\n", extra=extra), to,
                           sender)

    def noticed(self):
        """A mail goes out, and its author gets one notice."""
        self.assertEqual(self.write().code, 250)
        (letter,) = self.fresh()
        return letter

    def answer(self, letter, word, **how):
        return self.write(word, parsed(letter)["Reply-To"], **how)

    def test_a_notice_arrives_once_and_says_what_where_and_which_rule(self):
        letter = self.noticed()
        fields = parsed(letter)
        self.assertEqual(fields["Return-Path"], "<>")
        self.assertEqual(fields["Auto-Submitted"], "auto-generated")
        self.assertIn(GATEWAY, fields["From"])
        self.assertRegex(fields["Reply-To"], r"^decorum\+[a-z2-7]{52}@example\.org$")
        self.assertNotIn("moron", fields["Subject"])
        for look in parts(letter):
            self.assertIn("moron", look)
            self.assertIn(f"{self.web.url}/jane", look)
            self.assertIn("Charter of the test", look)
        # The next mails bring no other one, and neither does a restart.
        for _ in range(3):
            self.assertEqual(self.write().code, 250)
        self.assertEqual(self.decorum.terminate(), 0)
        self.decorum.start()
        self.assertEqual(self.write().code, 250)
        self.assertEqual(self.answer(letter, "ME").code, 250)
        self.fresh()   # the answer, and nothing else
        (notice,) = self.listed("jane@example.org")["notices"]
        self.assertEqual((notice["state"], notice["answer"]), ("sent", "none"))
        self.assertNotIn("moron", json.dumps(notice))

    def swaks(self, to="anna@elsewhere.example", body="hello"):
        status, dialogue = swaks(self.decorum.ports["submission"], "jane@example.org", to, body)
        self.assertEqual(status, PASSED, dialogue)

    def test_a_profile_turns_unprofessional_and_its_owner_finds_one_notice(self):
        self.web.routes["/jane"] = page(FINE)
        for _ in range(2):
            self.swaks()
        assessed = self.assessed()
        self.assertEqual((assessed["texts"], assessed["external"]["action"]), (1, "none"))
        self.web.routes["/jane"] = page(RANT)

        def told():
            self.swaks()
            return self.listed()["notices"]
        wait_until(told, 40, "a notice")
        (letter,) = self.fresh()
        self.swaks()
        self.swaks("paul@example.org")
        text, html = parts(letter)
        self.assertIn("moron", text)
        self.assertIn('<html lang="en">', html)
        if folder := os.environ.get("DECORUM_SHOW_LETTERS"):   # for looking at
            pathlib.Path(folder, "delivered.eml").write_bytes(letter)
            pathlib.Path(folder, "delivered.html").write_text(html)
        self.swaks(parsed(letter)["Reply-To"], "ACK")
        self.fresh()   # that it is noted, and no other notice
        (notice,) = self.listed()["notices"]
        self.assertEqual(notice["answer"], "acknowledged")

    def alerts(self):
        """What an IMAP client of Jane's is alerted to as it logs in and looks."""
        with ImapClient(self.decorum.ports["reading"], tls=True) as client:
            said = client.login("jane@example.org")[0] + client.command("NOOP")[0]
        return [one.text for one in said if one.text.startswith(b"* OK [ALERT]")]

    def test_who_reads_mail_with_the_same_login_is_alerted_once(self):
        self.assertEqual(self.alerts(), [])
        self.noticed()
        (alert,) = self.alerts()
        self.assertIn(b"see the notice in your mailbox", alert)
        self.assertNotIn(b"moron", alert)
        self.assertEqual(self.write().code, 250)
        self.assertEqual(self.alerts(), [])

    def test_who_declared_an_account_is_told_once_what_readers_see(self):
        paul, account = "paul@example.org", f"{self.web.url}/paul"
        added = self.decorum.command("link", "add", "--yes", "--language", "fr", paul, account)
        self.assertEqual(added.returncode, 0, added.stderr)
        code = re.search(rb"decorum-[a-z0-9-]+", added.stdout).group().decode()
        self.web.routes["/paul"] = page(code)
        confirmed = self.decorum.command("link", "confirm", paul, account)
        self.assertEqual(confirmed.returncode, 0, confirmed.stderr)
        self.web.routes["/paul"] = page(FINE)
        (letter,) = self.fresh(user=paul)
        fields = parsed(letter)
        self.assertEqual((fields["Return-Path"], fields["Auto-Submitted"], fields["Content-Language"]),
                         ("<>", "auto-generated", "fr"))
        for look in parts(letter):
            self.assertIn(f"Le compte {account} est désormais lié à {paul}", " ".join(look.split()))
            self.assertIn("Sender-Profile", look)
            self.assertIn("Détacher votre adresse", look)
            self.assertIn("Modifier ou supprimer la publication", look)
        # It is no notice; it comes once; and ME says it again.
        again = self.decorum.command("link", "confirm", paul, account)
        self.assertEqual(again.returncode, 1, again.stderr)
        self.assertEqual(self.write(sender=paul).code, 250)
        self.assertEqual(self.answer(letter, "ME", sender=paul).code, 250)
        (asked,) = self.fresh(user=paul)
        self.assertIn(account, parts(asked)[0])
        self.assertNotIn("désormais", parts(asked)[0])
        self.assertEqual(self.listed()["notices"], [])

    def test_ack_silences_and_is_confirmed_and_harmless_to_repeat(self):
        letter = self.noticed()
        self.assertEqual(self.answer(letter, "ACK, thank you").code, 250)
        (confirmed,) = self.fresh()
        self.assertIn("you have seen it", parsed(confirmed)["Subject"])
        self.assertEqual(parsed(confirmed)["Auto-Submitted"], "auto-replied")
        self.assertEqual(self.listed()["notices"][0]["answer"], "acknowledged")
        self.assertEqual(self.answer(letter, "ACK").code, 250)
        self.fresh()
        self.assertEqual(self.write().code, 250)
        state = self.assessed()
        self.assertIn("no notice: the person has answered", state["external"]["notice"])
        self.assertEqual(state["external"]["consequence"], "passes, and its author has answered")
        self.assertEqual({one["answer"] for one in state["external"]["findings"] if one["action"] == "notice"},
                         {"acknowledged"})
        self.assertIn("told", state["standing"])
        # A change of the profile is told again.
        self.web.routes["/jane"] = page(OTHER_RANT)
        wait_until(lambda: self.write().code == 250 and len(self.listed()["notices"]) == 2, 30, "a second notice")
        (second,) = self.fresh()
        self.assertIn("pathetic", parts(second)[0])

    def test_wrong_is_counted_once_and_ack_by_the_administrator_works(self):
        letter = self.noticed()
        done = self.decorum.command("notice", "ack", "jane@example.org")
        self.assertEqual((done.returncode, done.stdout), (0, b"jane@example.org: acknowledged\n"), done.stderr)
        self.assertEqual(self.decorum.command("notice", "ack", "jane@example.org").returncode, 1)
        for _ in range(2):
            self.assertEqual(self.answer(letter, "WRONG").code, 250)
            self.fresh()
        listed = self.listed()
        self.assertEqual((listed["called_wrong"], listed["notices"][0]["answer"]), (1, "wrong"))
        table = self.decorum.command("notice", "list").stdout.decode()
        self.assertRegex(table, r"sent +wrong +(disparagement|harassment) [23]")
        self.assertNotIn("jane@", table)

    def test_the_audit_log_has_letters_and_answers_and_no_words(self):
        log = AuditLog(self.decorum)
        letter = self.noticed()
        self.assertEqual(self.decorum.command("notice", "ack", "jane@example.org").returncode, 0)
        for word in ("WRONG", "ACK", "STOP"):
            self.assertEqual(self.answer(letter, word).code, 250)
            self.fresh()
        (person,) = {event["person"] for event in log.events("override")}
        self.assertEqual(sorted((event["by"], event["word"]) for event in log.events("override")),
                         [("administrator", "ack"), ("person", "ack"), ("person", "stop"), ("person", "wrong")])
        notices = [event for event in log.events("notice") if event["letter"] == "notice"]
        self.assertEqual([event["state"] for event in notices], ["queued", "sent"])
        self.assertEqual({event["person"] for event in notices}, {person})
        self.assertGreaterEqual(notices[0]["about"][0]["severity"], 2)
        self.assertIn(("notice", "warned"), {(event["action"], event["outcome"]) for event in log.events("verdict")})
        self.assertEqual({event["person"] for event in log.events("finding", "verdict")}, {person})
        # An outsider who opts out by mail is forgotten, under the name they had.
        anna = "anna@elsewhere.example"
        proof = b"Authentication-Results: mx.example.org; dmarc=pass header.from=elsewhere.example\r\n"
        for recipient in ("paul@example.org", GATEWAY):
            octets = message(sender=f"Anna <{anna}>", body=b"STOP\r\n", extra=proof)
            self.assertEqual(self.deliver(octets, anna, [recipient]), [250])
        wait_until(lambda: log.events("erasure"), 20, "the erasure")
        ((name, by),) = [(event["person"], event["by"]) for event in log.events("erasure")]
        self.assertEqual(by, "mail")
        self.assertNotEqual(name, person)
        self.assertEqual(self.decorum.command("audit", "query", "--person", anna).returncode, 1)
        self.decorum.stop()
        self.assertEqual(log.schema_faults(), [])
        self.assertEqual(log.verify()[0], 0, log.verify())
        for hidden in (b"moron", b"jane", b"anna@", b"boss"):
            self.assertNotIn(hidden, log.octets())

    def test_stop_ends_the_assessment(self):
        letter = self.noticed()
        self.assertEqual(self.answer(letter, "stop").code, 250)
        self.fresh()
        self.assertEqual(self.listed()["opted_out"], 1)
        state = self.assessed()
        self.assertEqual((state["assessed"], state["reason"]), (False, "the person opted out of assessment"))
        self.assertTrue(state["standing"]["opted_out"])
        self.web.routes["/jane"] = page(OTHER_RANT)
        time.sleep(2)  # the cache's time, so that a changed profile would be seen
        self.assertEqual(self.write().code, 250)
        self.assertEqual(self.answer(letter, "ME").code, 250)
        self.fresh()
        self.assertEqual(len(self.listed()["notices"]), 1)

    def test_me_tells_what_others_see_by_the_plain_address_too(self):
        self.assertEqual(self.write("Me", GATEWAY).code, 250)
        (letter,) = self.fresh()
        for look in parts(letter):
            self.assertIn("Sender-Profile", look)
            self.assertIn(f"{self.web.url}/jane", look)
            self.assertIn("Detach your work address", look)

    def test_a_forged_token_is_refused_and_another_persons_changes_nothing(self):
        letter = self.noticed()
        token = parsed(letter)["Reply-To"]
        at = token.index("+") + 30
        forged = token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1:]
        self.assertEqual(self.write("ACK", forged).code, 550)
        self.assertEqual(self.write("ACK", "decorum+news@example.org").code, 550)
        reply = self.write("ACK", token, sender="paul@example.org")
        self.assertEqual(reply.code, 550)
        self.assertEqual(self.listed()["notices"][0]["answer"], "none")
        # Case is no difference.
        self.assertEqual(self.write("ACK", token.upper()).code, 250)
        self.fresh()
        self.assertEqual(self.listed()["notices"][0]["answer"], "acknowledged")

    def test_other_recipients_of_an_answer_get_it_and_the_gateway_obeys(self):
        letter = self.noticed()
        self.sink.forget()
        self.assertEqual(self.write("ACK", [parsed(letter)["Reply-To"], "anna@elsewhere.example"]).code, 250)
        self.fresh()
        passed = self.sink.wait_message()[0]
        (recipient,) = passed.recipients
        self.assertIn(b"anna@elsewhere.example", recipient)
        self.assertEqual(self.listed()["notices"][0]["answer"], "acknowledged")

    def test_what_a_machine_answers_is_dropped(self):
        letter = self.noticed()
        start = len(self.decorum.log)
        self.assertEqual(self.answer(letter, "ACK", extra=b"Auto-Submitted: auto-replied\r\n").code, 250)
        self.wait_for_log("event=own_mail", "dropped=auto", start=start)
        with Client(self.decorum.ports["delivery"]) as client:   # a bounce that should not be
            client.ehlo("LHLO")
            bounce = message(sender="MAILER-DAEMON@elsewhere.example", body=b"STOP\r\n")
            (verdict,) = client.deliver(bounce, "", [parsed(letter)["Reply-To"]], lmtp=True)
            self.assertEqual(verdict.code, 250)
        self.wait_for_log("event=own_mail", "dropped=bounce", start=start)
        self.assertEqual(self.answer(letter, "ME").code, 250)
        self.fresh()   # of ME, and nothing else
        self.assertEqual(self.listed()["notices"][0]["answer"], "none")
        self.assertEqual(self.listed()["opted_out"], 0)

    def deliver(self, octets, sender, recipients):
        with Client(self.decorum.ports["delivery"]) as client:
            client.ehlo("LHLO")
            return [one.code for one in client.deliver(octets, sender, recipients, lmtp=True)]

    def test_an_outsider_opts_out_by_proved_mail_only(self):
        anna = "anna@elsewhere.example"
        self.sink.forget()
        proof = b"Authentication-Results: mx.example.org; dmarc=pass header.from=elsewhere.example\r\n"
        unproved = message(sender=f"Anna <{anna}>", body=b"STOP\r\n")
        self.assertEqual(self.deliver(unproved, anna, [GATEWAY]), [250])
        self.wait_for_log("event=own_mail", "dropped=unauthenticated")
        self.assertEqual(self.decorum.command("optout", "list").stdout, b"")
        proved = message(sender=f"Anna <{anna}>", body=b"STOP\r\n", extra=proof)
        # Beside somebody else's copy, each recipient has a verdict of its own, in order.
        self.assertEqual(self.deliver(proved, anna, [GATEWAY, "paul@example.org"]), [250, 250])
        self.assertEqual(self.decorum.command("optout", "list").stdout, b"anna@elsewhere.example\n")
        letter = self.sink.wait_message()[0]
        self.assertIn("shown nowhere", parsed(letter.octets)["Subject"])
        self.assertEqual(parsed(letter.octets)["Reply-To"], GATEWAY)

    def test_a_letter_survives_kill_and_arrives_exactly_once(self):
        # Killed when it is queued and the mail server has not been asked.
        self.assertEqual(self.write().code, 250)
        self.wait_for_log("event=notice_queued")
        self.decorum.kill()
        self.decorum.start()
        (letter,) = self.fresh()
        self.assertIn("moron", parts(letter)[0])
        self.assertEqual(self.answer(letter, "ME").code, 250)
        self.fresh()


class LostVerdict(NoticeCase):
    """The mail server has the letter, and the gateway dies before it hears so."""

    def setUp(self):
        self.mta = self.serve_here(Sink())
        self.letters = self.serve_here(Sink())
        self.decorum = self.gateway(
            self.letters.port, {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta.port}"}})

    def send(self):
        with Client(self.decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message(), recipients=["anna@elsewhere.example"]).code, 250)

    def test_the_same_octets_come_again_after_a_kill_and_no_more_after_the_verdict(self):
        self.letters.on["end"] = STALL
        self.send()
        wait_until(lambda: [one for one in self.letters.messages if one.complete], 20, "the letter, unanswered")
        self.decorum.kill()
        first = self.letters.messages[0].octets
        self.letters.on.clear()
        self.decorum.start()
        (again,) = wait_until(self.letters.accepted, 20, "the letter once more")
        self.assert_octets(again.octets, first)
        self.wait_for_log("event=notice_sent")
        self.send()
        self.assertEqual(self.decorum.terminate(), 0)
        self.assertEqual(len(self.letters.accepted()), 1)

    def test_a_refused_letter_is_tried_again_and_a_final_no_is_recorded(self):
        self.letters.on["RCPT"] = b"450 4.2.1 later"
        self.send()
        self.wait_for_log("event=notice_delayed", "reply=450")
        self.letters.on["RCPT"] = b"550 5.1.1 nobody here"
        self.wait_for_log("event=notice_refused", "reply=550")
        (notice,) = self.listed()["notices"]
        self.assertEqual(notice["state"], "refused")
        self.assertEqual(self.letters.accepted(), [])


class InFront(NoticeCase):
    """Where nobody has proved who writes, mail to the plain address is the mail server's behind; a token is proof."""

    def setUp(self):
        self.mta = self.serve_here(Sink())
        self.letters = self.serve_here(Sink())
        self.decorum = self.gateway(
            self.letters.port,
            {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"},
             "front": {"protocol": "smtp", "policy": "inbound", "position": "front", "upstream": "mta"},
             "filter": {"protocol": "smtp", "policy": "inbound", "upstream": "mta"},
             "relay": {"protocol": "smtp", "policy": "pass", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta.port}"}})

    def send(self, listener, sender, to, word="hello"):
        with Client(self.decorum.ports[listener]) as client:
            client.ehlo()
            octets = message(sender=f"Somebody <{sender}>", body=word.encode() + b"\r\n")
            return client.deliver(octets, sender, [to]).code

    def test_a_token_is_taken_anywhere_and_the_plain_address_where_somebody_is_known(self):
        self.assertEqual(self.send("submission", "jane@example.org", "anna@elsewhere.example"), 250)
        letter = wait_until(self.letters.accepted, 20, "the notice")[0]
        self.mta.forget()
        for listener, word, answer in (("front", "ACK", "acknowledged"), ("filter", "WRONG", "wrong")):
            self.assertEqual(self.send(listener, "jane@example.org", parsed(letter.octets)["Reply-To"], word), 250)
            self.assertEqual(self.listed()["notices"][0]["answer"], answer)
        self.assertEqual(self.send("relay", "jane@example.org", parsed(letter.octets)["Reply-To"], "ME"), 250)
        asked = wait_until(lambda: self.letters.accepted()[3:], 20, "what readers see")[0]
        self.assertIn("What readers", parsed(asked.octets)["Subject"])
        self.assertEqual(self.mta.messages, [])
        for listener, sender in (("front", "anna@elsewhere.example"), ("submission", "jane@example.org")):
            self.mta.forget()
            self.assertEqual(self.send(listener, sender, GATEWAY, "STOP"), 250)
            self.assertIn(GATEWAY.encode(), self.mta.wait_message()[0].recipients[0])
        self.assertEqual(self.decorum.command("optout", "list").stdout, b"")
        self.assertEqual(self.listed()["opted_out"], 0)

    def test_a_store_that_takes_nothing_keeps_no_mail_from_its_other_recipients(self):
        self.assertEqual(self.send("submission", "jane@example.org", "anna@elsewhere.example"), 250)
        letter = wait_until(self.letters.accepted, 20, "the notice")[0]
        token = parsed(letter.octets)["Reply-To"]
        self.mta.forget()
        with sqlite3.connect(self.decorum.folder / "state/decorum.sqlite", isolation_level=None) as other, \
                Client(self.decorum.ports["submission"]) as client:
            other.execute("BEGIN EXCLUSIVE")
            client.ehlo()
            octets = message(sender="Jane <jane@example.org>", body=b"ACK\r\n")
            start = len(self.decorum.log)
            self.assertEqual(client.deliver(octets, "jane@example.org", ["anna@elsewhere.example", token]).code, 250)
            self.wait_for_log(" error event=own_mail", start=start)
            (recipient,) = self.mta.wait_message()[0].recipients
            self.assertIn(b"anna@elsewhere.example", recipient)
            self.assertEqual(client.deliver(octets, "jane@example.org", [token]).code, 451)
            other.execute("ROLLBACK")
            self.assertEqual(self.listed()["notices"][0]["answer"], "none")
            self.assertEqual(client.deliver(octets, "jane@example.org", [token]).code, 250)
        self.assertEqual(self.listed()["notices"][0]["answer"], "acknowledged")
