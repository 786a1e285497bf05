"""The price list as it was known on a day: prices that hold or held, and those that were announced.

A list is bitemporal: a price has the day from which it holds and the days between which the list said so. What was
known at an origin is whatever it said then, so that an announced price is known ahead, and a correction changes nothing
before the day on which it was made.

Belongs here: the steps of prices as of a day. Does not belong here: what a feature makes of them (surroundings.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints
from ml.forecasting.panel import Panel
from ml.forecasting.running import Running, running

LONGEST_PROMOTION = 56  # days; a price that is lower for longer is a price
LISTS_KEPT = 4  # days whose steps stay in memory
SLIGHT = 1e-9  # of a logarithm


@dataclass(frozen=True)
class Promotions:
    """Stretches of a lower price, both ends known: series, first and last day, logarithm of the reduction (above 0)."""

    series: Ints
    first: Ints
    last: Ints
    depth: Floats

    def within(self, first: int, last: int, n_series: int) -> tuple[Floats, Floats]:
        """Per series, its days on promotion among `first` to `last`, and the sum of their reductions."""
        days = np.clip(np.minimum(self.last, last) - np.maximum(self.first, first) + 1, 0, None).astype(np.float64)
        summed = (np.bincount(self.series, each, minlength=n_series) for each in (days, days * self.depth))
        there, reduced = (np.asarray(each, dtype=np.float64) for each in summed)
        return there, reduced


@dataclass(frozen=True)
class Listed:
    """The list as of one day: running sums of the logarithms' steps, also of days to come, and the promotions."""

    steps: Running
    promotions: Promotions


@dataclass(frozen=True)
class PriceList:
    """Statements sorted by series, market and first day; days are the panel's, `until` is infinite while it stands."""

    n_series: int
    series: Ints
    market: Ints
    day: Ints
    known: Floats
    until: Floats
    log_price: Floats
    _kept: dict[int, Listed] = field(default_factory=dict, repr=False, compare=False)

    def at(self, origin: int) -> Listed:
        """The list as it stood at the end of `origin`."""
        if origin not in self._kept:
            if len(self._kept) >= LISTS_KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[origin] = self._as_of(origin)
        return self._kept[origin]

    def _as_of(self, origin: int) -> Listed:
        there = np.flatnonzero((self.known <= origin) & (self.until > origin))
        series, day = self.series[there], self.day[there]
        step = np.diff(self.log_price[there], prepend=0.0)
        begins = np.ones(len(there), dtype=bool)
        begins[1:] = (np.diff(series) != 0) | (np.diff(self.market[there]) != 0)
        # Markets change their prices on one day, each in its currency: the mean of their steps is the release's.
        width = int(day.max(initial=0)) + 1
        code, place = np.unique(series * width + day, return_inverse=True)
        count = np.bincount(place, ~begins, minlength=len(code))
        total = np.bincount(place, np.where(begins, 0.0, step), minlength=len(code))
        mean = np.divide(total, count, out=np.zeros(len(code)), where=count > 0)
        return _listed(code // width, code % width, mean, self.n_series)


def _listed(series: Ints, day: Ints, step: Floats, n_series: int) -> Listed:
    rows = pl.DataFrame({"series": series, "day": day, "log_step": step}).with_columns(
        timed=pl.col("log_step") * pl.col("day"), count=pl.lit(1.0), known_day=pl.col("day").cast(pl.Float64)
    )
    ends = np.flatnonzero((np.diff(series) == 0) & (step[:-1] < -SLIGHT) & (step[1:] > SLIGHT)) + 1
    ends = ends[day[ends] - day[ends - 1] <= LONGEST_PROMOTION]
    promotions = Promotions(series[ends], day[ends - 1], day[ends] - 1, -step[ends - 1])
    return Listed(running(rows, n_series, ("log_step", "timed", "count"), ("known_day",)), promotions)


def align_prices(panel: Panel, rows: pl.DataFrame | None) -> PriceList | None:
    """The statements of a panel's series; None where there are none. A day before the panel counts as its first."""
    if rows is None:
        return None
    numbers = pl.DataFrame({"unique_id": panel.ids, "series": np.arange(panel.n_series, dtype=np.int64)})

    def days(column: str) -> pl.Expr:
        return (pl.col(column) - pl.lit(panel.start)).dt.total_days()

    found = (
        rows.with_columns(pl.col("unique_id").cast(pl.String), market=pl.col("market").rank("dense").cast(pl.Int64))
        .join(numbers, on="unique_id", how="inner")
        .select(
            "series",
            "market",
            day=days("ds").clip(lower_bound=0),
            known=days("known_on").cast(pl.Float64),
            until=days("until").cast(pl.Float64).fill_null(np.inf),
            log_price=pl.col("log_price").cast(pl.Float64),
            stated=days("ds"),
        )
        .sort("series", "market", "stated", "known")
        .drop("stated")
    )
    if found.is_empty():
        return None
    series, market, day, known, until, log_price = (found[name].to_numpy() for name in found.columns)
    return PriceList(panel.n_series, series, market, day, known, until, log_price)
