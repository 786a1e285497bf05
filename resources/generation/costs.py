"""What generation costs, and the monthly limit: counted once, with what a worker reserves before it asks a server."""

import datetime as dt
from typing import TYPE_CHECKING

from lake.journals.generation import GENERATION_EVENTS, cost_of
from resources.generation.making import CannotMakeError

if TYPE_CHECKING:
    from lake.lakehouse import Lake


def spent(lake: "Lake", month: dt.date | None = None) -> float:
    """Money that requests of a calendar month (UTC; default: this one) have cost or may still cost."""
    day = month or dt.datetime.now(dt.UTC).date()
    of: dict[str, list[dict[str, object]]] = {}
    for row in lake.journal(GENERATION_EVENTS).rows():
        at = row["noted_at"]
        if row["subject"] == "request" and (at.year, at.month) == (day.year, day.month):
            of.setdefault(row["subject_id"], []).append(row)
    return sum(sum(cost_of(sorted(rows, key=lambda row: str(row["number"]).zfill(9))).values()) for rows in of.values())


def check_limit(lake: "Lake", reserve: float, limit: float | None) -> None:
    """Refuse what would exceed the monthly limit.

    Raises:
        CannotMakeError: it would.
    """
    if limit is None or not reserve:
        return
    so_far = spent(lake)
    if so_far + reserve > limit:
        raise CannotMakeError(
            f"the monthly limit is {limit:g}: {so_far:.4f} is spent and this may cost {reserve:.4f};"
            " raise LACQUER_GENERATION_MONTHLY_LIMIT or wait for the next month"
        )
