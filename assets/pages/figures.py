"""The figures of the forecast's page, read from published tables; a table that is not there leaves its part out."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from assets.pages import seasons as report_seasons
from assets.pages import sql as sql
from assets.pages import sums as report_sums
from assets.pages.all_releases import known_of, of_all
from assets.pages.rows import added_up, rows

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake

TABLES = (
    "gold/mart_plan",
    "gold/forecasts",
    "gold/forecast_explanations",
    "gold/forecast_backtest",
    "gold/forecast_scores",
    "gold/cold_start_scores",
    "gold/override_value",
    "gold/fct_sales_day",
    "gold/dim_release",
    "gold/fct_signal_day",
    "silver/artists",
    *report_sums.TABLES,
    report_seasons.SEASONALITY,
)
_NAMES = {
    "serving": "what you see here",
    "ensemble": "a blend of all ways, by how near each was",
    "tsb": "its recent rhythm: how often, and how many at once",
    "lightgbm": "the model",
    "naive": "repeat the last days, as many as are forecast",
    "seasonal_naive": "repeat the same days a year ago",
    "mean_28": "go on as in the last 28 days",
    "cold_start": "past launches like it",
    "category_median": "median of its category",
    "model": "the model",
    "served": "what served, chosen on other days",
}
# What the page holds, in its order: which figures must be there, the place, and its name.
_CONTENTS = (
    ("together", "sums", "All together"),
    ("seasons", "seasons", "Seasons"),
    ("fans", "releases", "Releases"),
    ("all_releases", "all", "All releases"),
    ("changes", "changes", "Changes"),
    ("orders", "orders", "Orders"),
    ("accuracy", "accuracy", "Accuracy"),
    ("observed", "coverage", "Ranges"),
    ("cold", "cold", "New releases"),
    ("misses", "misses", "Misses"),
    ("biased", "bias", "Bias"),
    ("value", "overrides", "Overrides"),
)
_VOLUMES = {"all": "All releases", "high": "Large sellers", "middle": "Middling sellers", "low": "Small sellers"}


def published_versions(lake: "Lake") -> dict[str, int]:
    """The published versions of the tables that the page rests on."""
    return {key: version for key, version in lake.published().items() if key in TABLES}


def figures(lake: "Lake", versions: Mapping[str, int], asked: Collection[str] | None = None) -> dict[str, Any]:
    """What the template reads.

    Args:
        lake: the lake.
        versions: of the tables, with at least mart_plan's.
        asked: releases to draw instead of the largest.
    """
    con = lake.connect(versions)
    origin: dt.date = con.execute("select max(origin) from gold.mart_plan").fetchall()[0][0]
    head = rows(con, sql.HEAD_SQL, origin=origin)[0]
    changes = rows(con, sql.CHANGES_SQL, origin=origin)
    orders = rows(con, sql.ORDERS_SQL, origin=origin)
    biased = rows(con, sql.BIASED_SQL, origin=origin)
    made = {
        "origin": origin,
        "releases": head["releases"],
        "unconstrained": _unconstrained(con, origin),
        "totals": rows(con, sql.TOTALS_SQL, origin=origin) if asked is None else [],
        "at_risk": head["at_risk"] if head["with_stock"] else None,
        "overridden": head["overridden"],
        "fans": _fans(con, origin, asked),
        "releases_heading": "What sells most, and what moved most" if asked is None else "The releases you asked for",
        "changes": changes,
        "before": changes[0]["before"] if changes else None,
        "orders": orders,
        "service_level": orders[0]["service_level"] if orders else None,
        "biased": biased,
        "biased_count": biased[0]["together"] if biased else 0,
        "value": rows(con, sql.VALUE_SQL) if "gold/override_value" in versions else [],
        "cold": _cold(con) if "gold/cold_start_scores" in versions else [],
        "assumed_costs": any(not row["is_cost_stated"] for row in orders if row["margin_share"] is not None),
    }
    made |= of_all(con, origin, head["releases"]) if asked is None else {"all_releases": []}
    made |= known_of(con, versions, origin)
    tried = "gold/forecast_scores" in versions and "gold/forecast_backtest" in versions
    made |= _past(con) if tried else {"accuracy": [], "observed": [], "misses": []}
    made |= report_sums.sums(con, versions if asked is None else {}, origin)
    if made["together"]:  # of releases to come it counts the days after the origin alone, as planners do
        made["totals"] = [row | {"units": row["mean"]} for row in made["together"]["rows"] if row["target"] == "units"]
    made["seasons"] = report_seasons.seasons(con, versions, origin) if asked is None else []
    contents = [(anchor, name) for part, anchor, name in _CONTENTS if made[part]]
    return made | {"contents": [*contents, ("reading", "How to read")]}


def _unconstrained(con: "duckdb.DuckDBPyConnection", origin: dt.date) -> int:
    query = "select count(distinct release_id) from gold.forecasts where origin = $1 and days_out_of_stock_90 > 0"
    return int(con.execute(query, [origin]).fetchall()[0][0])


def _fans(con: "duckdb.DuckDBPyConnection", origin: dt.date, asked: Collection[str] | None) -> list[dict[str, Any]]:
    found = rows(con, sql.FANS_SQL, origin=origin, asked=None if asked is None else list(asked))
    ids = [row["release_id"] for row in found]
    days: dict[str, dict[int, float]] = {one: {} for one in ids}
    for sold in rows(con, sql.SOLD_SQL, origin=origin, ids=ids):
        days[sold["release_id"]][sold["days_ago"]] = sold["units"]
    told: dict[str, list[dict[str, Any]]] = {one: [] for one in ids}
    for reason in rows(con, sql.WHY_SQL, origin=origin, ids=ids):
        told[reason["release_id"]].append(reason)
    for row in found:
        row["sold"] = added_up(days[row["release_id"]])
        row["ranges"] = [(int(one[0]), *one[1:]) for one in row["ranges"]]
        row["why"] = [reason for reason in told[row["release_id"]] if reason["words"]]
        rest = sum(reason["units"] for reason in told[row["release_id"]] if not reason["words"])
        row["rest"] = rest if any(not reason["words"] for reason in told[row["release_id"]]) else None
    return found


def _past(con: "duckdb.DuckDBPyConnection") -> dict[str, Any]:
    """What the backtest says: accuracy beside the rivals, kept promises, and the worst misses."""
    from ml.reporting.coverage import LEVELS, observed_shares

    parts: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows(con, sql.ACCURACY_SQL):
        name, horizon = _VOLUMES[row["part"]], row["horizon"]
        part = parts.setdefault((name, horizon), {"name": name, "horizon": horizon, "n": row["n"], "rows": []})
        row["name"], row["serves"] = _name(row["model"]), row["model"] == "serving"
        part["rows"].append(row)
    for part in parts.values():
        part["largest"] = max(row["missed"] for row in part["rows"])
    origins = con.execute("select count(distinct origin) from gold.forecast_backtest").fetchall()[0][0]
    past = con.execute(sql.COVERAGE_SQL).fetchnumpy()
    observed = observed_shares(past["p10"], past["p50"], past["p90"], past["actual"]) if len(past["p50"]) else []
    promised = dict(zip(LEVELS, observed, strict=False))
    misses = rows(con, sql.MISSES_SQL)
    for row in misses:
        row["why"] = what_happened(row)
    return {
        "accuracy": list(parts.values()),
        "origins": origins,
        "levels": list(LEVELS),
        "observed": observed,
        "scored": len(past["p50"]),
        **{f"p{round(100 * level)}": promised.get(level) for level in (0.1, 0.5, 0.9)},
        "misses": misses,
        "missed_from": misses[0]["origin"] if misses else None,
    }


def what_happened(row: Mapping[str, Any]) -> str:
    """Why a forecast missed, as far as the sales say it: one day, a stop, a start, or a move from before."""
    actual, before, largest = row["actual"], row["before"], row["largest"]
    if actual == 0:
        return f"stopped: sold nothing, after {before:,.0f} in the 30 days before"
    share = largest["units"] / actual
    if share > 0.5 and actual > row["p50"]:
        return (
            f"one day, {largest['day'].day} {largest['day']:%B}, made {share:.0%} of it ({largest['units']:,.0f} units)"
        )
    if before == 0:
        return f"began to sell again: nothing in the 30 days before, then sales on {row['days']} days"
    moved = "up" if actual > before else "down"
    return f"went {moved}: {before:,.0f} in the 30 days before, then {actual:,.0f}, on {row['days']} days"


def _cold(con: "duckdb.DuckDBPyConnection") -> list[dict[str, Any]]:
    return [
        {
            "age": "not out yet" if row["age_band"] == 0 else f"up to {row['age_band']}",
            "name": _name(row["model"]),
            "serves": row["serves"],
            "missed": None if row["wape_p50"] is None else 100 * row["wape_p50"],
            "p90": row["coverage_p90"],
            "n": row["n"],
        }
        for row in rows(con, sql.COLD_SQL)
    ]


def _name(model: str) -> str:
    return _NAMES.get(model, model.replace("_", " "))
