"""X's API v2 about accounts that were made up; errors come inside of 200."""

from .mail_case import bearer_of
from .web import Answer

TOKEN = "x-t0ken"


def x_error(title):
    return Answer({"errors": [{"value": "x", "detail": "made up", "title": title, "resource_type": "user",
                               "parameter": "username", "type": "https://api.twitter.com/2/problems/made-up"}]})


class XServer:
    def __init__(self, web):
        self.web = web
        self.instead = None   # an Answer to everything

    def guarded(self, path, answer):
        def route(request):
            if self.instead is not None:
                return self.instead
            if bearer_of(request) != TOKEN:
                return Answer({"title": "Unauthorized", "status": 401}, 401)
            return answer
        self.web.routes[path] = route

    def add(self, username, number, name, posts=(), **more):
        self.guarded(f"/2/users/by/username/{username}", Answer({"data": {
            "id": number, "username": username, "name": name, "protected": False, **more}}))
        self.posts(number, posts)

    def posts(self, number, posts):
        self.guarded(f"/2/users/{number}/tweets", Answer({
            "data": [{"id": str(one), "text": text, "created_at": time} for one, text, time in posts],
            "meta": {"result_count": len(posts)}}))

    def error(self, username, title):
        self.guarded(f"/2/users/by/username/{username}", x_error(title))

    def reads(self):
        return sum(path.startswith("/2/users/") for path in self.web.paths())
