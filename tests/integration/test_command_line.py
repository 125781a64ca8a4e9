"""What each command promises beside its answer: exit statuses, nothing made where one only looks."""

import os
import subprocess
import unittest

from support.case import GatewayCase
from support.certificates import certificate
from support.decorum import gateway_before
from support.messages import message
from support.scratch import free_port


class CommandCase(GatewayCase):
    """Commands of a gateway that does not run."""

    def gateway(self, name, **sections):
        return gateway_before(self.scratch, free_port(), name=name, **sections)

    def ran(self, gateway, *words, stdin=b"", status=0):
        done = gateway.command(*words, stdin=stdin)
        self.assertEqual(done.returncode, status, done)
        return done


class Output(CommandCase):
    """/dev/full takes nothing, as a full disk."""

    def assert_told(self, gateway, *words, stdin=b""):
        with self.subTest(words), open("/dev/full", "wb") as full:
            done = subprocess.run([gateway.binary, words[0], "-c", str(gateway.file), *words[1:]], input=stdin,
                                  stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, 3, done)
            self.assertRegex(done.stderr.decode(), "No space left on device|standard output can't be written")

    def test_an_answer_that_nobody_gets_is_a_failure(self):
        gateway = self.gateway("full", outbound={"domains": ["example.org"]})
        sealed = self.ran(gateway, "annotate", stdin=message()).stdout
        self.ran(gateway, "optout", "add", "paul@example.org")
        for words, stdin in ((("annotate",), message()), (("verify",), sealed), (("verify",), message()),
                             (("check",), b""), (("config",), b""), (("config", "--man"), b""),
                             (("lookup", "jane@example.org"), b""), (("lookup", "--json", "jane@example.org"), b""),
                             (("assess", "-"), b"hello\n"), (("assess", "jane@example.org"), b""),
                             (("assess", "--json", "jane@example.org"), b""),
                             (("optout", "list"), b""), (("optout", "add", "ann@example.org"), b""),
                             (("optout", "remove", "paul@example.org"), b""), (("link", "list", "--json"), b""),
                             (("notice", "list"), b""), (("notice", "list", "--json"), b""),
                             (("forget", "jane@example.org"), b""), (("probe",), b""), (("probe", "--json"), b""),
                             (("audit", "verify"), b""), (("audit", "verify", "--json"), b""),
                             (("audit", "query"), b""), (("audit", "query", "--format", "csv"), b""),
                             (("audit", "report"), b""), (("audit", "renew-key"), b""),
                             (("run", "--help"), b""), (("run", "--version"), b"")):
            self.assert_told(gateway, *words, stdin=stdin)


class Keys(CommandCase):
    def test_verify_makes_nothing(self):
        gateway = self.gateway("looking")
        done = self.ran(gateway, "verify", stdin=message(), status=3)
        self.assertRegex(done.stderr.decode(), r"seal\.key: .*: without the key no seal can be checked")
        self.assertEqual(done.stdout, b"")
        self.assertFalse((gateway.folder / "state").exists())
        sealed = self.ran(gateway, "annotate", stdin=message()).stdout
        self.assertIn(b"valid: ", self.ran(gateway, "verify", stdin=sealed).stdout)
        self.assertIn(b"absent: ", self.ran(gateway, "verify", stdin=message(), status=1).stdout)

    @unittest.skipIf(os.geteuid() != 0, "only root makes files for others")
    def test_what_root_makes_the_gateway_can_use(self):
        gateway = self.gateway("owned")
        nobody = 65534
        (gateway.folder / "state").mkdir()
        for path in (gateway.folder, *gateway.folder.rglob("*")):
            os.chown(path, nobody, nobody)
        self.ran(gateway, "annotate", stdin=message())
        self.ran(gateway, "optout", "add", "paul@example.org")
        made = {path.name: path.stat().st_uid for path in (gateway.folder / "state").iterdir()}
        self.assertLessEqual({"seal.key", "cache.key", "decorum.sqlite", "optout.toml", "chain.key",
                              "audit-999.jsonl"}, set(made))
        self.assertEqual(set(made.values()), {nobody}, made)


class Check(CommandCase):
    """What `run` would refuse, or go on without, `check` says before, at the line of the setting."""

    def line_of(self, gateway, setting):
        """A setting that stands once."""
        (number,) = [number for number, line in enumerate(gateway.file.read_text().splitlines(), 1)
                     if line.startswith(f"{setting} = ")]
        return number

    def assert_refused(self, gateway, section, key, words):
        said = self.ran(gateway, "check", status=1).stderr.decode()
        self.assertRegex(said, rf"(?m)^{gateway.file}:{self.line_of(gateway, key)}: {section}\.{key}: .*{words}")
        self.assertIn(gateway.command("run").returncode, (1, 3))

    def test_a_socket_has_no_name_to_verify(self):
        gateway = self.gateway("socket", upstream={"address": "unix:/run/nobody", "tls": "starttls",
                                                   "verify": "opportunistic"})
        said = self.ran(gateway, "check", status=1).stderr
        self.assertIn(b": upstream.next.tls_name: ", said)

    def test_faults_of_certificates_stand_at_their_own_line(self):
        pem, key = certificate(self.scratch)
        _, other = certificate(self.scratch, "other.example.org")
        empty = self.scratch.write("empty.pem", "")
        tls = {"tls": "starttls", "certificate": pem, "private_key": key}
        self.ran(self.gateway("good", listener=tls), "check")
        gateway = self.gateway("other-key", listener={**tls, "private_key": other})
        self.assert_refused(gateway, "listener", "private_key", "not the key of the certificate")
        gateway = self.gateway("no-certificate", listener={**tls, "certificate": empty})
        self.assert_refused(gateway, "listener", "certificate", "no certificate")
        gateway = self.gateway("no-authority", upstream={"tls": "starttls", "tls_name": "mx.example.org",
                                                         "ca_file": empty})
        self.assert_refused(gateway, "upstream.next", "ca_file", "no certificates")
