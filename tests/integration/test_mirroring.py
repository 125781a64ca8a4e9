"""What the upstream says is what the client hears, and what the client asks is what the upstream is asked."""

import re

from support.client import Client, stuffed
from support.messages import Annotated, message
from support.sink import EXTENSIONS
from support.sink_case import SinkCase


class Verdicts(SinkCase):
    def test_a_refused_recipient_is_refused_alone(self):
        self.sink.on["RCPT"] = lambda session, line: b"550 5.1.1 <who@example.org>: no such user" \
            if b"who@" in line else None
        with self.client() as client:
            codes = [reply.code for reply in client.envelope(
                recipients=["who@example.org", "paul@example.org", "who@example.org", "eva@example.org"])]
            self.assertEqual(codes, [250, 550, 250, 550, 250])
            self.assertEqual(client.data(message()).code, 250)
        self.assertEqual(len(self.sink.accepted()[0].recipients), 2)

    def test_refusals_keep_code_enhanced_code_and_every_line(self):
        refusal = b"550-5.7.1 first line\r\n550-5.7.1 second line\r\n550 5.7.1 third line"
        for verb in ("MAIL", "RCPT", "DATA", "end"):
            with self.subTest(verb):
                self.sink.on = {verb: refusal}
                with self.client() as client:
                    replies = client.envelope()
                    replies.append(client.command("DATA"))
                    if replies[-1].code == 354:
                        client.send(stuffed(message()))
                        replies.append(client.reply())
                    at = {"MAIL": 0, "RCPT": 1, "DATA": 2, "end": 3}[verb]
                    self.assertEqual(replies[at].raw, refusal + b"\r\n")
                    self.assertEqual(client.command("RSET").code, 250)

    def test_all_recipients_refused_leaves_no_data_to_send(self):
        self.sink.on["RCPT"] = b"450 4.2.1 later"
        with self.client() as client:
            self.assertEqual([one.code for one in client.envelope(recipients=["a@example.org", "b@example.org"])],
                             [250, 450, 450])
            self.assertIn(client.command("DATA").code, (503, 554))

    def test_a_positive_reply_where_none_belongs_is_never_a_success(self):
        # (verb, what the upstream says): a 2xx or 3xx that its command doesn't know.
        for verb, odd in (("MAIL", b"354 go on"), ("RCPT", b"354 go on"), ("DATA", b"250 2.0.0 stored"),
                          ("end", b"354 more"), ("end", b"334 "), ("MAIL", b"220 hello"), ("MAIL", b"100 hm")):
            with self.subTest(verb, odd=odd):
                self.sink.on = {verb: odd}
                with self.client() as client:
                    replies = client.envelope()
                    if replies[-1].code == 250:
                        replies.append(client.command("DATA"))
                        if replies[-1].code == 354:
                            client.send(stuffed(message()))
                            replies.append(client.reply())
                    first_bad = next((one for one in replies if one.code not in (250, 354)), None)
                    self.assertIsNotNone(first_bad, replies)
                    self.assertGreaterEqual(first_bad.code, 400)
                    self.assertFalse([one for one in replies[3:] if one.code < 400])
        self.assert_served()

    def test_251_and_252_of_rcpt_are_mirrored(self):
        for odd in (b"251 2.1.5 will forward", b"252 2.1.5 will try"):
            with self.subTest(odd):
                self.sink.on = {"RCPT": odd}
                with self.client() as client:
                    self.assertEqual(client.envelope()[1].raw, odd + b"\r\n")
                    self.assertEqual(client.data(message()).code, 250)

    def test_a_reply_that_is_none_is_a_temporary_error(self):
        for odd in (b"nonsense", b"25", b"250 2.0.0 ok\rMAIL", b"2500 ok", b""):
            with self.subTest(odd):
                self.sink.on = {"end": odd}
                with self.client() as client:
                    client.envelope()
                    verdict = client.data(message())
                    self.assertIn(verdict.code, (421, 451), verdict)
        self.assert_served()

    def test_the_upstreams_words_at_250_are_handed_on(self):
        self.sink.on["end"] = b"250 2.0.0 Ok: queued as ABC123"
        with self.client() as client:
            self.assertEqual(client.deliver(message()).raw, b"250 2.0.0 Ok: queued as ABC123\r\n")


class LmtpVerdicts(SinkCase):
    protocol = "lmtp"

    def test_each_recipient_has_its_own_verdict_in_order(self):
        def verdict(session, line):
            return {b"a@": b"250 2.0.0 stored", b"b@": b"552 5.2.2 mailbox full",
                    b"c@": b"451-4.3.0 first\r\n451 4.3.0 second"}[re.search(rb"<(.@)", line).group(1)]
        self.sink.on["end"] = verdict
        with self.client() as client:
            client.envelope(recipients=["b@example.org", "a@example.org", "c@example.org"])
            verdicts = client.data(message(), verdicts=3)
            self.assertEqual([one.raw for one in verdicts],
                             [b"552 5.2.2 mailbox full\r\n", b"250 2.0.0 stored\r\n",
                              b"451-4.3.0 first\r\n451 4.3.0 second\r\n"])
            self.assertEqual(client.command("NOOP").code, 250)

    def test_only_accepted_recipients_have_a_verdict(self):
        self.sink.on["RCPT"] = lambda session, line: b"550 5.1.1 no" if b"who@" in line else None
        with self.client() as client:
            client.envelope(recipients=["who@example.org", "a@example.org", "who@example.org"])
            (verdict,) = client.data(message(), verdicts=1)
            self.assertEqual(verdict.code, 250)
            self.assertEqual(client.command("NOOP").code, 250, "no verdict more")

    def test_the_same_recipient_twice_has_two_verdicts(self):
        with self.client() as client:
            client.envelope(recipients=["a@example.org", "a@example.org"])
            self.assertEqual([one.code for one in client.data(message(), verdicts=2)], [250, 250])
            self.assertEqual(client.command("NOOP").code, 250)

    def test_an_upstream_that_vanishes_between_verdicts_leaves_the_rest_unaccepted(self):
        self.sink.on["end"] = lambda session, line: "vanish" if b"b@" in line else None
        with self.client() as client:
            client.envelope(recipients=["a@example.org", "b@example.org", "c@example.org"])
            codes = [one.code for one in client.data(message(), verdicts=3)]
            self.assertEqual(codes[0], 250)
            self.assertEqual([code in (421, 451) for code in codes[1:]], [True, True], codes)

    def test_a_hundred_recipients_have_a_hundred_verdicts(self):
        recipients = [f"user{number}@example.org" for number in range(100)]
        with self.client() as client:
            client.envelope(recipients=recipients)
            verdicts = client.data(message(), verdicts=100)
            for recipient, verdict in zip(recipients, verdicts):
                self.assertIn(recipient, verdict.lines[-1])


class Parameters(SinkCase):
    def test_dsn_parameters_pass(self):
        mail = "MAIL FROM:<jane@example.org> RET=HDRS ENVID=QQ+2B314 BODY=8BITMIME"
        rcpt = "RCPT TO:<paul@example.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;paul+40example.org@example.org"
        with self.client() as client:
            self.assertEqual([client.command(mail).code, client.command(rcpt).code], [250, 250])
            self.assertEqual(client.data(message()).code, 250)
        got = self.sink.accepted()[0]
        for part in mail.split()[2:]:
            self.assertIn(part, got.mail.decode().split())
        self.assertEqual(got.recipients[0].decode(), rcpt)

    def test_size_grows_by_the_block(self):
        sent = message()
        with self.client() as client:
            self.assertEqual(client.command(f"MAIL FROM:<jane@example.org> SIZE={len(sent)}").code, 250)
            self.assertEqual(client.command("RCPT TO:<paul@example.org>").code, 250)
            self.assertEqual(client.data(sent).code, 250)
        got = self.sink.accepted()[0]
        told = int(re.search(rb"SIZE=(\d+)", got.mail).group(1))
        self.assertGreaterEqual(told, len(got.octets))

    def test_smtputf8_passes(self):
        sent = "From: Zoë <zoë@example.org>\r\nSubject: été\r\n\r\nbonjour\r\n".encode()
        with self.client() as client:
            self.assertEqual(client.command("MAIL FROM:<zoë@example.org> SMTPUTF8 BODY=8BITMIME").code, 250)
            self.assertEqual(client.command("RCPT TO:<paül@example.org>").code, 250)
            self.assertEqual(client.data(sent).code, 250)
        got = self.sink.accepted()[0]
        self.assertIn("<zoë@example.org>".encode(), got.mail)
        self.assertIn(b"SMTPUTF8", got.mail)
        self.assertIn("<paül@example.org>".encode(), got.recipients[0])
        self.assert_octets(Annotated(got.octets).rest, sent)

    def test_the_null_reverse_path_passes_and_is_not_looked_up(self):
        got = self.annotated(message(), sender="")
        self.assertEqual((got.status, got.reason), ("none", "bounce"))
        self.assertTrue(self.sink.accepted()[0].mail.startswith(b"MAIL FROM:<>"))

    def test_a_quoted_local_part_passes_as_it_is(self):
        self.through(message(), recipients=['"paul petit"@example.org'])
        self.assertIn(b'<"paul petit"@example.org>', self.sink.accepted()[0].recipients[0])


class Capabilities(SinkCase):
    extensions = EXTENSIONS[:-1] + ("SIZE 1000000", "CHUNKING", "XCLIENT NAME ADDR", "XFORWARD NAME ADDR", "X-ODD",
                                    "BINARYMIME", "REQUIRETLS", "BURL", "ETRN", "FUTURERELEASE 1 2")

    def test_ehlo_is_the_intersection(self):
        with Client(self.decorum.port) as client:
            offered = client.ehlo()
        self.assertLessEqual({"PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "ENHANCEDSTATUSCODES", "SIZE"},
                             set(offered))
        for name in ("CHUNKING", "BINARYMIME", "X-ODD", "XCLIENT", "XFORWARD", "STARTTLS", "REQUIRETLS", "BURL", "ETRN",
                     "FUTURERELEASE"):
            self.assertNotIn(name, offered)
        self.assertLess(int(offered["SIZE"][0]), 1_000_000, "less our reserve")

    def test_xclient_from_a_stranger_is_refused(self):
        with self.client() as client:
            self.assertGreaterEqual(client.command("XCLIENT ADDR=192.0.2.1").code, 500)
            self.assertGreaterEqual(client.command("XFORWARD ADDR=192.0.2.1").code, 500)

    def test_bdat_is_refused_and_takes_nothing_with_it(self):
        with self.client() as client:
            self.assertGreaterEqual(client.command("BDAT 6 LAST").code, 500)


class FewCapabilities(SinkCase):
    extensions = ("PIPELINING",)

    def test_what_the_upstream_lacks_is_not_offered(self):
        with Client(self.decorum.port) as client:
            offered = client.ehlo()
        for name in ("8BITMIME", "SMTPUTF8", "DSN", "SIZE", "AUTH"):
            self.assertNotIn(name, offered)

    def test_eight_bit_mail_is_refused_rather_than_recoded(self):
        with self.client() as client:
            client.envelope()
            verdict = client.data(message(body="été\r\n".encode()))
            self.assertEqual((verdict.code, verdict.enhanced), (554, "5.6.3"), verdict)
            self.assertEqual(self.sink.complete(), [])
            self.assertEqual(client.deliver(message()).code, 250)


class Pipelining(SinkCase):
    upstream = {"spares": 1}

    def test_a_batch_is_answered_in_order(self):
        self.sink.on["RCPT"] = lambda session, line: b"550 5.1.1 no" if b"who@" in line else None
        with self.client() as client:
            client.send(b"MAIL FROM:<jane@example.org>\r\nRCPT TO:<who@example.org>\r\n"
                        b"RCPT TO:<paul@example.org>\r\nDATA\r\n")
            self.assertEqual([client.reply().code for _ in range(4)], [250, 550, 250, 354])
            client.send(stuffed(message()) + b"MAIL FROM:<jane@example.org>\r\nRCPT TO:<eva@example.org>\r\nDATA\r\n")
            self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 250, 354])
            client.send(stuffed(message()) + b"QUIT\r\n")
            self.assertEqual([client.reply().code for _ in range(2)], [250, 221])
        self.assertEqual(len(self.sink.accepted()), 2)

    def test_a_batch_goes_on_in_one_write(self):
        with self.client() as client:
            client.send(b"MAIL FROM:<jane@example.org>\r\nRCPT TO:<paul@example.org>\r\nRCPT TO:<eva@example.org>\r\n"
                        b"DATA\r\n")
            self.assertEqual([client.reply().code for _ in range(4)], [250, 250, 250, 354])
            client.send(stuffed(message()))
            self.assertEqual(client.reply().code, 250)
        reads = [octets for octets in list(self.sink.reads) if b"MAIL FROM" in octets]
        self.assertEqual(len(reads), 1)
        self.assertIn(b"DATA\r\n", reads[0])
        self.assertEqual(reads[0].count(b"RCPT TO:"), 2)

    def test_all_recipients_refused_in_a_batch_with_data(self):
        self.sink.on["RCPT"] = b"550 5.1.1 no"
        with self.client() as client:
            client.send(b"MAIL FROM:<jane@example.org>\r\nRCPT TO:<who@example.org>\r\nDATA\r\n")
            codes = [client.reply().code for _ in range(3)]
            self.assertEqual(codes[:2], [250, 550])
            if codes[2] == 354:   # RFC 2920 §3.1: the client then sends a lone dot
                client.send(b".\r\n")
                self.assertGreaterEqual(client.reply().code, 400)
            else:
                self.assertIn(codes[2], (503, 554))
            self.sink.on.clear()
            client.command("RSET")
            self.assertEqual(client.deliver(message()).code, 250)
