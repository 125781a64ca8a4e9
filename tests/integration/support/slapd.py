"""An OpenLDAP server of the test's own: in a scratch folder, on loopback, with its own schema and people."""

import subprocess

from .certificates import certificate
from .process import Process
from .scratch import ROOT, free_port, port_is_open, wait_until

BASE_DN = "ou=people,dc=example,dc=org"
BIND_DN = "cn=decorum,dc=example,dc=org"
PASSWORD = "correct horse"

SHARED = ROOT / "tests/support/slapd"


def person(uid, mail, **fields):
    """One entry as LDIF."""
    lines = "".join(f"{name}: {value}\n" for name, value in fields.items())
    return f"dn: uid={uid},{BASE_DN}\nobjectClass: somebody\nuid: {uid}\ncn: Name of {uid}\nmail: {mail}\n{lines}\n"


class Slapd:
    def __init__(self, scratch, *people):
        self.folder = scratch.folder("slapd")
        self.port = free_port()
        self.authority, key = certificate(scratch, "ldap.example.org")
        (self.folder / "data").mkdir()
        (self.folder / "people.ldif").write_text((SHARED / "tree.ldif").read_text() + "".join(people))
        self.password_file = self.folder / "password"
        self.password_file.write_text(PASSWORD + "\n")
        self.password_file.chmod(0o600)
        self.file = self.folder / "slapd.conf"
        self.file.write_text(f"""include {SHARED}/people.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile {self.folder}/pid
argsfile {self.folder}/args
threads 2
TLSCertificateFile {self.authority}
TLSCertificateKeyFile {key}
database mdb
maxsize 67108864
suffix "dc=example,dc=org"
rootdn "{BIND_DN}"
rootpw "{PASSWORD}"
directory {self.folder}/data
dbnosync
index mail eq
access to * by anonymous auth
""")
        subprocess.run(["/usr/sbin/slapadd", "-q", "-f", str(self.file), "-l", str(self.folder / "people.ldif")],
                       check=True, capture_output=True)
        self.process = None

    def title(self):
        return f"slapd {self.port}"

    def log_tail(self):
        return self.process.tail() if self.process else "(not started)"

    def start(self):
        self.process = Process(["/usr/sbin/slapd", "-d", "0", "-h", f"ldap://127.0.0.1:{self.port}",
                                "-f", self.file])
        wait_until(lambda: port_is_open(self.port), 30, "slapd listens")

    def stop(self):
        self.process.end()
