"""Daily sales of many series as cumulative sums: any trailing window is the difference of two look-ups.

Belongs here: validating the sales frame, and the compact panel that features, rivals and targets read.
Does not belong here: what a feature means (features.py) or what is forecast from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

SALES_COLUMNS = ("unique_id", "ds", "y", "revenue")
MEASURES = ("units", "revenue", "active_days", "units_squared")
ROWS_KEPT = 64  # days whose row numbers stay in memory: the look-ups of about two origins


class SalesError(ValueError):
    """The sales frame breaks a rule of the forecast's input; the message names series, date and way out."""


@dataclass(frozen=True)
class Panel:
    """Sparse daily rows in series order; days are counted from `start`, which is day 0.

    A day without a row is a day without sales. Running sums restart with each series, so that a
    value depends on nothing but this series' rows up to that day.
    """

    ids: pl.Series
    start: date
    last_day: int
    days: Ints
    offsets: Ints
    running: dict[str, Floats]
    first_sale: Floats
    market_units: Floats
    _keys: Ints = field(repr=False)
    _rows: dict[int, Ints] = field(default_factory=dict, repr=False, compare=False)

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

    def rows_until(self, day: int) -> Ints:
        """Number of the panel's rows before or at each series' last row not after `day`."""
        if day not in self._rows:
            if len(self._rows) >= ROWS_KEPT:
                self._rows.pop(next(iter(self._rows)))
            stride = self.last_day + 2
            needles = np.arange(self.n_series, dtype=np.int64) * stride + min(max(day, -1), self.last_day)
            self._rows[day] = np.searchsorted(self._keys, needles, side="right").astype(np.int64)
        return self._rows[day]

    def cumulative(self, measure: str, day: int, empty: float = 0.0) -> Floats:
        """Each series' running `measure` from its start through `day`; `empty` before its first row."""
        rows = self.rows_until(day)
        values = self.running[measure]
        return np.where(rows > self.offsets[:-1], values[np.maximum(rows - 1, 0)], empty)

    def window(self, measure: str, first: int, last: int) -> Floats:
        """Each series' sum of `measure` over the days `first` to `last`, both included."""
        return np.maximum(self.cumulative(measure, last) - self.cumulative(measure, first - 1), 0.0)

    def last_sale(self, day: int) -> Floats:
        """Day of each series' last sale at or before `day`, NaN where there is none."""
        found = self.cumulative("last_sale", day, empty=-1.0)
        return np.where(found >= 0, found, np.nan)

    def has_row(self, first: int, last: int) -> Bools:
        """Whether a series has any row, with or without units, on the days `first` to `last`."""
        return self.rows_until(last) > self.rows_until(first - 1)

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


def build_panel(sales: pl.DataFrame) -> Panel:
    """The panel of a sales frame [unique_id, ds, y, revenue], rows in any order; raises SalesError on bad rows."""
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
            units_squared=pl.col("units") ** 2,
            active_days=(pl.col("units") > 0).cast(pl.Float64),
            last_sale=pl.when(pl.col("units") > 0).then(pl.col("day")).otherwise(-1).cast(pl.Float64),
        )
    )
    sizes = rows.group_by("unique_id", maintain_order=True).agg(
        n=pl.len(), first_sale=pl.col("day").filter(pl.col("units") > 0).min()
    )
    sums = rows.select(pl.col(*MEASURES).cum_sum().over("unique_id"), pl.col("last_sale").cum_max().over("unique_id"))
    days = rows["day"].to_numpy().astype(np.int64)
    last_day = int(days.max())
    counts = sizes["n"].to_numpy().astype(np.int64)
    return Panel(
        ids=sizes["unique_id"],
        start=start,
        last_day=last_day,
        days=days,
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]),
        running={name: sums[name].to_numpy() for name in sums.columns},
        first_sale=sizes["first_sale"].cast(pl.Float64).fill_null(np.inf).to_numpy(),
        market_units=np.bincount(days, rows["units"].to_numpy(), last_day + 1).astype(np.float64),
        _keys=np.repeat(np.arange(len(counts), dtype=np.int64), counts) * (last_day + 2) + days,
    )
