"""Cursors of pages, and ETags."""

import base64
import binascii
import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from serving.api.problems import refuse

if TYPE_CHECKING:
    from fastapi import Request, Response

    from serving.queries.reader import Reader


def cursor_of(sort: str, after: tuple[Any, str] | None) -> str | None:
    """The cursor behind a page's last row; it names the order it belongs to."""
    if after is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([sort, after[0], after[1]]).encode()).decode().rstrip("=")


def read_cursor(cursor: str | None, sort: str) -> tuple[Any, str] | None:
    """The place that a cursor names; a cursor of another order, or one that was made up, is refused."""
    if not cursor:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        of, key, last = _three(json.loads(base64.urlsafe_b64decode(padded.encode("ascii"))))
    except (ValueError, binascii.Error, RecursionError, UnicodeEncodeError):
        raise refuse(400, "cursor: not one of ours; take next_cursor of the page before") from None
    number = isinstance(key, int | float) and not isinstance(key, bool)
    if of != sort or not isinstance(last, str) or not (number if sort == "-units" else isinstance(key, str)):
        raise refuse(400, "cursor: made for another sort order; begin again without a cursor")
    return key, last


def _three(found: Any) -> list[Any]:
    if not isinstance(found, list) or len(found) != 3:
        raise ValueError("not a cursor")
    return found


def unchanged(request: "Request", response: "Response", reader: "Reader", *parts: str) -> bool:
    """Set the ETag of what a state answers to the parts; whether the client has it already."""
    labels = ",".join(sorted(reader.scope.labels)) if reader.scope.labels is not None else "*"
    digest = sha256("|".join([str(reader.state.number), labels, *parts]).encode()).hexdigest()[:24]
    etag = f'W/"{digest}"'
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = "private, no-cache"
    known = request.headers.get("if-none-match", "")
    return etag in (one.strip() for one in known.split(","))
