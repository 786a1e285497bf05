"""How far each table of the ERP has been pulled, as Delta rows beside the data.

A pull first notes its position (``begun``), then makes its files visible, then notes the watermark (``landed``). Killed
before the files are visible, nothing has happened; killed between files and watermark, the next pull fetches the same
rows again at a greater position, which silver takes for what they are. A watermark never stands for rows that have not
landed, and no two pulls share a position, whatever the database's clock does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lake.contract import Column, Contract
from lake.lakehouse import Lake

# The name of the lock that a pull holds from before its snapshot, so that positions are in the order of the snapshots.
WORK = "erp-pull"

ERP_PULLS = Contract(
    name="erp_pulls",
    layer="lake",
    grain="one row per table, pull and step of the pull",
    description="A pull that finds nothing leaves no row.",
    key=("table_name", "position", "step"),
    columns=(
        Column("table_name", "string", "table of the ERP"),
        Column("position", "int64", "position of everything that the pull stated, about microseconds since 1970"),
        Column("step", "string", "begun: its files may be visible; landed: they are", allowed=("begun", "landed")),
        Column(
            "watermark", "string", "watermark up to which rows have landed, as the database writes it", nullable=True
        ),
        Column("new_rows", "int64", "rows beyond the watermark before", unit="rows"),
        Column("late_rows", "int64", "rows that the second pass found: late, or changed in silence", unit="rows"),
        Column("deleted_rows", "int64", "keys that the second pass no longer found", unit="rows"),
        Column("noted_at", "timestamp", "moment of the note"),
    ),
)


@dataclass(frozen=True)
class State:
    """What earlier pulls have left: the watermark per table, and the greatest position of all."""

    watermarks: Mapping[str, str]
    position: int


def read_state(lake: Lake) -> State:
    """The state that the lake has now."""
    found = lake.journal(ERP_PULLS).select(
        "select table_name, arg_max(watermark, position) filter (where step = 'landed' and watermark is not null), "
        "max(position) from journal group by table_name"
    )
    marks = {name: watermark for name, watermark, _ in found if watermark is not None}
    return State(marks, max((position for _, _, position in found), default=0))


def note(lake: Lake, rows: Sequence[Mapping[str, Any]]) -> int:
    """Append notes about a pull, in one commit; the version that holds them."""
    now = dt.datetime.now(dt.UTC)
    return lake.journal(ERP_PULLS).note([{**row, "noted_at": now} for row in rows])
