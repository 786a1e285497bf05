"""Sparse daily measures of many series as running sums: any window is the difference of two look-ups.

Belongs here: the look-ups, whatever is measured. Does not belong here: what is measured (panel.py, facts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints

ROWS_KEPT = 64  # days whose row numbers stay in memory: the look-ups of about two origins


@dataclass(frozen=True)
class Running:
    """Rows of `n_series` series by series and day; sums restart with each series, so none depends on another's rows."""

    offsets: Ints
    values: dict[str, Floats]
    last_day: int
    _keys: Ints = field(repr=False)
    _rows: dict[int, Ints] = field(default_factory=dict, repr=False, compare=False)

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.offsets) - 1

    def rows_until(self, day: int) -> Ints:
        """Number of all rows before or at each series' last row not after `day`."""
        if day not in self._rows:
            if len(self._rows) >= ROWS_KEPT:
                self._rows.pop(next(iter(self._rows)))
            needles = np.arange(self.n_series, dtype=np.int64) * (self.last_day + 2) + min(max(day, -1), self.last_day)
            self._rows[day] = np.searchsorted(self._keys, needles, side="right").astype(np.int64)
        return self._rows[day]

    def rows_by(self, series: Ints, days: Ints) -> Ints:
        """How many rows each of `series` has up to and including the day beside it."""
        needles = series * (self.last_day + 2) + np.clip(days, -1, self.last_day)
        return (np.searchsorted(self._keys, needles, side="right") - self.offsets[series]).astype(np.int64)

    def cumulative(self, measure: str, day: int, empty: float = 0.0) -> Floats:
        """Each series' running `measure` from its start through `day`; `empty` before its first row."""
        if not len(self._keys):
            return np.full(self.n_series, empty)
        rows = self.rows_until(day)
        return np.where(rows > self.offsets[:-1], self.values[measure][np.maximum(rows - 1, 0)], empty)

    def cumulative_by(self, measure: str, series: Ints, days: Ints, empty: float = 0.0) -> Floats:
        """The running `measure` of each of `series` through the day beside it; `empty` before its first row."""
        rows = self.rows_by(series, days)
        last = np.maximum(self.offsets[series] + rows - 1, 0)
        return np.where(rows > 0, self.values[measure][last], empty) if len(self._keys) else np.full(len(series), empty)

    def window(self, measure: str, first: int, last: int) -> Floats:
        """Each series' sum of `measure` over the days `first` to `last`, both included."""
        return self.cumulative(measure, last) - self.cumulative(measure, first - 1)


def running(rows: pl.DataFrame, n_series: int, sums: Sequence[str], latest: Sequence[str] = ()) -> Running:
    """The look-ups of rows [series, day, …] sorted by both, days from 0: running sums, values as they last stood."""
    summed = rows.select(pl.col(*sums).cum_sum().over("series"), pl.col(*latest) if latest else [])
    series, days = (rows[name].to_numpy().astype(np.int64) for name in ("series", "day"))
    counts = np.bincount(series, minlength=n_series)
    last_day = int(days.max()) if len(days) else 0
    return Running(
        offsets=np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]).astype(np.int64),
        values={name: summed[name].to_numpy() for name in summed.columns},
        last_day=last_day,
        _keys=series * (last_day + 2) + days,
    )
