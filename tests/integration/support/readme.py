"""The README's snippets as an administrator copies them, with addresses, ports and files of the test in their places."""

import re
import tomllib

from .scratch import ROOT

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)


class Section:
    """What stands below a heading, or a line in bold letters, up to the next heading."""

    def __init__(self, title, here):
        """here: what the README says -> what the test has; a word, an address or a path as a whole."""
        text = (ROOT / "README.md").read_text()
        self.text = re.split(r"^##+ ", text[text.index(title) + len(title):], maxsplit=1, flags=re.M)[0]
        for theirs, ours in here.items():
            self.text, found = re.subn(rf"(?<![\w./-]){re.escape(theirs)}(?![\w/-])", str(ours), self.text)
            assert found, f"README, {title}: {theirs} is not there"

    def toml(self):
        """All TOML blocks as one table."""
        return tomllib.loads("".join(block for language, block in FENCE.findall(self.text) if language == "toml"))

    def block(self, word):
        """The first block without a language that holds the word."""
        return next(block for language, block in FENCE.findall(self.text) if not language and word in block)

    def setting(self, name):
        """A setting of main.cf that stands in a sentence: `NAME = VALUE`."""
        return re.search(rf"`{name} = ([^`]*)`", self.text).group(1)

    def postfix(self, word):
        """(settings of main.cf, service -> options in master.cf) of the block that holds the word."""
        main, services, file, service = {}, {}, None, None
        for line in self.block(word).splitlines():
            if line.startswith("# "):
                file = line[2:]
            elif file == "main.cf":
                key, value = line.split(" = ", 1)
                main[key] = value
            elif file == "master.cf" and line.startswith(" "):
                key, value = line.strip().removeprefix("-o ").split("=", 1)
                services[service][key] = value
            elif file == "master.cf":
                service, *fields = line.split()
                assert fields[0] == "inet" and fields[-1] == "smtpd" and len(fields) == 7, line
                services[service] = {}
        return main, services
