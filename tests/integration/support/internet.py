"""The part of the internet that a test needs, on loopback: names, and a way to their servers on the usual port.

A gateway that is given settings() believes it speaks with https://haddad.example on port 443: it resolves the name at
our name server and goes through our proxy, which leads every port 443 to the one web server that plays all hosts."""

import socket
import socketserver
import struct
import threading

from .web import Web

A, TXT, AAAA, IN = 1, 16, 28, 1
NO_ERROR, NAME_ERROR = 0, 3


def read_name(octets, at):
    labels = []
    while octets[at]:
        labels.append(octets[at + 1:at + 1 + octets[at]].decode().lower())
        at += 1 + octets[at]
    return ".".join(labels), at + 1


class Names(socketserver.ThreadingUDPServer):
    """A name server (RFC 1035): hosts have the address 127.0.0.1, `texts` maps names to lists of TXT records."""

    daemon_threads = True

    def __init__(self, hosts):
        self.hosts, self.texts, self.asked = set(hosts), {}, []
        super().__init__(("127.0.0.1", 0), None)

    def finish_request(self, request, client_address):
        question, reply = request
        name, end = read_name(question, 12)
        kind, _ = struct.unpack_from(">HH", question, end)
        self.asked.append((name, kind))
        records = []
        if kind == A and name in self.hosts:
            records = [socket.inet_aton("127.0.0.1")]
        if kind == TXT:
            records = [b"".join(bytes([len(text[i:i + 255])]) + text[i:i + 255] for i in range(0, len(text), 255))
                       for text in (one.encode() for one in self.texts.get(name, []))]
        known = name in self.hosts or name in self.texts
        header = question[:2] + struct.pack(">HHHHH", 0x8180 | (NO_ERROR if known else NAME_ERROR), 1, len(records), 0, 0)
        answers = b"".join(struct.pack(">HHHIH", 0xC00C, kind, IN, 1, len(data)) + data for data in records)
        reply.sendto(header + question[12:end + 4] + answers, client_address)


class Proxy(socketserver.ThreadingTCPServer):
    """CONNECT (RFC 9110 §9.3.6); port 443 of anybody is the web server."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, web_port):
        self.web_port = web_port
        super().__init__(("127.0.0.1", 0), None)

    def handle_error(self, *_):
        pass  # clients that hang up

    def finish_request(self, request, client_address):
        header = b""
        while not header.endswith(b"\r\n\r\n"):
            octet = request.recv(1)
            if not octet:
                return
            header += octet
        port = int(header.split()[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", self.web_port if port == 443 else port)) as server:
            request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=self.relay, args=(server, request), daemon=True)
            back.start()
            self.relay(request, server)
            back.join()

    @staticmethod
    def relay(source, sink):
        try:
            while octets := source.recv(65536):
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Internet(Web):
    """The web server of all `hosts`, their name server, and the proxy that leads to them."""

    def __init__(self, scratch, hosts):
        super().__init__(scratch, "internet.example", hosts)
        self.names = Names(hosts)
        self.proxy = Proxy(self.port)

    def start(self):
        super().start()
        for server in (self.names, self.proxy):
            threading.Thread(target=server.serve_forever, daemon=True).start()

    def stop(self):
        for server in (self.names, self.proxy):
            server.shutdown()
            server.server_close()
        super().stop()

    def settings(self):
        return {**super().settings(), "proxy": f"http://127.0.0.1:{self.proxy.server_address[1]}",
                "dns_servers": [f"127.0.0.1:{self.names.server_address[1]}"]}
