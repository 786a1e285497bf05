"""What the model sees of a series at an origin: differences to its last value in units of its own variability.

Each row belongs to a series, a last known step `t` and a target: the value `h` steps on, or the mean of the `h` steps
after `t`. Nothing after `t` is read but the calendar and covariates that are known ahead.

Belongs here: the columns, and which of them the linear part uses. To add one: a line in a function below, and its twin
in the tests.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.arrays import Bools, Floats, Ints
from ml.series.frequency import Frequency
from ml.series.panel import Shaped

Design = NDArray[np.float32]
LONGEST_LAGS = 60  # a longer season is seen at the steps that match the target, not step by step
FEW_LAGS = 13
REPEATS = 4  # seasons back in which the same step is looked up
LARGEST = 50.0  # in units of variability; more says no more


@dataclass(frozen=True)
class Rows:
    """Rows of a design: series, last known step, steps to the target's end; `is_sum`: all those steps, not the last."""

    series: Ints
    last: Ints
    ahead: Ints
    is_sum: bool

    @property
    def width(self) -> Ints:
        """Steps that the target covers."""
        return self.ahead if self.is_sum else np.ones_like(self.ahead)

    def only(self, chosen: Bools) -> Rows:
        """Some of the rows."""
        return Rows(self.series[chosen], self.last[chosen], self.ahead[chosen], self.is_sum)


@dataclass(frozen=True)
class Seen:
    """A design, the places of its linear part, and the way back: shape of the value = base + scale * prediction."""

    matrix: Design
    names: tuple[str, ...]
    linear: Ints
    base: Floats
    scale: Floats


def base_and_scale(shaped: Shaped, rows: Rows) -> tuple[Floats, Floats]:
    """The last known value in shape, and the mean absolute step so far; NaN where there is none or it is nought."""
    scale = shaped.scale(rows.series, rows.last)
    return shaped.last_known(rows.series, rows.last), np.where(scale > 1e-12, scale, np.nan)


def look(shaped: Shaped, frequency: Frequency, rows: Rows) -> Seen:
    """The design of the rows; NaN where a series does not reach back so far."""
    base, scale = base_and_scale(shaped, rows)
    columns = _recent(shaped, frequency, rows)
    linear = [name for name in columns if name.startswith("mean_") or name in ("lag_1", "lag_2", "lag_3")]
    columns = {name: np.clip((values - base) / scale, -LARGEST, LARGEST) for name, values in columns.items()}
    columns |= {name: values / scale for name, values in _trends(shaped, frequency, rows).items()}
    for season in frequency.seasons:
        same, profile = seasonal_steps(shaped, rows, season)
        for k, values in enumerate(same, start=1):
            columns[f"same_{k}_of_{season}"] = np.clip((values - base) / scale, -LARGEST, LARGEST)
        columns[f"profile_of_{season}"] = np.clip(profile / scale, -LARGEST, LARGEST)
        linear += [f"same_1_of_{season}", f"profile_of_{season}"]
    linear += [name for name in columns if name.startswith("trend_")]
    columns |= _context(shaped, frequency, rows, scale)
    ahead = _covariates(shaped, frequency, rows)
    linear += [name for name in ahead if name.endswith(("_then", "_change"))]
    columns |= ahead
    names = tuple(columns)
    matrix = np.column_stack([columns[name] for name in names]).astype(np.float32)
    return Seen(matrix, names, np.array([names.index(name) for name in linear], dtype=np.int64), base, scale)


def _recent(shaped: Shaped, frequency: Frequency, rows: Rows) -> dict[str, Floats]:
    season = max((s for s in frequency.seasons if s <= LONGEST_LAGS), default=0)
    lags = {f"lag_{k}": shaped.window(rows.series, rows.last - k, 1) for k in range(1, max(season, FEW_LAGS) + 1)}
    widths = sorted({2, 4, 8, 16, *frequency.seasons, *(2 * s for s in frequency.seasons)})
    return lags | {f"mean_{w}": shaped.window(rows.series, rows.last, w) for w in widths}


def _trends(shaped: Shaped, frequency: Frequency, rows: Rows) -> dict[str, Floats]:
    """Means of neighbouring windows, the newer less the older."""
    return {
        f"trend_{w}": shaped.window(rows.series, rows.last, w) - shaped.window(rows.series, rows.last - w, w)
        for w in sorted({4, 13, *frequency.seasons})
    }


def seasonal_steps(shaped: Shaped, rows: Rows, season: int) -> tuple[list[Floats], Floats]:
    """The target's own steps in earlier seasons, and their mean distance from the level of their season."""
    whole = -(-rows.ahead // season)  # seasons that the target reaches over, rounded up
    blocks = whole * season if rows.is_sum else np.full_like(rows.ahead, season)
    same, apart = [], []
    for k in range(REPEATS):
        end = rows.last + rows.ahead - season * (whole + k)
        complete = end - rows.width + 1 >= 0
        value = np.where(complete, shaped.window(rows.series, end, rows.width), np.nan)
        same.append(value)
        apart.append(value - shaped.window(rows.series, rows.last - season * k, blocks))
    stacked = np.stack(apart)
    known = np.isfinite(stacked)
    count = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return same[:2], np.divide(total, count, out=np.full(len(count), np.nan), where=count > 0)


def _context(shaped: Shaped, frequency: Frequency, rows: Rows, scale: Floats) -> dict[str, Floats]:
    recent = shaped.scale(rows.series, rows.last, max(13, frequency.main_season))
    columns = {
        "variability": np.log(scale),
        "variability_now": np.log(np.maximum(recent, 1e-3 * scale) / scale),
        "is_log": shaped.is_log[rows.series].astype(np.float64),
        "age": np.minimum(rows.last + 1.0, 4.0 * max(frequency.main_season, 26)),
        "ahead": rows.ahead.astype(np.float64),
    }
    steps = shaped.panel.first[rows.series] + rows.last + rows.ahead
    return columns | {f"calendar_{name}": values for name, values in frequency.calendar(steps).items()}


def _covariates(shaped: Shaped, frequency: Frequency, rows: Rows) -> dict[str, Floats]:
    """Per covariate its value at the origin, its mean so far and, where known ahead, its mean over the target."""
    columns: dict[str, Floats] = {}
    for name, covariate in shaped.covariates.items():
        now = covariate.mean(rows.series, rows.last, 1)
        usual = covariate.mean(rows.series, rows.last, max(13, frequency.main_season))
        columns[f"{name}_now"] = now
        columns[f"{name}_usual"] = usual
        if covariate.is_known_ahead:
            then = covariate.mean(rows.series, rows.last + rows.ahead, rows.width)
            columns[f"{name}_then"] = then
            columns[f"{name}_change"] = then - now
    return columns
