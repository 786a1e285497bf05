"""How rules fare: by rule, how many alerts, how people dealt with them, and how strict feedback has made it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

import polars as pl

from ml.alerts.alert import Alert, Event, fold
from ml.alerts.feedback import Verdicts, verdicts
from ml.alerts.rules import RuleBook

SCHEMA = {
    "rule": pl.String,
    "type": pl.String,
    "alerts": pl.Int64,
    "open": pl.Int64,
    "reopened": pl.Int64,
    "days_to_acknowledge": pl.Float64,
    "days_open": pl.Float64,
    "useful": pl.Int64,
    "useless": pl.Int64,
    "strict": pl.Float64,
}


def rule_analytics(events: Sequence[Event], book: RuleBook) -> pl.DataFrame:
    """One row per rule of the book, most alerts first; days are medians, null where nothing was acknowledged or closed.

    An alert counts for the rule that opened it.
    """
    alerts = fold(events)
    spans = _spans(events)
    said = verdicts(events)
    rows = []
    for rule in book.rules:
        own = [one for one in alerts.values() if one.rules[:1] == (rule.name,)]
        found = said.get(rule.name, Verdicts())
        rows.append(
            {
                "rule": rule.name,
                "type": rule.type,
                "alerts": len(own),
                "open": sum(one.state != "resolved" for one in own),
                "reopened": sum(bool(one.reopened_on) for one in own),
                "days_to_acknowledge": _median(own, spans["acknowledged"]),
                "days_open": _median(own, spans["closed"]),
                "useful": found.useful,
                "useless": found.useless,
                "strict": round(found.strictness(book.strict_floor, book.strict_ceiling), 3),
            }
        )
    return pl.DataFrame(rows, schema=SCHEMA).sort(["alerts", "rule"], descending=[True, False])


def _spans(events: Sequence[Event]) -> dict[str, dict[str, int]]:
    """Days from the opening of each alert to its first acknowledgement and to its last closing."""
    opened: dict[str, Any] = {}
    found: dict[str, dict[str, int]] = {"acknowledged": {}, "closed": {}}
    for event in sorted(events, key=lambda one: (one["seq"], one["event_id"])):
        name = event["alert_id"]
        opened.setdefault(name, event["ds"])
        days = (event["ds"] - opened[name]).days
        if event["event"] == "acknowledged":
            found["acknowledged"].setdefault(name, days)
        if event["event"] in ("resolved", "cleared"):
            found["closed"][name] = days
    return found


def _median(alerts: Sequence[Alert], days: dict[str, int]) -> float | None:
    known = [days[one.alert_id] for one in alerts if one.alert_id in days]
    return float(statistics.median(known)) if known else None
