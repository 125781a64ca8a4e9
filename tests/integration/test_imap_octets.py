"""Every section and every partial of what the gateway shows is the same slice of block + original."""

import random
import re

from support.case import GatewayCase
from support.client import Client
from support.decorum import Decorum
from support.dovecot import Dovecot
from support.imap_client import ImapClient, fields_of
from support.imap_model import BLOCK, Message, sliced
from support.messages import message

FORGED = (b"Sender-Profile: Somebody Else\r\n" b"sender-profile-source : status=found\r\n\tfolded\r\n"
          b"Face: Zm9yZ2Vk\r\nX-Face: forged\r\nSender-Profiles: stays\r\n")
MULTIPART = (b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\npreamble\r\n--B\r\n"
             b"Content-Type: text/plain\r\n\r\nfirst\r\n--B\r\nContent-Type: message/rfc822\r\n\r\n"
             b"From: Jane <jane@example.org>\r\nSender-Profile: of another message\r\nSubject: inner\r\n\r\ninner\r\n"
             b"--B\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n"
             b"AAECAwQFBgcICQ==\r\n--B--\r\n")
SHAPES = {
    "plain": message(),
    "forged": message(extra=FORGED),
    "parts": message(extra=MULTIPART[:MULTIPART.index(b"\r\n\r\n") + 2],
                     body=MULTIPART[MULTIPART.index(b"\r\n\r\n") + 4:]),
    "empty header": b"\r\nbody alone\r\n",
    "header alone": b"From: jane@example.org\r\nSubject: nothing more\r\n",
    "white space first": b" folded onto nothing\r\nFrom: jane@example.org\r\n\r\nbody\r\n",
    "tab first": b"\tSender-Profile: forged\r\nFrom: jane@example.org\r\n\r\nbody\r\n",
    "mbox line first": b"From jane@example.org Mon Nov 23 10:00:00 2026\r\nFrom: jane@example.org\r\n\r\nbody\r\n",
    "no header": b"this is no field\r\nnor is this\r\n",
    "one octet": b"x",
    "8 bit": message(body="été à Zürich\r\n".encode(), extra="X-Été: oui\r\n".encode()),
    "two authors": message(extra=b"From: Another <another@example.org>\r\n"),
    "no author": b"Subject: by nobody\r\n\r\nbody\r\n",
    "long": message(body=b"a line of ordinary length, over and over again\r\n" * 4000),
    "long header": message(extra=b"".join(b"X-Filler-%d: %s\r\n" % (n, b"y" * 60) for n in range(200)) + FORGED),
}
SECTIONS = ["BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[1.MIME]",
            "BODY.PEEK[2.HEADER]", "BODY.PEEK[2]", "BODY.PEEK[9]", "BODY.PEEK[HEADER.FIELDS (From Subject)]",
            "BODY.PEEK[HEADER.FIELDS (From Sender-Profile \"sender-profile-source\")]",
            "BODY.PEEK[HEADER.FIELDS (Face X-Face Sender-Profile-Pad)]", "BODY.PEEK[HEADER.FIELDS.NOT (Subject)]",
            "BODY.PEEK[HEADER.FIELDS.NOT (From Sender-Profile-Seal Face)]", "BINARY.PEEK[]", "BINARY.PEEK[3]"]
WHOLE_ITEMS = ["RFC822", "RFC822.HEADER", "RFC822.TEXT"]


class OctetsCase(GatewayCase):
    @classmethod
    def prepare(cls):
        # Where its files hold bare LF, Dovecot 2.3 sometimes begins a partial with the CR before its first octet.
        cls.dovecot = cls.serve(Dovecot(cls.scratch, extra="mail_save_crlf = yes\n"))
        cls.decorum = cls.serve(Decorum(
            cls.scratch,
            {"imap": {"protocol": "imap", "policy": "inbound", "upstream": "imap"},
             "lmtp": {"protocol": "lmtp", "policy": "inbound", "upstream": "lmtp"}},
            {"imap": {"protocol": "imap", "address": f"127.0.0.1:{cls.dovecot.imap_port}"},
             "lmtp": {"protocol": "lmtp", "address": f"127.0.0.1:{cls.dovecot.lmtp_port}"}},
            imap={"annotate": True}))
        cls.port = cls.decorum.ports["imap"]
        cls.direct = ImapClient(cls.dovecot.imap_port)
        cls.addClassCleanup(cls.direct.close)
        cls.direct.login()
        cls.direct.select()
        for octets in SHAPES.values():
            cls.direct.command("APPEND INBOX", octets)
        cls.direct.command("NOOP")
        cls.messages = []
        with ImapClient(cls.port) as client:
            client.login()
            client.select()
            for uid, name in enumerate(SHAPES, 1):
                shown = client.octets(uid, "BODY.PEEK[]")
                cls.messages.append((name, Message(cls.direct, uid, shown[:BLOCK])))

    def connect(self):
        client = ImapClient(self.port)
        self.addCleanup(client.close)
        client.login()
        client.select()
        return client


class Shapes(OctetsCase):
    def test_every_section_of_every_message(self):
        client = self.connect()
        for name, stored in self.messages:
            for section in SECTIONS + WHOLE_ITEMS:
                with self.subTest(name, section=section):
                    self.assertEqual(client.octets(stored.uid, section), stored.shown(section))

    def test_each_block_is_sealed_and_of_the_same_size(self):
        for name, stored in self.messages:
            with self.subTest(name):
                self.assertTrue(stored.block.endswith(b".\r\n"))
                self.assertEqual(stored.block.count(b"Sender-Profile-Seal:"), 1)
                whole = stored.shown("BODY.PEEK[]")
                self.assertTrue(self.decorum.seal_is_valid(whole), whole[:BLOCK + 200])

    def test_statuses(self):
        statuses = {name: re.search(rb"status=([a-z]+)", stored.block)[1].decode() for name, stored in self.messages}
        expected = dict.fromkeys(SHAPES, "found")
        for name in ("empty header", "no header", "one octet", "two authors", "no author"):
            expected[name] = "unauthenticated"
        self.assertEqual(statuses, expected)

    def test_a_message_with_our_seal_gets_padding_alone(self):
        with Client(self.decorum.ports["lmtp"]) as lmtp:
            lmtp.lhlo()
            lmtp.deliver(message(extra=FORGED, marker="sealed"), lmtp=True)
        self.dovecot.message_with(b"sealed@")
        self.direct.command("NOOP")
        client = self.connect()
        uid = int(client.command("UID SEARCH HEADER Message-ID sealed@")[0][0].raw.split()[-1])
        self.addCleanup(self.direct.command, "EXPUNGE")
        self.addCleanup(self.direct.command, f"UID STORE {uid} +FLAGS.SILENT (\\Deleted)")
        stored = self.direct.octets(uid, "BODY.PEEK[]")
        shown = client.octets(uid, "BODY.PEEK[]")
        self.assertEqual(shown[BLOCK:], stored)
        self.assertEqual(set(re.findall(rb"(?m)^([^:]+): \.+\r$", shown[:BLOCK])), {b"Sender-Profile-Pad"})
        self.assertTrue(self.decorum.seal_is_valid(shown))
        self.assertEqual(client.octets(uid, "BODY.PEEK[HEADER.FIELDS (Sender-Profile)]"),
                         self.direct.octets(uid, "BODY.PEEK[HEADER.FIELDS (Sender-Profile)]"))

    def test_sizes_agree(self):
        client = self.connect()
        total = 0
        sizes = {}
        for name, stored in self.messages:
            with self.subTest(name):
                shown = int(re.search(rb"RFC822.SIZE (\d+)", client.fetch(stored.uid, "RFC822.SIZE").raw)[1])
                self.assertEqual(shown, len(stored.shown("BODY.PEEK[]")))
                sizes[stored.uid] = shown
                total += shown
        status = client.command("STATUS INBOX (SIZE)")[0][0].raw
        self.assertEqual(status, b"* STATUS INBOX (SIZE %d)\r\n" % total)
        listed = client.command('LIST "" INBOX RETURN (STATUS (UIDNEXT SIZE MESSAGES))')[0]
        self.assertIn(b"MESSAGES %d SIZE %d" % (len(sizes), total),
                      re.sub(rb"UIDNEXT \d+ ", b"", b"".join(one.raw for one in listed)))
        limits = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, *sizes.values(), *(size + 1 for size in sizes.values()),
                  *(size - 1 for size in sizes.values()), 4294967295}
        for limit in limits:
            for key, holds in (("LARGER", lambda size: size > limit), ("SMALLER", lambda size: size < limit)):
                with self.subTest(key, limit=limit):
                    found = client.command(f"UID SEARCH {key} {limit}")[0][0].raw.split()[2:]
                    self.assertEqual({int(uid) for uid in found}, {uid for uid, size in sizes.items() if holds(size)})

    def test_uid_validity_is_another_than_the_stores(self):
        client = self.connect()
        shown = client.command("STATUS INBOX (UIDVALIDITY)")[0][0].raw
        stored = self.direct.command("STATUS INBOX (UIDVALIDITY)")[0][0].raw
        self.assertEqual(int(re.search(rb"\d+", shown)[0]), int(re.search(rb"\d+", stored)[0]) + 1)
        code = b"".join(one.raw for one in client.select())
        self.assertIn(b"[UIDVALIDITY " + re.search(rb"\d+", shown)[0] + b"]", code)

    def test_a_mailbox_is_resynchronised_quickly(self):
        """RFC 7162: the validity that was shown, not the store's, tells that the client's knowledge still holds."""
        client = self.connect()
        client.command("CREATE resync")
        uids = [int(re.search(rb"APPENDUID \d+ (\d+)", client.command("APPEND resync", message())[1].raw)[1])
                for _ in range(3)]
        said = b"".join(one.raw for one in client.select("resync (CONDSTORE)"))
        validity = int(re.search(rb"UIDVALIDITY (\d+)", said)[1])
        before = int(re.search(rb"HIGHESTMODSEQ (\d+)", said)[1])
        client.command(f"UID STORE {uids[0]} +FLAGS (\\Flagged)")
        client.command(f"UID STORE {uids[1]} +FLAGS (\\Deleted)")
        client.command("EXPUNGE")
        for known, news in ((validity, True), (validity - 1, False)):   # that of the store is another mailbox's
            with self.subTest(known), ImapClient(self.port) as other:
                other.login()
                other.command("ENABLE QRESYNC")
                said = b"".join(one.raw for one in other.select(f"resync (QRESYNC ({known} {before}))"))
                self.assertEqual(b"VANISHED (EARLIER) %d\r\n" % uids[1] in said, news, said)
                self.assertEqual(re.search(rb"FETCH \([^\r]*UID %d[^\r]*Flagged" % uids[0], said) is not None, news, said)

    def test_copies_and_moves_tell_the_validity_that_is_shown(self):
        client = self.connect()
        client.command("CREATE moved")
        client.command("CREATE source")
        for _ in range(2):
            client.command("APPEND source", message())
        client.select("source")
        validity = re.search(rb"\d+", client.command("STATUS moved (UIDVALIDITY)")[0][0].raw)[0]
        _, tagged = client.command("UID COPY 1 moved")
        self.assertRegex(tagged.raw, rb"\[COPYUID " + validity + rb" 1 1\]")
        untagged, _ = client.command("UID MOVE 2 moved")
        self.assertRegex(b"".join(one.raw for one in untagged), rb"\[COPYUID " + validity + rb" 2 2\]")
        client.select("moved")
        shown = [client.octets(uid, "BODY.PEEK[]") for uid in (1, 2)]
        self.assertEqual([len(octets) for octets in shown],
                         [int(re.search(rb"RFC822.SIZE (\d+)", client.fetch(uid, "RFC822.SIZE").raw)[1]) for uid in (1, 2)])
        self.assertTrue(all(octets.startswith(b"Sender-Profile") for octets in shown))

    def test_what_is_appended_comes_back_as_it_was(self):
        """A client that copies a shown message does not get a second block, nor do copies grow."""
        client = self.connect()
        client.command("CREATE copies")
        for name, stored in self.messages:
            with self.subTest(name):
                whole = stored.shown("BODY.PEEK[]")
                untagged, tagged = client.command("APPEND copies", whole)
                uid = int(re.search(rb"APPENDUID \d+ (\d+)", tagged.raw)[1])
                with ImapClient(self.dovecot.imap_port) as direct:
                    direct.login()
                    direct.select("copies")
                    self.assertEqual(direct.octets(uid, "BODY.PEEK[]"), whole[BLOCK:])


# ctest: slow timeout=600
class RandomPartials(OctetsCase):
    CASES = 3000

    @classmethod
    def prepare(cls):
        super().prepare()
        with Client(cls.decorum.ports["lmtp"]) as lmtp:
            lmtp.lhlo()
            lmtp.deliver(message(extra=FORGED, marker="sealed"), lmtp=True)
        cls.dovecot.message_with(b"sealed@")
        cls.direct.command("NOOP")
        uid = len(cls.messages) + 1
        stored = cls.direct.octets(uid, "BODY.PEEK[]")
        with ImapClient(cls.port) as client:
            client.login()
            client.select()
            block = client.octets(uid, "BODY.PEEK[]")[:BLOCK]
        # All that bears our names in it is the sealed block, and padding alone stands above it.
        assert block.startswith(b"Sender-Profile-Pad: ") and b"Sender-Profile-Seal:" in stored, (block, stored)
        cls.messages.append(("sealed", Message(cls.direct, uid, block, kept=stored)))

    def edges(self, random_one, length):
        near = [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, length - 1, length, length + 1, length + BLOCK, 4294967295]
        return max(0, random_one.choice(near + [random_one.randrange(length + 10) for _ in range(len(near))]))

    def test_partials_equal_slices(self):
        chosen = random.Random(20261123)
        client, cache = self.connect(), {}
        for number in range(self.CASES):
            batch = []
            for _ in range(chosen.choice([1, 1, 1, 2, 5])):  # some are pipelined
                name, stored = chosen.choice(self.messages)
                section = chosen.choice(SECTIONS[:2] * 6 + SECTIONS)
                if (name, section) not in cache:
                    cache[name, section] = stored.shown(section)
                whole = cache[name, section]
                origin = self.edges(chosen, len(whole or b""))
                count = max(1, chosen.choice([1, 2, BLOCK, 5000, self.edges(chosen, len(whole or b""))]))
                batch.append((name, stored, section, origin, count, whole))
            commands = []
            for name, stored, section, origin, count, whole in batch:
                tag = client.tag()
                commands.append((tag, f"{tag} UID FETCH {stored.uid} ({section}<{origin}.{count}>)\r\n"))
            client.send("".join(text for _, text in commands))
            # Dovecot works on several at once: the answers come in any order, each before its tagged response.
            fetched, tagged = [], {}
            while len(tagged) < len(commands):
                response = client.response()
                if response.raw.startswith(b"* "):
                    fetched.append(response)
                else:
                    tagged[response.raw.split()[0].decode()] = response
            for (tag, text), (name, stored, section, origin, count, whole) in zip(commands, batch):
                where = f"case {number}: {name}: {text.strip()} among {[one for _, one in commands]}"
                self.assertRegex(tagged[tag].raw, rb"^\S+ OK", where)
                item = section.replace(".PEEK", "").replace('"', "").upper().encode()
                shown = [one for one in fetched if b"FETCH (UID %d " % stored.uid in one.text and
                         item + (b" NIL" if whole is None else b"<%d> " % origin) in one.text]
                self.assertTrue(shown, (where, fetched))
                fetched.remove(shown[0])
                if whole is None:
                    continue
                octets = shown[0].literals[0] if shown[0].literals else \
                    re.search(rb'> "([^"]*)"', shown[0].raw)[1]
                self.assert_octets(octets, sliced(whole, origin, count), where)
            self.assertFalse([one for one in fetched if b"BODY[" in one.raw or b"BINARY[" in one.raw])
