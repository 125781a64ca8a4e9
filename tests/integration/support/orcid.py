"""ORCID's public API v3.0 about researchers who were made up, and its token endpoint."""

from .mail_case import bearer_of, form_of, query_of
from .web import Answer

APP, SECRET = "APP-MADEUP", "orcid-s3cret"
KIND = "application/vnd.orcid+json;charset=UTF-8"


def affiliation(kind, title, organisation, start, end=None):
    def date(year):
        return year and {"year": {"value": year}, "month": None, "day": None}
    return {"summaries": [{kind: {"role-title": title, "organization": {"name": organisation}, "start-date": date(start),
                                  "end-date": date(end), "visibility": "public"}}]}


def record(orcid, address, given, family, biography="", employments=(), educations=()):
    def entry(text):
        return {"value": text}
    return {
        "orcid-identifier": {"uri": f"https://orcid.org/{orcid}", "path": orcid, "host": "orcid.org"},
        "history": {"deactivation-date": None},
        "person": {
            "name": {"given-names": entry(given), "family-name": entry(family), "credit-name": None,
                     "visibility": "public"},
            "biography": {"content": biography, "visibility": "public"},
            "emails": {"email": [{"email": address, "visibility": "public", "verified": True}]},
            "researcher-urls": {"researcher-url": []}},
        "activities-summary": {
            "employments": {"affiliation-group": [affiliation("employment-summary", *one) for one in employments]},
            "educations": {"affiliation-group": [affiliation("education-summary", *one) for one in educations]}}}


class Orcid:
    def __init__(self, web):
        self.web = web
        self.tokens, self.refuses = 0, False
        self.addresses = {}
        self.instead = None   # an Answer to everything but the token's endpoint
        web.routes["/oauth/token"] = self.token
        web.routes["/v3.0/expanded-search/"] = self.search

    def token(self, request):
        form = form_of(request)
        if (form.get("client_id"), form.get("client_secret"), form.get("scope")) != (APP, SECRET, "/read-public"):
            return Answer({"error": "invalid_client"}, 401)
        self.tokens += 1
        return Answer({"access_token": f"orcid-token-{self.tokens}", "token_type": "bearer", "expires_in": 631138518})

    def refusal(self, request):
        if self.refuses or bearer_of(request) != f"orcid-token-{self.tokens}":
            return Answer({"error": "invalid_token"}, 401)
        return self.instead

    def search(self, request):
        address = query_of(request)["q"].removeprefix('email:"').removesuffix('"')
        found = self.addresses.get(address)
        return self.refusal(request) or Answer(
            {"expanded-result": [{"orcid-id": found, "email": [address]}], "num-found": 1} if found
            else {"expanded-result": None, "num-found": 0}, kind=KIND)

    def add(self, orcid, address, *names, **more):
        self.addresses[address] = orcid
        answer = Answer(record(orcid, address, *names, **more), kind=KIND)
        self.web.routes[f"/v3.0/{orcid}/record"] = lambda request: self.refusal(request) or answer
