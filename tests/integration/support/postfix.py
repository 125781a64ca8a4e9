"""A private Postfix with listeners of our choice, all below one folder. Needs root (or sudo without a password)."""

import os
import shutil
import subprocess
import unittest

from .process import Process
from .scratch import free_port, port_is_open, wait_until

SERVICES = """
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
verify    unix  - - n - 1 verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
lmtp      unix  - - n - - lmtp
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


class Postfix:
    def __init__(self, scratch, listeners, main=None, name="postfix", services=""):
        """listeners: port -> options of that smtpd. main: settings of main.cf, over the ones below."""
        self.prefix = []
        if os.getuid() != 0:
            self.prefix = ["sudo", "-n"]
            if not shutil.which("sudo") or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
                raise unittest.SkipTest("Postfix runs only as root, and sudo wants a password")
        self.name = name
        self.listeners = listeners
        self.folder = scratch.folder(name)
        for part in ("etc", "queue", "data"):
            (self.folder / part).mkdir()
        subprocess.run([*self.prefix, "chown", "postfix", str(self.folder / "data")], check=True)
        settings = {
            "compatibility_level": "3.6",
            "queue_directory": self.folder / "queue",
            "data_directory": self.folder / "data",
            "maillog_file": "/dev/stdout",
            "myhostname": "mail.example.org",
            "mydestination": "",
            "mynetworks": "127.0.0.0/8",
            "inet_interfaces": "127.0.0.1",
            "inet_protocols": "ipv4",
            "alias_maps": "",
            "alias_database": "",
            "local_recipient_maps": "",
            "smtp_dns_support_level": "disabled",
            "smtpd_peername_lookup": "no",
            "smtpd_recipient_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject",
            "smtpd_relay_restrictions": "permit_mynetworks, permit_sasl_authenticated, reject",
            "biff": "no",
            "append_dot_mydomain": "no",
            **(main or {}),
        }
        (self.folder / "etc/main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()))
        lines = [f"127.0.0.1:{port} inet n - n - - smtpd" +
                 "".join(f"\n  -o {{ {key} = {value} }}" for key, value in options.items())
                 for port, options in listeners.items()]
        (self.folder / "etc/master.cf").write_text("\n".join(lines) + SERVICES + services)
        self.process = None

    def title(self):
        return f"Postfix {self.name} (SMTP {', '.join(map(str, self.listeners))})"

    def log_tail(self):
        return self.process.tail(40) if self.process else "(not started)"

    def start(self):
        self.process = Process([*self.prefix, "/usr/sbin/postfix", "-c", self.folder / "etc", "start-fg"])
        for port in self.listeners:
            wait_until(lambda: not self.process.running() or port_is_open(port), 20, f"Postfix's port {port}")
        assert self.process.running(), f"Postfix did not start:\n{self.log_tail()}"

    def stop(self):
        # The master leads a session of its own, and ends its children with itself.
        try:
            master = (self.folder / "queue/pid/master.pid").read_text().strip()
        except FileNotFoundError:
            pass
        else:
            subprocess.run([*self.prefix, "kill", master], check=False)
        self.process.end()

    def queue_is_empty(self):
        """True once every accepted message has been delivered or returned."""
        return not any(path.is_file() for part in ("incoming", "active", "deferred", "maildrop")
                       for path in (self.folder / "queue" / part).rglob("*"))


def only_with_a_login(dovecot):
    """Options of a listener that takes mail from whom this Dovecot knows, and from nobody else."""
    return {
        "smtpd_sasl_auth_enable": "yes",
        "smtpd_sasl_type": "dovecot",
        "smtpd_sasl_path": f"inet:127.0.0.1:{dovecot.auth_port}",
        "smtpd_recipient_restrictions": "permit_sasl_authenticated, reject",
        "smtpd_relay_restrictions": "permit_sasl_authenticated, reject",
        "smtpd_sasl_authenticated_header": "yes",
    }


def with_and_without_the_rule(scratch, decorum_port):
    """A Postfix that hands mail on by LMTP, and two ports of it: the first lets Authentication-Results from outside
    pass, the second drops them by the README's rule."""
    rules = scratch.write("header_checks", "/^Authentication-Results[[:space:]]*:/  IGNORE\n")
    bare, checked = free_port(), free_port()
    postfix = Postfix(scratch, {bare: {"cleanup_service_name": "plain"}, checked: {}}, {
        "virtual_mailbox_domains": "example.org",
        "virtual_mailbox_maps": "static:all",
        "virtual_transport": f"lmtp:inet:127.0.0.1:{decorum_port}",
        "header_checks": f"regexp:{rules}",
    }, services="plain unix n - n - 0 cleanup\n  -o header_checks=\n")
    return postfix, bare, checked
