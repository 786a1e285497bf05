"""One alert: the fold of its events. An event is a row of the journal, made by a rule or by a person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

PRIORITIES = ("low", "medium", "high", "critical")
STATES = ("open", "acknowledged", "snoozed", "resolved")
EVENTS = (
    *("opened", "reopened", "merged", "escalated", "acknowledged", "acknowledgement_expired"),
    *("snoozed", "snooze_ended", "resolved", "cleared", "feedback", "handed_on"),
)
RULES = "rules"
ACKNOWLEDGED_DAYS = 7  # until an acknowledgement expires, unless a person says otherwise

Event = dict[str, Any]
Hit = Mapping[str, Any]


@dataclass
class Alert:
    """One alert as its events leave it."""

    alert_id: str
    release_id: str
    cause: str
    type: str
    opened_on: dt.date
    state: str = "open"
    rules: tuple[str, ...] = ()
    priority: str = "low"
    stake: float = 0.0
    urgency: float = 0.0
    message: str = ""
    next_step: str = ""
    rule_version: int = 0
    until: dt.date | None = None
    condition: str | None = None
    changed_on: dt.date | None = None
    changed_by: str = RULES
    why: str = ""
    feedback: str | None = None
    resolved_by_person: bool = False
    reopened_on: list[dt.date] = field(default_factory=list)

    def apply(self, event: Event) -> None:
        """Take an event on."""
        kind = event["event"]
        if kind in ("opened", "reopened", "merged", "escalated"):
            if event["rule"] and event["rule"] not in self.rules:
                self.rules = (*self.rules, event["rule"])
            for name in ("priority", "stake", "urgency", "message", "next_step", "rule_version"):
                setattr(self, name, event[name])
        if kind == "feedback":
            self.feedback = event["why"]
        if kind in ("feedback", "handed_on"):
            return  # the incident stays as it is
        if kind == "reopened":
            self.reopened_on.append(event["ds"])
        states = {"opened": "open", "reopened": "open", "acknowledged": "acknowledged", "snoozed": "snoozed"}
        states |= {
            "acknowledgement_expired": "open",
            "snooze_ended": "open",
            "resolved": "resolved",
            "cleared": "resolved",
        }
        if kind in states:
            self.state = states[kind]
            self.until, self.condition = event.get("until"), event.get("condition")
            self.resolved_by_person = kind == "resolved"
        self.changed_on, self.changed_by, self.why = event["ds"], event["who"], event["why"]


def event_id(*parts: object) -> str:
    """The identity of an event: the same event noted twice is one."""
    return sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()[:20]


def fold(events: Iterable[Event]) -> dict[str, Alert]:
    """The alerts by id, from their events in the order in which they were noted (`seq`)."""
    alerts: dict[str, Alert] = {}
    for event in sorted(events, key=lambda one: (one["seq"], one["event_id"])):
        one = alerts.get(event["alert_id"])
        if one is None:
            one = alerts[event["alert_id"]] = Alert(
                event["alert_id"], event["release_id"], event["cause"], event["type"], event["ds"]
            )
        one.apply(event)
    return alerts


def next_seq(events: Sequence[Event]) -> int:
    """The number of the next event."""
    return max((event["seq"] for event in events), default=0) + 1


def make_event(
    one: Alert, kind: str, ds: dt.date, who: str, why: str, seq: int, hit: Hit | None = None, **more: Any
) -> Event:
    """An event of an alert, with what a hit says of it, or else with what stands.

    `of_event` is the event that it answers, where the same may happen again on one day.
    """
    source: Mapping[str, Any] = hit or vars(one)
    of_event = (more["of_event"],) if "of_event" in more else ()
    return {
        "event_id": event_id(one.alert_id, kind, ds, who, why, more.get("until"), source.get("rule"), *of_event),
        "seq": seq,
        "alert_id": one.alert_id,
        "release_id": one.release_id,
        "cause": one.cause,
        "type": one.type,
        "event": kind,
        "ds": ds,
        "who": who,
        "why": why,
        "rule": source.get("rule"),
        **{name: source[name] for name in ("priority", "stake", "urgency", "message", "next_step")},
        "until": more.get("until"),
        "condition": more.get("condition"),
        "rule_version": more.get("rule_version", one.rule_version),
    }
