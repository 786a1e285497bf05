"""The days of each category that its seasons are learnt from, and who knows too little for any.

Belongs here: daily sums, days that are no business days. Does not belong here: any model.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from ml.totals.groups import EVERYTHING, members

CATEGORY = "category"
LEAST_DAYS = 548  # a year and a half: of less, no day of the year but a few has been seen twice
OPEN_SHARE = 0.2  # of a weekday's dates have sales, or buyers do not order on it
SPARSE_SHARE = 0.1  # of the open days are without a sale: such a category is looked at by weeks


@dataclass(frozen=True)
class CategoryDays:
    """A category's sums [ds, y], above zero, up to the origin, oldest first.

    Attributes:
        category: its name; `all` is everything together.
        days: the sums, by day, or by week (the day on which it ends) where the category sells too little.
        is_weekly: whether they are weeks.
        country: where most of it goes, when that is half of it at least; else None.
    """

    category: str
    days: pl.DataFrame
    is_weekly: bool
    country: str | None


def category_days(
    sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date
) -> tuple[list[CategoryDays], dict[str, str]]:
    """The categories that can be looked at, everything together first, and of each other one why it cannot.

    Takes daily sales [unique_id, member (the country), ds, y] and the catalogue; reads nothing after `origin`.
    """
    known = sales.filter(pl.col("ds") <= origin)
    placed = known.join(members(known, catalogue).select("unique_id", CATEGORY), on="unique_id")
    named = placed.partition_by(CATEGORY, as_dict=True)
    parts = {EVERYTHING: placed} | {str(name): named[(name,)] for (name,) in sorted(named)}
    if len(parts) == 2:  # the one category is everything
        parts.pop(EVERYTHING)
    found, refused = [], {}
    for name, rows in parts.items():
        days = rows.group_by("ds").agg(pl.col("y").sum()).filter(pl.col("y") > 0).sort("ds")
        reach = (origin - days["ds"][0]).days + 1 if days.height else 0
        if reach < LEAST_DAYS:
            refused[name] = f"{reach} days are known, and seasons need {LEAST_DAYS}, a year and a half"
            continue
        is_weekly = _is_sparse(days, origin)
        sums = _weeks(days, origin) if is_weekly else _business_days(days, origin)
        found.append(CategoryDays(name, sums, is_weekly, _country(rows)))
    return found, refused


def _calendar(days: pl.DataFrame, origin: date) -> pl.DataFrame:
    """Every date from the first sale to the origin with its sum, nought where nothing was sold, and its weekday."""
    first: date = days["ds"][0]
    every = pl.select(ds=pl.date_range(first, origin, "1d"))
    return every.join(days, on="ds", how="left").with_columns(
        pl.col("y").fill_null(0.0), weekday=pl.col("ds").dt.weekday()
    )


def _open(days: pl.DataFrame, origin: date) -> pl.DataFrame:
    sold = (pl.col("y") > 0).mean().over("weekday")
    return _calendar(days, origin).filter(sold >= OPEN_SHARE)


def _is_sparse(days: pl.DataFrame, origin: date) -> bool:
    is_open = _open(days, origin)
    return is_open.is_empty() or float(is_open.select((pl.col("y") == 0).mean()).item()) > SPARSE_SHARE


def _business_days(days: pl.DataFrame, origin: date) -> pl.DataFrame:
    """Open days with a sale: on the others the door was shut, which is no season."""
    return _open(days, origin).filter(pl.col("y") > 0).select("ds", "y")


def _weeks(days: pl.DataFrame, origin: date) -> pl.DataFrame:
    """Sums of the whole weeks that end on the origin's weekday."""
    back = (pl.lit(origin) - pl.col("ds")).dt.total_days() // 7
    first: date = days["ds"][0]
    whole = days.filter(pl.col("ds") > origin - timedelta(days=7 * (((origin - first).days + 1) // 7)))
    weeks = whole.group_by(back.alias("back")).agg(pl.col("y").sum())
    ends = (pl.lit(origin) - pl.duration(days=7 * pl.col("back"))).cast(pl.Date)
    return weeks.select(ends.alias("ds"), "y").sort("ds")


def _country(rows: pl.DataFrame) -> str | None:
    most = rows.group_by("member").agg(pl.col("y").sum()).sort("y", descending=True)
    return str(most["member"][0]) if most["y"][0] >= most["y"].sum() / 2 else None
