"""Answers of requests with an idempotency key, so that a request sent twice is done once.

A request is put on record before it is done, and its answer afterwards. A second one with the same key gets the kept
answer; while the first is under way, or when its body differs, it is refused.
"""

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.accounts.tables import table

if TYPE_CHECKING:
    from resources.database import Database

KEPT = dt.timedelta(hours=24)
GIVEN_UP = dt.timedelta(seconds=30)  # a request begun so long ago without an answer died with its process


class ReplyConflictError(RuntimeError):
    """The idempotency key belongs to another request, or to one under way."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Reply:
    """A kept answer."""

    status: int
    body: str


def begin(database: "Database", reply_key: str, request_hash: str) -> Reply | None:
    """Put a request on record; the kept answer when it was done before.

    Raises:
        ReplyConflictError: the key is that of another request, or of one under way.
    """
    from sqlalchemy import delete, insert, select

    replies, now = table("replies"), dt.datetime.now(dt.UTC)
    with database.write() as con:
        con.execute(delete(replies).where(replies.c.begun_at < now - KEPT))
        row = con.execute(select(replies).where(replies.c.reply_key == reply_key)).mappings().one_or_none()
        if row is not None:
            if row["request_hash"] != request_hash:
                raise ReplyConflictError("the Idempotency-Key was used for another request; take a new key", 422)
            if row["status"] is not None:
                return Reply(row["status"], row["body"])
            if as_utc(row["begun_at"]) > now - GIVEN_UP:
                raise ReplyConflictError("the request with this Idempotency-Key is under way; ask again later", 409)
            con.execute(delete(replies).where(replies.c.reply_key == reply_key))
        con.execute(insert(replies).values(reply_key=reply_key, request_hash=request_hash, begun_at=now))
    return None


def finish(database: "Database", reply_key: str, reply: Reply | None) -> None:
    """Keep the answer; None takes the request off the record, so that it may be tried again."""
    from sqlalchemy import delete, update

    replies = table("replies")
    of_key = replies.c.reply_key == reply_key
    with database.write() as con:
        if reply is None:
            con.execute(delete(replies).where(of_key))
        else:
            con.execute(update(replies).where(of_key).values(status=reply.status, body=reply.body))


def as_utc(moment: dt.datetime) -> dt.datetime:
    """A moment of the database with its zone, which SQLite does not keep."""
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
