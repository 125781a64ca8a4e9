"""The base of all test classes: a scratch folder, servers that end with the class, logs where a test fails."""

import sys
import unittest

from .scratch import Scratch

__unittest = True  # tracebacks end in the test, not here


class GatewayCase(unittest.TestCase):
    """Subclasses start what they share in prepare(), by cls.serve(server)."""

    maxDiff = 4000

    @classmethod
    def setUpClass(cls):
        cls.scratch = Scratch()
        cls.addClassCleanup(cls.scratch.remove)
        cls.servers = []
        try:
            cls.prepare()
        except BaseException:
            cls.print_logs()
            raise

    @classmethod
    def prepare(cls):
        pass

    @classmethod
    def serve(cls, server):
        """Starts a server that lives as long as the class."""
        cls.servers.append(server)
        cls.addClassCleanup(server.stop)
        server.start()
        return server

    def serve_here(self, server):
        """Starts a server that lives as long as the test."""
        self.servers.append(server)
        self.addCleanup(self.servers.remove, server)
        self.addCleanup(server.stop)
        server.start()
        return server

    @classmethod
    def print_logs(cls):
        for server in cls.servers:
            print(f"--- {server.title()}\n{server.log_tail()}", file=sys.stderr)

    def _callTestMethod(self, method):
        try:
            super()._callTestMethod(method)
        except unittest.SkipTest:
            raise
        except BaseException:
            self.print_logs()
            raise

    def assert_octets(self, got, expected, what=""):
        """Equal octets; the first difference in context where not (a diff of megabytes tells nobody anything)."""
        if got == expected:
            return
        at = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
        near = slice(max(0, at - 40), at + 60)
        self.fail(f"{what} differs at octet {at} (lengths {len(got)} and {len(expected)}):\n"
                  f"  got      {got[near]!r}\n  expected {expected[near]!r}")
