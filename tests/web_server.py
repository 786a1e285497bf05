"""A web server on this machine that answers what a test tells it to, faults included, and remembers what it was asked.

It stands in for services that cannot be here. An answer is bytes with a status and headers, or a function that writes
to the socket itself (to drip, to break off, to say nothing).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Answer:
    """One answer. `raw`, where given, gets the connection and writes what it likes."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: Callable[[socket], None] | None = None


@dataclass(frozen=True)
class Asked:
    """One request as it came: header names in lower case, each query parameter's first value."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


Responder = Answer | Callable[[Asked], Answer]


@dataclass
class WebServer:
    """Answers by path: the scripted ones in turn, the last of them for ever; an unknown path is 404."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _scripts: dict[str, list[Responder]] = field(default_factory=lambda: defaultdict(list))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def on(self, path: str, *answers: Responder | bytes) -> str:
        """Script a path; returns its address."""
        self._scripts[path] = [Answer(one) if isinstance(one, bytes) else one for one in answers]
        return self.url + path

    def asked_for(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            self.asked.append(asked)
            script = self._scripts.get(asked.path)
            if not script:
                return Answer(b"no such page", 404)
            responder = script.pop(0) if len(script) > 1 else script[0]
        return responder if isinstance(responder, Answer) else responder(asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body go in two writes, which would cost 40 ms each time
    server: _Server

    def _serve(self) -> None:
        split = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(split.query, keep_blank_values=True).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.pages.answer(Asked(self.command, split.path, query, headers, body))
        try:
            if answer.raw:
                self.close_connection = True
                answer.raw(self.connection)
                return
            self.send_response(answer.status)
            length = {} if answer.status == 304 else {"Content-Length": str(len(answer.body))}
            for name, value in {**length, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:  # the caller has had enough, which is what some tests are about
            self.close_connection = True

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _serve  # noqa: N815 (names of the base class)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    pages: WebServer

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that a test breaks off is no news."""


@contextmanager
def web_server() -> Iterator[WebServer]:
    """A server on a free port of loopback, gone with the block."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.pages = WebServer(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.pages
        finally:
            server.shutdown()
            thread.join()
