"""What tests of outbound share: a charter, people with pages of their own, and a gateway that assesses them."""

import email
import email.policy
import subprocess

from .mail_case import declared
from .web import Answer

FINE = "We are hiring engineers in Lyon."
RANT = "My boss is a complete moron, as everyone knows."
OTHER_RANT = "My colleagues are a bunch of pathetic idiots."

CHARTER = """
format = 1
languages = ["en", "fr"]
[title]
en = "Charter of the test"
fr = "Charte du test"
[notices]
a_week = 7
[[rule]]
id = "loyalty"
categories = ["disparagement", "harassment"]
severity = 2
action = "{action}"
[rule.sentence]
en = "We don't demean anybody."
fr = "Nous ne dénigrons personne."
"""

PASSED, REFUSED = 0, 26   # swaks' exit status: all went well; the content was refused


def charter(action="notice", alert=False):
    rules = CHARTER.format(action=action)
    return rules.replace("[notices]", "[notices]\nalert = true") if alert else rules


def parsed(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


def page(text):
    """A person's page, with an h-card on it."""
    return Answer(f'<html><body><div class="h-card"><span class="p-name">Jane Martin</span>'
                  f'<p class="p-note">{text}</p></div></body></html>')


def path_of(address):
    return f"/{address.partition('@')[0]}"


def assessing(web, folder, rules, people=("jane@example.org",), **cache):
    """The sections of a gateway that assesses these people by their pages, which it looks at every second."""
    (folder / "charter.toml").write_text(rules)
    (folder / "registry.toml").write_text(
        "".join(declared(one, "web", "", f"{web.url}{path_of(one)}") for one in people))
    return {"outbound": {"domains": ["example.org"], "charter": folder / "charter.toml"},
            "registry": {"file": folder / "registry.toml"},
            "connector__profile_page": {"enabled": True},
            "cache": {"positive": "1s", "activities": "30s", "negative": "1s", "failure": "1s", **cache},
            "http": web.settings()}


def swaks(port, sender, to, body="hello", **fields):
    """swaks, who logs in as the sender: its exit status and what it saw."""
    fields = {"Subject": "Offer", **fields}
    done = subprocess.run(
        ["swaks", "--server", "127.0.0.1", "--port", str(port), "--from", sender, "--to", to,
         "--ehlo", "laptop.example", "--body", body, "--timeout", "20",
         *(word for name, text in fields.items() for word in ("--header", f"{name}: {text}")),
         "--auth", "PLAIN", "--auth-user", sender, "--auth-password", "secret"],
        capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr
