"""Several networks at once: decorum probe asks each, and the posts of one person's accounts are one line."""

import json

from support import facebook, orcid, staff, x_server
from support.gravatar import gravatar_path, gravatar_profile
from support.libravatar import add_avatar
from support.mail_case import MailCase, declared, sender
from support.pictures import portrait
from support.web import Answer

KNOWN, UNKNOWN = "known@n0.example", "unknown@n0.example"


class Together(MailCase):
    @classmethod
    def play(cls):
        cls.facebook, cls.x = facebook.Facebook(cls.web), x_server.XServer(cls.web)
        cls.orcid, cls.staff = orcid.Orcid(cls.web), staff.Staff(cls.web)

    @classmethod
    def sections(cls):
        place = {"enabled": True, "base_url": cls.web.url, "rate": "100000/h"}
        by_address = {"known": KNOWN, "unknown": UNKNOWN}

        def accounts(site):
            return {"known": f"https://{site}/known_one", "unknown": f"https://{site}/nobody_there"}
        return {
            "connector__gravatar": {**place, **by_address},
            "connector__facebook": {**place, "app_id": facebook.APP, "known": "https://facebook.com/known.page",
                                    "unknown": "https://facebook.com/nobody.there",
                                    "token_file": cls.secret("facebook", facebook.SECRET)},
            "connector__x": {**place, **accounts("x.com"), "token_file": cls.secret("x", x_server.TOKEN)},
            "connector__orcid": {**place, **by_address, "app_id": orcid.APP,
                                 "token_file": cls.secret("orcid", orcid.SECRET)},
            "connector__libravatar": {**place, **by_address},
            "connector__custom__staff": {
                "enabled": True, "rate": "100000/h", "url": f"{cls.web.url}/api/search?mail={{address}}",
                "address": "/results/0/mail", "display_name": "/results/0/cn", **by_address,
                "token_file": cls.secret("staff", staff.TOKEN)},
        }

    def test_probe_asks_each_for_who_it_knows_and_who_not(self):
        self.web.routes[gravatar_path(KNOWN)] = Answer(gravatar_profile(KNOWN))
        self.facebook.add("known.page", "901", "Known Page")
        self.web.routes[f"{facebook.VERSION}/nobody.there"] = facebook.graph_error(803, 404)
        self.x.add("known_one", "902", "Known One")
        self.x.error("nobody_there", "Not Found Error")
        self.orcid.add("0000-0002-1825-0097", KNOWN, "Known", "One")
        add_avatar(self.web, KNOWN, portrait())
        self.staff.add(KNOWN, "Known One")
        result = self.decorum.command("probe", "--json")
        rows = {(row["source"], row["asked_for"]): row for row in json.loads(result.stdout)}
        sources = ("directory", "gravatar", "facebook", "x", "orcid", "libravatar", "custom.staff")
        self.assertEqual(set(rows), {(source, which) for source in sources for which in ("known", "unknown")})
        for (source, which), row in rows.items():
            self.assertEqual((row["verdict"], row["outcome"]),
                             ("ok", "found" if which == "known" else "not_found"), (source, which, row))
        self.assertEqual(result.returncode, 0)

    def test_posts_of_all_accounts_are_one_line_the_newest_first(self):
        address = sender()
        self.facebook.add("noor.page", "911", "Noor Haddad", posts=[
            ("On Facebook", "2026-11-19T08:00:00+0000", "https://www.facebook.com/noor.page/posts/1", None)])
        self.x.add("noor_x", "912", "Noor Haddad", [(5, "On X", "2026-11-20T08:00:00Z"),
                                                    (4, "Long ago", "2026-01-01T08:00:00Z")])
        gateway = self.serve_here(self.gateway(name="two", annotate={"activities": 2}))
        person = declared(address, "facebook", "noor.page", "https://facebook.com/noor.page")
        account = declared(address, "x", "noor_x", "https://x.com/noor_x")
        registry = gateway.folder / "state" / "registry.toml"
        registry.write_text(person + account.partition("\n[[person.account]]")[1] +
                            account.partition("\n[[person.account]]")[2])
        got = self.deliver_until(address, lambda got: "; " in got.fields.get("Sender-Profile-Activity", ""),
                                 "two posts", gateway=gateway)
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "On X" <https://x.com/noor_x/status/5>; '
                         '2026-11-19 "On Facebook" <https://www.facebook.com/noor.page/posts/1>')
        # By default it is the newest one alone.
        (self.decorum.folder / "state" / "registry.toml").write_text(registry.read_text())
        alone = self.deliver_until(address, lambda got: "On X" in got.fields.get("Sender-Profile-Activity", ""), "a post")
        self.assertEqual(alone.fields["Sender-Profile-Activity"],
                         '2026-11-20 "On X" <https://x.com/noor_x/status/5>')
