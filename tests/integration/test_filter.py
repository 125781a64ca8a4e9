"""As a filter of Postfix: before the queue (smtpd_proxy_filter) and after it (content_filter)."""

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum
from support.messages import Annotated, authenticated, message
from support.postfix import Postfix
from support.scratch import free_port
from support.sink import Sink


class FilterCase(GatewayCase):
    @classmethod
    def build(cls, in_options, main=None, position="filter", annotate=None,
              overrides="no_unknown_recipient_checks,no_header_body_checks,no_milters"):
        """Client -> Postfix -> Decorum -> Postfix (re-injection) -> sink."""
        cls.sink = cls.serve(Sink())
        cls.entry, cls.again = free_port(), free_port()
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"filter": {"protocol": "smtp", "policy": "inbound", "position": position, "upstream": "again",
                        "trusted_peers": ["127.0.0.1/32"]}},
            {"again": {"protocol": "smtp", "address": f"127.0.0.1:{cls.again}"}},
            annotate=annotate or {"require": "none"}))
        options = {key: value.replace("GATEWAY", f"127.0.0.1:{cls.decorum.port}")
                   for key, value in in_options.items()}
        cls.postfix = cls.serve(Postfix(cls.scratch, {
            cls.entry: options,
            cls.again: {
                "smtpd_authorized_xforward_hosts": "127.0.0.0/8",
                "content_filter": "",
                "smtpd_proxy_filter": "",
                "receive_override_options": overrides,
            },
        }, {"relayhost": f"[127.0.0.1]:{cls.sink.port}", **(main or {})}))

    def send(self, octets, code=250, **envelope):
        with Client(self.entry, source="127.0.0.2") as client:
            client.ehlo()
            reply = client.deliver(octets, **envelope)
            self.assertEqual(reply.code, code, reply)
            return reply

    def setUp(self):
        self.sink.forget()

    def check_annotated(self, sent):
        got = Annotated(self.sink.wait_message()[0].octets)
        self.assertEqual(got.status, "found")
        self.assert_octets(got.rest[-len(sent):], sent)
        return got

    def check_identity(self, start):
        """The second Postfix logs whom the first one's client was (line `start` of the log on)."""
        line = self.postfix.process.wait_for_line(lambda one: "orig_client=" in one, 10, "orig_client=", start)
        self.assertIn("orig_client=unknown[127.0.0.2]", line)


class ProxyFilter(FilterCase):
    @classmethod
    def prepare(cls):
        cls.build({"smtpd_proxy_filter": "GATEWAY"})

    def test_annotates_and_keeps_every_octet(self):
        sent = message(body=b"one\r\n.two\r\n" + "été\r\n".encode())
        self.send(sent)
        self.check_annotated(sent)

    def test_xforward_carries_the_clients_identity_to_the_second_postfix(self):
        start = len(self.postfix.process.lines)
        sent = message()
        self.send(sent)
        self.check_annotated(sent)
        self.check_identity(start)

    def test_a_client_whose_name_has_an_equals_sign_is_named_too(self):
        start = len(self.postfix.process.lines)
        with Client(self.entry, source="127.0.0.2") as client:
            client.command("EHLO a=b")
            self.assertEqual(client.deliver(message()).code, 250)
        self.check_identity(start)
        self.sink.wait_message()

    def test_many_messages_one_after_the_other_all_arrive(self):
        for _ in range(20):
            self.send(message())
        self.assertEqual(len({one.octets for one in self.sink.wait_message(20)}), 20)


class NearTheLimit(FilterCase):
    """A message as large as clients may send is too large for the same limit when it comes back."""

    @classmethod
    def prepare(cls):
        cls.build({"content_filter": "smtp:GATEWAY", "message_size_limit": "100000"}, {"message_size_limit": "116384"})

    def test_is_not_bounced_behind_the_queue(self):
        head = message(body=b"")
        line = b"x" * 70 + b"\r\n"
        sent = message(body=line * ((99_000 - len(head)) // len(line)))
        self.send(sent)
        self.check_annotated(sent)
        self.send(message(body=line * 1500), code=552)


class BeforeTheQueue(FilterCase):
    """Where Postfix's milters and header_checks have seen no header yet: position "front", as the README has it."""

    @classmethod
    def prepare(cls):
        checks = cls.scratch.write("header_checks", "/^Authentication-Results[[:space:]]*:/ IGNORE\n")
        cls.build({"smtpd_proxy_filter": "GATEWAY"}, {"header_checks": f"regexp:{checks}"}, position="front",
                  annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"]},
                  overrides="no_unknown_recipient_checks")

    def test_a_proof_from_outside_proves_nothing_and_goes_no_further(self):
        start = len(self.postfix.process.lines)
        self.send(authenticated("jane@example.org", "Jane Martin"))
        octets = self.sink.wait_message()[0].octets
        got = Annotated(octets)
        self.assertEqual(got.status, "unauthenticated")
        self.assertNotIn(b"Jane Martin", got.block)
        self.assertNotIn(b"Authentication-Results", octets)
        self.check_identity(start)

    def test_a_forged_block_is_removed_and_the_rest_kept(self):
        sent = message()
        self.send(b"Sender-Profile: The CEO\r\n" + sent)
        octets = self.sink.wait_message()[0].octets
        self.assertNotIn(b"The CEO", octets)
        self.assert_octets(octets[-len(sent):], sent)


class ContentFilter(FilterCase):
    @classmethod
    def prepare(cls):
        cls.build({"content_filter": "smtp:GATEWAY"}, {"smtp_send_xforward_command": "yes"})

    def test_annotates_and_keeps_every_octet(self):
        sent = message(body=b"one\r\n.two\r\n")
        self.send(sent)
        self.check_annotated(sent)

    def test_xforward_carries_the_clients_identity_through(self):
        start = len(self.postfix.process.lines)
        sent = message()
        self.send(sent)
        self.check_annotated(sent)
        self.check_identity(start)

    def test_each_of_several_recipients_is_handed_on(self):
        sent = message()
        self.send(sent, recipients=["paul@example.org", "anna@example.org", "eva@example.org"])
        got = self.sink.wait_message()[0]
        self.assertEqual(len(got.recipients), 3)
