"""A Libravatar server, and the DNS of a domain that names one of its own by SRV."""

import hashlib
import socket
import struct
import threading

from .web import Answer


def avatar_path(address):
    return f"/avatar/{hashlib.sha256(address.lower().encode()).hexdigest()}"


def add_avatar(web, address, picture):
    web.routes[avatar_path(address)] = Answer(picture, kind="image/png")


class SrvDns:
    """Answers SRV questions by what is set; every other name and type does not exist. `asked` holds the names."""

    def __init__(self):
        self.services, self.asked = {}, []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"

    def title(self):
        return f"DNS {self.address}"

    def log_tail(self):
        return "\n".join(self.asked[-20:])

    def start(self):
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self._socket.sendto(b"", self._socket.getsockname())

    def _serve(self):
        while True:
            question, client = self._socket.recvfrom(4096)
            if not question:
                return self._socket.close()
            self._socket.sendto(self._answer(question), client)

    def _answer(self, question):
        labels, at = [], 12
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        name = ".".join(labels).lower()
        (kind,) = struct.unpack(">H", question[at + 1:at + 3])
        self.asked.append(name)
        service = self.services.get(name) if kind == 33 else None
        header = question[:2] + struct.pack(">HHHHH", 0x8180 if service else 0x8183, 1, 1 if service else 0, 0, 0)
        octets = header + question[12:at + 5]
        if service:
            target, port = service
            data = struct.pack(">HHH", 0, 0, port)
            data += b"".join(bytes([len(one)]) + one.encode() for one in target.split(".")) + b"\0"
            octets += b"\xc0\x0c" + struct.pack(">HHIH", 33, 1, 0, len(data)) + data
        return octets
