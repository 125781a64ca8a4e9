"""Libravatar end to end: pictures only, from the central server or, for listed domains, from their own."""

import base64
import struct

from support.libravatar import SrvDns, add_avatar, avatar_path
from support.mail_case import MailCase, sender
from support.pictures import portrait
from support.web import Answer, Web

OWN = "own.example"


class Pictures(MailCase):
    @classmethod
    def play(cls):
        cls.dns = cls.serve(SrvDns())
        cls.own = cls.serve(Web(cls.scratch, "avatars.own.example"))
        # Both servers must be believed: one file with both certificates.
        cls.authorities = cls.scratch.write("authorities.pem", cls.web.pem.read_bytes() + cls.own.pem.read_bytes())
        cls.dns.services[f"_avatars-sec._tcp.{OWN}"] = ("localhost", cls.own.port)

    @classmethod
    def sections(cls):
        return {"connector__libravatar": {"enabled": True, "base_url": cls.web.url, "domains": [OWN],
                                          "rate": "100000/h", "known": "known@n0.example",
                                          "unknown": "unknown@n0.example"},
                "http": {"ca_file": cls.authorities, "dns_servers": [cls.dns.address]}}

    def face_of(self, address, seconds=20):
        got = self.deliver_until(address, lambda got: "Face" in got.fields, "a face", seconds)
        octets = base64.b64decode(got.fields["Face"].replace(" ", ""))
        self.assertEqual(struct.unpack(">II", octets[16:24]), (48, 48))
        self.assertNotIn("Sender-Profile", got.fields, "a picture and nothing else")
        self.assertIn("sources=libravatar", got.fields["Sender-Profile-Source"])

    def test_a_picture_of_the_central_server_is_the_face(self):
        address = sender()
        add_avatar(self.web, address, portrait())
        self.face_of(address)
        self.assertNotIn(address.partition("@")[2], " ".join(self.dns.asked), "the sender's DNS is not asked")

    def test_a_listed_domain_is_asked_at_the_server_and_port_that_it_names(self):
        address = f"noor@{OWN}"
        add_avatar(self.own, address, portrait())
        self.face_of(address, seconds=60)  # it is asked after up to 30 s: the domain shall not see when mail arrives
        self.assertIn(f"_avatars-sec._tcp.{OWN}", self.dns.asked)
        self.assertTrue(any(path.startswith(avatar_path(address)) for path in self.own.paths()))
        self.assertFalse(any(path.startswith(avatar_path(address)) for path in self.web.paths()))

    def test_nobody_there_is_none(self):
        self.assertEqual(self.deliver_until(sender(), lambda got: got.status != "pending", "an answer").status, "none")

    def test_what_is_no_picture_and_who_refuses(self):
        for answer, outcome in ((Answer("<html>", kind="image/png"), "failed"), (Answer("", kind="image/png"), "failed"),
                                (Answer("", 302, {"Location": "https://gravatar.example/"}), "not_found"),
                                (Answer("", 403), "forbidden"), (Answer("", 500), "failed"),
                                (Answer("", 429, {"Retry-After": "1"}), "throttled")):
            address = sender()
            self.web.routes[avatar_path(address)] = answer
            self.assertEqual(self.outcome(address, "libravatar"), [outcome], answer.status)

    def test_probe_asks_a_known_and_an_unknown_address(self):
        add_avatar(self.web, "known@n0.example", portrait())
        self.assertEqual(self.probe("libravatar"), {"known": "ok", "unknown": "ok"})
