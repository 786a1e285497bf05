"""The sums on the forecast's page: everything, categories by month, artists and regions, and how often they held."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from assets.pages.rows import added_up, rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

TOTALS, DEMAND, SCORES = "gold/forecast_totals", "gold/mart_category_demand", "gold/forecast_totals_scores"
TABLES = (TOTALS, DEMAND, SCORES)
MOST = 8  # members of a level that are shown
FEW = 30  # fewer past sums cannot tell nine in ten from all
BAND = (0.87, 0.93)  # of what came at or below P90, where its promise counts as kept
# How a level is told, in the order of the page; of a level with one member nothing is told that "all" does not.
LEVELS = {"artist": "artists", "region": "regions"}

_TOGETHER_SQL = """
select target, horizon_days as horizon, coalesce(currency, 'units') as unit, mean, p10, p50, p90, is_calibrated
from gold.forecast_totals
where origin = $origin and level = 'all' and (target = 'units' or currency is not null) order by target desc, horizon
"""
_SOLD_SQL = """
select date_diff('day', sales_date, $origin) as days_ago, cast(sum(gross_units) as double) as units
from gold.fct_sales_day where sales_date > $origin - 90 and sales_date <= $origin and gross_units > 0 group by all
"""
_MONTHS_SQL = """
select category, month_ahead, starts_on, ends_on, units_mean as expected, units_p10 as p10, units_p90 as p90,
  100 * change_on_month as on_month, 100 * change_on_year as on_year, 100 * historical_error as missed
from gold.mart_category_demand where origin = $origin
order by sum(units_mean) over (partition by category) desc, category, month_ahead
"""
_MEMBERS_SQL = """
with newest as (from gold.forecast_totals where origin = $origin and target = 'units'),
placed as (
  select level, member, row_number() over (partition by level order by mean desc, member) as place,
    count(*) over (partition by level) as members
  from newest where horizon_days = 30
)
select p.level, p.members, any_value(coalesce(a.name, p.member)) as name,
  max(n.mean) filter (n.horizon_days = 30) as expected, max(n.p10) filter (n.horizon_days = 30) as p10,
  max(n.p90) filter (n.horizon_days = 30) as p90, max(n.mean) filter (n.horizon_days = 90) as expected_90,
  max(n.p10) filter (n.horizon_days = 90) as p10_90, max(n.p90) filter (n.horizon_days = 90) as p90_90
from placed p join newest n using (level, member)
left join silver.artists a on p.level = 'artist' and a.artist_id = p.member
where p.place <= $most and p.members > 1 and p.level in ('artist', 'region')
group by p.level, p.member, p.members, p.place order by p.level, p.place
"""
_HELD_SQL = """
select level, n, coverage_p90 as p90, coverage_p10 as p10, 100 * wape as missed, 100 * wape_naive as missed_naive
from gold.forecast_totals_scores
where origin is null and target = 'units' and from_day = 1 and to_day = 30 and coverage_p90 is not null
"""


def sums(con: "duckdb.DuckDBPyConnection", versions: "Mapping[str, int]", origin: dt.date) -> dict[str, Any]:
    """`together`, `months`, `groups` and `held`, empty where nothing is summed at the origin."""
    nothing: dict[str, Any] = {"together": None, "months": [], "groups": [], "held": {}}
    if TOTALS not in versions or DEMAND not in versions:
        return nothing
    together = rows(con, _TOGETHER_SQL, origin=origin)
    if not together:
        return nothing
    units = [row for row in together if row["target"] == "units"]
    held = {row["level"]: row for row in rows(con, _HELD_SQL)} if SCORES in versions else {}
    return {
        "together": {
            "sold": added_up({row["days_ago"]: row["units"] for row in rows(con, _SOLD_SQL, origin=origin)}),
            "ranges": [(row["horizon"], row["p10"], row["p50"], row["p90"]) for row in units],
            "rows": together,
            "is_calibrated": all(row["is_calibrated"] for row in units),
        },
        "months": rows(con, _MONTHS_SQL, origin=origin),
        "groups": _groups(rows(con, _MEMBERS_SQL, origin=origin, most=MOST)),
        "held": {level: row | {"verdict": verdict(row["n"], row["p90"])} for level, row in held.items()},
    }


def verdict(n: int, held: float) -> str:
    """What a share of `n` past sums at or below their P90 says of the ranges, as the end of a sentence."""
    if n < FEW:
        return ", but so few cannot tell"
    if held > BAND[1]:
        return ", so these ranges have been wider than they had to be"
    return ", so these ranges have been too narrow" if held < BAND[0] else ", and did"


def _groups(members: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One part of the page per level: its name, how many members it has, and the largest of them."""
    parts = []
    for level, name in LEVELS.items():
        own = [row for row in members if row["level"] == level]
        if own:
            parts.append({"level": level, "name": name, "members": own[0]["members"], "rows": own})
    return parts
