"""GitHub's REST interface with people who were made up."""

import hashlib
import json
import urllib.parse

from .web import Answer


class GitHub:
    """Served by `web` at `host`. With a token in `tokens`, only who sends one of them is answered."""

    def __init__(self, web, host="api.github.example"):
        self.web, self.host, self.people, self.not_modified = web, host, {}, 0
        self.tokens, self.spent, self.secondary = set(), False, False
        self.route("/search/users", self.search)
        self.settings = {"enabled": True, "base_url": f"https://{host}", "rate": "100000/h"}

    def route(self, path, answer):
        self.web.routes[self.host + path] = lambda request: self.guarded(request, answer)

    def guarded(self, request, answer):
        quota = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "41", "X-RateLimit-Reset": "4070908800"}
        if self.tokens and request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Answer({"message": "Bad credentials"}, 401, quota)
        if self.spent:
            return Answer({"message": "API rate limit exceeded"}, 403, {**quota, "X-RateLimit-Remaining": "0"})
        if self.secondary:
            return Answer({"message": "You have exceeded a secondary rate limit"}, 403, {**quota, "Retry-After": "3600"})
        body = answer(request)
        if body is None:
            return Answer({"message": "Not Found", "status": "404"}, 404, quota)
        etag = f'W/"{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"'
        if request.headers.get("If-None-Match") == etag:
            self.not_modified += 1
            return Answer("", 304, {**quota, "ETag": etag}, kind="application/json; charset=utf-8")
        return Answer(body, 200, {**quota, "ETag": etag, "Cache-Control": "private, max-age=0, s-maxage=60"})

    def add(self, login, email=None, name="Noor Haddad", accounts=(), events=(), **more):
        self.people[login] = {
            "user": {"login": login, "id": len(self.people) + 1000, "type": "User", "name": name, "company": None,
                     "blog": "", "location": "Nantes", "email": email, "bio": "Ward sister who codes",
                     "twitter_username": None, "avatar_url": "", "html_url": f"https://github.com/{login}", **more},
            "accounts": list(accounts), "events": list(events)}
        self.route(f"/users/{login}", lambda _: self.part(login, "user"))
        self.route(f"/users/{login}/social_accounts", lambda _: self.part(login, "accounts"))
        self.route(f"/users/{login}/events/public", lambda _: self.part(login, "events"))

    def part(self, login, name):
        one = self.people.get(login)
        return one and one[name]

    def search(self, request):
        """As fuzzy as the real one: whoever has the words of the address somewhere."""
        words = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)["q"][0].partition(" in:email")[0]
        local = words.partition("@")[0].lower()
        items = [{"login": login} for login, one in self.people.items()
                 if local in login.lower() or local in (one["user"]["email"] or "").lower()]
        return {"total_count": len(items), "incomplete_results": False, "items": items}


def event(login, kind, project, public=True, time="2026-11-20T08:00:00Z", **payload):
    return {"id": "1", "type": kind, "actor": {"login": login}, "repo": {"name": project}, "payload": payload,
            "public": public, "created_at": time}
