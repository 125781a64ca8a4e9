"""A local web server that plays the sources of profiles: HTTPS with a certificate of its own, routes set by tests."""

import http.server
import json
import ssl
import threading

from .certificates import certificate


class Answer:
    """What a route gives. A body that is no str or bytes is sent as JSON."""

    def __init__(self, body=b"", status=200, fields=None, kind=None):
        if not isinstance(body, (str, bytes)):
            body, kind = json.dumps(body), kind or "application/json"
        self.body = body.encode() if isinstance(body, str) else body
        self.status, self.fields, self.kind = status, fields or {}, kind or "text/html; charset=utf-8"


class Web:
    """route: path (without its query) -> Answer, or a function of the request that gives one; None: never answers.
    Before the path may stand the host that it is asked at; such a route goes before one without.

    `requests` holds (method, path with query, fields) of all requests."""

    def __init__(self, scratch, name="sources.example.org", hosts=()):
        self.pem, self.key = certificate(scratch, name, hosts)
        self.routes, self.requests = {}, []
        self._closing = threading.Event()
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                web.requests.append((self.command, self.path, dict(self.headers)))
                path = self.path.partition("?")[0]
                host = self.headers.get("Host", "").partition(":")[0]
                route = web.routes.get(host + path, web.routes.get(path, Answer("not here", 404)))
                answer = route(self) if callable(route) else route
                if answer is None:
                    web._closing.wait()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for key, value in {"Content-Type": answer.kind, **answer.fields}.items():
                    self.send_header(key, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # clients that hang up, or don't like our certificate, are what tests are about

        self._server = Server(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem, self.key)
        # The handshake belongs to the connection's thread: a client that stalls must not hold up the next.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True,
                                                  do_handshake_on_connect=False)
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}"

    def title(self):
        return f"web server {self.url}"

    def log_tail(self):
        return "\n".join(f"{method} {path}" for method, path, _ in self.requests[-20:])

    def start(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()

    def paths(self):
        return [path for _, path, _ in self.requests]

    def settings(self):
        """The [http] section of a gateway that may reach this server."""
        return {"allow_private": True, "ca_file": self.pem}
