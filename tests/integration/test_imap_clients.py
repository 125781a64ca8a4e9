"""Real clients read through the gateway: what each ends with is what the store has, with the block above it."""

import email
import imaplib
import os
import re
import shlex
import subprocess

from support.case import GatewayCase
from support.certificates import certificate
from support.decorum import Decorum
from support.dkim_signer import Signer
from support.dovecot import Dovecot
from support.imap_client import ImapClient
from support.imap_model import BLOCK, masked, header_of
from support.messages import message, message_id

USER, PASSWORD = "paul@example.org", "secret"
FORGED = b"Sender-Profile: forged\r\nFace: Zm9yZ2Vk\r\n"


def without_tuid(octets):
    """mbsync marks what it copies by a field of its own."""
    return re.sub(rb"X-TUID: [^\r\n]*\r?\n", b"", octets)


class ClientsCase(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.dovecot = cls.serve(Dovecot(cls.scratch))
        cls.tls = certificate(cls.scratch)
        upstream = {"upstream": "imap", "protocol": "imap", "policy": "inbound"}
        secured = {"certificate": cls.tls[0], "private_key": cls.tls[1]}
        cls.decorum = cls.serve(Decorum(
            cls.scratch, {"clear": upstream, "tls": {**upstream, **secured, "tls": "implicit"},
                          "starttls": {**upstream, **secured, "tls": "starttls"}},
            {"imap": {"protocol": "imap", "address": f"127.0.0.1:{cls.dovecot.imap_port}"}},
            imap={"annotate": True}))
        cls.port = cls.decorum.ports["clear"]
        cls.samples = [message(marker=f"s{n}", extra=FORGED if n % 3 == 0 else b"",
                               body=b"line\r\n" * (n * 40) + b"\xc3\xa9\r\n") for n in range(12)]
        with ImapClient(cls.dovecot.imap_port) as direct:
            direct.login()
            for octets in cls.samples:
                direct.command("APPEND INBOX", octets)

    def run_client(self, *words, stdin=b"", home=None, check=True, **options):
        environment = {**os.environ, "HOME": str(home or self.scratch.folder("home")), "LC_ALL": "C.UTF-8"}
        done = subprocess.run([str(word) for word in words], input=stdin, capture_output=True, timeout=120,
                              env=environment, check=False, **options)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-2000:])
        return done

    def assert_annotated(self, got, original, what=""):
        """Whatever line ends the client keeps: the block, then the store's octets with forged names masked."""
        got = re.sub(rb"\r?\n", b"\r\n", got)
        header = header_of(original)
        self.assert_octets(got[BLOCK:], masked(header) + original[len(header):], what)
        self.assertRegex(got[:BLOCK], rb"Sender-Profile-Source: status=found")
        self.assertTrue(self.decorum.seal_is_valid(got), what)

    def assert_all_annotated(self, messages):
        """One of each sample, in any order."""
        by_id = {message_id(octets): octets for octets in self.samples}
        self.assertEqual(len(messages), len(by_id))
        for octets in messages:
            self.assert_annotated(octets, by_id.pop(message_id(octets)))


class Readers(ClientsCase):
    def test_curl(self):
        for number, original in enumerate(self.samples, 1):
            got = self.run_client("curl", "-sS", "--user", f"{USER}:{PASSWORD}",
                                  f"imap://127.0.0.1:{self.port}/INBOX;UID={number}").stdout
            self.assert_annotated(got, original)

    def test_curl_over_tls_and_starttls(self):
        for scheme, name, more in (("imaps", "tls", []), ("imap", "starttls", ["--ssl-reqd"])):
            with self.subTest(name):
                got = self.run_client("curl", "-sS", "--cacert", self.tls[0], *more, "--user", f"{USER}:{PASSWORD}",
                                      f"{scheme}://localhost:{self.decorum.ports[name]}/INBOX;UID=1").stdout
                self.assert_annotated(got, self.samples[0])

    def test_curl_authenticates_by_other_mechanisms(self):
        for mechanism in ("PLAIN", "LOGIN"):
            with self.subTest(mechanism):
                got = self.run_client("curl", "-sS", "--login-options", f"AUTH={mechanism}", "--user",
                                      f"{USER}:{PASSWORD}", f"imap://127.0.0.1:{self.port}/INBOX;UID=2").stdout
                self.assert_annotated(got, self.samples[1])

    def test_python_imaplib(self):
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=30) as client:
            client.login(USER, PASSWORD)
            client.select("INBOX", readonly=True)
            _, parts = client.fetch("1:*", "(RFC822.SIZE BODY.PEEK[])")
            messages = [part for part in parts if isinstance(part, tuple)]
            self.assert_all_annotated([octets for _, octets in messages])
            for head, octets in messages:
                self.assertEqual(int(re.search(rb"RFC822.SIZE (\d+)", head)[1]), len(octets))
            self.assertEqual(email.message_from_bytes(messages[0][1])["Subject"], "sample")

    def test_fetchmail(self):
        home = self.scratch.folder("fetchmail")
        (home / "mail").mkdir(exist_ok=True)
        (home / "deliver").write_text('#!/bin/sh\ncat > "$(mktemp "$HOME/mail/XXXXXX")"\n')
        (home / "deliver").chmod(0o755)
        rc = home / "fetchmailrc"
        rc.write_text(f'poll 127.0.0.1 service {self.port} protocol IMAP user "{USER}" password "{PASSWORD}"\n'
                      f'  mda "{home}/deliver" keep fetchall sslproto "" no rewrite\n')
        rc.chmod(0o600)
        self.run_client("fetchmail", "-f", rc, "--nodetach", "--nosyslog", "--invisible",
                        "--pidfile", home / "pid", home=home)
        got = [path.read_bytes() for path in (home / "mail").iterdir()]
        self.assertEqual(len(got), len(self.samples))
        by_id = {message_id(octets): octets for octets in self.samples}
        for octets in got:
            # fetchmail puts fields of its own above, and leaves out the mbox line ends of none.
            annotated = octets[octets.index(b"Sender-Profile"):]
            self.assert_annotated(annotated, by_id.pop(message_id(octets)))

    def test_neomutt_shows_the_fields(self):
        home = self.scratch.folder("mutt")
        (home / "muttrc").write_text(
            f'set folder="imap://127.0.0.1:{self.port}/"\nset imap_user="{USER}"\nset imap_pass="{PASSWORD}"\n'
            'set ssl_starttls=no\nset ssl_force_tls=no\nset mbox_type=Maildir\nset copy=no\nset confirmcreate=no\n'
            'set confirmappend=no\nset delete=no\nset mail_check=0\nset header_cache="" \nset sleep_time=0\n')
        target = home / "copy"
        push = f'push "<tag-pattern>~A<enter><tag-prefix><copy-message>{target}<enter><quit>"'
        command = shlex.join(["neomutt", "-n", "-F", str(home / "muttrc"), "-f",
                              f"imap://127.0.0.1:{self.port}/INBOX", "-e", push])
        # It wants a terminal.
        self.run_client("env", "TERM=xterm", "script", "-qec", command, home / "typescript", home=home, check=False)
        got = [path.read_bytes() for path in [*target.rglob("cur/*"), *target.rglob("new/*")]]
        self.assertEqual(len(got), len(self.samples))
        by_id = {message_id(octets): octets for octets in self.samples}
        for octets in got:  # mutt writes header lines of its own: what it was given stands in the block
            self.assertIn(b"Sender-Profile: Jane Martin, HR Director at ACME (Lyon, FR)\n", octets)
            self.assertTrue(octets.endswith(by_id[message_id(octets)].split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")))

    def test_mail_imapclient_of_perl(self):
        program = r'''
use Mail::IMAPClient;
my ($port, $user, $password) = @ARGV;
my $imap = Mail::IMAPClient->new(Server => "127.0.0.1", Port => $port, User => $user, Password => $password,
                                 Uid => 1, Peek => 1) or die "no login: $@";
$imap->select("INBOX") or die $imap->LastError;
for my $uid ($imap->messages) {
    my $octets = $imap->message_string($uid);
    die "size of $uid" unless $imap->size($uid) == length $octets;
    die "header of $uid" unless $imap->get_header($uid, "Subject") eq "sample";
    print length($octets), "\n", $octets;
}
$imap->logout or die;
'''
        done = self.run_client("perl", "-e", program, self.port, USER, PASSWORD)
        rest, messages = done.stdout, []
        while rest:
            length, _, rest = rest.partition(b"\n")
            messages.append(rest[:int(length)])
            rest = rest[int(length):]
        self.assert_all_annotated(messages)


class Synchronisers(ClientsCase):
    def maildir(self, folder):
        return [path.read_bytes() for name in ("cur", "new") for path in (folder / name).iterdir()]

    def test_mbsync_both_ways(self):
        home = self.scratch.folder("mbsync")
        local = home / "mail"
        local.mkdir()
        (home / "rc").write_text(
            f"IMAPAccount a\nHost 127.0.0.1\nPort {self.port}\nUser {USER}\nPass {PASSWORD}\nSSLType None\n"
            f"AuthMechs LOGIN\n\nIMAPStore far\nAccount a\n\nMaildirStore near\nPath {local}/\nInbox {local}/INBOX\n"
            "SubFolders Verbatim\n\nChannel c\nFar :far:\nNear :near:\nPatterns INBOX\nCreate Both\nSync All\n"
            f"SyncState {home}/state-\n")
        self.run_client("mbsync", "-c", home / "rc", "c", home=home)
        self.assert_all_annotated([without_tuid(octets) for octets in self.maildir(local / "INBOX")])
        # Back again: a message that was shown, put into the mailbox under another name, comes without its block.
        shown = next(octets for octets in self.maildir(local / "INBOX") if b"<s1@" in octets)
        own = message(marker="own").replace(b"\r\n", b"\n")
        (local / "INBOX/new/1.copy").write_bytes(shown)
        (local / "INBOX/new/2.own").write_bytes(own)
        self.run_client("mbsync", "-c", home / "rc", "c", home=home)
        with ImapClient(self.dovecot.imap_port) as direct:
            direct.login()
            direct.select()
            stored = [direct.octets(uid, "BODY.PEEK[]") for uid in (13, 14)]
        self.assertEqual(sorted(map(without_tuid, stored)), sorted([self.samples[1], own.replace(b"\n", b"\r\n")]))
        self.run_client("mbsync", "-c", home / "rc", "c", home=home)
        self.assertEqual(len(self.maildir(local / "INBOX")), 14, "a third run changes nothing")

    def test_offlineimap(self):
        home = self.scratch.folder("offlineimap")
        local = home / "mail"
        (home / "rc").write_text(
            "[general]\naccounts = a\nui = quiet\n[Account a]\nlocalrepository = l\nremoterepository = r\n"
            f"[Repository l]\ntype = Maildir\nlocalfolders = {local}\n[Repository r]\ntype = IMAP\nreadonly = True\n"
            f"remotehost = 127.0.0.1\nremoteport = {self.port}\nremoteuser = {USER}\nremotepass = {PASSWORD}\n"
            "ssl = no\nstarttls = no\nauth_mechanisms = PLAIN\nfolderfilter = lambda name: name == 'INBOX'\n")
        self.run_client("offlineimap", "-o", "-c", home / "rc", home=home)
        got = self.maildir(local / "INBOX")
        self.assertGreaterEqual(len(got), len(self.samples))
        by_id = {message_id(octets): octets for octets in self.samples}
        seen = set()
        for octets in got:
            if message_id(octets) in by_id and message_id(octets) not in seen:
                seen.add(message_id(octets))
                self.assert_annotated(without_tuid(octets), by_id[message_id(octets)])
        self.assertEqual(seen, set(by_id))


class Signatures(ClientsCase):
    def fetch(self, octets):
        with ImapClient(self.port) as client:
            client.login()
            client.command("CREATE signed", expect=None)
            _, tagged = client.command("APPEND signed", octets)
            client.select("signed")
            return client.octets(int(re.search(rb"APPENDUID \d+ (\d+)", tagged.raw)[1]), "BODY.PEEK[]")

    def test_dkim_verifies(self):
        signer = Signer()
        for canonicalization in (b"relaxed", b"simple"):
            with self.subTest(canonicalization):
                got = self.fetch(signer.sign(message(), canonicalization))
                self.assertRegex(got, rb"\ASender-Profile")
                self.assertTrue(signer.verifies(got))

    def test_smime_verifies(self):
        part = self.scratch.write("part.txt", b"Content-Type: text/plain\r\n\r\nsigned text\r\n")
        signed = subprocess.run(
            ["openssl", "smime", "-sign", "-in", part, "-signer", self.tls[0], "-inkey", self.tls[1],
             "-from", "jane@example.org", "-to", USER, "-subject", "signed"],
            check=True, capture_output=True).stdout
        got = self.fetch(re.sub(rb"\r?\n", b"\r\n", signed))
        self.assertRegex(got, rb"\ASender-Profile")
        fetched = self.scratch.write("fetched.eml", got)
        checked = subprocess.run(["openssl", "smime", "-verify", "-in", fetched, "-CAfile", self.tls[0],
                                  "-purpose", "any"], capture_output=True, check=False)
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(b"signed text", checked.stdout)
        broken = self.scratch.write("broken.eml", got.replace(b"signed text", b"other  text"))
        self.assertNotEqual(subprocess.run(["openssl", "smime", "-verify", "-in", broken, "-CAfile", self.tls[0],
                                            "-purpose", "any"], capture_output=True, check=False).returncode, 0)
