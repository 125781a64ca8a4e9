"""Each placement of the README, built from its snippets as they stand there: real Postfix, real Dovecot, real mail."""

import base64

from support.case import GatewayCase
from support.certificates import certificate
from support.client import Client
from support.decorum import Decorum
from support.dovecot import Dovecot
from support.messages import Annotated, authenticated, message, message_id
from support.postfix import Postfix
from support.readme import Section
from support.scratch import free_port
from support.sink import Sink

PROVED = ("jane@example.org", "Jane Martin")


class SnippetCase(GatewayCase):
    @classmethod
    def gateway(cls, table, authserv_ids=()):
        """Decorum as the TOML blocks say, with the people of the test."""
        assert set(table) <= {"gateway", "listener", "upstream", "annotate", "connector"}, table
        listeners = {keys.pop("name"): keys for keys in table["listener"]}
        annotate = {"require": "authenticated", "authserv_ids": authserv_ids, **table.get("annotate", {})}
        decorum = Decorum(cls.scratch, listeners, table["upstream"], annotate=annotate,
                          gateway=table.get("gateway", {}))
        checked = decorum.command("check")
        assert checked.returncode == 0, checked.stderr.decode()
        return cls.serve(decorum)

    @classmethod
    def own_sink(cls):
        cls.sink = cls.serve(Sink())
        return {"relayhost": f"[127.0.0.1]:{cls.sink.port}"}

    def setUp(self):
        if hasattr(self, "sink"):
            self.sink.forget()

    def send(self, port, octets, source="127.0.0.2", **envelope):
        with Client(port, source=source, name="peer.example") as client:
            client.ehlo()
            self.assertEqual(client.deliver(octets, **envelope).code, 250)

    def relayed(self):
        octets = self.sink.wait_message()[0].octets
        return octets, Annotated(octets)


class Delivery(SnippetCase):
    @classmethod
    def prepare(cls):
        cls.lmtp, cls.entry, dovecot_lmtp = free_port(), free_port(), free_port()
        rules = cls.scratch.path / "header_checks"
        section = Section("### Delivery: ", {
            "127.0.0.1:2424": f"127.0.0.1:{cls.lmtp}", "127.0.0.1:24": f"127.0.0.1:{dovecot_lmtp}",
            "port = 24": f"port = {dovecot_lmtp}", "/etc/postfix/header_checks": rules})
        main, _ = section.postfix("header_checks = ")
        block = section.block("header_checks = ")
        cls.scratch.write("header_checks", block[block.index(f"# {rules}"):])
        cls.dovecot = cls.serve(Dovecot(cls.scratch, extra=section.block("protocols ="), lmtp_port=dovecot_lmtp))
        cls.decorum = cls.gateway(section.toml())
        cls.serve(Postfix(cls.scratch, {cls.entry: {}}, {
            "virtual_mailbox_domains": "example.org", "virtual_mailbox_maps": "static:all",
            "virtual_transport": section.setting("mailbox_transport"), **main}))

    def test_mail_arrives_and_a_proof_from_outside_proves_nothing(self):
        sent = authenticated(*PROVED)
        self.send(self.entry, sent)
        got = Annotated(self.dovecot.message_with(message_id(sent)))
        self.assertEqual(got.status, "unauthenticated")

    def test_what_the_mail_server_has_proved_is_shown(self):
        sent = authenticated(*PROVED)
        with Client(self.lmtp) as client:
            client.lhlo()
            client.envelope(recipients=["paul@example.org"])
            self.assertEqual(client.data(sent, verdicts=1)[0].code, 250)
        got = Annotated(self.dovecot.message_with(message_id(sent)))
        self.assertEqual(got.status, "found")
        self.assert_octets(got.rest[-len(sent):], sent)


class Filter(SnippetCase):
    @classmethod
    def prepare(cls):
        entry, into, back = free_port(), free_port(), free_port()
        section = Section("### Filter: ", {"127.0.0.1:10025": f"127.0.0.1:{into}",
                                           "127.0.0.1:10026": f"127.0.0.1:{back}"})
        cls.decorum = cls.gateway(section.toml(), ["mx.example.org"])
        main, services = section.postfix("content_filter = ")
        cls.entry = entry
        cls.serve(Postfix(cls.scratch, {entry: {}, back: services[f"127.0.0.1:{back}"]}, {**main, **cls.own_sink()}))

    def test_mail_comes_back_annotated(self):
        sent = authenticated(*PROVED)
        self.send(self.entry, sent)
        _, got = self.relayed()
        self.assertEqual(got.status, "found")
        self.assert_octets(got.rest[-len(sent):], sent)


class BeforeTheQueue(SnippetCase):
    @classmethod
    def prepare(cls):
        cls.entry, into, back = free_port(), free_port(), free_port()
        here = {"127.0.0.1:10025": f"127.0.0.1:{into}", "127.0.0.1:10026": f"127.0.0.1:{back}"}
        table = Section("### Filter: ", here).toml()
        section = Section("**Before the queue**", here)
        table["listener"][0]["position"] = section.setting("position").strip('"')
        cls.decorum = cls.gateway(table, ["mx.example.org"])
        _, services = section.postfix("smtpd_proxy_filter=")
        # Of the test: they run when the mail comes back.
        rules = cls.scratch.write("header_checks", "/^Authentication-Results[[:space:]]*:/  IGNORE\n")
        cls.serve(Postfix(cls.scratch, {cls.entry: services["smtp"], back: services[f"127.0.0.1:{back}"]},
                          {"header_checks": f"regexp:{rules}", **cls.own_sink()}))

    def test_nobody_is_shown_and_the_checks_see_the_mail_when_it_comes_back(self):
        self.send(self.entry, authenticated(*PROVED))
        octets, got = self.relayed()
        self.assertEqual(got.status, "unauthenticated")
        self.assertNotIn(b"Authentication-Results", octets)


class Front(SnippetCase):
    by_proxy = False

    @classmethod
    def prepare(cls):
        cls.entry, mta = free_port(), free_port()
        pem, key = certificate(cls.scratch)
        section = Section("### Front MX", {
            '"0.0.0.0:25", "[::]:25"': f'"127.0.0.1:{cls.entry}"', "127.0.0.1:10025": f"127.0.0.1:{mta}",
            "/etc/decorum/mx.pem": pem, "/etc/decorum/mx.key": key})
        table = section.toml()
        told = "smtpd_authorized_xclient_hosts"
        options = {told: section.setting(told)}
        if cls.by_proxy:
            told = "smtpd_upstream_proxy_protocol"
            options = {told: section.setting(told)}
            table["upstream"]["mta"]["send_proxy"] = section.setting("send_proxy").strip('"')
        cls.decorum = cls.gateway(table)
        cls.serve(Postfix(cls.scratch, {mta: options}, {"mynetworks": "127.0.0.0/8", **cls.own_sink()}))

    def test_the_mail_server_learns_who_the_peer_is(self):
        with Client(self.entry, source="127.0.0.2", name="peer.example") as client:
            self.assertIn("STARTTLS", client.ehlo())
            client.starttls()
            client.ehlo()
            self.assertEqual(client.deliver(message()).code, 250)
        _, got = self.relayed()
        self.assertEqual(got.status, "unauthenticated")
        self.assertRegex(got.above, rb"\AReceived: from peer\.example \(\S* ?\[?127\.0\.0\.2\]?\)")
        self.decorum.wait_for_log("event=session")
        self.assertFalse([line for line in self.decorum.log if "event=upstream_identity" in line])


class FrontByProxy(Front):
    by_proxy = True


class Submission(SnippetCase):
    @classmethod
    def prepare(cls):
        cls.entry, msa = free_port(), free_port()
        pem, key = certificate(cls.scratch)
        section = Section("### Submission", {
            "0.0.0.0:587": f"127.0.0.1:{cls.entry}", "127.0.0.1:10587": f"127.0.0.1:{msa}",
            "/etc/decorum/mail.pem": pem, "/etc/decorum/mail.key": key})
        cls.decorum = cls.gateway(section.toml())
        dovecot = cls.serve(Dovecot(cls.scratch))
        _, services = section.postfix("smtpd_sasl_auth_enable")
        cls.serve(Postfix(cls.scratch, {msa: services[f"127.0.0.1:{msa}"]}, {
            "smtpd_sasl_type": "dovecot", "smtpd_sasl_path": f"inet:127.0.0.1:{dovecot.auth_port}",
            "smtpd_sasl_authenticated_header": "yes", "smtpd_recipient_restrictions": "", **cls.own_sink()}))

    def talk(self, logged_in):
        client = Client(self.entry, source="127.0.0.2", name="laptop.example")
        self.addCleanup(client.close)
        client.ehlo()
        client.starttls()
        client.ehlo()
        if logged_in:
            plain = base64.b64encode(b"\0paul@example.org\0secret").decode()
            self.assertEqual(client.command(f"AUTH PLAIN {plain}").code, 235)
        return client

    def test_who_logs_in_may_send(self):
        sent = message()
        self.assertEqual(self.talk(True).deliver(sent, recipients=["anna@elsewhere.example"]).code, 250)
        octets, got = self.relayed()
        self.assertEqual(got.block, b"")
        self.assertIn(b"Authenticated sender: paul@example.org", octets)
        self.assertIn(b"127.0.0.2", octets)

    def test_nobody_else_may(self):
        client = self.talk(False)
        self.assertEqual(client.command("MAIL FROM:<paul@example.org>").code, 250)
        self.assertEqual(client.command("RCPT TO:<anna@elsewhere.example>").code, 554)
