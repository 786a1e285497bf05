"""Isolation forest and windowed PCA (PyOD), refitted on the past as the series grows, never on what they score."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ml.triggers.grid import Floats
from ml.triggers.residual import Residual, rolling_median, smoothed

LEAST_HISTORY = 200
LARGEST_HISTORY = 4_000
TREES = 40
PCA_WINDOW = 50
REFIT_SHARE = 0.35

Matrix = NDArray[np.float64]


def refits(length: int, cycle: int) -> Iterator[tuple[int, int]]:
    """First and last step, exclusive, of each stretch that one fit scores; a fit knows the steps before the first."""
    first = max(LEAST_HISTORY, cycle)
    while first < length:
        last = first + max(cycle, 100, int(REFIT_SHARE * first))
        yield first, min(last, length)
        first = last


def filled(values: Floats) -> Floats:
    """The values with each missing one as the one before it; leading ones are 0."""
    known: Floats = pl.Series(values).fill_nan(None).forward_fill().fill_null(0.0).to_numpy()
    return known


def features(values: Floats, seasonal: Residual, level: Residual, half_life: float) -> Matrix:
    """What the forest looks at (T, 6): value, deviations, change, smoothed deviation, recent restlessness."""
    known = filled(values)
    change = np.concatenate([[0.0], np.diff(known)]) if len(known) else known
    columns = (
        known,
        seasonal.deviation,
        level.deviation,
        change,
        smoothed(seasonal.deviation, half_life),
        rolling_median(np.abs(change), 12),
    )
    found: Matrix = np.nan_to_num(np.column_stack(columns))
    return found


def forest_scores(rows: Matrix, cycle: int, seed: int = 0) -> Floats:
    """Scores (T,) of an isolation forest; 0 before the first fit.

    They count standard deviations of the training scores above their median.
    """
    from pyod.models.iforest import IForest

    scores = np.zeros(len(rows))
    for first, last in refits(len(rows), cycle):
        forest = IForest(n_estimators=TREES, random_state=seed, n_jobs=1)
        scores[first:last] = _fitted(forest, rows[max(0, first - LARGEST_HISTORY) : first], rows[first:last])
    return np.maximum(scores, 0.0)


def window_scores(values: Floats, cycle: int, window: int = PCA_WINDOW) -> Floats:
    """Scores (T,) of PCA on the windows that end at each step, likewise."""
    from pyod.models.pca import PCA

    known = filled(values)
    scores = np.zeros(len(known))
    if len(known) <= LEAST_HISTORY:
        return scores
    windows = sliding_window_view(known, window)  # row i ends at step i + window - 1
    for first, last in refits(len(known), cycle):
        start, end = first - window + 1, last - window + 1
        past = windows[max(0, start - LARGEST_HISTORY) : start]
        middle, spread = past.mean(), past.std()
        if spread > 0:
            score = _fitted(PCA(random_state=0), (past - middle) / spread, (windows[start:end] - middle) / spread)
            scores[first:last] = np.log1p(np.maximum(score, 0.0))
    return scores


def _fitted(model: Any, past: Matrix, rows: Matrix) -> Floats:
    """The model's scores of the rows after a fit on the past, in deviations above the median of the past's scores."""
    if not np.ptp(past, axis=0).any():
        return np.zeros(len(rows))
    # Jitter far below the data's own spread keeps constant columns from breaking the covariance.
    noise = np.random.default_rng(0).normal(0.0, 1e-9 * (np.abs(past).max() + 1.0), past.shape)
    model.fit(past + noise)
    usual = model.decision_scores_
    scored: Floats = (model.decision_function(rows) - np.median(usual)) / (usual.std() + 1e-9)
    return np.nan_to_num(scored)
