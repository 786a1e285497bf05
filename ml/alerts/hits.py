"""Where the rules hold: one row per rule, release and day, with priority, money and message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ml.alerts.expressions import compiled
from ml.alerts.facts import COLUMNS
from ml.alerts.rules import STRICT, Rule, RuleBook, columns_of

SCHEMA: dict[str, Any] = {
    "release_id": pl.String,
    "ds": pl.Date,
    "rule": pl.String,
    "type": pl.String,
    "cause": pl.String,
    "priority": pl.String,
    "stake": pl.Float64,
    "urgency": pl.Float64,
    "message": pl.String,
    "next_step": pl.String,
}


def find_hits(facts: pl.DataFrame, book: RuleBook, strictness: Mapping[str, float] | None = None) -> pl.DataFrame:
    """Every release and day on which a rule holds for the `for_days`-th day in a row or longer, by day.

    Args:
        facts: as :func:`ml.alerts.facts.alert_facts` returns them.
        book: the rules.
        strictness: by rule, as :func:`ml.alerts.feedback.strictness` returns it; 1 where it says nothing.
    """
    ordered = facts.sort("release_id", "ds")
    factors = strictness or {}
    frames = [_of_rule(ordered, rule, book, factors.get(rule.name, 1.0)) for rule in book.rules]
    return pl.concat([pl.DataFrame(schema=SCHEMA), *frames]).sort("ds", "release_id", "rule")


def _of_rule(facts: pl.DataFrame, rule: Rule, book: RuleBook, strict: float) -> pl.DataFrame:
    needed = sorted(columns_of(rule))
    held = compiled(rule.when, COLUMNS, {STRICT: strict}).fill_null(False).cast(pl.Int8)
    in_a_row = held.rolling_sum(rule.for_days, min_samples=rule.for_days).over("release_id") == rule.for_days
    stake = compiled(str(rule.stake), COLUMNS).cast(pl.Float64).fill_null(0.0).fill_nan(0.0)
    found = (
        facts.filter(in_a_row.fill_null(False))
        .with_columns(stake.alias("__stake"))
        .select("release_id", "ds", "__stake", *needed)
    )
    rows = [
        {
            "release_id": row["release_id"],
            "ds": row["ds"],
            "rule": rule.name,
            "type": rule.type,
            "cause": rule.cause,
            "priority": book.priority(row["__stake"], rule.urgency),
            "stake": round(max(row["__stake"], 0.0), 2),
            "urgency": float(rule.urgency),
            "message": rule.message.format_map({name: _shown(row[name]) for name in needed}),
            "next_step": rule.next_step,
        }
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA)


def _shown(value: float | None) -> float:
    return float("nan") if value is None else value
