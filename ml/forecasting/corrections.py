"""Corrections of sales by sellers' feedback: which reports a fit may use, and the sales with them.

A report says what really sold of a release over some days after an origin. It is used where its window had ended when
it was reported, lies within the sales, is about days that no later report is about, and is no outlier. A fit uses a
report only from the day of the report on.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import polars as pl

WINDOWS = 12  # of the same length before the origin, that say what is usual
ALLOWED_DEVIATIONS = 4.0
LEAST_DEVIATION = 0.3  # on the logarithm of units: a factor of 1.35
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "feedback_id": pl.String,
    "release_id": pl.String,
    "origin": pl.Date,
    "horizon_days": pl.Int32,
    "booked_units": pl.Float64,
    "actual_units": pl.Float64,
    "is_used": pl.Boolean,
    "reason": pl.String,
    "reported_on": pl.Date,
}


def assess_reports(feedback: pl.DataFrame, sales: pl.DataFrame, is_on: bool = True) -> pl.DataFrame:
    """Each report with what is booked, whether fits use it, and the reason where they do not.

    Args:
        feedback: [feedback_id, release_id, origin, horizon_days, actual_units, reported_at].
        sales: [unique_id, ds, y].
        is_on: whether corrections are used at all.
    """
    last = sales["ds"].max()
    days = {str(name): rows for (name,), rows in sales.partition_by("unique_id", as_dict=True).items()}
    found: list[dict[str, Any]] = []
    for row in feedback.sort("reported_at", "feedback_id", descending=True).iter_rows(named=True):
        own = days.get(row["release_id"])
        booked = 0.0 if own is None else _units(own, row["origin"], row["horizon_days"])
        kept = {name: row[name] for name in SCHEMA if name in row} | {"booked_units": booked}
        kept["reported_on"] = row["reported_at"].date()
        kept["reason"] = _refusal(kept, own, last, found)
        kept["is_used"] = kept["reason"] is None and is_on
        found.append(kept)
    off = pl.when(pl.col("reason").is_null() & ~pl.col("is_used")).then(pl.lit("corrections are switched off"))
    rows = pl.DataFrame(found, schema=SCHEMA).with_columns(reason=off.otherwise(pl.col("reason")))
    return rows.sort("feedback_id")


def corrected(sales: pl.DataFrame, corrections: pl.DataFrame) -> pl.DataFrame:
    """The sales [unique_id, ds, y, revenue] with each corrected window summing to the units that were reported.

    Booked days are scaled. Where nothing is booked, the units are spread evenly over the window at the release's mean
    price. Takes the rows of `assess_reports` that are used.
    """
    made = sales
    for row in corrections.sort("origin", "feedback_id").iter_rows(named=True):
        first, until = row["origin"] + timedelta(days=1), row["origin"] + timedelta(days=row["horizon_days"])
        own = pl.col("unique_id") == row["release_id"]
        inside = own & pl.col("ds").is_between(first, until)
        if row["booked_units"] > 0:
            factor = pl.when(inside).then(row["actual_units"] / row["booked_units"]).otherwise(1.0)
            made = made.with_columns(pl.col("y") * factor, pl.col("revenue") * factor)
        elif row["actual_units"] > 0:
            known = made.filter(own & (pl.col("ds") < first))
            units, revenue = (float(known[name].sum()) for name in ("y", "revenue"))
            price = revenue / units if units > 0 else 0.0
            each = row["actual_units"] / row["horizon_days"]
            ds = pl.date_range(first, until, eager=True)
            values = {"unique_id": [row["release_id"]] * len(ds), "ds": ds, "y": [each] * len(ds)}
            spread = pl.DataFrame(values | {"revenue": [each * price] * len(ds)}, schema=made.schema)
            made = pl.concat([made.filter(~inside), spread])
    return made.sort("unique_id", "ds") if corrections.height else made


def _units(own: pl.DataFrame, origin: date, days: int) -> float:
    """Units booked in the window after the origin."""
    inside = pl.col("ds").is_between(origin + timedelta(days=1), origin + timedelta(days=days))
    return float(own.filter(inside)["y"].sum())


def _refusal(row: dict[str, Any], own: pl.DataFrame | None, last: Any, later: list[dict[str, Any]]) -> str | None:
    """Why the report is not used; None where it may be. `later` are the reports made after it."""
    until = row["origin"] + timedelta(days=row["horizon_days"])
    if own is None or own["ds"].min() > row["origin"]:
        return "the release has no booked sale up to the origin"
    if until > row["reported_on"]:
        return "the window had not ended when it was reported"
    if until > last:
        return "the window ends after the last day of sales"
    if any(_overlap(row, one) for one in later if one["reason"] is None and one["release_id"] == row["release_id"]):
        return "a later report is about the same days"
    return "outlier: far from what is booked and from what is usual" if _is_outlier(row, own) else None


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    ends = [row["origin"] + timedelta(days=row["horizon_days"]) for row in (one, other)]
    return bool(one["origin"] < ends[1] and other["origin"] < ends[0])


def _is_outlier(row: dict[str, Any], own: pl.DataFrame) -> bool:
    """Whether log(1 + units) lies over four robust deviations from both the booked units and the usual ones."""
    days, first = row["horizon_days"], own["ds"].min()
    starts = [row["origin"] - timedelta(days=days * k) for k in range(1, WINDOWS + 1)]
    usual = np.log1p([_units(own, start, days) for start in starts if start >= first])
    centres, spread = [float(np.log1p(row["booked_units"]))], LEAST_DEVIATION
    if len(usual) >= 3:
        median = float(np.median(usual))
        centres.append(median)
        spread = max(spread, 1.4826 * float(np.median(np.abs(usual - median))))
    distance = min(abs(float(np.log1p(row["actual_units"])) - centre) for centre in centres)
    return distance > ALLOWED_DEVIATIONS * spread
