"""Submission: swaks and raw clients talk to Decorum, AUTH passes through to a Postfix that asks Dovecot."""

import base64
import re
import subprocess

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client
from support.decorum import Decorum
from support.dovecot import Dovecot
from support.messages import Annotated, message
from support.postfix import Postfix, only_with_a_login
from support.scratch import free_port
from support.sink import Sink
from support.sink_case import SinkCase

MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5")


class SubmissionAuth(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.sink = cls.serve(Sink())
        cls.dovecot = cls.serve(Dovecot(cls.scratch, extra="auth_mechanisms = plain login cram-md5 scram-sha-256\n"))
        cls.mta = free_port()
        cls.postfix = cls.serve(Postfix(cls.scratch, {cls.mta: only_with_a_login(cls.dovecot)},
                                        {"relayhost": f"[127.0.0.1]:{cls.sink.port}"}))
        pem, key = certificate(cls.scratch)
        tls = {"certificate": pem, "private_key": key}
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"submission": {"protocol": "smtp", "policy": "pass", "position": "submission", "upstream": "mta",
                            "tls": "starttls", **tls},
             "submissions": {"protocol": "smtp", "policy": "pass", "position": "submission", "upstream": "mta",
                             "tls": "implicit", **tls}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{cls.mta}"}}))

    def setUp(self):
        self.sink.forget()

    def swaks(self, *options, port="submission", status=0):
        command = ["swaks", "--server", "127.0.0.1", "--port", str(self.decorum.ports[port]), "--from",
                   "jane@example.org", "--to", "anna@elsewhere.example", "--ehlo", "laptop.example",
                   "--header", "Subject: by swaks", "--body", "hello", "--timeout", "20", *options]
        result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def auth(self, mechanism="PLAIN", password="secret"):
        return ["--auth", mechanism, "--auth-user", "paul@example.org", "--auth-password", password]

    def assert_delivered_as_paul(self):
        octets = self.sink.wait_message()[0].octets
        self.assertIn(b"Authenticated sender: paul@example.org", octets)
        self.assertIn(b"by swaks", octets)
        self.assertEqual(Annotated(octets).block, b"")

    def test_swaks_with_starttls_and_each_mechanism(self):
        for mechanism in MECHANISMS:
            with self.subTest(mechanism):
                self.sink.forget()
                self.swaks("--tls", *self.auth(mechanism))
                self.assert_delivered_as_paul()

    def test_swaks_with_starttls_auth_and_pipelining(self):
        self.swaks("--tls", "--pipeline", *self.auth())
        self.assert_delivered_as_paul()

    def test_swaks_with_implicit_tls(self):
        self.swaks("--tls-on-connect", *self.auth(), port="submissions")
        self.assert_delivered_as_paul()

    def test_a_wrong_password_is_the_upstreams_refusal(self):
        dialogue = self.swaks("--tls", *self.auth(password="wrong"), status=28)
        self.assertRegex(dialogue, r"<~\* 535 5\.7\.8 ")

    def test_without_auth_the_upstream_refuses_to_relay(self):
        dialogue = self.swaks("--tls", status=24)
        self.assertRegex(dialogue, r"<~\* 554 5\.7\.1 ")

    def test_before_tls_no_auth_is_offered_and_after_it_nothing_bound_to_the_channel(self):
        with Client(self.decorum.ports["submission"]) as client:
            before = client.ehlo()
            self.assertIn("STARTTLS", before)
            self.assertNotIn("AUTH", before)
            client.starttls()
            after = client.ehlo()
            self.assertNotIn("STARTTLS", after)
            self.assertLessEqual({"PLAIN", "LOGIN", "CRAM-MD5"}, set(after["AUTH"]))

    def test_a_cancelled_exchange_leaves_the_session_usable(self):
        with Client(self.decorum.ports["submission"]) as client:
            client.ehlo()
            client.starttls()
            client.ehlo()
            self.assertEqual(client.command("AUTH LOGIN").code, 334)
            self.assertEqual(client.command("*").code, 501)
            plain = base64.b64encode(b"\0paul@example.org\0secret").decode()
            self.assertEqual(client.command(f"AUTH PLAIN {plain}").code, 235)
            self.assertEqual(client.deliver(message(), recipients=["anna@elsewhere.example"]).code, 250)
        self.assertIn(b"Authenticated sender: paul@example.org", self.sink.wait_message()[0].octets)

    def test_the_password_is_not_in_the_log(self):
        self.swaks("--tls", *self.auth())
        log = "\n".join(self.decorum.log)
        for secret in ("secret", base64.b64encode(b"\0paul@example.org\0secret").decode()):
            self.assertNotIn(secret, log)


class Injected(SinkCase):
    """What stands in clear between STARTTLS and the handshake, anybody on the way can have put there."""

    INJECTED = b"MAIL FROM:<injected@evil.example>\r\n"

    @classmethod
    def prepare(cls):
        pem, key = certificate(cls.scratch)
        cls.listener = {"policy": "pass", "position": "submission", "tls": "starttls", "certificate": pem,
                        "private_key": key}
        super().prepare()

    def assert_session_ended(self, start, *words):
        """In the log; the upstream has heard nothing of what was injected."""
        self.decorum.wait_for_log("event=session", *words, start=start)
        said = [line for session in self.sink.sessions for line in session.commands]
        self.assertEqual([line for line in said if b"evil.example" in line], [])

    def test_what_comes_with_the_command_is_forgotten(self):
        start = len(self.decorum.log)
        with self.client() as client:
            client.send(b"STARTTLS\r\n" + self.INJECTED)
            self.assertEqual(client.reply().code, 220)
            self.assertEqual(client.buffer, b"", "a reply to what was sent in clear")
            client.secure()
            client.ehlo()
            reply = client.command("RCPT TO:<paul@example.org>")
            self.assertEqual(reply.code, 503, "no transaction was begun")
            self.assertEqual(client.command("QUIT").code, 221)
        self.assert_session_ended(start, "tls=yes", "end=quit")

    def test_what_comes_after_the_reply_is_no_handshake(self):
        start = len(self.decorum.log)
        with self.client() as client:
            self.assertEqual(client.command("STARTTLS").code, 220)
            client.send(self.INJECTED)
            with self.assertRaises(OSError):   # ssl.SSLError is one
                client.secure()
        self.assert_session_ended(start, "tls=no", 'end="tls:')


class UpstreamTls(GatewayCase):
    """STARTTLS towards the upstream, whose certificate must be the named one."""

    def gateway(self, **upstream):
        return self.serve_here(Decorum(
            self.scratch, {"main": {"protocol": "smtp", "policy": "inbound", "upstream": "next"}},
            {"next": {"protocol": "smtp", "address": f"127.0.0.1:{self.sink.port}", "tls": "starttls", **upstream}},
            name=f"decorum-{self._testMethodName}"))

    @classmethod
    def prepare(cls):
        cls.pem, cls.key = certificate(cls.scratch)
        cls.sink = cls.serve(Sink(certificate=(cls.pem, cls.key)))

    def setUp(self):
        self.sink.forget()

    def test_a_verified_upstream_gets_the_mail_over_tls(self):
        decorum = self.gateway(verify="required", ca_file=self.pem, tls_name="mx.example.org")
        sent = message()
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(sent).code, 250)
        got = self.sink.wait_message()[0]
        self.assertTrue(got.session.tls)
        self.assert_octets(Annotated(got.octets).rest, sent)

    def test_a_certificate_of_another_name_is_refused(self):
        decorum = self.gateway(verify="required", ca_file=self.pem, tls_name="other.example.org")
        with Client(decorum.port) as client:
            reply = client.greeting
            for command in ("EHLO client.example", "MAIL FROM:<jane@example.org>"):
                if reply.code < 400:
                    reply = client.command(command)
            self.assertIn(reply.code, (421, 451), reply)
        self.assertEqual(self.sink.messages, [])

    def test_none_takes_any_certificate(self):
        decorum = self.gateway(verify="none")
        with Client(decorum.port) as client:
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        self.assertTrue(self.sink.wait_message()[0].session.tls)


class MechanismsOffered(SinkCase):
    extensions = ("PIPELINING", "8BITMIME",
                  "AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-256-PLUS GSSAPI EXTERNAL XOAUTH2 OAUTHBEARER")
    listener = {"policy": "pass", "position": "submission"}

    def test_nothing_that_the_channel_would_break(self):
        with Client(self.decorum.port) as client:
            offered = client.ehlo().get("AUTH", [])
        self.assertFalse({"GSSAPI", "EXTERNAL"} & set(offered), offered)
        self.assertFalse([name for name in offered if re.search("-PLUS$", name)], offered)
        self.assertLessEqual({"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"},
                             set(offered))
