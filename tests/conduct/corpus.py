"""The texts that Decorum's classifier is trained on and measured with.

Public sets come from a folder that is no part of the repository (DATA/NAME.tsv: split, language, label, finer
label, text; DATA/MANIFEST.tsv says where they are from). Our own sentences are in sentences/LANGUAGE/LABEL.txt, one
a line; lines that begin with # are comments.

Every text has a part: "train", "calibrate" or "test". Official test and development parts are kept; where a set
has no test part, and for our own sentences, the SHA-256 of the text decides: 20 % test, 10 % calibrate.
"""

import csv
import dataclasses
import hashlib
import html
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
SENTENCES = HERE / "sentences"

CATEGORIES = ["profanity", "sexual", "hate", "harassment", "threat", "substances", "disparagement", "confidentiality"]
TOPICS = ["sexual", "harassment", "threat", "substances", "disparagement", "confidentiality"]
NEGATIVES = ["everyday_professional", "everyday_casual", "idioms", "professions_names", "quotes_counterspeech",
             "working_conditions", "union_whistleblowing", "politics_religion", "substances_benign",
             "confidential_benign", "sexual_benign", "negated"]
PARTS = {"train": "train", "dev": "calibrate", "validation": "calibrate", "test": "test"}
SETS = ["davidson", "dyn21_en", "germeval2018", "hatemojibuild", "ken20_en", "mlma_en", "mlma_fr", "mixit_talks"]
WITH_TEST_PART = ["hatemojibuild"]

csv.field_size_limit(sys.maxsize)


@dataclasses.dataclass
class Text:
    source: str     # a public set, or "own"
    part: str
    language: str
    label: str      # own: the file's name; public: the finer label
    positive: bool  # public: the set's label
    text: str


def part_of(text):
    tenth = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) % 10
    return "test" if tenth < 2 else "calibrate" if tenth == 2 else "train"


def clean(text):
    """One line, without HTML entities; what a connector would hand over."""
    return re.sub(r"\s+", " ", html.unescape(text).replace("\0", " ")).strip()


def public(folder):
    found = []
    for name in SETS:
        path = pathlib.Path(folder) / f"{name}.tsv"
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                if len(row) != 5 or row[2] not in ("0", "1"):
                    continue
                split, language, label, finer, text = row
                text = clean(text)
                if text:
                    part = PARTS.get(split, "train")
                    if part == "train" and name not in WITH_TEST_PART:
                        part = part_of(text)
                    found.append(Text(name, part, language, finer, label == "1", text))
    return found


def own():
    found = []
    for folder in sorted(SENTENCES.glob("??")):
        for path in sorted(folder.glob("*.txt")):
            if path.stem not in CATEGORIES + NEGATIVES:
                sys.exit(f"{path}: no label that is known")
            for line in path.read_text(encoding="utf-8").splitlines():
                text = clean(line)
                if text and not text.startswith("#"):
                    found.append(Text("own", part_of(text), folder.name, path.stem, path.stem in CATEGORIES, text))
    return found


def apart(name):
    """Sentences that are never trained on (language, label or "clean", text): fresh.tsv, written when those to train on
    were settled; blind.tsv, of which nothing but the figures was seen when features were chosen; unseen.tsv, written
    when everything was settled; sealed.tsv, by other hands, whose figures were seen before the network came;
    untouched.tsv, by others again, whose figures were seen before the lexicon of December; later.tsv, by another, whose
    figures were seen before the networks beside the heads; and latest.tsv, by yet another, of whose text nothing was
    seen."""
    found = []
    for line in (HERE / f"{name}.tsv").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            language, label, text = line.split("\t")
            found.append(Text(name, "test", language, label, label in CATEGORIES, clean(text)))
    return found


def everything(folder):
    """Each text once: a text that stands in two sets would be trained on and tested with."""
    seen, found = set(), []
    for text in own() + public(folder):
        key = text.text.casefold()
        if key not in seen:
            seen.add(key)
            found.append(text)
    return found
