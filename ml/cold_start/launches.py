"""Who came out when, and what each release sold in its first days.

A release's launch is its release date; where the catalogue states none, its first sale stands in, and it says so.
Units before the launch (pre-orders) count to its first day.

Days out of stock say nothing of demand: they are left out and the others scaled up, by the same rule as for releases
that have sold for long (`ml.forecasting.panel`), and a window of which less than half was in stock tells nothing.

Belongs here: days and sums. Does not belong here: who is like whom (similarity.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.evaluation.arrays import Bools, Floats
from ml.forecasting.history import LEAST_OF_TARGET
from ml.forecasting.panel import check_sales

HORIZONS = (30, 60, 90)
LONGEST_AGE = 28  # days on sale after which a release is no longer new
SPAN = LONGEST_AGE + max(HORIZONS)
SETTLED_DAYS = 90  # first sales so soon after the first day of all are no launches: they may have sold before
OVERDUE_DAYS = 28  # a release that is out for longer without a sale is no launch that is still to come
MEASURES = ("units", "revenue")
Sums = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class OutOfStock:
    """Of the first days, how many were out of stock and what sold on them, up to the k-th day after the launch.

    `sums` has days, units and revenue, each (n, SPAN); `ahead` what each release sold before its launch, (n,).
    """

    sums: Sums
    ahead: dict[str, Floats]


@dataclass(frozen=True)
class Launches:
    """Arrays in the order of `ids`; days are counted from `start`.

    `launch` is NaN where the release has neither a date nor a sale, `first_sale` where it never sold, `withdrawn` where
    it never was. `first_days[measure]` is (n, SPAN): the sum up to the k-th day after the launch, pre-orders included.
    """

    ids: pl.Series
    start: date
    last_day: int
    catalogue: pl.DataFrame
    known_from: Floats
    withdrawn: Floats
    launch: Floats
    is_stated: Bools
    first_sale: Floats
    first_days: Sums
    out: OutOfStock | None = None

    def day_of(self, day: date) -> int:
        """The number of a date."""
        return (day - self.start).days

    def date_of(self, day: int) -> date:
        """The date of a number."""
        return self.start + timedelta(days=day)

    def sold(self, measure: str, rows: NDArray[np.int64], after: NDArray[np.int64] | int, horizon: int) -> Floats:
        """What the releases of `rows` sold in `horizon` days, of which the first is the `after`-th after the launch.

        With `after` 0 that includes the pre-orders.
        """
        return _between(self.first_days[measure][rows], after, horizon)

    def demand(self, measure: str, rows: NDArray[np.int64], after: NDArray[np.int64] | int, horizon: int) -> Floats:
        """What they would have sold in those days had they been in stock; NaN where less than half of the days were.

        Pre-orders need no stock: they are not scaled.
        """
        whole = self.sold(measure, rows, after, horizon)
        if self.out is None:
            return whole
        days, lost = (_between(self.out.sums[name][rows], after, horizon) for name in ("days", measure))
        there = horizon - days
        scale = np.divide(
            horizon, there, out=np.full(len(rows), np.nan), where=there >= max(LEAST_OF_TARGET * horizon, 1)
        )
        ahead = np.where(np.asarray(after) > 0, 0.0, self.out.ahead[measure][rows])
        return np.asarray(ahead + np.maximum(whole - ahead - lost, 0.0) * scale, dtype=np.float64)

    def awaited(self, day: int) -> NDArray[np.int64]:
        """Rows that a planner waits for at the end of `day`: announced, not withdrawn, dated, without a sale."""
        known = (self.known_from <= day) & ~(self.withdrawn <= day)
        unsold = ~(self.first_sale <= day)
        return np.flatnonzero(self.is_stated & known & unsold & (self.launch > day - OVERDUE_DAYS))

    def first_sold(self, day: int, days: int) -> NDArray[np.int64]:
        """Rows without a release date whose first sale lies in the `days` days after `day`: known in hindsight only."""
        return np.flatnonzero(~self.is_stated & (self.launch > day) & (self.launch <= day + days))

    def young(self, day: int) -> NDArray[np.int64]:
        """Rows that have been on sale for 1 to 28 days at the end of `day`, and have sold."""
        age = day - self.launch + 1
        known = (self.first_sale <= day) & (self.known_from <= day)
        return np.flatnonzero(known & (age >= 1) & (age <= LONGEST_AGE))

    def past(self, day: int, days: int) -> NDArray[np.int64]:
        """Rows whose first `days` days were over at the end of `day`; one withdrawn before it came out is none."""
        over = (self.launch + days - 1 <= day) & (self.known_from <= day)
        return np.flatnonzero(over & ~(self.withdrawn <= self.launch))


def _between(sums: NDArray[np.float64], after: NDArray[np.int64] | int, horizon: int) -> Floats:
    """Of running sums (n, SPAN), those over `horizon` days of which the first is the `after`-th."""
    first, at = np.broadcast_to(np.asarray(after), sums.shape[:1]), np.arange(len(sums))
    until = sums[at, first + horizon - 1]
    return np.asarray(until - np.where(first > 0, sums[at, np.maximum(first - 1, 0)], 0.0), dtype=np.float64)


def read_launches(sales: pl.DataFrame, catalogue: pl.DataFrame, stock_outs: pl.DataFrame | None = None) -> Launches:
    """The launches within the sales' days and after them.

    Takes sales [unique_id, ds, y, revenue] and the catalogue [unique_id, release_date, known_from, …]: optional are
    withdrawn_on and whatever similarity.py compares. `stock_outs` is [unique_id, ds], as in `Facts`. Left out are
    releases that came out before the first day of the sales, or were first sold within 90 days of it without a
    release date: their first days are not all there.
    """
    check_sales(sales)
    start: date = sales["ds"].min()  # type: ignore[assignment]
    last: date = sales["ds"].max()  # type: ignore[assignment]
    firsts = sales.filter(pl.col("y") > 0).group_by("unique_id").agg(first_sale=pl.col("ds").min())
    rows = catalogue.join(firsts, on="unique_id", how="left").with_columns(
        pl.lit(None, pl.Date).alias("withdrawn_on") if "withdrawn_on" not in catalogue.columns else pl.all()
    )
    settled = pl.col("first_sale") >= pl.lit(start + timedelta(days=SETTLED_DAYS))
    rows = (
        rows.with_columns(
            launch=pl.coalesce("release_date", pl.when(settled).then("first_sale")),
            is_stated=pl.col("release_date").is_not_null(),
        )
        .filter(pl.col("launch") >= start)
        .sort("unique_id")
    )

    def days(column: str) -> Floats:
        counted = (rows[column].cast(pl.Date) - start).dt.total_days().cast(pl.Float64)
        return counted.fill_null(np.nan).to_numpy()

    known = days("known_from")
    stated = rows["is_stated"].to_numpy()
    return Launches(
        ids=rows["unique_id"],
        start=start,
        last_day=(last - start).days,
        catalogue=rows,
        # What was first sold without a date was known then at the latest.
        known_from=np.where(stated, np.where(np.isnan(known), -np.inf, known), days("launch")),
        withdrawn=days("withdrawn_on"),
        launch=days("launch"),
        is_stated=stated,
        first_sale=days("first_sale"),
        first_days=_first_days(sales, rows),
        out=None if stock_outs is None else _out_of_stock(stock_outs, sales, rows),
    )


def _out_of_stock(stock_outs: pl.DataFrame, sales: pl.DataFrame, launches: pl.DataFrame) -> OutOfStock | None:
    since = launches.select("unique_id", "launch")
    out = stock_outs.select(pl.col("unique_id").cast(pl.String), "ds").unique().join(since, on="unique_id")
    out = out.filter(pl.col("ds") >= pl.col("launch")).drop("launch")
    if out.is_empty():
        return None
    sold = out.join(sales, on=["unique_id", "ds"], how="left").with_columns(pl.col("y", "revenue").fill_null(0.0))
    days = _first_days(sold.with_columns(y=pl.lit(1.0)), launches)["units"]
    before = sales.join(since, on="unique_id").filter(pl.col("ds") < pl.col("launch"))
    ahead = _first_days(before, launches)
    return OutOfStock({"days": days} | _first_days(sold, launches), {name: ahead[name][:, 0] for name in MEASURES})


def _first_days(sales: pl.DataFrame, launches: pl.DataFrame) -> Sums:
    placed = launches.select("unique_id", "launch").with_row_index("row")
    near = (
        sales.join(placed, on="unique_id", how="inner")
        .with_columns(offset=(pl.col("ds") - pl.col("launch")).dt.total_days().clip(lower_bound=0))
        .filter(pl.col("offset") < SPAN)
    )
    row, offset = near["row"].to_numpy(), near["offset"].to_numpy()
    sums = {}
    for measure, column in zip(MEASURES, ("y", "revenue"), strict=True):
        daily = np.zeros((launches.height, SPAN))
        np.add.at(daily, (row, offset), near[column].to_numpy())
        sums[measure] = np.cumsum(daily, axis=1)
    return sums
