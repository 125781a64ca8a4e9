"""Plays systemd for one gateway: holds its listening sockets, hears what it says (sd_notify), starts it again.

A socket stays open from one run to the next, so clients that come meanwhile wait in it.
"""

import pathlib
import socket
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent


class ServiceManager:
    def __init__(self, scratch, backlog=1024):
        self.backlog = backlog
        self.sockets = []    # (name, socket)
        self.messages = []   # each a dict of what one datagram said
        self._news = threading.Condition()
        # A short path: an address holds 108 octets.
        path = scratch.path / "n"
        path.unlink(missing_ok=True)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(path))
        self._path = path
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while True:
            try:
                datagram = self._notify.recv(65536)
            except OSError:
                return
            if not datagram:
                return
            said = dict(line.split("=", 1) for line in datagram.decode().splitlines() if line)
            with self._news:
                self.messages.append(said)
                self._news.notify_all()

    def open_socket(self, name, family=socket.AF_INET):
        """A listening socket on a free port of this machine; the port."""
        one = socket.socket(family)
        one.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
        one.listen(self.backlog)
        self.sockets.append((name, one))
        return one.getsockname()[1]

    def employ(self, decorum, filter_file=None, watchdog=None):
        """Makes the gateway start as a service of ours."""
        numbers = [one.fileno() for _, one in self.sockets]
        options = ["--filter", filter_file] if filter_file else []
        decorum.prefix = [sys.executable, HERE / "as_service.py", *options, *numbers, "--"]
        decorum.pass_descriptors = numbers
        decorum.environment = {**(decorum.environment or {}), "NOTIFY_SOCKET": str(self._path),
                               "LISTEN_FDNAMES": ":".join(name for name, _ in self.sockets)}
        if watchdog:
            decorum.environment["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))

    def wait_for(self, start=0, seconds=30, **expected):
        """(index, message) of the first message from index start on that says all this; None: any value."""
        def found():
            for i, said in enumerate(self.messages[start:], start):
                if all(key in said and value in (None, said[key]) for key, value in expected.items()):
                    return i, said
            return None
        with self._news:
            self._news.wait_for(found, seconds)
            assert found(), f"nobody said {expected} within {seconds} s: {self.messages[start:]}"
            return found()

    def close(self):
        for _, one in self.sockets:
            one.close()
        self._notify.shutdown(socket.SHUT_RDWR)
        self._notify.close()
        self._thread.join(5)
