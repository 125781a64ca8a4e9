"""Redis servers of the test's own: in scratch folders, on loopback, with all that they keep in a log that is whole
at every moment, so that one that is killed comes back with everything it said it had."""

import base64
import itertools
import os
import signal
import subprocess

from .process import Process
from .scratch import free_port, port_is_open, wait_until

_number = itertools.count(1)


class Redis:
    def __init__(self, scratch, *words, tls=None, port=None):
        """tls: (certificate, key); the server then speaks nothing else."""
        self.folder = scratch.folder(f"redis{next(_number)}")
        self.port = port or free_port()
        self.tls = tls
        self.words = [str(word) for word in words]
        self.process = None

    def title(self):
        return f"redis {self.port}"

    def log_tail(self):
        return self.process.tail() if self.process else "(not started)"

    def start(self):
        ports = ["--port", self.port]
        if self.tls:
            ports = ["--port", 0, "--tls-port", self.port, "--tls-cert-file", self.tls[0], "--tls-key-file",
                     self.tls[1], "--tls-ca-cert-file", self.tls[0], "--tls-auth-clients", "no"]
        self.process = Process(["redis-server", "--bind", "127.0.0.1", *ports, "--dir", self.folder, "--save", "",
                                "--appendonly", "yes", "--appendfsync", "always", *self.words])
        wait_until(lambda: port_is_open(self.port), 30, "redis listens")

    def stop(self):
        if self.process and self.process.running():
            self.process.end()

    def kill(self):
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)

    def cli(self, *words):
        """What redis-cli prints, line by line. Words with octets beyond ASCII are quoted as keys() gives them."""
        tls = ["--tls", "--cacert", str(self.tls[0])] if self.tls else []
        quoted = ["--quoted-input"] if any(str(word).startswith('"') for word in words) else []
        done = subprocess.run(["redis-cli", *quoted, "-h", "127.0.0.1", "-p", str(self.port), *tls, *map(str, words)],
                              capture_output=True, text=True, timeout=30, check=True)
        return done.stdout.splitlines()

    def keys(self, what):
        """Quoted: hashes are octets."""
        return self.cli("--no-raw", "--scan", "--pattern", f"decorum:{what}:*")


class Sentinel(Redis):
    """Knows `master` as decorum, and needs nobody's consent to make its replica the master."""

    def __init__(self, scratch, master):
        super().__init__(scratch)
        self.file = self.folder / "sentinel.conf"
        self.file.write_text(f"port {self.port}\nbind 127.0.0.1\ndir {self.folder}\n"
                             f"sentinel monitor decorum 127.0.0.1 {master.port} 1\n"
                             "sentinel down-after-milliseconds decorum 1000\n"
                             "sentinel failover-timeout decorum 5000\n")

    def start(self):
        self.process = Process(["redis-server", self.file, "--sentinel"])
        wait_until(lambda: port_is_open(self.port), 30, "the sentinel listens")


def shared_keys(scratch):
    """The tables of what gateways with one Redis have in common."""
    def key(name):
        path = scratch.write(name, base64.b64encode(os.urandom(32)).decode() + "\n")
        path.chmod(0o600)
        return path
    return {"store": {"key_file": key("cache.key")}, "annotate": {"seal_key_file": key("seal.key")}}
