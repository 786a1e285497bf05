"""Receivers of messages: an HTTP server and an SMTP server on loopback, which keep what they get."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from json import loads
from typing import Any


class Posts(ThreadingHTTPServer):
    """Keeps the key and document of each POST; answers 503 while `is_down`."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, Any]]] = []
        self.is_down = False
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_address[1]}/alerts"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Posts)
        body = loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.server.is_down:
            self.server.got.append((self.headers["Idempotency-Key"], body))
        self.send_response(503 if self.server.is_down else 200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing."""


@contextmanager
def posts() -> Iterator[Posts]:
    with Posts() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class Mails:
    """Keeps each mail; the handler of an aiosmtpd controller."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.got.append(message_from_bytes(envelope.content))
        return "250 kept"


@contextmanager
def mails() -> Iterator[tuple[Mails, str]]:
    """The mails that arrive, and the apprise address that brings them there."""
    import socket

    from aiosmtpd.controller import Controller

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = Mails()
    controller = Controller(kept, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield kept, f"mailto://127.0.0.1:{port}?from=lacquer@example.org&to=planner@example.org"
    finally:
        controller.stop()
