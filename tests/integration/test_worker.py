"""The worker process of the program as it is installed: its answers, its limits, its end.

The limits of memory exist in builds without a sanitizer only, so that the unit tests can't see them. The test
plays the gateway: it starts a keeper on one end of a socket pair and speaks its protocol (keeper_protocol.hpp).
"""
import array
import os
import pathlib
import socket
import struct
import subprocess
import unittest
import zlib

START = struct.Struct("=QQIIIc3x")  # memory, input octets, id, deadline in ms, longest side, job
ENDED = struct.Struct("=IiB3x")     # id, detail, end
ANSWERED, OUT_OF_MEMORY = 0, 1
ERRORS = {7: "syntax", 8: "limit"}  # 1 + the place in errc (result.hpp)
MIB = 1 << 20


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(side, rows=None):
    """A PNG of one colour; `rows` as they stand in IDAT before compression."""
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = rows or (b"\0" + b"\x20\x60\xa0" * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) +
            chunk(b"IEND", b""))


class Worker(unittest.TestCase):
    def setUp(self):
        self.ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.ours.settimeout(30)
        with theirs:
            self.keeper = subprocess.Popen([os.environ["DECORUM"], "worker-keeper"], stdin=theirs,
                                           stdout=subprocess.DEVNULL, env={})
        self.addCleanup(self.keeper.wait, 30)
        self.addCleanup(self.ours.close)

    def run_job(self, job, octets, memory=256 * MIB):
        """(end, error or None, result) of a job."""
        stream, childs = socket.socketpair()
        stream.settimeout(30)
        with stream, childs:
            start = START.pack(memory, len(octets), 1, 20_000, 4096, job)
            self.ours.sendmsg([start], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [childs.fileno()]))])
            childs.close()
            answer = b""
            try:
                stream.sendall(octets)
                while block := stream.recv(1 << 16):
                    answer += block
            except ConnectionError:  # a child that ends early has its say in what the keeper reports
                pass
        identity, _, end = ENDED.unpack(self.ours.recv(ENDED.size))
        self.assertEqual(identity, 1)
        error = ERRORS.get(answer[0], "other") if answer and answer[0] else None
        return end, error, answer[1:]

    def test_a_picture_becomes_a_face(self):
        end, error, face = self.run_job(b"f", png(4096))
        self.assertEqual((end, error), (ANSWERED, None), face)
        self.assertEqual(face[:8] + face[12:24], b"\x89PNG\r\n\x1a\nIHDR" + struct.pack(">II", 48, 48))
        self.assertLessEqual(len(face), 725)

    def test_a_page_becomes_text(self):
        self.assertEqual(self.run_job(b"t", b"<p>Nous<br>recrutons"), (ANSWERED, None, b"Nous\nrecrutons"))

    def test_pixels_beyond_the_limit_of_memory_give_no_face(self):
        end, error, _ = self.run_job(b"f", png(4096), memory=64 * MIB)
        self.assertTrue(end == OUT_OF_MEMORY or error in ("syntax", "limit"), (end, error))
        end, error, _ = self.run_job(b"f", png(1024), memory=64 * MIB)
        self.assertEqual((end, error), (ANSWERED, None))

    def test_a_declared_giant_is_refused(self):
        self.assertEqual(self.run_job(b"f", png(30_000, rows=b"\0"))[:2], (ANSWERED, "limit"))

    def test_an_unpacked_giant_is_no_picture(self):
        bomb = png(100, rows=bytes(512 * MIB))
        self.assertLess(len(bomb), MIB)
        end, error, face = self.run_job(b"f", bomb)
        self.assertEqual(end, ANSWERED)
        self.assertTrue(error or len(face) <= 725)

    def test_where_memory_runs_out_it_goes_before_the_gateway(self):
        self.run_job(b"t", b"once")
        self.assertEqual(pathlib.Path(f"/proc/{self.keeper.pid}/oom_score_adj").read_text(), "1000\n")

    def test_the_keeper_ends_with_its_gateway(self):
        self.run_job(b"t", b"once")
        self.ours.close()
        self.assertEqual(self.keeper.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
