"""A server process whose output is kept line by line and can be waited for."""

import os
import pathlib
import signal
import subprocess
import threading


class Process:
    # A group of its own: what interrupts the tests is not for it. No session of its own: the kernel shares the processor out
    # by session, and a thread with little to do beside a busy one of its own session may starve.
    def __init__(self, command, environment=None, user=None, group=None, pass_descriptors=()):
        self.lines = []
        self._ended = False  # its output is at its end
        self._news = threading.Condition()
        self._process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env={**os.environ, **(environment or {})}, process_group=0,
            pass_fds=pass_descriptors, user=user, group=group, extra_groups=[] if user is not None else None)
        self.pid = self._process.pid
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            with self._news:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()

    def wait_for_line(self, matches, seconds, what, start=0):
        """The first line from index start on for which matches(line); fails at once where the process has ended."""
        def search():
            return next((line for line in self.lines[start:] if matches(line)), None)
        with self._news:
            self._news.wait_for(lambda: search() is not None or self._ended, seconds)
            found = search()
        if found is None:
            state = "runs" if self.running() else f"ended with {self._process.poll()}"
            raise AssertionError(f"no line with {what} within {seconds} s; the process {state}:\n{self.tail()}")
        return found

    def tail(self, lines=60):
        return "\n".join(self.lines[-lines:])

    def running(self):
        return self._process.poll() is None

    def signal(self, number):
        if self.running():
            self._process.send_signal(number)

    def wait(self, seconds):
        """The exit status; negative: killed by that signal."""
        status = self._process.wait(seconds)
        self._reader.join(5)
        self._process.stdout.close()
        return status

    def end(self, seconds=10):
        """SIGTERM to the whole session, SIGKILL after the time. The exit status."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.pid, number)
            except (ProcessLookupError, PermissionError):
                pass
            try:
                return self.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        raise AssertionError(f"process {self.pid} can't be ended")

    def memory_kib(self, which="VmHWM"):
        """VmHWM: the most it ever had resident; VmRSS: what is resident now."""
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(which + ":"):
                return int(line.split()[1])
        raise AssertionError(f"no {which}")
