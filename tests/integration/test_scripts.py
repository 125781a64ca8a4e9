"""The scripts of first use: gateway/quickstart as it runs, in a checkout that is built already, and what the others
say of themselves."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

from support.case import GatewayCase
from support.decorum import BINARY
from support.scratch import ROOT

SCRIPTS = ("gateway/quickstart", "gateway/install-packages", "tests/run")


def ran(script, *words, **options):
    return subprocess.run([script, *words], capture_output=True, text=True, timeout=120, check=False, **options)


class Arguments(GatewayCase):
    """A copy that stands alone: what it would begin with is not there."""

    def copy_of(self, name):
        script = self.scratch.path / name
        script.parent.mkdir(exist_ok=True)
        return shutil.copy(ROOT / name, script)

    def test_each_is_a_script_that_bash_can_read(self):
        for name in SCRIPTS:
            with self.subTest(name):
                self.assertTrue(os.access(ROOT / name, os.X_OK))
                done = ran("bash", "-n", str(ROOT / name))
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_help_is_help_and_does_nothing(self):
        for name in SCRIPTS:
            for word in ("--help", "-h"):
                with self.subTest(name, word=word):
                    done = ran(self.copy_of(name), word)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertIn(name, done.stdout)
        self.assertEqual({path.name for path in self.scratch.path.rglob("*")},
                         {"gateway", "quickstart", "install-packages", "tests", "run"})

    def test_what_they_do_not_know_is_told_with_their_usage(self):
        for name in SCRIPTS:
            for words in (("--twice",), ("everything",), ("--once" if "quick" in name else "--fast", "--twice")):
                with self.subTest(name, words=words):
                    done = ran(self.copy_of(name), *words)
                    self.assertEqual((done.returncode, done.stdout), (2, ""))
                    self.assertTrue(done.stderr.startswith(f"usage: {name}"), done.stderr)

    def test_the_groups_of_packages_are_those_that_are_told(self):
        script = (ROOT / "gateway/install-packages").read_text()
        groups = re.findall(r"^    \[(\w+)\]=\"", script, re.MULTILINE)
        self.assertGreater(len(groups), 3)
        for line in re.findall(r"\(?groups: ([\w ]+)", script):
            self.assertEqual(sorted(line.split()), sorted(groups))


class Quickstart(GatewayCase):
    """Packages and program are there: neither apt-get nor a compiler runs."""

    def checkout(self, cmake_status=0):
        root = self.scratch.folder(f"checkout-{cmake_status}")
        for folder in ("gateway", "config", "build/release", "tools"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for name in ("gateway/quickstart", "gateway/quickstart.dovecot.conf", "config/people.example.toml"):
            shutil.copy(ROOT / name, root / name)
        (root / "build/release/decorum").symlink_to(pathlib.Path(BINARY).resolve())
        for name, text in (("gateway/install-packages", "exit 0\n"),
                           ("tools/cmake", f"echo what cmake says\nexit {cmake_status}\n")):
            (root / name).write_text("#!/bin/sh\n" + text)
            (root / name).chmod(0o755)
        return root

    def quickstart(self, root):
        return ran(root / "gateway/quickstart", "--once",
                   env={**os.environ, "PATH": f"{root}/tools:{os.environ['PATH']}"})

    def test_it_shows_annotated_mail(self):
        root = self.checkout()
        before = set(os.listdir(root))
        done = self.quickstart(root)
        self.assertEqual(done.returncode, 0, done)
        self.assertRegex(done.stdout, r"(?m)^Sender-Profile: Jane Martin, HR Director at ACME \(Lyon, FR\)$")
        shown = re.search(r"^Sender-Profile: .*?(?=^Sender-Profile-Source)", (ROOT / "README.md").read_text(),
                          re.MULTILINE | re.DOTALL)
        self.assertIn(shown[0], done.stdout)
        for subject, status in (("Nobody knows me", "status=none"), (r"\[cooks\] Soup of the week", "reason=list"),
                                ("Delivered past the gateway", "status=found")):
            self.assertRegex(done.stdout, rf"(?m)^Subject: {subject} -> .*{status}")
        self.assertEqual(done.stdout.count("valid: "), 2, done)
        self.assertEqual(set(os.listdir(root)), before)

    def test_a_step_that_fails_is_named(self):
        done = self.quickstart(self.checkout(cmake_status=1))
        self.assertEqual(done.returncode, 3, done)
        self.assertIn("quickstart: step [2/5] Build", done.stderr)
        self.assertIn("what cmake says", done.stdout)


if __name__ == "__main__":
    unittest.main()
