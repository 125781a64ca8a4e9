"""The Debian package: what is in it, and that it installs, runs and purges clean, in a scratch prefix and on a bare
Debian 12."""

import fcntl
import gzip
import os
import pathlib
import re
import shutil
import subprocess
import tomllib
import unittest

from support import debian_root
from support.case import GatewayCase
from support.client import Client
from support.decorum import BINARY, PEOPLE
from support.messages import Annotated, message
from support.process import Process
from support.scratch import ROOT, free_port
from support.sink import Sink

BUILD = pathlib.Path(BINARY).resolve().parent
CONFFILES = ["/etc/decorum/decorum.toml", "/etc/logrotate.d/decorum"]
# Leaves no trace in the machine's own dpkg; scripts run on the machine, with DPKG_ROOT set.
DPKG_OPTIONS = ["--force-not-root", "--force-depends", "--force-script-chrootless", "--force-unsafe-io"]

CONFIGURATION = """
[gateway]
hostname = "mx.example.org"
state_dir = "{state}"
[log]
format = "text"
[[listener]]
name = "delivery"
protocol = "lmtp"
bind = ["127.0.0.1:{port}"]
upstream = "next"
[upstream.next]
protocol = "lmtp"
address = "127.0.0.1:{upstream}"
[annotate]
require = "none"
[connector.directory]
file = "people.toml"
"""


def output_of(*command, **options):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def build_package():
    """The path of the package, made from the build that is under test; else None and the reason."""
    if not (BUILD / "CMakeCache.txt").exists():
        return None, f"{BUILD} is no build folder"
    for tool, package in (("cmake", "cmake"), ("dpkg-shlibdeps", "dpkg-dev"), ("file", "file")):
        if shutil.which(tool) is None:
            return None, f"{package} is not installed"
    with open(BUILD / "package.lock", "w") as lock:  # the classes may run beside each other
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = subprocess.run(["cmake", "--build", str(BUILD), "--target", "deb"], capture_output=True, text=True,
                              timeout=1000, check=False)
    if made.returncode != 0:
        raise AssertionError(f"the package can't be made:\n{made.stdout[-3000:]}{made.stderr[-2000:]}")
    version = output_of(BINARY, "--version").split()[1]
    architecture = output_of("dpkg", "--print-architecture").strip()
    return BUILD / f"decorum_{version}_{architecture}.deb", None


class PackageCase(GatewayCase):
    @classmethod
    def prepare(cls):
        cls.package, reason = build_package()
        if cls.package is None:
            raise unittest.SkipTest(reason)

    def relay_through(self, process_of, folder, state):
        """Configures and starts a gateway by process_of(), delivers a message through it and ends it."""
        sink = self.serve_here(Sink("lmtp"))
        port = free_port()
        (folder / "people.toml").write_text(PEOPLE)
        (folder / "decorum.toml").write_text(CONFIGURATION.format(port=port, upstream=sink.port, state=state))
        gateway = process_of()
        self.addCleanup(lambda: gateway.running() and gateway.end(5))
        gateway.wait_for_line(lambda line: "event=ready" in line, 60, "event=ready")
        sent = message()
        with Client(port) as client:
            client.lhlo()
            client.deliver(sent, lmtp=True)
        annotated = Annotated(sink.wait_message()[0].octets)
        self.assertEqual(annotated.status, "found")
        self.assertIn("Jane Martin", annotated.fields["Sender-Profile"])
        self.assert_octets(annotated.rest, sent)
        gateway.signal(15)
        self.assertEqual(gateway.wait(30), 0, gateway.tail())


# ctest: slow timeout=1200
class Contents(PackageCase):
    @classmethod
    def prepare(cls):
        super().prepare()
        cls.folder = cls.scratch.folder("contents")
        output_of("dpkg-deb", "-x", cls.package, cls.folder)
        cls.control = cls.scratch.folder("control")
        output_of("dpkg-deb", "-e", cls.package, cls.control)

    def pages(self):
        return sorted((self.folder / "usr/share/man").glob("man?/*.gz"))

    def test_names_what_it_depends_on(self):
        fields = output_of("dpkg-deb", "-f", self.package)
        depends = re.search(r"^Depends: (.*)$", fields, re.M).group(1)
        for library in ("libc6", "libssl3", "libsqlite3-0", "libgd3", "libsystemd0"):
            self.assertRegex(depends, rf"(^|, ){library}( \(>= |,|$)")
        self.assertNotIn("-dev", depends)

    def test_its_changelog_begins_with_its_version(self):
        version = output_of("dpkg-deb", "-f", self.package, "Version").strip()
        with gzip.open(self.folder / "usr/share/doc/decorum/changelog.Debian.gz", "rt") as changelog:
            self.assertTrue(changelog.readline().startswith(f"decorum ({version}) "))
        with gzip.open(self.folder / "usr/share/doc/decorum/changelog.gz", "rt") as changelog:
            self.assertEqual(changelog.readline(), "# Changelog\n")

    def test_what_the_administrator_edits_is_a_conffile(self):
        self.assertEqual((self.control / "conffiles").read_text().split(), CONFFILES)
        for name in CONFFILES:
            self.assertTrue((self.folder / name[1:]).is_file(), name)
        self.assertEqual((self.folder / "etc/decorum/decorum.toml").read_bytes(),
                         (ROOT / "config/decorum.toml").read_bytes())

    def test_every_unit_schema_and_example_comes_along(self):
        def there(folder, *patterns):
            wanted = {one.name for pattern in patterns for one in ROOT.glob(pattern)}
            self.assertTrue(wanted or folder.name == "decorum", patterns)
            self.assertLessEqual(wanted, {one.name for one in folder.iterdir()})
        there(self.folder / "lib/systemd/system", "systemd/*.service", "systemd/*.socket")
        there(self.folder / "usr/share/decorum", "config/*.json", "config/*.yml", "systemd/*.json", "systemd/*.yml")
        there(self.folder / "usr/share/doc/decorum/examples", "config/*.example.toml", "config/*.cfg")
        for name in ("charter.toml", "lexicon/en.toml", "model/manifest.toml", "notices/fr.toml"):
            self.assertTrue((self.folder / "usr/share/decorum" / name).is_file(), name)

    def test_everything_is_roots_and_readable_and_nothing_has_a_privilege(self):
        for line in output_of("dpkg-deb", "-c", self.package).splitlines():
            mode, owner, *_, name = line.split()
            self.assertEqual(owner, "root/root", line)
            self.assertIn(mode, ("drwxr-xr-x", "-rwxr-xr-x" if name == "./usr/bin/decorum" else "-rw-r--r--"), line)

    def test_scripts_are_shell(self):
        for name in ("postinst", "prerm", "postrm"):
            text = (self.control / name).read_text()
            self.assertTrue(text.startswith("#!/bin/sh\n"))
            self.assertNotIn("@", text)
            output_of("sh", "-n", self.control / name)

    def test_manual_pages_are_there_and_without_fault(self):
        self.assertEqual([page.name for page in self.pages()],
                         ["decorum.1.gz", "decorum-charter.5.gz", "decorum.toml.5.gz"])
        if shutil.which("man") is None or shutil.which("lexgrog") is None:
            self.skipTest("man-db is not installed")
        for page in self.pages():
            shown = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", str(page)],
                                   capture_output=True, text=True, timeout=300, check=False,
                                   env={**os.environ, "LC_ALL": "C.UTF-8", "MANROFFSEQ": ""})
            self.assertEqual((shown.returncode, shown.stderr), (0, ""), page.name)
            self.assertIn(f'"{page.name.split(".gz")[0][:-2]} - ', output_of("lexgrog", page))

    def test_the_manual_page_names_every_command_and_option(self):
        page = gzip.open(self.folder / "usr/share/man/man1/decorum.1.gz", "rt").read()
        for path, words in self.commands():
            self.assertIn(f'.SS "{" ".join(["decorum", *path])}' if path else ".SH NAME", page)
            for word in words:
                if word.startswith("-"):
                    self.assertIn(f"\\fB{word}\\fP".replace("-", "\\-"), page)

    def commands(self):
        """(path of commands, words that may follow), by --help."""
        waiting, found = [[]], []
        while waiting:
            path = waiting.pop()
            help_text = output_of(BINARY, *path, "--help")
            options = re.findall(r"^  (?:-\w,)?(--[\w-]+)", help_text, re.M)
            below = []
            if "\nSubcommands:\n" in help_text:
                below = re.findall(r"^  (\w[\w-]*)", help_text.partition("\nSubcommands:\n")[2], re.M)
            found.append((path, [one for one in options if not path or one != "--help"] + below))
            waiting += [[*path, one] for one in below]
        return found

    def completed(self, *words):
        script = self.folder / "usr/share/bash-completion/completions/decorum"
        quoted = " ".join(f"'{word}'" for word in ("decorum", *words))
        return output_of("bash", "--norc", "-c", f"source {script}; COMP_WORDS=({quoted}); COMP_CWORD={len(words)}; "
                         "_decorum; printf '%s\\n' \"${COMPREPLY[@]}\"").split()

    def test_bash_completes_every_command_and_option(self):
        commands = self.commands()
        self.assertGreater(len(commands), 15)
        for path, words in commands:
            self.assertLessEqual(set(words), set(self.completed(*path, "")), path)
            self.assertIn("--config", self.completed(*path, "--con"), path)

    def test_bash_completes_files_and_leaves_values_alone(self):
        self.scratch.write("some.toml", "")
        start = str(self.scratch.path / "so")
        self.assertEqual(self.completed("-c", start), [start + "me.toml"])
        self.assertEqual(self.completed("link", "add", "--network", ""), [])
        self.assertEqual(self.completed("-c", "link", "optout", ""),
                         self.completed("optout", ""))  # a file that is named as a command is none

    def test_the_program_finds_its_data_beside_it(self):
        program = self.folder / "usr/bin/decorum"
        texts = output_of(program, "assess", "--json", "-", input="You are a fucking idiot\n")
        self.assertIn('"findings":[{', texts)
        config = self.scratch.write("check.toml", '[gateway]\nhostname = "mx.example.org"\n')
        self.assertIn("OK", output_of(program, "check", "-c", config))


# ctest: slow timeout=1200
class ScratchPrefix(PackageCase):
    """dpkg with a root of its own: no chroot, no root needed. Libraries are the machine's."""

    @classmethod
    def prepare(cls):
        super().prepare()
        cls.root = cls.scratch.folder("prefix")
        for name in ("info", "updates", "triggers"):
            (cls.root / "var/lib/dpkg" / name).mkdir(parents=True)
        (cls.root / "var/lib/dpkg/status").touch()

    def dpkg(self, *words):
        path = "/usr/sbin:/usr/bin:/sbin:/bin"
        return output_of("dpkg", f"--root={self.root}", "--log=/dev/null", *DPKG_OPTIONS, *words,
                         env={**os.environ, "PATH": path})

    def left(self):
        return sorted(str(one.relative_to(self.root)) for one in self.root.rglob("*")
                      if "var/lib/dpkg" not in str(one) and not one.is_dir())

    def test_installs_runs_keeps_what_was_edited_and_purges_clean(self):
        self.dpkg("--install", self.package)
        self.assertIn("Status: install ok installed", self.dpkg("--status", "decorum"))
        config = self.root / "etc/decorum"
        state = self.root / "var/lib/decorum"
        self.relay_through(lambda: Process([self.root / "usr/bin/decorum", "run", "-c", config / "decorum.toml"]),
                           config, state)
        edited = (config / "decorum.toml").read_text()
        self.assertTrue((state / "seal.key").is_file())

        self.dpkg("--force-confold", "--install", self.package)  # as an upgrade does
        self.assertEqual((config / "decorum.toml").read_text(), edited)
        self.assertTrue((state / "seal.key").is_file())

        (self.root / "var/log/decorum").mkdir(parents=True)
        self.dpkg("--remove", "decorum")
        self.assertTrue((state / "seal.key").is_file())
        self.assertEqual((config / "decorum.toml").read_text(), edited)
        self.dpkg("--purge", "decorum")
        self.assertEqual(self.left(), ["etc/decorum/people.toml"])  # the administrator's own
        for name in ("var/lib/decorum", "var/log/decorum"):
            self.assertFalse((self.root / name).exists(), name)


# ctest: slow timeout=1800
class BareDebian(PackageCase):
    @classmethod
    def prepare(cls):
        reason = debian_root.missing()
        if reason:
            raise unittest.SkipTest(reason)
        super().prepare()
        cls.root = debian_root.DebianRoot(cls.scratch.path / "debian")
        cls.root.make(seconds=1200)
        cls.root.apt("update", seconds=300)
        shutil.copy(cls.package, cls.root.path / "decorum.deb")
        cls.root.apt("install", "--no-install-recommends", "/decorum.deb", seconds=900)

    def test_a_fresh_configuration_has_no_fault(self):
        self.assertIn("OK", self.root.run("decorum", "check").stdout)

    def test_runs_as_somebody_without_rights(self):
        state = self.root.path / "var/lib/decorum"
        state.mkdir(exist_ok=True)
        os.chown(state, 65534, 65534)
        self.addCleanup(shutil.rmtree, state)
        self.addCleanup((self.root.path / "etc/decorum/decorum.toml").write_bytes,
                        (self.root.path / "etc/decorum/decorum.toml").read_bytes())
        self.relay_through(
            lambda: self.root.start("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs",
                                    "--bounding-set=-all", "decorum", "run"),
            self.root.path / "etc/decorum", "/var/lib/decorum")

    def test_faces_and_pages_have_their_libraries(self):
        self.assertNotIn("not found", self.root.run("ldd", "/usr/bin/decorum").stdout)

    def test_logs_are_rotated_as_the_package_says(self):
        self.root.apt("install", "--no-install-recommends", "logrotate", seconds=300)
        logs = self.root.path / "var/log/decorum"
        logs.mkdir()
        self.addCleanup(shutil.rmtree, logs)
        (logs / "gateway.log").write_text("one\n")
        self.root.run("logrotate", "--force", "/etc/logrotate.d/decorum")
        self.assertEqual([one.name for one in logs.iterdir()], ["gateway.log.1"])

    def test_what_is_enabled_stays_so_and_purging_leaves_nothing(self):
        link = self.root.path / "etc/systemd/system/multi-user.target.wants/decorum.service"
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to("/lib/systemd/system/decorum.service")  # as systemctl enable does
        self.root.run("dpkg", "--install", "/decorum.deb")
        self.assertTrue(link.is_symlink())
        (self.root.path / "var/lib/private/decorum").mkdir(parents=True, exist_ok=True)
        self.root.apt("purge", "decorum", seconds=300)
        left = [one for one in self.root.named("decorum") if one not in ("/decorum.deb", "/etc/decorum/people.toml")]
        self.assertLessEqual(set(left), {"/etc/decorum"})  # with the administrator's own, where there is any
        self.assertNotIn("decorum", (self.root.path / "etc/passwd").read_text())
        self.root.run("dpkg", "--install", "/decorum.deb")  # as the other tests found it
        self.assertIn("OK", self.root.run("decorum", "check").stdout)


class Readme(unittest.TestCase):
    """What the README says of log lines is what the program writes."""

    def test_every_event_it_names_is_logged_somewhere(self):
        sources = "".join(file.read_text() for folder in ("gateway", "connectors", "config")
                          for file in (ROOT / folder).rglob("*.cpp"))
        names = set(re.findall(r"event=(\w+)", (ROOT / "README.md").read_text()))
        self.assertGreater(len(names), 10)
        for name in names:
            stem, _, suffix = name.rpartition("_")
            built = suffix in ("fault", "read") and f'options.name + "_{suffix}"' in sources  # base/watched_file.cpp
            self.assertTrue(f'"{name}"' in sources or built and f'"{stem}"' in sources, name)

    def test_every_setting_it_names_exists(self):
        shipped = (ROOT / "config/decorum.toml").read_text()
        active = "".join(line[1:] if line[:1] == "#" and line[1:2] not in (" ", "\n", "") else line
                         for line in shipped.splitlines(keepends=True))
        table = tomllib.loads(active)
        sections = {name: keys for name, keys in table.items() if isinstance(keys, dict)}
        sections.update(listener=table["listener"][0], upstream=table["upstream"]["dovecot"],
                        connector=table["connector"]["directory"])
        named = re.findall(r"`(\w+)\.(\w+)`", (ROOT / "README.md").read_text())
        settings = [(section, key) for section, key in named if section in sections
                    and section not in ("connector", "upstream") and key not in ("toml", "key", "epoch")]  # no files
        self.assertGreater(len(settings), 10)
        for section, key in settings:
            self.assertIn(key, sections[section], f"{section}.{key}")


if __name__ == "__main__":
    unittest.main()
