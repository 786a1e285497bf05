"""A deadline for a whole answer: httpx limits the time between two pieces, and a server that drips never exceeds it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_ENDS_AT: ContextVar[float | None] = ContextVar("ends_at", default=None)


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Every wait of a bounded stream within the block ends in time, with httpcore's own timeout error."""
    token = _ENDS_AT.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ENDS_AT.reset(token)


def time_left(timeout: float | None) -> float | None:
    """The timeout, shortened to what the deadline in force leaves."""
    ends_at = _ENDS_AT.get()
    if ends_at is None:
        return timeout
    left = max(0.001, ends_at - time.monotonic())
    return left if timeout is None else min(timeout, left)
