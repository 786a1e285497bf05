"""A series on regular steps: where each row lies, what is missing, and after how many steps the pattern repeats.

The step is the median of the first gaps, so that later rows cannot change it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]

FIRST_GAPS = 10
DAY_S = 86_400.0
LONGEST_GAP_CYCLES = 3
LARGEST_CYCLE = 3_000


@dataclass(frozen=True)
class Grid:
    """One series on regular steps.

    Attributes:
        values: one per step, NaN where the series has no value.
        rows: the step of each row of the series.
        gaps: steps without a row before each row.
        cycle: steps after which the pattern repeats; 1: none.
    """

    values: Floats
    rows: Positions
    gaps: Positions
    cycle: int


def seconds(ds: pl.Series) -> Floats:
    """The moments as seconds; whole numbers stay what they are."""
    if ds.dtype.is_integer():
        return ds.cast(pl.Float64).to_numpy()
    return ds.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64).to_numpy() / 1e6


def natural_cycle(step: float, is_number: bool) -> int:
    """Steps after which the pattern of a series usually repeats: a day, a week, a year, by the step in seconds."""
    if is_number or step <= 0:
        return 1
    days = step / DAY_S
    if days < 0.75:
        return min(max(1, round(1 / days)), LARGEST_CYCLE)
    return next((cycle for longest, cycle in ((1.5, 7), (10, 52), (45, 12), (120, 4)) if days < longest), 1)


def to_grid(ds: pl.Series, y: Floats, season: int | None = None) -> Grid:
    """Put a series, sorted by ds and without duplicates, on regular steps.

    A long gap is shortened by whole cycles, so that the pattern stays in phase.

    Args:
        ds: dates, moments or whole numbers.
        y: values, NaN where unknown.
        season: steps of the cycle; None for the natural one of the step.
    """
    moments = seconds(ds)
    gaps_s = np.diff(moments)
    step = float(np.median(gaps_s[:FIRST_GAPS])) if len(gaps_s) else 1.0
    cycle = season if season is not None else natural_cycle(step, ds.dtype.is_integer())
    moves = np.maximum(np.round(gaps_s / step), 1).astype(np.int64)
    longest = LONGEST_GAP_CYCLES * max(cycle, 30)
    too_long = moves > longest
    moves[too_long] = (moves[too_long] - longest) % cycle + longest
    rows = np.concatenate([[0], np.cumsum(moves)]).astype(np.int64)[: len(y)]
    values = np.full(int(rows[-1]) + 1 if len(rows) else 0, np.nan)
    values[rows] = y
    gaps = np.concatenate([[0], np.maximum(np.round(gaps_s / step) - 1, 0)]).astype(np.int64)[: len(y)]
    return Grid(values, rows, gaps, cycle)
