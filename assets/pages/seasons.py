"""The seasons on the forecast's page: each category's year as a curve, and in words what of it is sure."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from assets.pages.rows import rows

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb

SEASONALITY = "gold/category_seasonality"
LITTLE_DAYS = 4 * 365  # fewer years are little for what comes once a year, and the page says so
MOST = 12  # categories that are drawn, the largest first

_SEASONS_SQL = """
with newest as (
  from gold.category_seasonality
  where origin = (select max(origin) from gold.category_seasonality where origin <= $origin)
)
select category, component, position, period, effect, low, high, first_day, origin from newest
where component in ('yearly', 'weekly', 'holidays') order by category, component, position
"""
_SIZES_SQL = """
select member, mean from gold.forecast_totals
where origin = $origin and target = 'units' and horizon_days = 90 and level in ('all', 'category')
"""


def seasons(con: "duckdb.DuckDBPyConnection", versions: "Mapping[str, int]", origin: dt.date) -> list[dict[str, Any]]:
    """One part per category, the largest first: its curve, and what stands out; empty where nobody took it apart."""
    if SEASONALITY not in versions:
        return []
    sizes: dict[str, float] = {}
    if "gold/forecast_totals" in versions:
        sizes = {row["member"]: row["mean"] for row in rows(con, _SIZES_SQL, origin=origin)}
    parts: dict[str, dict[str, Any]] = {}
    for row in rows(con, _SEASONS_SQL, origin=origin):
        nothing = {"category": row["category"], "since": row["first_day"], "until": row["origin"]}
        nothing["is_short"] = (row["origin"] - row["first_day"]).days < LITTLE_DAYS
        part = parts.setdefault(row["category"], nothing | {"yearly": [], "weekly": [], "holidays": []})
        part[row["component"]].append(row)
    ordered = sorted(parts.values(), key=lambda part: (-sizes.get(part["category"], 0.0), part["category"]))
    for part in ordered:
        part["curve"] = [(row["position"], row["low"], row["effect"], row["high"]) for row in part["yearly"]]
        part["words"] = [
            *year_in_words(part["yearly"]),
            *days_in_words(part["weekly"], "s"),
            *days_in_words(part["holidays"], ""),
        ]
    return ordered[:MOST]


def year_in_words(yearly: "Sequence[Mapping[str, Any]]") -> list[str]:
    """The highest and the lowest time of the year, where they surely differ from the usual."""
    said = []
    highest, lowest = max(yearly, key=lambda row: row["effect"]), min(yearly, key=lambda row: row["effect"])
    if highest["low"] > 1:
        said.append(f"Most around {highest['period']}: {_range(highest)}")
    if lowest["high"] < 1:
        said.append(f"Least around {lowest['period']}: {_range(lowest)}")
    return said or ["No time of the year stands out for sure"]


def days_in_words(days: "Sequence[Mapping[str, Any]]", plural: str) -> list[str]:
    """The days that surely differ, the strongest first, at most three."""
    sure = [row for row in days if row["low"] > 1 or row["high"] < 1]
    strongest = sorted(sure, key=lambda row: -abs(row["effect"] - 1))[:3]
    return [f"{row['period']}{plural}: {_range(row)}" for row in strongest]


def _range(row: "Mapping[str, Any]") -> str:
    """1.52 as 52% more than usual, with its range."""
    more = row["effect"] >= 1
    ends = sorted(abs(round(100 * (row[end] - 1))) for end in ("low", "high"))
    return f"{abs(round(100 * (row['effect'] - 1)))}% {'more' if more else 'less'} than usual ({ends[0]} to {ends[1]}%)"
