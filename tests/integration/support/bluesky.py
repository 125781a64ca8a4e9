"""Bluesky's public interface and a directory of DIDs, with people who were made up."""

import hashlib
import base64
import urllib.parse

from .web import Answer


def plc_did(handle):
    digest = base64.b32encode(hashlib.sha256(handle.encode()).digest()).decode().lower()
    return f"did:plc:{digest[:24]}"


class Bluesky:
    """The interface and the directory are two hosts of `web`; each person's handle is a domain of its own."""

    def __init__(self, web, host="api.bsky.example", directory="plc.example"):
        self.web, self.directory, self.people, self.throttled = web, directory, {}, False
        web.routes[f"{host}/xrpc/app.bsky.actor.getProfile"] = lambda request: self.guarded(request, self.profile)
        web.routes[f"{host}/xrpc/app.bsky.feed.getAuthorFeed"] = lambda request: self.guarded(request, self.feed)
        self.settings = {"enabled": True, "base_url": f"https://{host}", "plc_url": f"https://{directory}"}

    def add(self, handle, name="Noor Haddad", posts=(), labels=(), by_dns=True, **more):
        did = plc_did(handle)
        self.people[did] = {"handle": handle, "name": name, "posts": list(posts), "labels": list(labels), "more": more}
        self.web.routes[f"{self.directory}/{did}"] = lambda _: self.document(did)
        if by_dns:
            self.web.names.texts[f"_atproto.{handle}"] = ["v=spf1 -all", f"did={did}"]
        else:
            self.web.routes[f"{handle}/.well-known/atproto-did"] = Answer(did, kind="text/plain")
        return did

    def guarded(self, request, answer):
        if self.throttled:
            return Answer({"error": "RateLimitExceeded"}, 429, {
                "RateLimit-Limit": "3000", "RateLimit-Remaining": "0", "RateLimit-Reset": "4070908800"})
        actor = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query).get("actor", [""])[0]
        did = next((did for did, one in self.people.items() if actor in (did, one["handle"])), None)
        if did is None:
            return Answer({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        return answer(did, self.people[did])

    def document(self, did):
        if did not in self.people:
            return Answer({"message": f"DID not available: {did}"}, 410)
        return Answer({"@context": ["https://www.w3.org/ns/did/v1"], "id": did,
                       "alsoKnownAs": [f"at://{self.people[did]['handle']}"], "verificationMethod": [], "service": []})

    def profile(self, did, one):
        return Answer({"did": did, "handle": one["handle"], "displayName": one["name"], "description": "Ward sister.",
                       "followersCount": 3, "postsCount": len(one["posts"]), "indexedAt": "2026-11-01T00:00:00.000Z",
                       "labels": [{"src": did, "uri": f"at://{did}/app.bsky.actor.profile/self", "val": label}
                                  for label in one["labels"]], **one["more"]})

    def feed(self, did, one):
        return Answer({"feed": [{
            "post": {"uri": f"at://{post.get('author', did)}/app.bsky.feed.post/3l7post{number}", "cid": "bafy",
                     "author": {"did": post.get("author", did), "handle": one["handle"]},
                     "record": {"$type": "app.bsky.feed.post", "text": post["text"],
                                "createdAt": "2026-11-20T08:00:00.000Z", **post.get("record", {})},
                     "labels": [], "indexedAt": "2026-11-20T08:00:01.000Z"},
            **({"reason": {"$type": "app.bsky.feed.defs#reasonRepost"}} if post.get("repost") else {})}
            for number, post in enumerate(one["posts"])]})
