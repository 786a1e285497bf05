"""Many daily series at once: what each day was expected to be, and how far off it was.

Each metric is a matrix (series, days). Counts are made comparable by Anscombe's square root, whose noise is 1 for a
Poisson count whatever its size; amounts by the logarithm. The expectation of a day is the median of the seven days
before it, each freed of the weekday's usual effect, plus that of the day itself; the weekday's effect is the mean over
all series and the last eight weeks. A deviation is divided by the robust scale of the series' last 28 deviations.
"""

from __future__ import annotations

import datetime as dt
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl

from ml.triggers.grid import Floats, Positions

Kind = Literal["count", "amount", "level"]
RECENT, SCALE_DAYS, PROFILE_WEEKS = 7, 28, 8
FLOORS: dict[Kind, float] = {"count": 1.0, "amount": 0.05, "level": 1e-3}
WINSOR = 3.0


@dataclass(frozen=True)
class Metric:
    """How the values of a metric behave.

    Attributes:
        kind: `count` (units, mentions), `amount` (plays, prices) or `level` (ratings, shares).
        absent: the value of a day without a row: 0 for what is only stated when it happens, else NaN (unknown).
        words: what a reader calls it.
        carry: days for which a value holds without a new one.
        floor: least scale of a deviation; None for that of the kind.
        recent: days before a day whose median is expected; 1 for what changes in steps, such as a price.
        ends_with: the metric with whose last row this one ends: later days are unknown and not absent.
    """

    kind: Kind
    absent: float
    words: str
    carry: int = 0
    floor: float | None = None
    recent: int = RECENT
    ends_with: str | None = None

    def end_in(self, rows: pl.DataFrame) -> dt.date | None:
        """The last day that is known in the rows [metric, ds]; None for the last of all."""
        last = None if self.ends_with is None else rows.filter(metric=self.ends_with)["ds"].max()
        return last if isinstance(last, dt.date) else None


@dataclass(frozen=True)
class Panel:
    """One metric: `values` (series, days), the ids of its series and its first day."""

    ids: list[str]
    first_day: dt.date
    values: Floats

    @classmethod
    def from_rows(
        cls, rows: pl.DataFrame, first: dt.date, last: dt.date, metric: Metric, end: dt.date | None = None
    ) -> Panel:
        """The rows [unique_id, ds, y] of one metric as a matrix over the days from first to last.

        Days before the first row of a series, and after `end`, are unknown, whatever `metric.absent` says.
        """
        kept = rows.filter(pl.col("ds").is_between(first, last))
        ids = kept["unique_id"].unique().sort()
        values = np.full((len(ids), (last - first).days + 1), np.nan)
        if kept.height:
            row = kept["unique_id"].cast(pl.Enum(ids)).to_physical().to_numpy().astype(np.int64)
            column = (kept["ds"] - first).dt.total_days().to_numpy()
            values[row, column] = kept["y"].cast(pl.Float64).to_numpy()
            begun = np.full(len(ids), values.shape[1])
            np.minimum.at(begun, row, column)
            later = np.arange(values.shape[1]) >= begun[:, None]
            values = np.where(np.isnan(values) & later, metric.absent, values)
            if metric.carry:
                values = carried(values, metric.carry)
            if end is not None:
                values[:, (end - first).days + 1 :] = np.nan
        return cls(ids.to_list(), first, values)

    def rows(
        self,
        series: Positions,
        day: Positions,
        name: str,
        kinds: list[str],
        observed: Floats,
        usual: Floats,
        sigmas: Floats,
    ) -> pl.DataFrame:
        """Triggers at places of the matrix: [unique_id, metric, ds, kind, observed, expected, deviation, sigmas]."""
        return pl.DataFrame(
            {
                "unique_id": pl.Series(self.ids, dtype=pl.String).gather(series),
                "metric": pl.Series([name] * len(series), dtype=pl.String),
                "ds": pl.Series(np.datetime64(self.first_day, "D") + day, dtype=pl.Date),
                "kind": pl.Series(kinds, dtype=pl.String),
                "observed": pl.Series(observed, dtype=pl.Float64).fill_nan(None),
                "expected": pl.Series(usual, dtype=pl.Float64).fill_nan(None),
                "deviation": pl.Series(observed - usual, dtype=pl.Float64).fill_nan(None),
                "sigmas": pl.Series(sigmas, dtype=pl.Float64).fill_nan(None),
            }
        )


def carried(values: Floats, longest: int) -> Floats:
    """Each unknown day as the last known one, at most `longest` days old."""
    days = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(np.isnan(values), -1, days), axis=1)
    found = np.take_along_axis(values, np.maximum(last, 0), axis=1)
    return np.where((last >= 0) & (days - last <= longest), found, np.nan)


def transformed(values: Floats, kind: Kind) -> Floats:
    """The values on the scale on which noise does not depend on size."""
    if kind == "count":
        return np.asarray(2 * np.sqrt(np.maximum(values, 0) + 0.375), dtype=np.float64)
    return np.asarray(np.log(np.maximum(values, 1e-9)), dtype=np.float64) if kind == "amount" else values


def untransformed(values: Floats, kind: Kind) -> Floats:
    """Back from the scale of :func:`transformed`."""
    if kind == "count":
        return np.maximum((values / 2) ** 2 - 0.375, 0.0)
    return np.exp(values) if kind == "amount" else values


@dataclass(frozen=True)
class Deviations:
    """What the past of each series says of each day (series, days); NaN where it says nothing.

    Attributes:
        expected: the expectation, on the scale of the values.
        sigmas: deviation from it, signed, in robust standard deviations.
        free: the values on the scale of :func:`transformed`, freed of the weekday's usual effect.
        recent: the median of `free` over the seven days before.
        scale: one robust standard deviation.
    """

    expected: Floats
    sigmas: Floats
    free: Floats
    recent: Floats
    scale: Floats


def deviations(panel: Panel, metric: Metric, days: int) -> Deviations:
    """Expectation and signed sigmas of the last `days` days and more, from earlier days only."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # series without values on some days
        values = transformed(panel.values, metric.kind)
        effect = _weekday_effect(values)
        free = values - effect
        first = values.shape[1] - days
        recent = before(free, metric.recent, median_of, min(4, metric.recent), first - SCALE_DAYS)
        off = free - recent
        robust = 1.4826 * before(np.abs(off), SCALE_DAYS, median_of, 14, first)
        scale = np.maximum(robust, FLOORS[metric.kind] if metric.floor is None else metric.floor)
        return Deviations(untransformed(recent + effect, metric.kind), off / scale, free, recent, scale)


def before(
    values: Floats, days: int, statistic: Callable[[Floats, Floats], Floats], least: int, first: int = 1
) -> Floats:
    """A statistic (series, days) of the `days` before each day; NaN with fewer than `least` values.

    Days before the place `first` are left out, as NaN. The statistic is given the past values (series, up to `days`)
    and how many of them are known.
    """
    found = np.full(values.shape, np.nan)
    known = np.cumsum(~np.isnan(values), axis=1, dtype=np.int32)
    for day in range(max(1, first), values.shape[1]):
        past = values[:, max(0, day - days) : day]
        counts = known[:, day - 1] - (known[:, day - days - 1] if day > days else 0)
        enough = np.flatnonzero(counts >= least)
        if len(enough) == len(past):
            found[:, day] = statistic(past, counts.astype(np.float64))
        elif len(enough):
            found[enough, day] = statistic(past[enough], counts[enough].astype(np.float64))
    return found


def median_of(past: Floats, counts: Floats) -> Floats:
    """The median of each row's known values; sorting puts what is not known last, which is faster than `nanmedian`."""
    ordered = np.sort(past, axis=1)
    rows, middle = np.arange(len(past)), counts.astype(np.int64)
    return np.asarray((ordered[rows, (middle - 1) // 2] + ordered[rows, middle // 2]) / 2, dtype=np.float64)


def _mean(past: Floats, counts: Floats) -> Floats:
    """The mean of each row's known values."""
    return np.asarray(np.nansum(past, axis=1) / counts, dtype=np.float64)


def _weekday_effect(values: Floats) -> Floats:
    """The weekday's effect (days,), from its last eight weeks over all series; 0 at the beginning."""
    week = before(values, 7, _mean, least=7)
    pooled = np.nanmean(np.clip(values - week, -WINSOR, WINSOR), axis=0) if len(values) else np.zeros(values.shape[1])
    effect = np.zeros(values.shape[1])
    for day in range(values.shape[1]):
        past = pooled[day - 7 : max(0, day - 7 * PROFILE_WEEKS - 1) : -7] if day >= 7 else pooled[:0]
        known = past[~np.isnan(past)]
        effect[day] = known.mean() if len(known) >= 2 else 0.0
    return effect
