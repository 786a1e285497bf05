"""What the parts of the forecast's page share: answers as rows, and sales added up."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

DAYS = 90  # that a fan looks back


def rows(con: "duckdb.DuckDBPyConnection", query: str, **values: Any) -> list[dict[str, Any]]:
    """The answer of a query, a dictionary per row."""
    found = con.execute(query, values or None)
    names = [str(column[0]) for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def added_up(units: Mapping[int, float]) -> list[float]:
    """Units by days ago, added up over the last 90 days, oldest first, from zero."""
    sums = [0.0]
    for ago in range(DAYS - 1, -1, -1):
        sums.append(sums[-1] + units.get(ago, 0.0))
    return sums
