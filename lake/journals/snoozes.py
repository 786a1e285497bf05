"""Failures of checks that somebody knows and puts off: which check, who, why and until when.

A snooze never changes what a check finds. Nothing is deleted: an ended snooze stays on record.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.journal import Row

if TYPE_CHECKING:
    from lake.lakehouse import Lake

SNOOZES = Contract(
    name="check_snoozes",
    layer="lake",
    grain="one row per snooze of a check",
    key=("snooze_id",),
    columns=(
        Column("snooze_id", "string", "number of the snooze"),
        Column("table_name", "string", "the table, layer/name"),
        Column("check_name", "string", "the check"),
        Column("until", "date", "last day, UTC, on which a failure of it does not stop a run"),
        Column("snoozed_by", "string", "who snoozed it, in their own words"),
        Column("why", "string", "why"),
        Column("snoozed_at", "timestamp", "moment it was snoozed"),
        Column("ended_by", "string", "who ended it before", nullable=True),
        Column("ended_at", "timestamp", "moment it was ended before", nullable=True),
    ),
)
KEY = f"{SNOOZES.layer}/{SNOOZES.name}"


@dataclass(frozen=True)
class Snooze:
    """A check whose failure somebody knows."""

    table: str
    check: str
    until: dt.date
    by: str
    why: str

    def __str__(self) -> str:
        return f"snoozed until {self.until} by {self.by}: {self.why}"


def add_snooze(lake: Lake, made: Snooze) -> int:
    """Put it on record; the version that holds it."""
    row = {
        "snooze_id": uuid.uuid4().hex[:12],
        "table_name": made.table,
        "check_name": made.check,
        "until": made.until,
        "snoozed_by": made.by,
        "why": made.why,
        "snoozed_at": dt.datetime.now(dt.UTC),
    }
    return lake.journal(SNOOZES).note([row])


def end_snoozes(lake: Lake, table: str, check: str, by: str, on: dt.date) -> int:
    """Mark the snoozes of a check that stand on a day as ended; the version that says so."""
    mark = {"ended_by": by, "ended_at": dt.datetime.now(dt.UTC)}

    def stands(row: Row) -> bool:
        of_check = (row["table_name"], row["check_name"]) == (table, check)
        return of_check and row["ended_at"] is None and row["until"] >= on

    def marked(rows: list[Row]) -> list[Row]:
        return [row | mark if stands(row) else row for row in rows]

    return lake.journal(SNOOZES).revise(marked)


def standing_snoozes(lake: Lake, on: dt.date) -> dict[tuple[str, str], Snooze]:
    """By table and check, the snooze that stands on a day; of several, the one made last."""
    rows = lake.journal(SNOOZES).select(
        "select table_name, check_name, until, snoozed_by, why from journal "
        "where ended_at is null and until >= $on order by snoozed_at",
        {"on": on},
    )
    return {(table, check): Snooze(table, check, until, by, why) for table, check, until, by, why in rows}
