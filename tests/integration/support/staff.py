"""A directory and a network that only the configuration describes, in the shapes of config/custom.example.toml."""

from .mail_case import bearer_of, query_of
from .web import Answer

TOKEN = "staff-t0ken"


class Staff:
    def __init__(self, web):
        self.web = web
        self.people = {}
        self.instead = None   # an Answer to everything
        web.routes["/api/search"] = self.search

    def search(self, request):
        if bearer_of(request) != TOKEN:
            return Answer("", 401)
        address = query_of(request)["mail"]
        return self.instead or Answer({"results": [self.people[address]] if address in self.people else []})

    def add(self, address, name, **more):
        self.people[address] = {"mail": [address], "cn": name, **more}

    def add_account(self, handle, name, topics):
        self.web.routes[f"/api/users/{handle}.json"] = lambda request: self.instead or Answer({
            "user": {"name": name, "bio": "made up", "websites": []},
            "topics": [{"title": title, "created_at": time, "url": url} for title, time, url in topics]})
