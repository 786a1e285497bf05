"""The table of alerts: the fold of their events, ranked as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from ml.alerts.alert import PRIORITIES, STATES, Event, fold

SCHEMA = {
    "alert_id": pl.String,
    "release_id": pl.String,
    "type": pl.String,
    "cause": pl.String,
    "state": pl.String,
    "priority": pl.String,
    "stake": pl.Float64,
    "urgency": pl.Float64,
    "rank": pl.Int32,
    "opened_on": pl.Date,
    "message": pl.String,
    "next_step": pl.String,
    "rules": pl.String,
    "until": pl.Date,
    "condition": pl.String,
    "changed_on": pl.Date,
    "changed_by": pl.String,
    "why": pl.String,
    "times_reopened": pl.Int32,
    "feedback": pl.String,
    "rule_version": pl.Int32,
}


def alert_table(events: Iterable[Event]) -> pl.DataFrame:
    """One row per alert; `rank` 1 is what to look at first: open before others, by priority, then by money."""
    alerts = sorted(
        fold(events).values(),
        key=lambda one: (
            STATES.index(one.state),
            -PRIORITIES.index(one.priority),
            -one.stake * one.urgency,
            one.alert_id,
        ),
    )
    rows = [
        {
            **{name: value for name, value in vars(one).items() if name in SCHEMA},
            "rules": ", ".join(one.rules),
            "times_reopened": len(one.reopened_on),
            "rank": place,
        }
        for place, one in enumerate(alerts, start=1)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)
