"""What holds for every request: body limits, security headers, a request id, a span, a log line, the count.

Pure ASGI: a middleware that buffers would break streams.
"""

import logging
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

from serving.api.metrics import observe
from serving.api.problems import problem
from serving.telemetry.logs import bound
from serving.telemetry.tracing import Span, Tracing

MOST_BYTES = 1024 * 1024
MOST_BYTES_OF = {
    "/v1/landing/": 16 * 1024 * 1024,
    "/v1/webhooks/": 16 * 1024 * 1024,
    "/v1/audio/files": 1024 * 1024 * 1024,
}
HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
log = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class BodyTooLargeError(HTTPException):
    """The body is longer than the path allows."""

    def __init__(self, limit: int) -> None:
        super().__init__(413, f"the body may have {limit:,} bytes here")


class Guard:
    """ASGI middleware around the whole application.

    Args:
        app: the application.
        policy_of: content security policies by prefix of the path; the API's own is the strictest.
        is_secure: whether browsers reach the server by https.
        tracing: makes a span per request.
    """

    def __init__(
        self,
        app: Any,
        policy_of: Mapping[str, str] | None = None,
        is_secure: bool = False,
        tracing: Tracing | None = None,
    ) -> None:
        self.app, self.policy_of, self.is_secure = app, policy_of or {}, is_secure
        self.tracing = tracing or Tracing(None, "lacquer")

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = dict(scope["headers"])
        asked_id = given.get(b"x-request-id", b"").decode("latin-1")
        request_id = asked_id if _REQUEST_ID.fullmatch(asked_id) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        carrier = {"traceparent": given[b"traceparent"].decode("latin-1")} if b"traceparent" in given else None
        attributes = {"http.request.method": scope["method"], "lacquer.request_id": request_id}
        with (
            self.tracing.span(scope["method"], attributes, carrier=carrier, kind="server") as span,
            bound(request_id=request_id, trace_id=span.trace_id),
        ):
            await self._handle(scope, receive, send, span)

    async def _handle(self, scope: Any, receive: Any, send: Any, span: Span) -> None:
        began, status, started = time.perf_counter(), 500, False
        path, given = scope["path"], dict(scope["headers"])
        headers = self._headers(path, scope["state"]["request_id"])

        async def secured(message: Any) -> None:
            nonlocal status, started
            if message["type"] == "http.response.start":
                started, status = True, message["status"]
                present = {name for name, _ in message["headers"]}
                message["headers"] = [*message["headers"], *((k, v) for k, v in headers if k not in present)]
            await send(message)

        try:
            limit = _limit(path)
            if _declared(given) > limit:
                raise BodyTooLargeError(limit)
            await self.app(scope, _counted(receive, limit), secured)
        except BodyTooLargeError as error:
            if started:
                raise
            answer = problem(413, error.detail)
            await answer(scope, receive, secured)
        finally:
            _record(scope, status, time.perf_counter() - began, span)

    def _headers(self, path: str, request_id: str) -> list[tuple[bytes, bytes]]:
        policy = next((value for prefix, value in self.policy_of.items() if path.startswith(prefix)), API_POLICY)
        wanted = {**HEADERS, "content-security-policy": policy, "x-request-id": request_id}
        if self.is_secure:
            wanted["strict-transport-security"] = "max-age=31536000"
        return [(name.encode(), value.encode()) for name, value in wanted.items()]


def _record(scope: Any, status: int, seconds: float, span: Span) -> None:
    """Count, trace and log a request by its route: a path can hold a name."""
    method, route = scope["method"], _route(scope)
    observe(method, route, status, seconds)
    span.rename(f"{method} {route}")
    span.set("http.route", route)
    span.set("http.response.status_code", status)
    if status >= 500:
        span.fail(str(status))
    about = {"method": method, "route": route, "status": status, "seconds": round(seconds, 4)}
    log.info("request", extra=about)


def _route(scope: Any) -> str:
    """The pattern of the route that answered; a path of no route must not become a label of its own."""
    pattern = str(getattr(scope.get("route"), "path", "unknown"))
    is_nested = scope["path"].startswith("/v1/") and pattern.startswith("/") and not pattern.startswith("/v1/")
    return f"/v1{pattern}" if is_nested else pattern


def _limit(path: str) -> int:
    return next((limit for prefix, limit in MOST_BYTES_OF.items() if path.startswith(prefix)), MOST_BYTES)


def _declared(headers: Mapping[bytes, bytes]) -> int:
    length = headers.get(b"content-length", b"0")
    return int(length) if length.isdigit() and len(length) < 20 else 0


def _counted(receive: Any, limit: int) -> Any:
    read = 0

    async def counted() -> Any:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                raise BodyTooLargeError(limit)
        return message

    return counted
