"""The gateway under test: writes its configuration, starts `decorum run`, waits until it is ready.

Its end is part of every test: SIGTERM must make it exit with 0. A test that kills it says so by kill().
"""

import json
import os
import signal
import subprocess

from .process import Process
from .scratch import ROOT, free_port

BINARY = os.environ.get("DECORUM") or str(ROOT / "build/release/decorum")

PEOPLE = """
[[person]]
addresses    = ["jane@example.org"]
display_name = "Jane Martin"
headline     = "HR Director"
organisation = "ACME"
location     = "Lyon, FR"
[[person.link]]
network = "github"
url     = "https://github.com/janem"
"""


def toml_value(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    return json.dumps(str(value), ensure_ascii=False)


def toml_table(heading, table):
    return f"{heading}\n" + "".join(f"{key} = {toml_value(value)}\n" for key, value in table.items()) + "\n"


class Decorum:
    def __init__(self, scratch, listeners, upstreams, people=PEOPLE, name="decorum", environment=None, **sections):
        """listeners: name -> keys (a free port is bound where bind is missing). upstreams: name -> keys.
        sections: further tables, e.g. limits={"recipients": 5}; one with a dot as connector__gravatar."""
        self.folder = scratch.folder(name)
        self.environment = environment
        self.ports = {}
        self.binary = BINARY
        people_file = self.folder / "people.toml"
        people_file.write_text(people)
        self.people_file = people_file
        tables = {
            "gateway": {"hostname": "gateway.example.org", "state_dir": self.folder / "state", "threads": 2,
                        "drain": "10s"},
            "log": {"level": "debug", "format": "text"},
            "annotate": {"require": "none"},
            "connector.directory": {"enabled": True, "file": people_file},
        }
        for section, keys in sections.items():
            tables.setdefault(section.replace("__", "."), {}).update(keys)
        self.ready = '"event":"ready"' if tables["log"]["format"] == "json" else "event=ready"
        text = "".join(toml_table(f"[{heading}]", table) for heading, table in tables.items())
        for listener, keys in listeners.items():
            if "bind" not in keys:
                self.ports[listener] = free_port()
                keys = {"bind": [f"127.0.0.1:{self.ports[listener]}"], **keys}
            text += toml_table("[[listener]]", {"name": listener, **keys})
        for upstream, keys in upstreams.items():
            text += toml_table(f"[upstream.{upstream}]", keys)
        self.file = self.folder / "decorum.toml"
        self.file.write_text(text)
        self.process = None
        self.prefix = []   # a command that runs ours
        self.pass_descriptors = ()
        self.killed = False

    @property
    def port(self):
        """The port of the only listener."""
        (port,) = self.ports.values()
        return port

    def title(self):
        return f"Decorum {self.ports}"

    def log_tail(self):
        return self.process.tail() if self.process else "(not started)"

    @property
    def log(self):
        return self.process.lines

    def start(self):
        self.killed = False
        self.process = Process([*self.prefix, self.binary, "run", "-c", self.file], self.environment,
                               pass_descriptors=self.pass_descriptors)
        self.wait_for_log(self.ready, seconds=30)

    def wait_for_log(self, *words, seconds=20, start=0):
        """The first log line (from line start on) that holds all the words."""
        return self.process.wait_for_line(lambda line: all(word in line for word in words), seconds,
                                          " ".join(map(str, words)), start)

    def terminate(self, seconds=20):
        """SIGTERM; the exit status."""
        self.process.signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.killed = True
            self.process.end(1)
            raise AssertionError(f"the gateway did not end within {seconds} s of SIGTERM") from None

    def kill(self):
        """SIGKILL: no chance to do anything more."""
        self.killed = True
        self.process.signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        if self.process is None or self.killed:
            return
        status = self.terminate() if self.process.running() else self.process.wait(5)
        assert status == 0, f"the gateway ended with status {status}:\n{self.log_tail()}"

    def command(self, *words, stdin=b""):
        """Runs another subcommand with the same configuration."""
        return subprocess.run([self.binary, words[0], "-c", str(self.file), *map(str, words[1:])], input=stdin,
                              capture_output=True, timeout=60, check=False)

    def seal_is_valid(self, message):
        return self.command("verify", stdin=message).returncode == 0


def gateway_before(scratch, upstream_port, protocol="smtp", upstream_protocol=None, listener=None, upstream=None,
                   **sections):
    """One listener in front of one upstream on a port of this machine."""
    return Decorum(
        scratch,
        {"main": {"protocol": protocol, "policy": "inbound", "upstream": "next", **(listener or {})}},
        {"next": {"protocol": upstream_protocol or protocol, "address": f"127.0.0.1:{upstream_port}",
                  **(upstream or {})}},
        **sections)
