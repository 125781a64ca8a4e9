"""Signs as a sending domain does and verifies as a later hop does, without a network."""

import subprocess

import dkim


class Signer:
    def __init__(self, domain="example.org", selector="test"):
        self.domain, self.selector = domain.encode(), selector.encode()
        self.private_key = subprocess.run(
            ["openssl", "genrsa", "-traditional", "2048"], check=True, capture_output=True).stdout
        public = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "PEM"], input=self.private_key,
                                check=True, capture_output=True).stdout
        self.record = b"v=DKIM1; k=rsa; p=" + b"".join(public.splitlines()[1:-1])

    def sign(self, message, canonicalization):
        """The message with a DKIM-Signature on top; canonicalization: b"relaxed" or b"simple"."""
        return dkim.sign(message, self.selector, self.domain, self.private_key,
                         canonicalize=(canonicalization, canonicalization)) + message

    def verifies(self, message):
        return dkim.verify(message, dnsfunc=lambda name, timeout=5: self.record)
