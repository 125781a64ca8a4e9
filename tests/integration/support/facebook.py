"""A Graph API about Pages and people who were made up: tokens that expire, sign-in, error codes."""

import hashlib
import hmac

from .mail_case import bearer_of, form_of, query_of
from .web import Answer

VERSION = "/v19.0"
APP, SECRET = "123456", "app-s3cret"


def graph_error(code, status=400, error=(), **fields):
    """error: more members of it, or others; fields: of the header."""
    return Answer({"error": {"message": "(#%d) made up" % code, "type": "OAuthException", "code": code, "fbtrace_id": "Abc",
                             **dict(error)}}, status, fields)


# What code 100 stands for is told by error_subcode alone.
NO_SUCH_OBJECT = graph_error(100, error={"error_subcode": 33, "message":
    "Unsupported get request. Object with ID '401' does not exist, cannot be loaded due to missing permissions, or "
    "does not support this operation. Please read the Graph API documentation at "
    "https://developers.facebook.com/docs/graph-api"})
NO_PUBLIC_CONTENT_ACCESS = graph_error(100, error={"message":
    "(#100) Object does not exist, cannot be loaded due to missing permission or reviewable feature, or does not "
    "support this operation. This endpoint requires the 'pages_read_engagement' permission or the 'Page Public "
    "Content Access' feature or the 'Page Public Metadata Access' feature."})
NO_SUCH_FIELD = graph_error(100, error={"message": "(#100) Tried accessing nonexisting field (about) on node type (User)"})


class Facebook:
    def __init__(self, web):
        self.web = web
        self.tokens = 0             # made so far; the last one is good
        self.expired = False        # every token is
        self.codes = {}             # code of a sign-in -> id of the person
        self.people = {}            # id -> the name in the address of their account; None: no permission user_link
        self.instead = {}           # path -> Answer
        web.routes[f"{VERSION}/oauth/access_token"] = self.token
        web.routes[f"{VERSION}/me"] = self.me

    def token(self, request):
        form = form_of(request)
        if form.get("client_id") != APP or form.get("client_secret") != SECRET:
            return graph_error(1)
        if form.get("grant_type") == "client_credentials":
            self.tokens += 1
            return Answer({"access_token": f"{APP}|token{self.tokens}", "token_type": "bearer"})
        person = self.codes.pop(form.get("code"), None)
        return Answer({"access_token": f"user.{person}", "token_type": "bearer"}) if person else graph_error(100)

    def proved(self, request):
        proof = query_of(request).get("appsecret_proof")
        return proof == hmac.new(SECRET.encode(), bearer_of(request).encode(), hashlib.sha256).hexdigest()

    def me(self, request):
        person = bearer_of(request).removeprefix("user.")
        if not self.proved(request):
            return graph_error(190)
        handle = self.people[person]
        link = {"link": f"https://www.facebook.com/{handle}"} if handle else {}
        return Answer({"id": person, "name": "made up", **link})

    def guarded(self, path, answer):
        def route(request):
            if path in self.instead:
                return self.instead[path]
            if self.expired or bearer_of(request) != f"{APP}|token{self.tokens}" or not self.proved(request):
                return graph_error(190, 401)
            return answer
        self.web.routes[path] = route

    def add(self, handle, number, name, posts=(), about=None, picture=""):
        """handle None: a person, who is known by number alone."""
        root = {"id": number, "name": name}
        if about is not None:
            root["about"] = about
        if handle:
            root["link"] = f"https://www.facebook.com/{handle}/"
        if picture:
            root["picture"] = {"data": {"url": picture, "is_silhouette": False, "width": 200, "height": 200}}
        self.guarded(f"{VERSION}/{handle or number}", Answer(root))
        self.guarded(f"{VERSION}/{number}/posts", Answer({"data": [
            {"id": f"{number}_{i}", "message": text, "created_time": time, "permalink_url": url,
             **({"privacy": {"value": privacy}} if privacy else {})}
            for i, (text, time, url, privacy) in enumerate(posts)]}))
