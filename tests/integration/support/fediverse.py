"""Servers of the fediverse in the shapes of Mastodon's answers, with people who were made up."""

import base64
import json
import re
import subprocess
import urllib.parse

from .web import Answer

PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def verified_field(name, url, verified=True):
    html = (f'<a href="{url}" target="_blank" rel="nofollow noopener me"><span class="invisible">https://</span>'
            f'<span class="">{url.removeprefix("https://")}</span></a>')
    return {"name": name, "value": html, "verified_at": "2025-05-01T10:00:00.000+00:00" if verified else None}


class Mastodon:
    """One server. `web` serves it at `host`; `domain` is what stands behind the @ of its accounts.

    limited: the REST interface answers nobody (limited federation). secure: actors and outboxes are given only to
    those who sign; `keys` maps the id of a key to its PEM, as one that was fetched from the signer's actor."""

    def __init__(self, web, host, domain=None, limited=False, secure=False):
        self.web, self.host, self.domain = web, host, domain or host
        self.limited, self.secure, self.keys = limited, secure, {}
        self.people, self.throttled, self.signatures = {}, False, []
        for path, answer in {"/.well-known/webfinger": self.webfinger, "/api/v1/accounts/lookup": self.lookup}.items():
            self.route(path, answer)
        if self.domain != host:
            web.routes[f"{self.domain}/.well-known/webfinger"] = self.webfinger

    def route(self, path, answer):
        self.web.routes[self.host + path] = lambda request: self.guarded(request, answer)

    def guarded(self, request, answer):
        if self.throttled:
            return Answer({"error": "Too many requests"}, 429, {
                "X-RateLimit-Limit": "300", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2099-01-01T00:00:00.000Z"})
        if self.limited and request.path.startswith("/api/"):
            return Answer({"error": "This method requires an authenticated user"}, 422)
        if self.secure and request.path.startswith("/users/") and not self.is_signed(request):
            return Answer({"error": "Request not signed"}, 401)
        return answer(request)

    def is_signed(self, request):
        field = dict(re.findall(r'(\w+)="([^"]*)"', request.headers.get("Signature", "")))
        key = self.keys.get(field.get("keyId"))
        if key is None or field["headers"] != "(request-target) host date":
            return False
        covered = (f"(request-target): get {request.path}\nhost: {request.headers['Host']}\n"
                   f"date: {request.headers['Date']}")
        (key.parent / "signature").write_bytes(base64.b64decode(field["signature"]))
        valid = subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-signature", key.parent / "signature"],
                               input=covered.encode(), capture_output=True, check=False).returncode == 0
        self.signatures.append(valid)
        return valid

    def add(self, user, name="Noor Haddad", note="<p>Ward sister, Nantes.</p>", fields=(), posts=(), **more):
        """more: members of the account that go into both forms of it."""
        number = str(110_000 + len(self.people))
        self.people[user] = {"id": number, "user": user, "name": name, "note": note, "fields": list(fields),
                             "posts": list(posts), "more": more}
        self.route(f"/users/{user}", lambda _: self.person(user, self.actor))
        self.route(f"/users/{user}/outbox", lambda request: self.person(user, lambda one: self.outbox(one, request)))
        self.route(f"/api/v1/accounts/{number}/statuses",
                   lambda request: self.person(user, lambda one: self.statuses(one, request)))
        return f"{user}@{self.domain}"

    def person(self, user, answer):
        one = self.people.get(user)
        if one is None:
            return Answer({"error": "Gone"}, 410)
        return answer(one)

    def delete(self, user):
        self.people.pop(user)

    def webfinger(self, request):
        resource = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query).get("resource", [""])[0]
        user, _, domain = resource.removeprefix("acct:").rpartition("@")
        if user not in self.people or domain not in (self.domain, self.host):
            return Answer({"error": "Not Found"}, 404)
        return Answer(json.dumps({
            "subject": f"acct:{user}@{self.domain}",
            "aliases": [f"https://{self.host}/@{user}"],
            "links": [{"rel": "http://webfinger.net/rel/profile-page", "type": "text/html",
                       "href": f"https://{self.host}/@{user}"},
                      {"rel": "self", "type": "application/activity+json",
                       "href": f"https://{self.host}/users/{user}"}]}), kind="application/jrd+json; charset=utf-8")

    def actor(self, one):
        base = f"https://{self.host}/users/{one['user']}"
        return Answer(json.dumps({
            "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"], "id": base,
            "type": "Person", "preferredUsername": one["user"], "name": one["name"], "summary": one["note"],
            "url": f"https://{self.host}/@{one['user']}", "inbox": f"{base}/inbox", "outbox": f"{base}/outbox",
            "attachment": [{"type": "PropertyValue", "name": field["name"], "value": field["value"]}
                           for field in one["fields"]], **one["more"]}),
            kind="application/activity+json; charset=utf-8")

    def lookup(self, request):
        user = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query).get("acct", [""])[0]
        one = self.people.get(user)
        if one is None:
            return Answer({"error": "Record not found"}, 404)
        return Answer({"id": one["id"], "username": user, "acct": user, "display_name": one["name"], "locked": False,
                       "bot": False, "note": one["note"], "url": f"https://{self.host}/@{user}",
                       "uri": f"https://{self.host}/users/{user}", "fields": one["fields"], "emojis": [], **one["more"]})

    def statuses(self, one, request):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        posts = [post for post in one["posts"]
                 if not ("exclude_replies" in query and post.get("in_reply_to_id")) and
                 not ("exclude_reblogs" in query and post.get("reblog"))]
        return Answer([{
            "id": str(number), "created_at": "2026-11-20T08:00:00.000Z", "in_reply_to_id": None, "sensitive": False,
            "spoiler_text": "", "visibility": "public", "reblog": None,
            "url": f"https://{self.host}/@{one['user']}/{number}",
            "account": {"id": one["id"], "acct": one["user"]}, **post} for number, post in enumerate(posts, 113)])

    def outbox(self, one, request):
        base = f"https://{self.host}/users/{one['user']}"
        if "page" not in request.path:
            return Answer(json.dumps({"id": f"{base}/outbox", "type": "OrderedCollection",
                                      "first": f"{base}/outbox?page=true"}), kind="application/activity+json")
        return Answer(json.dumps({"type": "OrderedCollectionPage", "orderedItems": [
            {"type": "Create", "actor": base, "object": {
                "type": "Note", "id": f"{base}/statuses/{number}", "attributedTo": base, "to": [PUBLIC], "cc": [],
                "published": post.get("created_at", "2026-11-20T08:00:00Z"), "content": post["content"],
                "inReplyTo": post.get("in_reply_to_id"), "summary": None,
                "url": f"https://{self.host}/@{one['user']}/{number}"}}
            for number, post in enumerate(one["posts"], 113)]}), kind="application/activity+json")
