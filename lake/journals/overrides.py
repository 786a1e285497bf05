"""What people put in a forecast's place: figures of their own, kept apart from it, with who, why and until when.

An override stands for the forecasts of one release and horizon whose origins lie from `from_origin` to `until`, and
before `withdrawn_origin` where it was withdrawn; of several, the one made last. Nothing is ever deleted, and no
forecast is changed: both stand side by side, so that it can be told later who was nearer.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.journal import Row

if TYPE_CHECKING:
    from lake.lakehouse import Lake

OVERRIDES = Contract(
    name="forecast_overrides",
    layer="gold",
    grain="one row per override that somebody made, withdrawn or not",
    key=("override_id",),
    columns=(
        Column("override_id", "string", "number of the override"),
        Column("release_id", "string", "the release"),
        Column("horizon_days", "int32", "the horizon it is for", unit="days", minimum=1),
        Column("units", "float64", "what will sell within the horizon, in that person's view", unit="units", minimum=0),
        Column("from_origin", "date", "first origin it stands for: the newest when it was made"),
        Column("until", "date", "last origin it stands for"),
        Column("made_by", "string", "who made it, in their own words"),
        Column("why", "string", "why"),
        Column("made_at", "timestamp", "moment it was made"),
        Column("withdrawn_origin", "date", "from this origin on it stands no longer", nullable=True),
        Column("withdrawn_by", "string", "who withdrew it", nullable=True),
        Column("withdrawn_why", "string", "why", nullable=True),
        Column("withdrawn_at", "timestamp", "moment it was withdrawn", nullable=True),
    ),
)
KEY = f"{OVERRIDES.layer}/{OVERRIDES.name}"

# Which override stands at which origin: join it on release, horizon and origin.
STANDING_SQL = """
select f.origin, o.* from (select distinct origin from gold.forecasts) f
join gold.forecast_overrides o
  on f.origin between o.from_origin and o.until and f.origin < coalesce(o.withdrawn_origin, date '9999-12-31')
qualify row_number() over (partition by f.origin, o.release_id, o.horizon_days order by o.made_at desc) = 1
"""


@dataclass(frozen=True)
class Override:
    """One person's figure for one release and horizon."""

    release_id: str
    horizon_days: int
    units: float
    from_origin: dt.date
    until: dt.date
    made_by: str
    why: str


def add_override(lake: Lake, made: Override) -> int:
    """Put it on record, once; the version that holds it."""
    row = vars(made) | {"override_id": uuid.uuid4().hex[:12], "made_at": dt.datetime.now(dt.UTC)}
    return lake.journal(OVERRIDES).note([row])


def withdraw_overrides(lake: Lake, ids: Sequence[str], origin: dt.date, by: str, why: str) -> int:
    """Mark overrides as withdrawn from an origin on; one that is withdrawn already keeps its mark."""
    mark = {"withdrawn_origin": origin, "withdrawn_by": by, "withdrawn_why": why}
    mark |= {"withdrawn_at": dt.datetime.now(dt.UTC)}

    def marked(rows: list[Row]) -> list[Row]:
        return [row | mark if row["override_id"] in ids and row["withdrawn_at"] is None else row for row in rows]

    return lake.journal(OVERRIDES).revise(marked)
