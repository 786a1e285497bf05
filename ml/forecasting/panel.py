"""Daily sales of many series as running sums, with the days on which a series was out of stock set apart.

What sold on a day out of stock, or did not, says nothing about demand: `in_stock` leaves the day out, units and all,
and `demand` scales what sold on the other days up to the whole window.

Belongs here: validating the sales frame, and the compact panel that features, rivals and targets read.
Does not belong here: the look-ups themselves (running.py), what a feature means (features.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.evaluation.arrays import Bools, Floats
from ml.forecasting.running import Running, running

SALES_COLUMNS = ("unique_id", "ds", "y", "revenue")
MEASURES = ("units", "revenue", "active_days", "units_squared")
CHANCE_RATE = 0.03  # how fast the chance of a sale is learnt anew, per day in stock (intermittent.py)
SIZE_RATE = 0.1  # how fast the size of a sale is learnt anew, per day with one
LEAST_IN_STOCK = 0.25  # share of a window in stock below which it tells no rate


class SalesError(ValueError):
    """The sales frame breaks a rule of the forecast's input; the message names series, date and way out."""


@dataclass(frozen=True)
class Panel:
    """Sparse daily rows in series order; days are counted from `start`, which is day 0.

    A day without a row is a day without sales. `out` holds what was sold on days out of stock, and how many there were;
    None where nothing is known to have been out of stock.
    """

    ids: pl.Series
    start: date
    last_day: int
    sales: Running
    first_sale: Floats
    market_units: Floats
    out: Running | None = None

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.ids)

    def day_of(self, day: date) -> int:
        """The number of a date."""
        return (day - self.start).days

    def date_of(self, day: int) -> date:
        """The date of a number."""
        return self.start + timedelta(days=day)

    def cumulative(self, measure: str, day: int, empty: float = 0.0) -> Floats:
        """Each series' running `measure` from its start through `day`; `empty` before its first row."""
        return self.sales.cumulative(measure, day, empty)

    def window(self, measure: str, first: int, last: int) -> Floats:
        """Each series' sum of `measure` over the days `first` to `last`, both included, out of stock or not."""
        return np.maximum(self.sales.window(measure, first, last), 0.0)

    def days_out(self, first: int, last: int) -> Floats:
        """Days out of stock among the days `first` to `last`, both included."""
        return np.zeros(self.n_series) if self.out is None else self.out.window("days", first, last)

    def in_stock(self, measure: str, first: int, last: int) -> Floats:
        """Each series' sum of `measure` over the days `first` to `last` on which it was in stock."""
        whole = self.window(measure, first, last)
        return whole if self.out is None else np.maximum(whole - self.out.window(measure, first, last), 0.0)

    def demand(self, measure: str, first: int, last: int, least: float = LEAST_IN_STOCK) -> Floats:
        """What would have sold over the days `first` to `last`: the days in stock, scaled up to all of them.

        NaN where less than the share `least` of the days was in stock: such a window tells nothing.
        """
        days = last - first + 1
        there = days - self.days_out(first, last)
        scale = np.divide(days, there, out=np.full(self.n_series, np.nan), where=there >= max(least * days, 1))
        scaled: Floats = self.in_stock(measure, first, last) * scale
        return scaled

    def clock(self, day: int) -> Floats:
        """Days in stock from each series' first sale to `day`, the first not counted; 0 before it."""
        first = np.minimum(self.first_sale, day)
        out = 0.0 if self.out is None else self.out.cumulative("days", day)
        elapsed: Floats = np.maximum(day - first - out, 0.0)
        return elapsed

    def last_sale(self, day: int) -> Floats:
        """Day of each series' last sale at or before `day`, NaN where there is none."""
        found = self.cumulative("last_sale", day, empty=-1.0)
        return np.where(found >= 0, found, np.nan)

    def has_row(self, first: int, last: int) -> Bools:
        """Whether a series has any row, with or without units, on the days `first` to `last`."""
        return self.sales.rows_until(last) > self.sales.rows_until(first - 1)

    def market(self, first: int, last: int) -> float:
        """Units of all series together over the days `first` to `last`, both included."""
        return float(self.market_units[max(first, 0) : max(last + 1, 0)].sum())


def _first(bad: pl.DataFrame) -> str:
    row = bad.sort("unique_id", "ds").row(0, named=True)
    return f"first: series {row['unique_id']!r} on {row['ds']}"


def check_columns(sales: pl.DataFrame) -> None:
    """Raise SalesError unless the frame has rows, the four columns and dates in ds."""
    missing = [c for c in SALES_COLUMNS if c not in sales.columns]
    if missing:
        raise SalesError(f"sales: column {missing[0]!r} is missing; give {', '.join(SALES_COLUMNS)}")
    if sales.is_empty():
        raise SalesError("sales: no rows; at least one sale is needed to forecast from")
    if sales.schema["ds"] != pl.Date:
        raise SalesError(f"sales: ds is {sales.schema['ds']}, it must be a date; cast it first")


def check_sales(sales: pl.DataFrame) -> None:
    """Raise SalesError unless the frame is one row per series and day with finite units and revenue, none negative."""
    check_columns(sales)
    gaps = sales.filter(pl.any_horizontal(pl.col(*SALES_COLUMNS).is_null()))
    if not gaps.is_empty():
        raise SalesError(f"sales: {gaps.height} rows hold a null ({_first(gaps)}); drop or fill them")
    for column in ("y", "revenue"):
        bad = sales.filter(~pl.col(column).is_finite() | (pl.col(column) < 0))
        if not bad.is_empty():
            raise SalesError(
                f"sales: {bad.height} of {sales.height} rows have a negative or infinite {column} ({_first(bad)});"
                " forecast gross units, returns are a series of their own"
            )
    repeated = sales.filter(pl.struct("unique_id", "ds").is_duplicated())
    if not repeated.is_empty():
        raise SalesError(f"sales: {repeated.height} rows share series and date ({_first(repeated)}); sum them per day")


def build_panel(sales: pl.DataFrame, stock_outs: pl.DataFrame | None = None) -> Panel:
    """The panel of a sales frame [unique_id, ds, y, revenue], rows in any order; raises SalesError on bad rows.

    `stock_outs` has a row [unique_id, ds] per series and day out of stock; those of other series, and
    those before a series first sold, are not looked at.
    """
    check_sales(sales)
    start: date = sales["ds"].min()  # type: ignore[assignment]
    rows = (
        sales.select(
            pl.col("unique_id").cast(pl.String),
            (pl.col("ds") - pl.lit(start)).dt.total_days().alias("day"),
            pl.col("y").cast(pl.Float64).alias("units"),
            pl.col("revenue").cast(pl.Float64),
        )
        .sort("unique_id", "day")
        .with_columns(
            series=pl.col("unique_id").rle_id().cast(pl.Int64),
            units_squared=pl.col("units") ** 2,
            active_days=(pl.col("units") > 0).cast(pl.Float64),
            last_sale=pl.when(pl.col("units") > 0).then(pl.col("day")).otherwise(-1).cast(pl.Float64),
        )
        .with_columns(pl.col("last_sale").cum_max().over("series"))
    )
    each = rows.group_by("unique_id", maintain_order=True).agg(
        first_sale=pl.col("day").filter(pl.col("units") > 0).min()
    )
    last_day = int(rows["day"].max())  # type: ignore[arg-type]
    days, units = rows["day"].to_numpy(), rows["units"].to_numpy()
    out = None if stock_outs is None else _out(stock_outs, rows, each, start)
    rows = _with_chances(rows, each, out)
    return Panel(
        ids=each["unique_id"],
        start=start,
        last_day=last_day,
        sales=running(rows, each.height, (*MEASURES, "chance"), ("last_sale", "size_units", "size_revenue")),
        first_sale=each["first_sale"].cast(pl.Float64).fill_null(np.inf).to_numpy(),
        market_units=np.bincount(days, units, last_day + 1).astype(np.float64),
        out=out,
    )


def _with_chances(rows: pl.DataFrame, each: pl.DataFrame, out: Running | None) -> pl.DataFrame:
    """With the weights of its sales and their smoothed size, from which a chance and a size are read at any day."""
    series, days = rows["series"].to_numpy(), rows["day"].to_numpy()
    first = each["first_sale"].fill_null(0).to_numpy()[series]
    elapsed = days - first - (0 if out is None else out.rows_by(series, days))
    sold = pl.col("units") > 0
    sizes = [
        pl.when(sold)
        .then(name)
        .ewm_mean(alpha=SIZE_RATE, adjust=True, ignore_nulls=True)
        .over("series")
        .forward_fill()
        .over("series")
        .fill_null(0.0)
        .alias(f"size_{name}")
        for name in ("units", "revenue")
    ]
    chance = pl.Series("chance", (1 - CHANCE_RATE) ** -np.maximum(elapsed, 0).astype(np.float64))
    return rows.with_columns(chance).with_columns(pl.when(sold).then("chance").otherwise(0.0), *sizes)


def _out(stock_outs: pl.DataFrame, rows: pl.DataFrame, each: pl.DataFrame, start: date) -> Running | None:
    numbers = each.with_columns(series=pl.int_range(pl.len(), dtype=pl.Int64))
    found = (
        stock_outs.select(
            pl.col("unique_id").cast(pl.String), (pl.col("ds") - pl.lit(start)).dt.total_days().alias("day")
        )
        .unique()
        .join(numbers, on="unique_id", how="inner")
        .filter(pl.col("day") > pl.col("first_sale"))
        .join(rows.select("series", "day", *MEASURES), on=["series", "day"], how="left")
        .with_columns(pl.col(*MEASURES).fill_null(0.0), days=pl.lit(1.0))
        .sort("series", "day")
    )
    return running(found, each.height, ("days", *MEASURES)) if found.height else None
