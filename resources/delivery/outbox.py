"""The outbox: messages that wait, are being sent, or were sent, in the operational database.

A message has one identity, made of the event and the channel, so that an event put in twice is one message. A sender
leases messages before it sends; when it dies, its lease ends and another sender takes them. A message is marked as sent
after the channel took it. A sender that dies between the two sends the message again with the same identity
(`Idempotency-Key`), by which a receiver knows it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, Text, func, select, update

from resources.delivery.channels import Channel

if TYPE_CHECKING:
    from resources.database import Database

TABLES = MetaData()
OUTBOX = Table(
    "alert_outbox",
    TABLES,
    Column("message_id", String(40), primary_key=True),
    Column("channel", String(200), nullable=False),
    Column("event_id", String(40), nullable=False),
    Column("priority", String(20), nullable=False),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(20), nullable=False, index=True),  # waiting, leased, sent, failed
    Column("due_at", DateTime, nullable=False),
    Column("leased_until", DateTime),
    Column("attempts", Integer, nullable=False, default=0),
    Column("error", Text),
    Column("sent_at", DateTime),
)
SENT_EVENTS = ("opened", "reopened", "escalated", "acknowledgement_expired", "snooze_ended")
LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 8


@dataclass(frozen=True)
class Message:
    """A leased message."""

    message_id: str
    channel: str
    title: str
    body: str
    attempts: int
    event_id: str = ""


def utc_now() -> datetime:
    """The moment in UTC, without a zone, as the database keeps it."""
    return datetime.now(UTC).replace(tzinfo=None)


def put(database: "Database", channels: Sequence[Channel], events: Iterable[Mapping[str, Any]]) -> int:
    """Put a message per event and channel that wants it into the outbox; how many are new."""
    now = datetime.now(UTC)
    return _put_rows(
        database,
        [
            _row(channel, event, now)
            for event in events
            for channel in channels
            if event["event"] in SENT_EVENTS and channel.wants(event["priority"], event["type"])
        ],
    )


def put_escalation(
    database: "Database", channel: Channel, event: Mapping[str, Any], why: str, now: datetime | None = None
) -> int:
    """Put an event that nobody has taken up into the outbox of another channel; 1, or 0 where it is there already."""
    moment = datetime.now(UTC) if now is None else now.replace(tzinfo=UTC)
    row = _row(channel, event, moment)
    row["message_id"] = sha256(f"{channel.name}\x1f{event['event_id']}\x1fescalation".encode()).hexdigest()[:32]
    row["title"], row["body"] = f"Nobody acted: {row['title']}", f"{why}\n{row['body']}"
    return _put_rows(database, [row])


def sent_moments(database: "Database") -> dict[tuple[str, str], datetime]:
    """When each channel took the message of each event, the first time, in UTC without a zone."""
    query = (
        select(OUTBOX.c.channel, OUTBOX.c.event_id, func.min(OUTBOX.c.sent_at))
        .where(OUTBOX.c.state == "sent")
        .group_by(OUTBOX.c.channel, OUTBOX.c.event_id)
    )
    with database.read() as connection:
        return {(row[0], row[1]): row[2] for row in connection.execute(query).all()}


def _put_rows(database: "Database", rows: Sequence[dict[str, Any]]) -> int:
    with database.write() as connection:
        known: set[str] = {row.message_id for row in connection.execute(select(OUTBOX.c.message_id))}
        new = [row for row in {row["message_id"]: row for row in rows}.values() if row["message_id"] not in known]
        if new:
            connection.execute(OUTBOX.insert(), new)
    return len(new)


def lease(database: "Database", channel: str, limit: int) -> list[Message]:
    """Take messages of a channel that are due, or whose sender died; nobody else gets them until the lease ends."""
    now = utc_now()
    free = (OUTBOX.c.state == "waiting") | ((OUTBOX.c.state == "leased") & (OUTBOX.c.leased_until < now))
    wanted = select(OUTBOX).where(free, OUTBOX.c.channel == channel, OUTBOX.c.due_at <= now)
    with database.write() as connection:
        rows = connection.execute(
            wanted.order_by(OUTBOX.c.due_at, OUTBOX.c.message_id).limit(limit).with_for_update()
        ).all()
        ids = [row.message_id for row in rows]
        connection.execute(
            update(OUTBOX)
            .where(OUTBOX.c.message_id.in_(ids))
            .values(state="leased", leased_until=now + LEASE, attempts=OUTBOX.c.attempts + 1)
        )
    return [Message(row.message_id, row.channel, row.title, row.body, row.attempts + 1, row.event_id) for row in rows]


def mark_sent(database: "Database", messages: Sequence[Message]) -> None:
    """The channel has taken them."""
    _set(database, messages, state="sent", sent_at=utc_now(), leased_until=None, error=None)


def mark_failed(database: "Database", messages: Sequence[Message], error: str) -> None:
    """The channel has not: they wait, twice as long each time, and are given up after `MOST_ATTEMPTS`."""
    for message in messages:
        state = "failed" if message.attempts >= MOST_ATTEMPTS else "waiting"
        wait = timedelta(seconds=15 * 2**message.attempts)
        _set(database, [message], state=state, due_at=utc_now() + wait, leased_until=None, error=error[:500])


def give_up(database: "Database", messages: Sequence[Message], error: str) -> None:
    """They cannot be sent, now or later."""
    _set(database, messages, state="failed", leased_until=None, error=error[:500])


def counts(database: "Database") -> dict[str, int]:
    """Messages by state."""
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    with database.read() as connection:
        return {str(row[0]): int(row[1]) for row in connection.execute(query).all()}


def _set(database: "Database", messages: Sequence[Message], **values: Any) -> None:
    ids = [message.message_id for message in messages]
    with database.write() as connection:
        connection.execute(update(OUTBOX).where(OUTBOX.c.message_id.in_(ids)).values(**values))


def _row(channel: Channel, event: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    lines = (event["message"], f"At stake: {event['stake']:,.2f}", f"Next step: {event['next_step']}")
    return {
        "message_id": sha256(f"{channel.name}\x1f{event['event_id']}".encode()).hexdigest()[:32],
        "channel": channel.name,
        "event_id": event["event_id"],
        "priority": event["priority"],
        "title": f"[{event['priority']}] {event['release_id']}: {event['rule'] or event['cause']}",
        "body": "\n".join([*lines, f"Alert {event['alert_id']}"]),
        "state": "waiting",
        "due_at": channel.due(now, event["priority"]).astimezone(UTC).replace(tzinfo=None),
        "attempts": 0,
    }
