"""A small local server that speaks OpenAI's protocol and answers by a script; it keeps every request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

CUT = "<cut>"  # at the end of a body: the server promises more than it sends
Reply = tuple[int, str, float]


def completion(content: str | None, reason: str = "stop", refusal: str | None = None) -> str:
    """A chat completion of 70 and 9 tokens."""
    message = {"role": "assistant", "content": content, "refusal": refusal}
    return json.dumps(
        {
            "id": "c1",
            "object": "chat.completion",
            "created": 1,
            "model": "scripted-1",
            "choices": [{"index": 0, "message": message, "finish_reason": reason}],
            "usage": {"prompt_tokens": 70, "completion_tokens": 9, "total_tokens": 79},
        }
    )


class Scripted:
    """One reply (status, body, seconds to wait) per request, the last one again and again; and the requests."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.script: list[Reply] = []
        self.requests: list[dict[str, Any]] = []
        self.url = f"http://127.0.0.1:{server.server_port}/v1"

    def answers(self, *bodies: str | Reply) -> None:
        """Script the replies; a text is the content of a good completion."""
        self.script = [one if isinstance(one, tuple) else (200, completion(one), 0.0) for one in bodies]


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        scripted: Scripted = self.server.scripted  # type: ignore[attr-defined]
        scripted.requests.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        status, body, wait_s = scripted.script[min(len(scripted.requests), len(scripted.script)) - 1]
        time.sleep(wait_s)
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body.encode()) + (100 if body.endswith(CUT) else 0)))
            self.end_headers()
            self.wfile.write(body.encode())
        except BrokenPipeError:
            self.close_connection = True  # the client no longer waits

    def log_message(self, *_: object) -> None:
        """Stay quiet."""


@contextmanager
def openai_server() -> Iterator[Scripted]:
    """A server on this machine, stopped with the block."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        server.scripted = Scripted(server)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.scripted  # type: ignore[attr-defined]
        finally:
            server.shutdown()
            thread.join()
