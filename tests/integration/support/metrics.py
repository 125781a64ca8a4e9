"""The metrics of a gateway, as Prometheus reads them."""

import http.client
import re
import socket


def get(port, path="/metrics", method="GET", timeout=20):
    """(status, fields, content)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()
    finally:
        connection.close()


def exchange(port, octets, timeout=20):
    """What the port answers to these octets, to its end; a reset counts as an end."""
    with socket.create_connection(("127.0.0.1", port), timeout) as connection:
        answer = b""
        try:
            connection.sendall(octets)
            while more := connection.recv(65536):
                answer += more
        except ConnectionError:
            pass
        return answer


class Scrape:
    """One scrape: values by name and labels."""

    def __init__(self, port):
        status, fields, self.text = get(port)
        assert status == 200, (status, self.text)
        assert fields["Content-Type"].startswith("text/plain; version=0.0.4"), fields
        self.types = dict(re.findall(r"^# TYPE (\S+) (\S+)$", self.text, re.M))
        self.samples = []
        for line in self.text.splitlines():
            if line.startswith("#"):
                continue
            found = re.fullmatch(r'([a-z_]+)(?:\{(.*)\})? ([-+.eE0-9a-zA-Z]+)', line)
            assert found, f"no sample: {line!r}"
            labels = dict(re.findall(r'([a-z_]+)="((?:[^"\\]|\\.)*)"', found[2] or ""))
            self.samples.append((found[1], labels, float(found[3])))

    def names(self):
        """Of the families, and of the series that histograms have."""
        return set(self.types) | {name for name, _, _ in self.samples}

    def value(self, name, /, **labels):
        """The sum of all samples that have these labels; None: there is none."""
        found = [value for one, has, value in self.samples
                 if one == name and all(has.get(key) == wanted for key, wanted in labels.items())]
        return sum(found) if found else None
