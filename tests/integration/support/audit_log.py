"""The audit log of a gateway, as it stands in its files."""

import json

import jsonschema

from .scratch import ROOT

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "config/audit.schema.json").read_text()))


class AuditLog:
    def __init__(self, decorum):
        self.decorum = decorum
        self.state = decorum.folder / "state"

    def files(self):
        return sorted(path for path in self.state.iterdir() if "audit" in path.name)

    def octets(self):
        return b"".join(path.read_bytes() for path in self.files())

    def events(self, *kinds):
        found = [json.loads(line) for line in self.octets().splitlines()]
        found.sort(key=lambda event: (event["chain"], event["seq"]))
        return [event for event in found if not kinds or event["event"] in kinds]

    def verify(self, *options):
        """The exit status and what is said."""
        done = self.decorum.command("audit", "verify", *options)
        return done.returncode, (done.stdout + done.stderr).decode()

    def schema_faults(self):
        """What the schema has against any event."""
        return [(event, fault.message) for event in self.events() for fault in SCHEMA.iter_errors(event)]
