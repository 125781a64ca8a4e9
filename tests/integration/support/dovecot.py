"""A private Dovecot: LMTP, IMAP and (on request) a SASL service for Postfix. Runs as one ordinary user."""

import grp
import imaplib
import os
import pwd
import shutil

from .process import Process
from .scratch import ROOT, free_port, port_is_open, wait_until

TEMPLATE = ROOT / "gateway/quickstart.dovecot.conf"


class Dovecot:
    def __init__(self, scratch, users=None, extra="", name="dovecot", lmtp_port=None):
        """users: address -> password. extra: more configuration; where it names the LMTP port, so does lmtp_port."""
        self.folder = scratch.folder(name)
        self.users = users or {"paul@example.org": "secret"}
        self.lmtp_port, self.imap_port, self.auth_port = lmtp_port or free_port(), free_port(), free_port()
        if os.getuid() == 0:
            self.user, self.group = "dovecot", "dovecot"
        else:
            self.user = pwd.getpwuid(os.getuid()).pw_name
            self.group = grp.getgrgid(os.getgid()).gr_name
        text = TEMPLATE.read_text()
        for word, value in {"@FOLDER@": self.folder, "@USER@": self.user, "@GROUP@": self.group,
                            "@IMAP_PORT@": self.imap_port, "@LMTP_PORT@": self.lmtp_port}.items():
            text = text.replace(word, str(value))
        text += ("service auth {\n  inet_listener {\n    address = 127.0.0.1\n"
                 f"    port = {self.auth_port}\n  }}\n}}\n" + extra)
        (self.folder / "dovecot.conf").write_text(text)
        (self.folder / "users").write_text(
            "".join(f"{user}:{{PLAIN}}{password}::::::\n" for user, password in self.users.items()))
        for part in ("run", "state", "mail"):
            (self.folder / part).mkdir()
        if os.getuid() == 0:
            for path in (self.folder, *self.folder.iterdir()):
                shutil.chown(path, self.user, self.group)
        self.process = None

    def title(self):
        return f"Dovecot (LMTP {self.lmtp_port}, IMAP {self.imap_port})"

    def log_tail(self):
        try:
            return "\n".join((self.folder / "dovecot.log").read_text().splitlines()[-15:])
        except OSError:
            return self.process.tail() if self.process else "(not started)"

    def start(self):
        root = os.getuid() == 0
        self.process = Process(["/usr/sbin/dovecot", "-F", "-c", self.folder / "dovecot.conf"],
                               user=self.user if root else None, group=self.group if root else None)
        wait_until(lambda: not self.process.running() or port_is_open(self.lmtp_port), 20, "Dovecot's LMTP port")
        assert self.process.running(), self.log_tail()

    def stop(self):
        self.process.end()

    def messages(self, user="paul@example.org", at_least=1, seconds=20):
        """All messages of the INBOX, as IMAP gives them, once there are so many."""
        with imaplib.IMAP4("127.0.0.1", self.imap_port, timeout=20) as imap:
            imap.login(user, self.users[user])

            def count():
                return int(imap.select("INBOX")[1][0])
            wait_until(lambda: count() >= at_least, seconds, f"{at_least} messages in Dovecot")
            if count() == 0:
                return []
            _, parts = imap.fetch("1:*", "(BODY.PEEK[])")
            return [part[1] for part in parts if isinstance(part, tuple)]

    def message_with(self, marker, user="paul@example.org", seconds=20):
        """The one message that holds these octets."""
        def found():
            return [octets for octets in self.messages(user, 0) if marker in octets]
        hits = wait_until(found, seconds, f"a message with {marker!r} in Dovecot")
        assert len(hits) == 1, f"{len(hits)} messages with {marker!r}"
        return hits[0]
