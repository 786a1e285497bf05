"""Events of alerts: what rules and people did to them, in the order of `seq`. The alerts are their fold.

The event `evaluated` says that the rules have followed a day; it stands in one commit with the events of that day, so
that a day is followed once, whenever the process dies.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.lakehouse import Lake

EVALUATED = "evaluated"
ALERT_EVENTS = Contract(
    name="alert_events",
    layer="gold",
    grain="one row per event of an alert",
    key=("event_id",),
    columns=(
        Column("event_id", "string", "identity of the event"),
        Column("seq", "int64", "place in the order of events"),
        Column("alert_id", "string", "the alert"),
        Column("release_id", "string", "the release, or feed:NAME, run:JOB, check:TABLE"),
        Column("cause", "string", "what the incident is about"),
        Column("type", "string", "type of the alert"),
        Column("event", "string", "opened, merged, acknowledged, …; evaluated: the rules have followed the day"),
        Column("ds", "date", "day of the data that it rests on"),
        Column("who", "string", "the person in their own words, or rules"),
        Column("why", "string", "why"),
        Column("rule", "string", "the rule", nullable=True),
        Column("priority", "string", "priority after the event"),
        Column("stake", "float64", "money at stake", unit="currency"),
        Column("urgency", "float64", "0 to 1"),
        Column("message", "string", "what happened"),
        Column("next_step", "string", "what can be done"),
        Column("until", "date", "day until which it is acknowledged or snoozed", nullable=True),
        Column("condition", "string", "expression that ends a snooze", nullable=True),
        Column("rule_version", "int32", "version of the rules"),
        Column("noted_at", "timestamp", "moment it was noted"),
    ),
)
KEY = f"{ALERT_EVENTS.layer}/{ALERT_EVENTS.name}"


def read_events(lake: Lake) -> tuple[list[dict[str, Any]], dt.date | None]:
    """The events of alerts by `seq`, and the last day that the rules have followed."""
    rows = sorted(lake.journal(ALERT_EVENTS).rows(), key=lambda row: (row["seq"], row["event_id"]))
    followed = max((row["ds"] for row in rows if row["event"] == EVALUATED), default=None)
    return [row for row in rows if row["event"] != EVALUATED], followed


def note_events(lake: Lake, events: Sequence[Mapping[str, Any]], followed: dt.date | None = None) -> int:
    """Put events on record, once each; the version that holds them.

    Args:
        lake: where the journal is.
        events: as :func:`ml.alerts.alert.make_event` makes them.
        followed: the last day that the rules have followed with them.
    """
    now = dt.datetime.now(dt.UTC)
    rows = [{**event, "noted_at": now} for event in events]
    if followed is not None:
        nothing = dict.fromkeys(
            ("alert_id", "release_id", "cause", "type", "priority", "message", "next_step", "why"), ""
        )
        mark = {"event_id": f"evaluated-{followed}", "seq": 0, "event": EVALUATED, "ds": followed, "who": "rules"}
        rows.append({**nothing, **mark, "stake": 0.0, "urgency": 0.0, "rule_version": 0, "noted_at": now})
    return lake.journal(ALERT_EVENTS).note_new(rows)
