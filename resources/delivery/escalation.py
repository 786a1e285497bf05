"""Escalation: an alert that nobody takes up in time goes to another channel, by `escalate_to` of the first.

Time counts from the moment at which the first channel took the message. What is acknowledged, snoozed or resolved by
then goes nowhere. The new message has an identity of its own, and the journal of alerts says who was told and why.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resources.delivery.channels import Channel
from resources.delivery.outbox import SENT_EVENTS, put_escalation, sent_moments

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.database import Database


@dataclass(frozen=True)
class Escalation:
    """One alert that goes on.

    Attributes:
        event: the newest event of the alert that was sent.
        first: the channel that had it.
        second: the channel that gets it now.
        due_at: when it had waited long enough, in UTC.
    """

    event: Mapping[str, Any]
    first: Channel
    second: Channel
    due_at: dt.datetime

    @property
    def why(self) -> str:
        """The escalation in one sentence."""
        return f"nobody acted within {self.first.escalate_hours:g} hours after {self.first.name} got it"


def due_escalations(
    events: Iterable[Mapping[str, Any]],
    open_alerts: Iterable[str],
    sent: Mapping[tuple[str, str], dt.datetime],
    channels: Sequence[Channel],
    now: dt.datetime,
) -> list[Escalation]:
    """What has to go on at this moment, in the order of channels and events.

    Args:
        events: of alerts, oldest first.
        open_alerts: identities of alerts that are open now.
        sent: when a channel took the message of an event, by channel and event, in UTC without a zone.
        channels: all of them.
        now: the moment in UTC without a zone.
    """
    still_open = set(open_alerts)
    newest = {one["alert_id"]: one for one in events if one["event"] in SENT_EVENTS and one["alert_id"] in still_open}
    by_name = {channel.name: channel for channel in channels}
    found = []
    for first in channels:
        if first.escalate_to is None or first.escalate_hours is None:
            continue
        for event in newest.values():
            moment = sent.get((first.name, event["event_id"]))
            due = None if moment is None else moment + dt.timedelta(hours=first.escalate_hours)
            if due is not None and due <= now:
                found.append(Escalation(event, first, by_name[first.escalate_to], due))
    return found


def escalate(
    lake: "Lake", database: "Database", channels: Sequence[Channel], events: Sequence[dict[str, Any]], now: dt.datetime
) -> int:
    """Put what nobody has taken up into the outbox of the next channel, once each; how many messages are new.

    The journal is written first: a process that dies between the two writes both again, and both know their rows.
    """
    from lake.journals.alerts import note_events
    from ml.alerts.alert import RULES, fold, make_event, next_seq
    from resources.alerting import write_alerts

    if not any(channel.escalate_to for channel in channels):
        return 0
    alerts = fold(events)
    still_open = [name for name, one in alerts.items() if one.state == "open"]
    due = due_escalations(events, still_open, sent_moments(database), channels, now)
    known = {event["event_id"] for event in events}
    notes = [
        make_event(
            alerts[one.event["alert_id"]],
            "handed_on",
            one.due_at.date(),
            RULES,
            f"{one.why}; sent to {one.second.name}",
            next_seq(events) + place,
            rule_version=one.event["rule_version"],
            of_event=one.event["event_id"],
        )
        for place, one in enumerate(due)
    ]
    new = [note for note in notes if note["event_id"] not in known]
    if new:
        note_events(lake, new)
        lake.publish(write_alerts(lake), "alerts")
    return sum(put_escalation(database, one.second, one.event, one.why, now) for one in due)
