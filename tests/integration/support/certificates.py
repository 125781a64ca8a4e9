"""Self-signed certificates by the openssl command."""

import subprocess


def certificate(scratch, name="mx.example.org", more=()):
    """(certificate file, key file), valid for the names, for localhost and for 127.0.0.1."""
    folder = scratch.folder("certificates")
    pem, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", str(key), "-out", str(pem), "-days", "60", "-subj", f"/CN={name}",
         "-addext", ",".join([f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1", *(f"DNS:{one}" for one in more)])],
        check=True, capture_output=True)
    key.chmod(0o600)
    return pem, key


def certificate_that_ends(scratch, name, days):
    """The same, which ends in so many days; in none: it has ended."""
    pem, key = certificate(scratch, name)
    subprocess.run(["openssl", "x509", "-in", str(pem), "-out", str(pem), "-signkey", str(key), "-days", str(days)],
                   check=True, capture_output=True)
    return pem, key
