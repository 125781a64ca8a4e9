"""GitLab's REST interface with people who were made up."""

import urllib.parse

from .web import Answer


class GitLab:
    """Served by `web` at `host`. With a token in `tokens`, only who sends one of them is answered."""

    def __init__(self, web, host="gitlab.example"):
        self.web, self.host, self.people, self.projects = web, host, {}, {}
        self.tokens, self.throttled = set(), False
        self.route("/users", self.list)
        self.settings = {"enabled": True, "base_url": f"https://{host}", "rate": "100000/h"}

    def route(self, path, answer):
        self.web.routes[f"{self.host}/api/v4{path}"] = lambda request: self.guarded(request, answer)

    def guarded(self, request, answer):
        if self.tokens and request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return Answer({"message": "401 Unauthorized"}, 401)
        if self.throttled:
            return Answer("Retry later\n", 429, {
                "RateLimit-Limit": "300", "RateLimit-Remaining": "0", "RateLimit-Reset": "4070908800",
                "Retry-After": "3600"}, kind="text/plain")
        body = answer(request)
        return Answer({"message": "404 Not Found"}, 404) if body is None else Answer(body)

    def add(self, username, public_email="", name="Noor Haddad", events=(), **more):
        number = len(self.people) + 40
        self.people[number] = {
            "user": {"id": number, "username": username, "name": name, "state": "active", "locked": False,
                     "bio": "", "location": "Nantes", "public_email": public_email, "linkedin": "", "twitter": "",
                     "website_url": "", "organization": "Harbour Hospital", "job_title": "Ward Sister",
                     "avatar_url": None, "web_url": f"https://{self.host}/{username}", **more},
            "events": [{"id": 1, "author": {"id": number, "username": username}, "target_type": None,
                        "created_at": "2026-11-20T08:00:00.000Z", **event} for event in events]}
        self.route(f"/users/{number}", lambda _: self.part(number, "user"))
        self.route(f"/users/{number}/events", lambda _: self.part(number, "events"))
        return number

    def add_project(self, number, name, visibility="public"):
        self.projects[number] = {"id": number, "path_with_namespace": name, "visibility": visibility}
        self.route(f"/projects/{number}", lambda _: self.projects.get(number))

    def part(self, number, name):
        one = self.people.get(number)
        return one and one[name]

    def list(self, request):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(request.path).query)
        def fits(user):
            if "username" in query:
                return user["username"].lower() == query["username"][0].lower()
            return query["search"][0].partition("@")[0].lower() in user["username"].lower()
        users = [one["user"] for one in self.people.values() if fits(one["user"])]
        return [{key: user[key] for key in ("id", "username", "name", "state")} for user in users]


def push(project, kind="branch", ref="main"):
    return {"action_name": "pushed to", "project_id": project,
            "push_data": {"commit_count": 1, "action": "pushed", "ref_type": kind, "ref": ref, "commit_title": "x"}}
