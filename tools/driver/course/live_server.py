# SPDX-License-Identifier: MIT
"""The server of `./lectern live`: on 127.0.0.1 only, below a path that nobody
can guess; everything else is 404.  The Host header is checked, so that no page
of another site can reach it by a name that leads to this address."""
import http.server
import json
import os
import re
import secrets

from ..common import EXIT_USAGE, TOP, Failure

PAGE = os.path.join(TOP, "course", "page")
TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
FILES = re.compile(r"live\w*\.(?:js|css)")
MOST = 4096             # bytes of a command
BEAT_SECONDS = 10       # between two signs of life for a silent browser
COMMAND = re.compile(r"[ -~]{1,180}")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy":
        "default-src 'self'; img-src data:; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class LiveServer(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, port, watcher, facts):
        try:
            super().__init__(("127.0.0.1", port), Answer)
        except OSError as why:
            raise Failure(f"--port {port}: {why.strerror}",
                          EXIT_USAGE) from None
        self.watcher, self.facts = watcher, facts
        self.secret = secrets.token_urlsafe(24)
        number = self.server_address[1]
        self.hosts = (f"127.0.0.1:{number}", f"localhost:{number}")
        self.url = f"http://{self.hosts[0]}/{self.secret}/"

    def handle_error(self, request, client_address):
        """A browser that goes away is no error."""


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"

    def log_message(self, *_):
        pass

    def place(self):
        """Return: the path below the secret one, or None"""
        if self.headers.get("Host") not in self.server.hosts:
            return None
        _, secret, rest = (self.path + "//").split("/", 2)
        if not secrets.compare_digest(secret.encode(),
                                      self.server.secret.encode()):
            return None
        return rest[:-2] if self.path.count("/") > 1 else None

    def begin(self, status, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind + "; charset=utf-8")
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.end_headers()

    def finish_with(self, status, text, kind="text/plain"):
        self.begin(status, kind)
        self.wfile.write(text.encode())

    def nothing(self):
        self.finish_with(404, "not found\n")

    def do_GET(self):
        place = self.place()
        if place == "":
            self.send_file("live.html")
        elif place == "live_machine.json":
            self.finish_with(200, json.dumps(self.server.facts),
                             "application/json")
        elif place == "events":
            self.send_events()
        elif place and FILES.fullmatch(place):
            self.send_file(place)
        else:
            self.nothing()

    def send_file(self, name):
        try:
            with open(os.path.join(PAGE, name)) as f:
                text = f.read()
        except OSError:
            self.nothing()
            return
        self.finish_with(200, text, TYPES[os.path.splitext(name)[1]])

    def send_events(self):
        """Server-sent events: a line of the guest in each."""
        hub = self.server.watcher.hub
        listener = hub.listen()
        try:
            self.begin(200, "text/event-stream")
            while (lines := hub.next_lines(listener, BEAT_SECONDS)) is not None:
                text = "".join(f"data: {line}\n\n" for line in lines)
                self.wfile.write((text or ": beat\n\n").encode())
                self.wfile.flush()
            self.wfile.write(b"event: end\ndata: end\n\n")
        except OSError:
            pass                # the browser is gone
        finally:
            hub.leave(listener)

    def do_POST(self):
        if self.place() != "command" or \
                self.headers.get("Origin", "http://" + self.server.hosts[0]) \
                not in ["http://" + h for h in self.server.hosts]:
            self.nothing()
            return
        try:
            size = int(self.headers.get("Content-Length", ""))
            if not 0 < size <= MOST:
                raise ValueError
            self.carry_out(json.loads(self.rfile.read(size)))
        except (ValueError, TypeError, AttributeError, RecursionError):
            self.finish_with(400, "not a command\n")
            return
        self.finish_with(200, "done\n")

    def carry_out(self, order):
        """Do what the page asks for. Raises ValueError"""
        watcher = self.server.watcher
        if order.get("machine") in ("pause", "resume"):
            watcher.order_machine(order["machine"])
        elif COMMAND.fullmatch(order.get("send", "")):
            watcher.send_line(order["send"])
        else:
            raise ValueError
