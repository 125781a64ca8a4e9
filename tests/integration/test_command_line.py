"""What each command promises beside its answer: exit statuses, nothing made where one only looks."""

import os
import shutil
import subprocess
import time
import unittest

from support.case import GatewayCase
from support.certificates import certificate, certificate_that_ends
from support.decorum import gateway_before
from support.gravatar import gravatar_path, gravatar_profile
from support.messages import Annotated, authenticated, message
from support.scratch import ROOT, free_port
from support.web import Answer, Web


class CommandCase(GatewayCase):
    """Commands of a gateway that does not run."""

    def gateway(self, name, **sections):
        return gateway_before(self.scratch, free_port(), name=name, **sections)

    def ran(self, gateway, *words, stdin=b"", status=0):
        done = gateway.command(*words, stdin=stdin)
        self.assertEqual(done.returncode, status, done)
        return done


class Usage(CommandCase):
    def test_a_wrong_command_line_is_told_in_one_line(self):
        gateway = self.gateway("usage")
        for words, told in ((("lookup",), "decorum lookup: ADDRESS is required; see decorum lookup --help"),
                            (("optout", "add"), "decorum optout add: ADDRESS|@DOMAIN is required; see decorum optout "
                             "add --help"), (("optout",), "decorum optout: A subcommand is required; see decorum optout "
                                             "--help"),
                            (("check", "twice"), "decorum check: The following argument was not expected: twice; see "
                             "decorum check --help"),
                            (("probe", "--through", "a:1"), "decorum probe: --through requires --forged-to; see decorum "
                             "probe --help")):
            with self.subTest(words):
                done = self.ran(gateway, *words, status=2)
                self.assertEqual((done.stdout, done.stderr.decode()), (b"", told + "\n"))

    def test_an_empty_name_is_not_the_default_configuration(self):
        done = subprocess.run([self.gateway("empty").binary, "lookup", "-c", "", "jane@example.org"],
                              capture_output=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"--config: an empty name is no file; see", done.stderr)

    def test_each_help_names_the_option_of_all(self):
        gateway = self.gateway("help")
        for words in (("run",), ("check",), ("optout", "add"), ("audit", "verify")):
            self.assertIn(b"-c FILE", self.ran(gateway, *words, "--help").stdout)


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
        for beside in (b"Sender-Profile: The Pope\r\nX-Y: z\r\n" + sealed,
                       sealed.replace(b"From:", b"Face: aGVsbG8=\r\nFrom:", 1),
                       sealed.replace(b"\r\nSubject:", b"\r\nX-Y: z\rSender-Profile: The Pope\r\nSubject:", 1),
                       sealed.replace(b"\r\nSubject:", b"\r\nX-Y: z\rFrom: pope@example.net\r\nSubject:", 1)):
            self.assertNotEqual(beside, sealed)
            self.assertIn(b"broken: beside", self.ran(gateway, "verify", stdin=beside, status=1).stdout)

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


class Annotate(CommandCase):
    def status(self, deadline, answer_after):
        """Of the sender's profile, whose source takes so many seconds."""
        address = f"ines@after-{answer_after}.example"

        def answer(_):
            time.sleep(answer_after)
            return Answer(gravatar_profile(address))
        web = self.serve_here(Web(self.scratch))
        web.routes[gravatar_path(address)] = answer
        gateway = self.gateway(
            f"deadline-{deadline}", http=web.settings(),
            annotate={"require": "authenticated", "authserv_ids": ["mx.example.org"], "deadline": deadline},
            connector__gravatar={"enabled": True, "base_url": web.url, "timeout": "20s"})
        return Annotated(self.ran(gateway, "annotate", stdin=authenticated(address)).stdout).status

    def test_it_waits_for_a_profile_as_long_as_the_deadline_says_and_two_seconds_at_the_least(self):
        self.assertEqual(self.status("20s", 2.5), "found")
        self.assertEqual(self.status("50ms", 0.2), "found")
        self.assertEqual(self.status("50ms", 4), "pending")


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

    def test_a_state_folder_that_can_not_be(self):
        (self.scratch.path / "file").touch()
        gateway = self.gateway("no-state", gateway={"state_dir": self.scratch.path / "file" / "state"})
        self.assert_refused(gateway, "gateway", "state_dir", "Not a directory")
        (self.scratch.path / "link").symlink_to(self.scratch.path / "nowhere")
        gateway = self.gateway("link-to-nowhere", gateway={"state_dir": self.scratch.path / "link"})
        self.assert_refused(gateway, "gateway", "state_dir", "a link to nowhere")

    def test_a_key_in_the_state_folder_that_is_none(self):
        gateway = self.gateway("bad-key")
        (gateway.folder / "state").mkdir()
        (gateway.folder / "state" / "cache.key").write_text("?\n")
        self.assert_refused(gateway, "gateway", "state_dir", r"cache\.key: not a key")

    def test_a_state_folder_that_is_yet_to_be_made_is_right_and_not_made(self):
        gateway = self.gateway("fresh", gateway={"state_dir": self.scratch.path / "a" / "b"})
        self.assertNotIn(b"state_dir", self.ran(gateway, "check").stderr)
        self.assertFalse((self.scratch.path / "a").exists())

    @unittest.skipIf(os.geteuid() != 0, "takes another user's rights")
    def test_a_state_folder_that_can_not_be_written(self):
        gateway = self.gateway("read-only")
        state = gateway.folder / "state"
        state.mkdir(mode=0o755)
        gateway.binary = shutil.copy(gateway.binary, self.scratch.path / "decorum-copy")
        self.become_nobody(gateway)
        self.assert_refused(gateway, "gateway", "state_dir", "state: Permission denied")
        for key in ("seal.key", "cache.key", "chain.key"):
            (state / key).write_text("MDEyMzQ1Njc4OWFiY2RlZg==\n")
        said = self.ran(gateway, "check").stderr
        self.assertRegex(said, rb"gateway\.state_dir: .*run goes on without what is kept there")
        gateway = self.gateway("read-only-imap", protocol="imap", imap={"annotate": True},
                               gateway={"state_dir": state})
        gateway.binary = self.scratch.path / "decorum-copy"
        self.become_nobody(gateway)  # the epoch of what is shown is written there
        self.assert_refused(gateway, "gateway", "state_dir", "state: Permission denied")

    def become_nobody(self, gateway):
        """Nothing is read-only for root."""
        nobody = 65534

        def command(*words, stdin=b""):
            return subprocess.run(
                ["setpriv", f"--reuid={nobody}", f"--regid={nobody}", "--clear-groups", gateway.binary, words[0],
                 "-c", str(gateway.file), *words[1:]], input=stdin, capture_output=True, timeout=60, check=False)
        gateway.command = command

    def test_a_database_that_can_not_be_is_a_warning(self):
        (self.scratch.path / "database").mkdir()
        (self.scratch.path / "text").write_text("no database\n" * 100)
        for name, url, words in (("no-folder", "sqlite:/nonexistent/dir/x.sqlite", "there is no such folder"),
                                 ("a-folder", f"sqlite:{self.scratch.path}/database", "not a file"),
                                 ("a-text", f"sqlite:{self.scratch.path}/text", "text: file is not a database")):
            with self.subTest(name):
                gateway = self.gateway(name, store={"url": url})
                said = self.ran(gateway, "check").stderr.decode()
                self.assertRegex(said, rf"(?m)^{gateway.file}:{self.line_of(gateway, 'url')}: store\.url: .*{words}"
                                 r".*run goes on with memory.*\(warning\)$")
        for name, url in (("beside", "sqlite:x.sqlite"), ("in-state", "sqlite:state/x.sqlite"), ("usual", "sqlite:")):
            self.assertNotIn(b"store.url", self.ran(self.gateway(name, store={"url": url}), "check").stderr)

    def test_each_fault_of_each_file_is_told(self):
        people = self.scratch.folder("people")
        (people / "a.vcf").write_text("stray\nBEGIN:VCARD\nEND:VCARD\nBEGIN:VCARD\n")
        (people / "b.json").write_text('[1,\n{"basics": {}}, 2]')
        (people / "c.json").write_text('{"basics": {},\n "work": [],\n }')
        (people / "d.toml").write_text("[[person]]\nname = 1\n[[person]]\nname = 2\n")
        registry = self.scratch.write("registry.toml", "[[person]]\nwho = 1\n[[person]]\naddresses = ['x']\n")
        optout = self.scratch.write("optout.toml", "entries = [\n'jane',\n'paul@example.org',\n'@',\n]\n")
        data = self.scratch.path / "data"
        shutil.copytree(ROOT / "config", data)
        with (data / "lexicon/en.toml").open("a") as lexicon:
            lexicon.write("\n[[entry]]\ncategory = 'rude'\nseverity = 9\nwords = ['x']\n")
        last = len((data / "lexicon/en.toml").read_text().splitlines())
        gateway = self.gateway("faulty", gateway={"data_dir": data}, connector__directory={"file": people},
                               registry={"file": registry}, optout={"file": optout})
        said = self.ran(gateway, "check", status=1).stderr.decode()
        for place in (f"{people}/a.vcf:1", f"{people}/a.vcf:4", f"{people}/b.json:1: entry 1",
                      f"{people}/b.json:1: entry 3", f"{people}/c.json:3: must be JSON", f"{people}/d.toml:2",
                      f"{people}/d.toml:4", f"{registry}:1", f"{registry}:2", f"{registry}:4", f"{optout}:2",
                      f"{optout}:4", f"{data}/lexicon/en.toml:{last - 2}", f"{data}/lexicon/en.toml:{last - 1}"):
            self.assertIn(f": {place}", said)

    def test_a_log_that_can_not_be_written(self):
        (self.scratch.path / "folder").mkdir()
        (self.scratch.path / "file.txt").touch()
        for name, target, words in (("log-folder", "folder", "Is a directory"),
                                    ("log-in-a-file", "file.txt/log", "Not a directory")):
            with self.subTest(name):
                gateway = self.gateway(name, log={"target": self.scratch.path / target})
                said = self.ran(gateway, "check", status=1).stderr.decode()
                self.assertRegex(said, rf"(?m)^{gateway.file}:{self.line_of(gateway, 'target')}: log\.target: .*{words}")

    def test_a_log_and_its_folder_need_not_be_there(self):
        for name, target in (("log-fresh", "fresh.log"), ("log-in-a-new-folder", "logs/of/fresh.log")):
            with self.subTest(name):
                gateway = self.gateway(name, log={"target": self.scratch.path / target})
                self.ran(gateway, "check")
                self.assertFalse((self.scratch.path / target.split("/")[0]).exists())

    def test_a_socket_that_can_not_be_made(self):
        (self.scratch.path / "in-the-way").touch()
        for name, path, words in (("bind-nowhere", "nodir/x", "there is no such folder"),
                                  ("bind-file", "in-the-way", "the path exists and is no socket")):
            with self.subTest(name):
                gateway = self.gateway(name, listener={"bind": [f"unix:{self.scratch.path}/{path}"]})
                self.assert_refused(gateway, "listener", "bind", words)
        self.ran(self.gateway("bind-good", listener={"bind": [f"unix:{self.scratch.path}/good"]}), "check")
        gateway = self.gateway("metrics-nowhere", metrics={"bind": f"unix:{self.scratch.path}/nodir/x"})
        said = self.ran(gateway, "check", status=1).stderr
        self.assertRegex(said, rb": metrics\.bind: .*there is no such folder")
        for name, folder in (("bind-in-run", "/run"), ("bind-in-var-run", "/var/run")):
            gateway = self.gateway(name, listener={"bind": [f"unix:{folder}/decorum-nowhere/x"]})
            said = self.ran(gateway, "check").stderr
            self.assertRegex(said, rb": listener\.bind: .*there is no such folder.*\(warning\)")

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
        self.assertNotIn(b"certificate", self.ran(self.gateway("good", listener=tls), "check").stderr)
        gateway = self.gateway("other-key", listener={**tls, "private_key": other})
        self.assert_refused(gateway, "listener", "private_key", "not the key of the certificate")
        gateway = self.gateway("no-certificate", listener={**tls, "certificate": empty})
        self.assert_refused(gateway, "listener", "certificate", "no certificate")
        gateway = self.gateway("no-authority", upstream={"tls": "starttls", "tls_name": "mx.example.org",
                                                         "ca_file": empty})
        self.assert_refused(gateway, "upstream.next", "ca_file", "no certificates")

    def test_a_certificate_that_ends_soon_or_has_ended_is_a_warning(self):
        for days, words in ((3, r"expires in [23] days"), (0, r"expired on \d{4}-\d\d-\d\d")):
            with self.subTest(days):
                pem, key = certificate_that_ends(self.scratch, f"ends-{days}.example.org", days)
                gateway = self.gateway(f"ends-{days}",
                                       listener={"tls": "starttls", "certificate": pem, "private_key": key})
                said = self.ran(gateway, "check").stderr.decode()
                self.assertRegex(said, rf"(?m)^{gateway.file}:{self.line_of(gateway, 'certificate')}: "
                                 rf"listener\.certificate: {pem}: {words} \(warning\)$")
                gateway = self.serve_here(gateway)
                self.assertRegex("\n".join(gateway.log), rf'event=certificate listener=.* warning="{words}"')
