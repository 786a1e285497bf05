"""Log lines as JSON objects, with the ids of request, run and trace, and without values of the data.

An exception is logged as its class and its places in the code: its message can quote a row. Of packages that are not
ours, the message is logged before values are put into it.
"""

import datetime as dt
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import IO, Any

OURS = ("assets", "audio", "lake", "ml", "resources", "sensors", "serving")
# What a line may hold beside the message: ids, names of routes and states, counts and times.
FIELDS = ("request_id", "run_id", "trace_id", "method", "route", "status", "seconds", "pack")
_bound: ContextVar[dict[str, str]] = ContextVar("bound", default={})  # noqa: B039 (replaced, never changed)


@contextmanager
def bound(**ids: str) -> Iterator[None]:
    """Put ids on every line that is logged in the body; empty ones are left out."""
    token = _bound.set({**_bound.get(), **{name: value for name, value in ids.items() if value}})
    try:
        yield
    finally:
        _bound.reset(token)


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        is_ours = record.name.split(".")[0] in OURS
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if is_ours else str(record.msg),
        }
        line |= _bound.get()
        line |= {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"], line["places"] = _places(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


def _places(error: BaseException) -> tuple[str, list[str]]:
    frames = traceback.extract_tb(error.__traceback__)
    return type(error).__name__, [f"{one.filename}:{one.lineno} {one.name}" for one in frames[-10:]]


def log_as_json(to: IO[str] | None = None) -> logging.Handler:
    """Log this process as JSON, on standard error by default: our packages from level info, all others' warnings."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    return handler
