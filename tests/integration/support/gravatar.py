"""Answers in Gravatar's shape, about people who were made up."""

import hashlib


def gravatar_path(address):
    return f"/v3/profiles/{hashlib.sha256(address.lower().encode()).hexdigest()}"


def gravatar_profile(address, **more):
    return {"hash": hashlib.sha256(address.encode()).hexdigest(), "display_name": "Ines Roy",
            "profile_url": "https://gravatar.com/inesroy", "avatar_url": "", "job_title": "Buyer",
            "company": "Example Ltd", "location": "Lyon, FR", "description": "", "verified_accounts": [], **more}
