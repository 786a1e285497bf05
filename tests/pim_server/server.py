"""The HTTP side: one endpoint with a key, and the faults that a test has scheduled."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.pim_server.schema import Interface
from tests.pim_server.store import Store

KEY = "a-key-of-the-data-hub"
SLOW_S = 0.8  # longer than the clients of the tests wait


@dataclass
class PimServer:
    """A running stand-in. `faults` are taken in turn by requests of their kind; `before` is called with each request.

    A fault of a mutation says whether the change is made: `applied:cut` makes it and then breaks the connection.
    """

    store: Store = field(default_factory=Store)
    url: str = ""
    query_faults: deque[str] = field(default_factory=deque)
    mutation_faults: deque[str] = field(default_factory=deque)
    before: Callable[[str], None] = lambda document: None
    # What a listing's answer is turned into; gets the nodes and the offset.
    relist: Callable[[list[Any], int], list[Any]] = lambda edges, after: edges
    asked: list[str] = field(default_factory=list)
    late: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._interface = Interface(self.store)
        self.assets = self._interface.assets

    def execute(self, body: dict[str, Any]) -> dict[str, Any]:
        done = self._interface.answer(body["query"], body.get("variables") or {})
        answer: dict[str, Any] = {"data": done.data}
        if done.errors:
            answer["errors"] = [{"message": error.message} for error in done.errors]
        listing = (done.data or {}).get("list")
        if listing:
            listing["edges"] = self.relist(listing["edges"], (body.get("variables") or {}).get("after") or 0)
        return answer

    def fault_of(self, document: str) -> str:
        faults = self.mutation_faults if document.startswith("mutation") else self.query_faults
        return faults.popleft() if faults else ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        pim = self.server.pim
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.headers.get("X-API-Key") != KEY:
            return self._say(403, {"errors": [{"message": "Permission denied, apikey not valid"}]})
        pim.asked.append(body["query"])
        pim.before(body["query"])
        made, _, fault = pim.fault_of(body["query"]).rpartition(":")
        answer = pim.execute(body) if made == "applied" or not fault else None
        match fault:
            case "":
                return self._say(200, answer)
            case "timeout":
                time.sleep(SLOW_S)
                return self._cut()
            case "cut":
                return self._cut()
            case "late":  # the connection is gone, and the change is made after all
                thread = threading.Timer(SLOW_S / 4, pim.execute, [body])
                pim.late.append(thread)
                thread.start()
                return self._cut()
            case "429":
                return self._say(429, {"message": "slow down"}, {"Retry-After": "0"})
            case "errors":
                return self._say(200, {"errors": [{"message": "Internal server error"}], "data": None})
            case "refused":
                return self._say(200, {"data": {"done": {"success": False, "message": "locked", "output": None}}})
            case "html":
                return self._say(200, "<html>maintenance</html>", {"Content-Type": "text/html"})
            case status:
                return self._say(int(status), {"message": "no"})

    def _cut(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _say(self, status: int, answer: Any, headers: dict[str, str] | None = None) -> None:
        body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None: ...


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    pim: PimServer

    def handle_error(self, *_: Any) -> None: ...


@contextmanager
def pim_server(store: Store | None = None, port: int = 0) -> Iterator[PimServer]:
    """A PIM on this machine, stopped with the block."""
    with _Server(("127.0.0.1", port), _Handler) as server:
        server.pim = PimServer(store or Store(), f"http://127.0.0.1:{server.server_port}/pimcore-graphql-webservices/t")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.pim
        finally:
            for late in server.pim.late:
                late.join()
            server.shutdown()
            thread.join()
