"""Every source that a gateway asks, played by one process, each answer after a set time.

As a program: played_networks.py DELAY_MS NEVER_PER_CENT gravatar|all [CERTIFICATE KEY]. A JSON line on standard output tells
the ports; a line on standard input asks for the counts, which end it.

One port speaks HTTP in clear, for the sources that have a base_url. Hosts of their own (WebFinger, profile pages) are played
by TLS on port 443 of an address of this machine that nobody else uses, which takes root; the name server on the other port
gives that address to every name.
"""

import asyncio
import collections
import functools
import hashlib
import json
import re
import socket
import ssl
import struct
import sys
import urllib.parse
import zlib

TOKEN = {"access_token": "t0ken", "token_type": "bearer", "expires_in": 86400}
PAGES = "pages.example"
TIME = "2026-11-20T08:00:00Z"
HOSTS_ADDRESS = "127.77.0.1"


def last(path):
    return path.rpartition("/")[2]


class Networks:
    """The answers: JSON made of a path and its query, (media type, text), or a status."""

    def __init__(self, every):
        self.every = every
        self.handles = {}  # at Bluesky, by DID
        # The beginning of host and path -> what is there. The host is empty where the gateway was told the place.
        self.places = {
            "/v3/profiles/": self.gravatar,
            "/search/users": lambda *_: {"total_count": 0, "incomplete_results": False, "items": []},
            "/api/v4/users": lambda *_: [],
            "/v3.0/expanded-search/": lambda *_: {"expanded-result": None, "num-found": 0},
            "/avatar/": 404,
            "/staff": lambda _, query: {"mail": query["mail"], "city": "Lyon"},
            "/oauth/token": lambda *_: TOKEN,
            "/v19.0/oauth/access_token": lambda *_: TOKEN,
            "/2/users/by/username/": lambda path, _: {"data": {"id": last(path)[1:], "username": last(path), "name": ""}},
            "/2/users/": lambda *_: {"data": [{"id": "1", "text": "Open day", "created_at": TIME}],
                                     "meta": {"result_count": 1}},
            "/xrpc/app.bsky.actor.getProfile": self.bluesky,
            "/xrpc/app.bsky.feed.getAuthorFeed": lambda *_: {"feed": []},
            "/did:plc:": lambda path, _: {"id": path[1:], "alsoKnownAs": [f"at://{self.handles.get(path[1:], '')}"]},
            "/v19.0/": self.facebook,
            PAGES + "/p": self.page,
        }

    def gravatar(self, path, _):
        key = last(path)
        number = int(key[:8], 16)
        accounts = [("twitter", f"https://x.com/p{number}"), ("facebook", f"https://facebook.com/p{number}"),
                    ("bluesky", f"https://bsky.app/profile/p{number}.example"),
                    ("website", f"https://{PAGES}/p{number}")] if self.every else []
        return {"hash": key, "display_name": f"Person {key[:6]}", "job_title": "Buyer", "company": "Example Ltd",
                "location": "Lyon", "description": "", "avatar_url": "", "profile_url": f"https://gravatar.com/{key[:8]}",
                "verified_accounts": [{"service_type": name, "service_label": name, "url": url, "is_hidden": False}
                                      for name, url in accounts]}

    def bluesky(self, _, query):
        handle = query["actor"]
        did = "did:plc:" + hashlib.sha256(handle.encode()).hexdigest()[:24].translate(str.maketrans("0189", "abcd"))
        self.handles[did] = handle
        return {"did": did, "handle": handle, "displayName": "", "labels": []}

    @staticmethod
    def facebook(path, _):
        if path.endswith("/posts"):
            return {"data": []}
        return {"id": last(path)[1:], "name": "", "link": f"https://www.facebook.com/{last(path)}"}

    @staticmethod
    def page(*_):
        return "text/html", ('<html><head><script type="application/ld+json">{"@type":"Person","jobTitle":"Buyer",'
                             '"worksFor":{"@type":"Organization","name":"Example Ltd"}}</script></head></html>')

    @staticmethod
    def fediverse(host, path, query):
        """A Mastodon server at each domain of senders, with everybody of that domain on it."""
        if path == "/.well-known/webfinger":
            user = query["resource"].removeprefix("acct:").partition("@")[0]
            return {"subject": query["resource"], "links": [
                {"rel": "self", "type": "application/activity+json", "href": f"https://{host}/users/{user}"}]}
        if path.startswith("/users/"):
            return {"id": f"https://{host}{path}", "type": "Person", "preferredUsername": last(path), "name": "",
                    "url": f"https://{host}/@{last(path)}"}
        if path.startswith("/api/v1/accounts/lookup"):
            return {"id": "1", "username": query["acct"], "acct": query["acct"], "display_name": "",
                    "note": "<p>Buyer, <em>Lyon</em></p>", "url": f"https://{host}/@{query['acct']}",
                    "uri": f"https://{host}/users/{query['acct']}", "fields": []}
        if path == "/api/v1/accounts/1/statuses":
            return [{"id": "113", "created_at": TIME, "visibility": "public", "content": "<p>Open day</p>",
                     "url": f"https://{host}/@p/113", "account": {"id": "1"}}]
        return 404

    def answer(self, host, target):
        """(status, media type, octets)"""
        path, _, query = target.partition("?")
        path, query = urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query))
        there = next((what for begin, what in self.places.items() if (host + path).startswith(begin)), None)
        if there is None:
            there = functools.partial(self.fediverse, host) if host not in ("", PAGES) else 404
        content = there(path, query) if callable(there) else there
        if isinstance(content, int):
            return content, "application/json", b"{}"
        if isinstance(content, tuple):
            return 200, content[0], content[1].encode()
        return 200, "application/json", json.dumps(content).encode()


class Server:
    """What all connections share."""

    def __init__(self, delay, never, every):
        self.networks, self.delay, self.never = Networks(every), delay, never
        self.asked = collections.Counter()

    def is_answered(self, target):
        # Of a sender for whom no answer comes, it is Gravatar's that does not.
        return not target.startswith("/v3/profiles/") or zlib.crc32(target.encode()) % 100 >= self.never


class Connection(asyncio.Protocol):
    """A connection of HTTP/1.1."""

    def __init__(self, server):
        self.server, self.buffer, self.transport = server, b"", None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        while b"\r\n\r\n" in self.buffer:
            head, _, rest = self.buffer.partition(b"\r\n\r\n")
            body = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
            length = int(body.group(1)) if body else 0
            if len(rest) < length:
                return
            self.buffer = rest[length:]
            method, target = (word.decode() for word in head.split(b" ", 2)[:2])
            host = re.search(rb"(?i)\nhost: *([^\r:]+)", head).group(1).decode()
            host = "" if host == "127.0.0.1" else host
            if method == "GET":
                self.server.asked[host + target.partition("&appsecret_proof=")[0]] += 1
            if self.server.is_answered(target):
                asyncio.get_running_loop().call_later(self.server.delay, self.answer, host, target)

    def answer(self, host, target):
        if self.transport is None or self.transport.is_closing():
            return
        status, kind, body = self.server.networks.answer(host, target)
        self.transport.write(f"HTTP/1.1 {status} -\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
                             .encode() + body)


class Names(asyncio.DatagramProtocol):
    """RFC 1035: every name has the one address, and nothing else."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, question, client):
        end = 12
        while question[end]:
            end += 1 + question[end]
        end += 5
        is_a = question[end - 4:end - 2] == b"\0\1"
        header = question[:2] + struct.pack(">HHHHH", 0x8180, 1, int(is_a), 0, 0)
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 3600, 4) + socket.inet_aton(HOSTS_ADDRESS) if is_a else b""
        self.transport.sendto(header + question[12:end] + record, client)


async def serve(delay, never, every, *certificate):
    server = Server(float(delay) / 1000, int(never), every == "all")
    loop = asyncio.get_running_loop()
    web = await loop.create_server(lambda: Connection(server), "127.0.0.1", 0, backlog=4096)
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
        await loop.create_server(lambda: Connection(server), HOSTS_ADDRESS, 443, ssl=tls, backlog=4096)
    names, _ = await loop.create_datagram_endpoint(Names, local_addr=("127.0.0.1", 0))
    print(json.dumps({"port": web.sockets[0].getsockname()[1], "names": names.get_extra_info("sockname")[1]}), flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    print(json.dumps({"asked": len(server.asked), "repeated": {what: n for what, n in server.asked.items() if n > 1}}),
          flush=True)


if __name__ == "__main__":
    asyncio.run(serve(*sys.argv[1:]))
