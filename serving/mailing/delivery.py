"""Scheduled reports that are due become messages of the outbox, one per address, and are mailed.

A schedule moves on in the transaction that puts its messages into the outbox, so a report is neither lost nor made due
twice. The file is made when a message is sent, with what its owner may see by then.
"""

import datetime as dt
import json
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from resources.delivery.outbox import OUTBOX, Message, give_up, lease, mark_failed, mark_sent, utc_now
from resources.delivery.sending import notify
from serving.accounts.identity import Identity
from serving.accounts.owners import current_identity
from serving.accounts.tables import table
from serving.exports.sheets import NothingToReportError
from serving.mailing.rendering import render
from serving.mailing.schedules import Schedule, one_schedule, schedules
from serving.metrics.layer import MetricError, MetricLayer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from resources.database import Database
    from serving.queries.publications import Publications

CHANNEL = "lacquer:reports"


@dataclass(frozen=True)
class Post:
    """What mails are made of and sent by.

    Attributes:
        database: with accounts, schedules and the outbox.
        publications: of the lake.
        layer: the metrics.
        server: apprise address of the mail server.
    """

    database: "Database"
    publications: "Publications"
    layer: MetricLayer
    server: str


def deliver(post: Post, now: dt.datetime | None = None) -> tuple[int, int, int]:
    """Put what is due into the outbox and mail what waits: new, sent and refused messages."""
    new = put_due(post.database, now or dt.datetime.now(dt.UTC))
    sent = refused = 0
    while messages := lease(post.database, CHANNEL, 1):
        is_sent, is_there = _send(post, messages)
        sent, refused = sent + is_sent, refused + (not is_sent)
        if not is_there:
            break  # the mail server is not there: other messages wait for the next call
    return new, sent, refused


def put_due(database: "Database", now: dt.datetime) -> int:
    """Put the messages of schedules that are due into the outbox; how many. Of missed times the last one counts."""
    from sqlalchemy import update

    rows, new = table("report_schedules"), 0
    with database.write() as con:
        for one in schedules(con):
            if one.stopped is not None or one.next_at > now:
                continue
            mine = update(rows).where(rows.c.schedule_id == one.schedule_id)
            if _owner(con, one) is None:
                why = f"{one.owner_name} may not take reports away any more"
                con.execute(mine.values(stopped=why))
                continue
            messages = [_message(one, to) for to in dict.fromkeys(one.what.addresses)]
            con.execute(OUTBOX.insert(), messages)
            con.execute(mine.values(next_at=one.what.next_after(now)))
            new += len(messages)
    return new


def last_message(con: "Connection", schedule_id: str) -> dict[str, Any]:
    """State, moment and error of a schedule's newest message, one with an error first; empty where none was due."""
    from sqlalchemy import select

    wanted = select(OUTBOX.c.state, OUTBOX.c.sent_at, OUTBOX.c.error).where(OUTBOX.c.event_id == schedule_id)
    row = (
        con.execute(wanted.order_by(OUTBOX.c.title.desc(), OUTBOX.c.error.is_(None)).limit(1)).mappings().one_or_none()
    )
    return dict(row) if row else {}


def _owner(con: "Connection", one: Schedule) -> Identity | None:
    found = current_identity(con, one.owner_kind, one.owner_id)
    return found if found is not None and found.may("read") and found.may("export") else None


def _message(one: Schedule, to: str) -> dict[str, Any]:
    due = one.next_at.isoformat()
    return {
        "message_id": sha256(f"{one.schedule_id}\x1f{due}\x1f{to}".encode()).hexdigest()[:32],
        "channel": CHANNEL,
        "event_id": one.schedule_id,
        "priority": "low",
        "title": f"{due} {one.what.name}",
        "body": json.dumps({"to": to}),
        "state": "waiting",
        "due_at": utc_now(),
        "attempts": 0,
    }


def _send(post: Post, messages: list[Message]) -> tuple[bool, bool]:
    """Send the one message that is leased: whether it left, and whether the mail server is there."""
    (message,) = messages
    with post.database.read() as con:
        one = one_schedule(con, message.event_id)
        owner = None if one is None else _owner(con, one)
    if one is None or owner is None:
        give_up(post.database, messages, "the schedule is removed, or its owner may not take reports away any more")
        return False, True
    try:
        report = render(one.what, post.publications.reader(owner.scope), post.layer)
    except (NothingToReportError, MetricError) as error:
        give_up(post.database, messages, str(error))
        return False, True
    with tempfile.TemporaryDirectory(prefix="lacquer-mail-") as folder:
        file = Path(folder) / report.file_name
        file.write_bytes(report.content)
        address = mail_address(post.server, json.loads(message.body)["to"])
        refusal = notify(address, message.message_id, one.what.name, report.text, file)
    if refusal:
        mark_failed(post.database, messages, refusal)
        return False, False
    mark_sent(post.database, messages)
    return True, True


def mail_address(server: str, to: str) -> str:
    """The apprise address that brings a mail to one address, whichever the server's own names."""
    parts = urlsplit(server)
    kept = [one for one in parts.query.split("&") if one and not one.startswith("to=")]
    query = "&".join([*kept, f"to={quote(to, safe='@')}"])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
