"""A folder that a test owns, free ports, and waiting for a condition (never for a time)."""

import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]


class Scratch:
    """A temporary folder that other users may pass through: Postfix and Dovecot drop their privileges."""

    def __init__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="decorum-"))
        self.path.chmod(0o755)

    def folder(self, name):
        path = self.path / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def write(self, name, content):
        path = self.path / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)
        if self.path.exists():  # queue folders that root made for us by sudo
            subprocess.run(["sudo", "-n", "rm", "-rf", str(self.path)], check=False)


def free_port():
    """A port that nobody listens on, and that no client is given: above the ephemeral range or below it."""
    low, high = (int(word) for word in
                 pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    outside = [*range(max(high + 1, 10_000), 65_536), *range(10_000, low)] or list(range(10_000, 65_536))
    start = int.from_bytes(os.urandom(4), "big")
    for step in range(len(outside)):
        port = outside[(start + step * 7) % len(outside)]
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    raise AssertionError("no free port")


def wait_until(condition, seconds, what):
    """Polls until condition() is true and returns its value; an AssertionError after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


def port_is_open(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False
