"""X end to end: paid reads with a cap that outlives a restart, errors inside of 200, protected accounts."""

from support.mail_case import HOSTILE, MailCase, sender
from support.web import Answer
from support.x_server import TOKEN, XServer

POSTS = [(12, "Nous recrutons", "2026-11-20T08:00:00.000Z"), (11, "Before", "2026-11-18T08:00:00.000Z")]


class XCase(MailCase):
    more = {}

    @classmethod
    def play(cls):
        cls.x = XServer(cls.web)

    @classmethod
    def sections(cls):
        return {"connector__x": {"enabled": True, "base_url": cls.web.url, "token_file": cls.secret("x", TOKEN),
                                 "rate": "100000/h", "known": "https://x.com/known_one",
                                 "unknown": "https://x.com/nobody_there", **cls.more}}

    def account(self, username, number, posts=POSTS, **more):
        self.x.add(username, number, "Noor Haddad", posts, **more)
        return (sender(), "x", username, f"https://x.com/{username}")


class Accounts(XCase):
    more = {"spend_cap": 100_000}

    def test_a_declared_account_is_shown_with_its_latest_post(self):
        account = self.account("noor_h", "1001", description="Nurse", location="Nantes")
        self.declare(account)
        got = self.deliver_found(account[0])
        self.assertEqual(got.fields["Sender-Profile"], "Noor Haddad (Nantes); self-described at x.com")
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "Nous recrutons" <https://x.com/noor_h/status/12>')
        self.assertEqual(got.fields["Sender-Profile-Networks"], "https://x.com/noor_h")
        reads = self.x.reads()
        for _ in range(3):
            self.deliver(account[0])
        self.assertEqual(self.x.reads(), reads, "once a day, posts or not")

    def test_several_posts_where_the_administrator_wants_them(self):
        gateway = self.serve_here(self.gateway(name="several", annotate={"activities": 2}))
        account = self.account("noor_two", "1002")
        self.declare(account, gateway=gateway)
        got = self.deliver_found(account[0], gateway=gateway)
        self.assertEqual(got.fields["Sender-Profile-Activity"],
                         '2026-11-20 "Nous recrutons" <https://x.com/noor_two/status/12>; '
                         '2026-11-18 "Before" <https://x.com/noor_two/status/11>')

    def test_deleted_suspended_and_protected_accounts_show_nothing(self):
        gateway = self.serve_here(self.gateway(name="forgetful", connector__x={"ttl": "1s"}))
        gone, banned, locked = (self.account(name, number) for name, number in
                                (("gone_one", "1101"), ("banned_one", "1102"), ("locked_one", "1103")))
        self.declare(gone, banned, locked, gateway=gateway)
        for account in (gone, banned, locked):
            self.deliver_found(account[0], gateway=gateway)
        self.x.error("gone_one", "Not Found Error")
        self.x.error("banned_one", "Forbidden")
        self.x.add("locked_one", "1103", "Noor Haddad", POSTS, protected=True)
        for account in (gone, banned, locked):
            self.assertEqual(self.outcome(account[0], "x", gateway), ["not_found"])
            self.deliver_until(account[0], lambda got: got.status == "none", "the profile to go", gateway=gateway)

    def test_hostile_posts_stay_in_their_field(self):
        accounts = [self.account(f"hostile_{i}", f"12{i}", [(7, text, "2026-11-20T08:00:00.000Z")])
                    for i, text in enumerate(HOSTILE)]
        self.declare(*accounts)
        for account in accounts:
            with self.subTest(account[2]):
                got = self.deliver_found(account[0])
                self.assertTrue(got.fields["Sender-Profile-Activity"])
                self.assert_safe(got)

    def test_each_refusal_is_its_outcome(self):
        account = self.account("troubled", "1301")
        self.declare(account)
        self.deliver_found(account[0])
        self.addCleanup(setattr, self.x, "instead", None)
        for answer, outcome in ((Answer("{}", 401), "forbidden"), (Answer("{}", 403), "forbidden"),
                                (Answer("{}", 500), "failed"), (Answer("{]", kind="application/json"), "failed"),
                                (Answer("{}", 429, {"x-rate-limit-reset": "1"}), "throttled")):
            self.x.instead = answer
            self.assertEqual(self.outcome(account[0], "x"), [outcome], answer.status)

    def test_probe_asks_a_known_and_an_unknown_account(self):
        self.x.add("known_one", "1401", "Known One")
        self.x.error("nobody_there", "Not Found Error")
        self.assertEqual(self.probe("x"), {"known": "ok", "unknown": "ok"})


class SpendCap(XCase):
    """Prices as they are by default: an account with five posts asked for is reckoned at 3.5 cents."""

    more = {"spend_cap": 6}

    def test_the_money_of_a_day_is_counted_across_restarts(self):
        accounts = [self.account(f"spender_{i}", f"200{i}") for i in range(4)]
        self.declare(*accounts)
        self.deliver_found(accounts[0][0])      # 2 cents: an account and two posts
        self.assertEqual(self.x.reads(), 2)
        self.deliver_found(accounts[1][0])      # 3: the posts are the same two, paid for already
        self.assertEqual(self.x.reads(), 4)
        # The next might cost 3.5, and with 3 spent that is beyond 6.
        self.assertEqual(self.deliver(accounts[2][0]).status, "found", "the declared link alone")
        self.assertEqual(self.x.reads(), 4)
        self.assertEqual(self.decorum.terminate(), 0)
        self.decorum.start()
        got = self.deliver_found(accounts[3][0])
        self.assertNotIn("Sender-Profile-Activity", got.fields)
        self.assertEqual(self.x.reads(), 4, "a restart buys nothing")
