"""The tables of a configuration that knows every network that can be asked in clear, all of them at one place."""


def every_source(scratch, url, **more):
    """more: keys of every one of them."""
    secret = scratch.folder("secrets") / "token"
    secret.write_text("s3cret\n")
    secret.chmod(0o600)
    place = {"enabled": True, "base_url": url, **more}
    keyed = {**place, "token_file": secret}
    return {
        "connector__gravatar": place, "connector__github": place, "connector__gitlab": place,
        "connector__libravatar": place, "connector__orcid": {**keyed, "app_id": "APP"},
        "connector__x": {**keyed, "spend_cap": 100_000_000}, "connector__facebook": {**keyed, "app_id": "123"},
        "connector__bluesky": {**place, "plc_url": url},
        "connector__custom__staff": {"enabled": True, "url": url + "/staff?mail={address}", "address": "/mail",
                                     "location": "/city", **more},
    }
