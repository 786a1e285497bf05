"""What was written back to the PIM, what was begun, and what a person has changed meanwhile: tables and the rule.

A field's value in the PIM is *ours* when this installation put it there: the last value on record for the field, by
whatever way, or one that a write-back had begun to write. Empty is nobody's. Any other value is a person's edit and is
never overwritten, unless the object was last changed before our last write (``modificationDate``): then the PIM was set
back. The moment alone would not tell: it moves with every edit of the release, of its title too, and counts seconds.

A write-back notes what it is about to write before it writes. A process that dies, or a request of which nobody knows
whether it was carried out, therefore leaves no value that the next write-back takes for a person's.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from lake.contract import Column, Contract
from lake.delta.journal import Row

if TYPE_CHECKING:
    from lake.lakehouse import Lake

PimValue = str | int | float | None
Verdict = Literal["found", "write", "conflict"]

WRITEBACKS = Contract(
    name="writebacks",
    layer="gold",
    grain="one row per release, field and write to the PIM",
    key=("release_id", "field", "written_at"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("field", "string", "the PIM's name of the field"),
        Column("old_value", "string", "what was last written; null: nothing yet", nullable=True),
        Column("new_value", "string", "what was written; null: the field was cleared", nullable=True),
        Column("origin", "date", "origin of the forecast it comes from"),
        Column("written_at", "timestamp", "moment of the write"),
        Column("target", "string", "where it went: the export file, or the PIM's address"),
        Column("result", "string", "what became of it: exported, written, or found in place"),
        Column("stored_value", "string", "what the PIM then held; null: empty, or not known", nullable=True),
        Column("pim_modified_at", "timestamp", "the release's modificationDate then", nullable=True),
    ),
)
CONFLICTS = Contract(
    name="writeback_conflicts",
    layer="gold",
    grain="one row per release, field and value of a person that was left standing in the PIM",
    key=("release_id", "field", "found_at"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("field", "string", "the PIM's name of the field"),
        Column("pim_value", "string", "what a person has put there"),
        Column("our_value", "string", "what would have been written; null: it would have been cleared", nullable=True),
        Column("last_written", "string", "what was last written; null: nothing", nullable=True),
        Column("origin", "date", "origin of the forecast"),
        Column("pim_modified_at", "timestamp", "the release's modificationDate"),
        Column("known_modified_at", "timestamp", "the same at our last write; null: never", nullable=True),
        Column("found_at", "timestamp", "moment at which it was found"),
        Column("target", "string", "the PIM's address"),
    ),
)
BEGUN = Contract(
    name="writebacks_begun",
    layer="lake",
    grain="one row per release, field and value of which it is not known yet whether it was written",
    key=("release_id", "field", "begun_at"),
    columns=(
        Column("release_id", "string", "the release"),
        Column("field", "string", "the PIM's name of the field"),
        Column("value", "string", "what may have been written; null: the field may have been cleared", nullable=True),
        Column("target", "string", "the PIM's address"),
        Column("begun_at", "timestamp", "moment at which the write was begun"),
    ),
)


def same(one: PimValue, other: PimValue) -> bool:
    """Whether two values are one to the PIM: numbers as numbers, however they are written."""
    if one is None or other is None:
        return one is other
    if isinstance(one, str) and isinstance(other, str):
        return one == other
    try:
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)
    except ValueError:
        return False


def judge(
    wanted: PimValue, held: PimValue, ours: Sequence[PimValue], held_at: int | None, known_at: int | None
) -> Verdict:
    """What to do with one field; the module says what a person's edit is.

    Args:
        wanted: what the PIM should hold.
        held: what it holds.
        ours: values that this installation has put there, or has begun to.
        held_at: the release's modificationDate, unix seconds.
        known_at: the same at our last write; None: never written.
    """
    if same(held, wanted):
        return "found"
    if held is None or any(same(held, value) for value in ours):
        return "write"
    if known_at is not None and held_at is not None and held_at < known_at:
        return "write"
    return "conflict"


def begin(lake: Lake, rows: Sequence[Mapping[str, Any]]) -> None:
    """Note what is about to be written, beside what is not settled yet."""
    keys = {(row["release_id"], row["field"], row["value"]) for row in rows}

    def begun(standing: list[Row]) -> list[Mapping[str, Any]]:
        return [*(row for row in standing if (row["release_id"], row["field"], row["value"]) not in keys), *rows]

    lake.journal(BEGUN).revise(begun)


def settle(lake: Lake, fields: set[tuple[str, str]], target: str) -> None:
    """Take back the notes about fields (release, name) of which it is known now what they hold."""

    def open_still(standing: list[Row]) -> list[Row]:
        return [row for row in standing if (row["release_id"], row["field"]) not in fields or row["target"] != target]

    lake.journal(BEGUN).revise(open_still)


def moment(seconds: int | None) -> dt.datetime | None:
    """A modificationDate as a moment in UTC."""
    return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
