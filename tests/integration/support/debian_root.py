"""A bare Debian 12 in a folder of its own, made by mmdebstrap from the mirrors that this machine's apt uses.

It needs root, for chroot and mount namespaces; missing() says why there can be none. Commands run in the root with a
mount namespace of their own, so that nothing stays mounted; processes and network are those of the machine, so that a
server in the root is reached at 127.0.0.1 and gets our signals.
"""

import os
import shutil
import subprocess

from .process import Process

TARGETS = ["apt-get", "indextargets", "--format", "$(CODENAME) deb $(SITE) $(RELEASE) $(COMPONENT)",
           "Created-By: Packages", "Origin: Debian"]


def sources():
    """The lines of sources.list for Debian 12 that apt has lists of."""
    output = subprocess.run(TARGETS, capture_output=True, text=True, check=False).stdout
    found = [line.partition(" ")[2] for line in output.splitlines() if line.startswith("bookworm")]
    return found if any(" bookworm " in line for line in found) else []


def proxies():
    """apt's options for proxies, as the machine has them."""
    output = subprocess.run(["apt-config", "dump", "--format", '%f "%v";%n', "Acquire"], capture_output=True,
                            text=True, check=False).stdout
    return [line for line in output.splitlines() if "proxy" in line.split(" ")[0].lower()]


def missing():
    """Why there can be no root; nothing where there can be one."""
    if os.geteuid() != 0:
        return "root makes a Debian root, nobody else"
    if shutil.which("mmdebstrap") is None:
        return "mmdebstrap is not installed"
    if subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        return "there are no mount namespaces here"
    if not sources():
        return "apt has no lists of Debian 12; apt-get update gets them"
    return None


class DebianRoot:
    def __init__(self, folder):
        self.path = folder

    def make(self, seconds):
        """A minimal Debian with apt."""
        options = [f"--aptopt={line}" for line in proxies()]
        made = subprocess.run(
            ["mmdebstrap", "--mode=root", "--variant=apt", "--quiet", "--dpkgopt=force-unsafe-io", *options, "bookworm",
             str(self.path), *sources()], capture_output=True, text=True, timeout=seconds, check=False)
        if made.returncode != 0:
            raise AssertionError(f"mmdebstrap ended with {made.returncode}:\n{made.stderr[-3000:]}")
        for name in ("resolv.conf", "hosts"):
            shutil.copyfile(f"/etc/{name}", self.path / "etc" / name)

    def command(self, *words):
        """What runs the command in the root, in the same process."""
        return ["unshare", "--mount", f"--root={self.path}", "--mount-proc", *map(str, words)]

    def run(self, *words, stdin="", seconds=300, check=True):
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8",
                       "DEBIAN_FRONTEND": "noninteractive"}
        environment.update({name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")})
        done = subprocess.run(self.command(*words), input=stdin, capture_output=True, text=True, timeout=seconds,
                              env=environment, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(map(str, words))} ended with {done.returncode}:\n"
                                 f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done

    def start(self, *words):
        return Process(self.command(*words))

    def apt(self, *words, seconds):
        return self.run("apt-get", "-q", "-y", "-o", "Dpkg::Options::=--force-unsafe-io", *words, seconds=seconds)

    def named(self, word):
        """Paths in the root whose name holds the word; apt's and dpkg's own books left out."""
        found = []
        for folder, folders, files in os.walk(self.path):
            inside = os.path.relpath(folder, self.path)
            if inside == ".":
                folders[:] = [one for one in folders if one not in ("proc", "sys", "dev", "tmp")]
            found += [os.path.normpath(os.path.join("/", inside, one)) for one in folders + files if word in one]
        return sorted(found)
