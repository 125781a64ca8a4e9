"""ORCID end to end: the career of whoever made the address public there."""

from support.mail_case import HOSTILE, MailCase, sender
from support.orcid import APP, SECRET, Orcid
from support.web import Answer

# Ids with a check digit that is right (ISO 7064 MOD 11-2).
IDS = [base[:19] for base in ("0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X",
                              "0000-0001-2345-6789")]


class Researchers(MailCase):
    @classmethod
    def play(cls):
        cls.orcid = Orcid(cls.web)

    @classmethod
    def sections(cls):
        return {"connector__orcid": {"enabled": True, "base_url": cls.web.url, "app_id": APP,
                                     "token_file": cls.secret("orcid", SECRET), "rate": "100000/h",
                                     "known": "known@n0.example", "unknown": "unknown@n0.example"}}

    def setUp(self):
        self.addCleanup(setattr, self.orcid, "instead", None)
        self.addCleanup(setattr, self.orcid, "refuses", False)

    def test_employments_and_educations_are_the_career(self):
        address = sender()
        self.orcid.add(IDS[0], address, "Noor", "Haddad", biography="Studies night work.",
                       employments=[("Lecturer", "Harbour University", "2019"), ("Nurse", "Harbour Hospital", "2012", "2019")],
                       educations=[("PhD", "Lyon University", "2008", "2012")])
        got = self.deliver_found(address)
        self.assertEqual(got.fields["Sender-Profile"],
                         "Noor Haddad, Lecturer at Harbour University; self-described at orcid.org")
        self.assertEqual(got.fields["Sender-Profile-Career"],
                         "Lecturer, Harbour University (2019-); Nurse, Harbour Hospital (2012-2019); "
                         "PhD, Lyon University (2008-2012)")
        self.assertIn(f"https://orcid.org/{IDS[0]}", got.fields["Sender-Profile-Networks"])
        self.assertIn("tier=A", got.fields["Sender-Profile-Source"])

    def test_nobody_there_is_none(self):
        self.assertEqual(self.deliver_until(sender(), lambda got: got.status != "pending", "an answer").status, "none")

    def test_what_changed_between_search_and_record(self):
        address = sender()
        path = f"/v3.0/{IDS[1]}/record"
        self.orcid.add(IDS[1], address, "Noor", "Haddad")
        self.deliver_found(address)
        for answer in (Answer("{}", 404), Answer({"error-code": 9018}, 409)):   # deleted; locked
            self.web.routes[path] = answer
            self.assertEqual(self.outcome(address, "orcid"), ["not_found"])
        self.orcid.add(IDS[1], "another@n0.example", "Noor", "Haddad")          # the address is not shown any more
        self.assertEqual(self.outcome(address, "orcid"), ["not_found"])

    def test_hostile_texts_stay_in_their_field(self):
        for text in HOSTILE:
            address = sender()
            self.orcid.add(IDS[2], address, text, "Haddad", employments=[(text, text, "2019")])
            with self.subTest(text[:30]):
                self.assert_safe(self.deliver_found(address))

    def test_a_token_that_expires_is_renewed_once_then_it_is_forbidden(self):
        address = sender()
        self.orcid.add(IDS[3], address, "Noor", "Haddad")
        self.deliver_found(address)
        self.orcid.tokens += 1   # what was handed out last is not good any more
        tokens = self.orcid.tokens
        self.assertEqual(self.outcome(address, "orcid"), ["found"])
        self.assertEqual(self.orcid.tokens, tokens + 1)
        self.orcid.refuses = True
        self.assertEqual(self.outcome(address, "orcid"), ["forbidden"])

    def test_throttled_failed_and_garbage(self):
        address = sender()
        for answer, outcome in ((Answer("", 500), "failed"), (Answer("{]", kind="application/json"), "failed"),
                                (Answer("", 403), "forbidden"), (Answer("", 503, {"Retry-After": "1"}), "throttled")):
            self.orcid.instead = answer
            self.assertEqual(self.outcome(address, "orcid"), [outcome], answer.status)

    def test_probe_asks_a_known_and_an_unknown_address(self):
        self.orcid.add(IDS[0], "known@n0.example", "Noor", "Haddad")
        self.assertEqual(self.probe("orcid"), {"known": "ok", "unknown": "ok"})
