"""Changes of a series that no single day shows: its level has shifted, or its data has stopped."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl

from ml.triggers.limits import limits
from ml.triggers.panel import SCALE_DAYS, Deviations, Metric, Panel, before, median_of, untransformed

LEAST_SHIFT = 4.0  # standard errors
MEDIAN_ERROR = 1.2533  # of a median of normal values, over that of their mean
SILENT_DAYS, USUAL_DAYS, USUAL_SHARE = 2, 28, 0.9


def level_shifts(panel: Panel, found: Deviations, name: str, metric: Metric, days: int, share: float) -> pl.DataFrame:
    """The first day on which the median of the seven days before lies off that of the 28 days before these.

    The shift is measured in standard errors of the two medians; it needs `LEAST_SHIFT` of them and more than all but
    the false-alarm share of other series had.
    """
    width = found.free.shape[1]
    long = np.full(found.free.shape, np.nan)
    scale = np.full(found.free.shape, np.nan)
    if width > 7:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            long[:, 7:] = before(found.free, SCALE_DAYS, median_of, 14, width - days - SCALE_DAYS - 8)[:, :-7]
        scale[:, 7:] = found.scale[:, :-7]
    error = MEDIAN_ERROR * scale * np.sqrt(1 / 7 + 1 / SCALE_DAYS)
    with np.errstate(invalid="ignore"):
        shift = (found.recent - long) / error
        above = np.abs(shift) > limits(shift, share, LEAST_SHIFT, days + 1)
    began = above & ~np.concatenate([np.zeros((len(above), 1), dtype=bool), above[:, :-1]], axis=1)
    began &= np.arange(width) >= width - days
    series, day = np.nonzero(began)
    kinds = np.where(shift[series, day] > 0, "shift_up", "shift_down").tolist()
    levels = [untransformed(one[series, day], metric.kind) for one in (found.recent, long)]
    return panel.rows(series, day, name, kinds, levels[0], levels[1], shift[series, day])


def missing_data(panel: Panel, name: str, days: int) -> pl.DataFrame:
    """The second day without data of a series that had some on nine of ten days, while most others have theirs."""
    known = ~np.isnan(panel.values)
    width = known.shape[1]
    total = np.concatenate([np.zeros((len(known), 1)), np.cumsum(known, axis=1)], axis=1)
    is_missing = np.zeros(known.shape, dtype=bool)
    first = max(USUAL_DAYS + SILENT_DAYS, width - days)
    for day in range(first, width):
        start = day + 1 - SILENT_DAYS
        usual = (total[:, start] - total[:, start - USUAL_DAYS]) >= USUAL_SHARE * USUAL_DAYS
        silent = total[:, day + 1] == total[:, start]
        before_it = known[:, start - 1]
        if usual.any() and 2 * (silent & usual).sum() < usual.sum():  # else the whole feed is silent
            is_missing[:, day] = usual & silent & before_it
    series, days_of = np.nonzero(is_missing)
    nothing = np.full(len(series), np.nan)
    return panel.rows(series, days_of, name, ["missing"] * len(series), nothing, nothing, nothing)
