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
import pathlib
import re
import socket
import ssl
import struct
import sys
import urllib.parse
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration"))

from support.orcid import record  # noqa: E402
from support.pictures import portrait  # noqa: E402

TOKEN = {"access_token": "t0ken", "token_type": "bearer", "expires_in": 86400}
PAGES = "pages.example"
TIME = "2026-11-20T08:00:00Z"
HOSTS_ADDRESS = "127.77.0.1"
KNOWN_EVERY = 10  # senders: known to GitHub; others to GitLab, to ORCID, and to Libravatar


def last(path):
    return path.rpartition("/")[2]


def orcid_of(number):
    """ISO 7064, MOD 11-2."""
    digits = f"{number:015}"
    total = functools.reduce(lambda sum_, digit: (sum_ + int(digit)) * 2, digits, 0)
    whole = digits + "0123456789X"[(12 - total % 11) % 11]
    return "-".join(whole[at:at + 4] for at in range(0, 16, 4))


class Networks:
    """The answers: JSON made of a path and its query, (media type, octets), or a status."""

    def __init__(self, every):
        self.every = every
        self.handles = {}  # at Bluesky, by DID
        self.addresses = {}  # at GitHub, GitLab and ORCID, by account
        self.portrait = portrait()
        # The beginning of host and path -> what is there. The host is empty where the gateway was told the place.
        self.places = {
            "/v3/profiles/": self.gravatar,
            "/search/users": self.github_search,
            "/users/": self.github,
            "/api/v4/users/": self.gitlab,
            "/api/v4/users": self.gitlab_search,
            "/api/v4/projects/": lambda path, _: {"id": int(last(path)), "path_with_namespace": "crane/plans",
                                                  "visibility": "public"},
            "/v3.0/expanded-search/": self.orcid_search,
            "/v3.0/": self.orcid,
            "/avatar/": lambda path, _: ("image/png", self.portrait) if int(last(path)[:8], 16) % KNOWN_EVERY == 0 else 404,
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

    def find(self, query, which):
        """The number of the sender who is asked for, where this source knows them."""
        address = re.search(r"person(\d+)@[a-z0-9.]+", query)
        if not address or int(address.group(1)) % KNOWN_EVERY != which:
            return None
        self.addresses[int(address.group(1))] = address.group()
        return int(address.group(1))

    def github_search(self, _, query):
        number = self.find(query["q"], 1)
        items = [] if number is None else [{"login": f"p{number}"}]
        return {"total_count": len(items), "incomplete_results": False, "items": items}

    def github(self, path, _):
        login, _, part = path.removeprefix("/users/").partition("/")
        if part == "social_accounts":
            return [{"provider": "generic", "url": f"https://{login}.example"}]
        if part:
            return [{"id": "1", "type": "PushEvent", "actor": {"login": login}, "repo": {"name": "crane/plans"},
                     "payload": {"size": 1}, "public": True, "created_at": TIME}]
        return {"login": login, "id": int(login[1:]) + 1, "type": "User", "name": "", "company": "Example Ltd",
                "blog": "", "location": "Lyon", "email": self.addresses[int(login[1:])], "bio": "Buyer", "avatar_url": "",
                "html_url": f"https://github.com/{login}"}

    def gitlab_search(self, _, query):
        number = self.find(query["search"], 2)
        return [] if number is None else [{"id": number, "username": f"p{number}", "name": "", "state": "active"}]

    def gitlab(self, path, _):
        number, _, events = path.removeprefix("/api/v4/users/").partition("/")
        if events:
            return [{"id": 1, "author": {"id": int(number)}, "target_type": None, "created_at": TIME,
                     "action_name": "pushed to", "project_id": int(number),
                     "push_data": {"commit_count": 1, "action": "pushed", "ref_type": "branch", "ref": "main"}}]
        return {"id": int(number), "username": f"p{number}", "name": "", "state": "active", "locked": False, "bio": "Buyer",
                "location": "Lyon", "public_email": self.addresses[int(number)], "organization": "Example Ltd",
                "job_title": "Buyer", "website_url": "", "avatar_url": None}

    def orcid_search(self, _, query):
        number = self.find(query["q"], 3)
        if number is None:
            return {"expanded-result": None, "num-found": 0}
        return {"expanded-result": [{"orcid-id": orcid_of(number), "email": [self.addresses[number]]}], "num-found": 1}

    def orcid(self, path, _):
        orcid = path.split("/")[2]
        number = int(orcid.replace("-", "")[:15])
        return record(orcid, self.addresses[number], "Person", str(number), employments=[("Buyer", "Example Ltd", "2019")])

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
                             '"worksFor":{"@type":"Organization","name":"Example Ltd"}}</script></head></html>').encode()

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
            return 200, *content
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
