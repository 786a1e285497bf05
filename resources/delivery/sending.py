"""Sending what waits in the outbox, by apprise."""

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from resources.delivery.channels import Channel
from resources.delivery.escalation import escalate
from resources.delivery.outbox import Message, lease, mark_failed, mark_sent, put, utc_now

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.database import Database

AT_ONCE = 200
HEADER = "+Idempotency-Key"
NEW_DAYS = 3


def deliver_new(
    lake: "Lake", database: "Database", channels: Sequence[Channel], now: dt.datetime | None = None
) -> tuple[int, int, int]:
    """Put the events of the last days into the outbox, once each, and send what is due: new, sent, failed messages.

    What nobody took up in time goes to the next channel, as the channels say. Older events of the first run of a lake
    are history and are not sent.

    Args:
        lake: where the journal of alerts is.
        database: where the outbox is.
        channels: all of them.
        now: in UTC without a zone, for escalations; the moment of the call where none is given.
    """
    from lake.journals.alerts import read_events
    from ml.alerts.alert import fold

    events, followed = read_events(lake)
    alerts = fold(events)
    first = (followed or dt.date.min) - dt.timedelta(days=NEW_DAYS - 1) if followed else dt.date.min
    fresh = [one for one in events if one["ds"] >= first and alerts[one["alert_id"]].state == "open"]
    new = put(database, channels, fresh) + escalate(lake, database, channels, events, now or utc_now())
    return new, *send_due(database, channels)


def send_due(database: "Database", channels: Sequence[Channel]) -> tuple[int, int]:
    """Send every message that is due; how many left, and how many could not."""
    sent = failed = 0
    for channel in channels:
        while messages := lease(database, channel.name, AT_ONCE if channel.mode == "digest" else 1):
            if error := _send(channel, messages):
                mark_failed(database, messages, error)
                failed += len(messages)
                break  # the channel is not there: its other messages wait for the next call
            mark_sent(database, messages)
            sent += len(messages)
    return sent, failed


def _send(channel: Channel, messages: list[Message]) -> str | None:
    """Send one message, or several as a digest; None, or why it could not be."""
    key, title, body = messages[0].message_id, messages[0].title, messages[0].body
    if channel.mode == "digest":
        key = sha256("".join(message.message_id for message in messages).encode()).hexdigest()[:32]
        title = f"{len(messages)} alerts"
        body = "\n\n".join(f"{message.title}\n{message.body}" for message in messages)
    return notify(channel.url, key, title, body)


def notify(url: str, key: str, title: str, body: str, attachment: Path | None = None) -> str | None:
    """Send one text to an apprise address under an identity; None, or why it could not be."""
    from apprise import Apprise, NotifyFormat
    from apprise.logger import LogCapture

    apprise = Apprise()
    joint = "&" if "?" in url else "?"
    if not apprise.add(f"{url}{joint}{HEADER}={key}"):
        return "apprise knows no address like that"
    attached = None if attachment is None else str(attachment)
    with LogCapture(level=30) as log:
        if apprise.notify(title=title, body=body, body_format=NotifyFormat.TEXT, attach=attached):
            return None
        return str(log.getvalue()).strip().splitlines()[-1] if log.getvalue().strip() else "the channel refused it"
