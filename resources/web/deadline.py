"""A deadline for a whole answer: httpx limits the time between two pieces, and a server that drips never exceeds it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

_ENDS_AT: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Every read and write of a bounded client within the block ends in time, with httpx's own timeout error."""
    token = _ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


def bounded(client: "httpx.Client") -> "httpx.Client":
    """The client, its connections (those through the environment's proxies too) under the deadline in force.

    httpx has no public door to the network streams below it; the test with a server that drips headers guards this.
    """
    for transport in [client._transport, *client._mounts.values()]:
        if transport is not None:
            pool = transport._pool  # type: ignore[attr-defined]
            pool._network_backend = _Bounded(pool._network_backend)
    return client


class _Bounded:
    """A network backend or stream of httpcore whose waits end at the deadline."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, **more: Any) -> "_Bounded":
        return _Bounded(self._inner.connect_tcp(host, port, timeout=_left(timeout), **more))

    def start_tls(self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None) -> Any:
        return _Bounded(self._inner.start_tls(ssl_context, server_hostname, _left(timeout)))

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout))


def _left(timeout: float | None) -> float | None:
    ends_at = _ENDS_AT.get()
    if ends_at is None:
        return timeout
    left = max(0.001, ends_at - time.monotonic())
    return left if timeout is None else min(timeout, left)
