"""decorum assess: a line for a line, whatever stands in it, and a reason where it can't begin."""

import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from support.decorum import BINARY
from support.scratch import ROOT

SHIPPED = ROOT / "config"


def assess(*words, stdin=b""):
    return subprocess.run([BINARY, "assess", *words], input=stdin, capture_output=True, timeout=120, check=False)


class AssessLines(unittest.TestCase):
    def answers(self, stdin):
        done = assess("--json", "-", stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stderr, b"")
        return [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]

    def test_every_line_has_its_answer_in_order(self):
        found = self.answers("What a load of bullshit\n\nBonjour à toute l'équipe\r\nthe wifi password is Tulip-4711!".encode())
        self.assertEqual([answer["text_index"] for answer in found], [0, 1, 2, 3])
        self.assertEqual([[f["category"] for f in answer["findings"]] for answer in found],
                         [["profanity"], [], [], ["confidentiality"]])
        for answer in found:
            self.assertTrue(all(0 <= score <= 1 for score in answer["scores"].values()))
            self.assertLessEqual({"offence", "hate"}, set(answer["scores"]))
        first = found[0]["findings"][0]
        self.assertEqual((first["severity"], first["excerpt"], first["begin"], first["end"]), (1, "bullshit", 15, 23))

    def test_no_input_has_no_answer(self):
        self.assertEqual(self.answers(b""), [])
        self.assertEqual(len(self.answers(b"\n")), 1)

    def test_hostile_lines_are_answered(self):
        lines = [b"\xff\xfe f*ck \xc3", b"\0\0 bullshit", "🔥".encode() * 3000, b"a" * 3_000_000,
                 b"\xcc\x81" * 5000, "\u202ebullshit".encode()]
        found = self.answers(b"\n".join(lines) + b"\n")
        self.assertEqual(len(found), len(lines))
        for i in (0, 1, 5):
            self.assertEqual([f["category"] for f in found[i]["findings"]], ["profanity"], lines[i])

    def test_people_see_the_excerpt_and_no_control(self):
        done = assess("--explain", "-", stdin=b"oh \x1b[31m what a load of sh1t, honestly\n")
        self.assertEqual(done.returncode, 0)
        self.assertNotIn(b"\x1b", done.stdout)
        self.assertIn(b"profanity 1 (", done.stdout)
        self.assertIn(b"[sh1t]", done.stdout)
        self.assertIn(b"by lexicon en:", done.stdout)
        self.assertIn(b"scores offence=", done.stdout)
        self.assertEqual(done.stdout.count(b"\n"), 1)


class AssessRefusals(unittest.TestCase):
    def test_what_is_no_address_is_refused(self):
        done = assess("jane")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"decorum assess: not an address: jane", done.stderr)

    def test_without_a_domain_of_ours_nobody_is_assessed(self):
        done = assess("jane@example.org")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stdout.decode(),
                         "jane@example.org: not assessed: the address is none of the charter's domains\n")

    def test_data_that_cannot_be_used_is_named(self):
        with tempfile.TemporaryDirectory() as folder:
            data = pathlib.Path(folder, "data")
            shutil.copytree(SHIPPED, data)
            config = pathlib.Path(folder, "decorum.toml")
            config.write_text('[gateway]\ndata_dir = "data"\n', encoding="utf-8")
            self.assertEqual(assess("-c", str(config), "-").returncode, 0)
            (data / "lexicon" / "fr.toml").write_text("format = 1\nlanguage = \"fr\"\nversion = 3\n", encoding="utf-8")
            done = assess("-c", str(config), "-")
            self.assertEqual(done.returncode, 3)
            self.assertIn(b"lexicon/fr.toml:3: version: must be a text", done.stderr)
            check = subprocess.run([BINARY, "check", "-c", str(config)], capture_output=True, timeout=60, check=False)
            self.assertEqual(check.returncode, 1)
            self.assertIn(b"gateway.data_dir: ", check.stderr)
            self.assertIn(b"lexicon/fr.toml:3", check.stderr)


if __name__ == "__main__":
    unittest.main()
