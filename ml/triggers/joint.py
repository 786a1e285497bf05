"""Days of a release that are unusual in several metrics at once: isolation forest and windowed PCA (PyOD).

Both look at the deviations of a day in sigmas, the PCA at those of the last seven days in a row. They are fitted anew
for each block of 28 days of the calendar, on the 28 days before the block, so that no score knows a later day. Only
days on which two metrics deviate are scored: others are not unusual together.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.lib.stride_tricks import sliding_window_view

from ml.triggers.grid import Floats, Positions

BLOCK_DAYS, WINDOW = 28, 7
JOINT_DAYS = 2 * BLOCK_DAYS + WINDOW  # days before the scored ones that are needed
LARGEST_SIGMAS, LEAST_SIGMAS, LEAST_METRICS = 8.0, 1.5, 2
LEAST_ROWS, MOST_ROWS, TREES = 300, 20_000, 60
NAME = "several"


def unusual_days(
    together: Mapping[str, tuple[list[str], Floats]], last: dt.date, days: int, share: float
) -> pl.DataFrame:
    """Days that the forest or the PCA finds rarer than the false-alarm share of the days that they were fitted on.

    Args:
        together: by metric, the ids of its series and their sigmas (series, days), which all end with `last`.
        last: the last day.
        days: how many are scored.
        share: of series-days that may be false alarms.

    Returns:
        [unique_id, metric, ds, kind, sigmas, moved]; `moved` names the metrics that deviate.
    """
    ids, cube = _cube(together)
    width = cube.shape[1]
    first = last - dt.timedelta(days=width - 1)
    frames = []
    day = max(0, width - days)
    while day < width:
        block = (first + dt.timedelta(days=day)).toordinal() // BLOCK_DAYS
        start = block * BLOCK_DAYS - first.toordinal()
        end = min(start + BLOCK_DAYS, width)
        past = slice(start - BLOCK_DAYS, start)
        if past.start >= WINDOW - 1:
            rows, places, scores = _block(cube, past, range(day, end), share, block)
            frames.append(_found(ids, list(together), cube, rows, places, scores, first))
        day = end
    schema = {"unique_id": pl.String, "metric": pl.String, "ds": pl.Date, "kind": pl.String, "sigmas": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema | {"moved": pl.String}), *frames])


def _cube(together: Mapping[str, tuple[list[str], Floats]]) -> tuple[list[str], Floats]:
    """The sigmas (releases, days, metrics), 0 where nothing is known, and the releases."""
    ids = sorted({one for names, _ in together.values() for one in names})
    place = {one: row for row, one in enumerate(ids)}
    width = min(sigmas.shape[1] for _, sigmas in together.values())
    cube = np.zeros((len(ids), width, len(together)), dtype=np.float32)
    for number, (names, sigmas) in enumerate(together.values()):
        known = np.nan_to_num(sigmas[:, -width:], nan=0.0)
        cube[[place[one] for one in names], :, number] = np.clip(known, -LARGEST_SIGMAS, LARGEST_SIGMAS)
    return ids, cube


def _block(cube: Floats, past: slice, scored: range, share: float, seed: int) -> tuple[Positions, Positions, Floats]:
    """Release, day and score of the unusual days of one block; scores are deviations above the usual score."""
    from pyod.models.iforest import IForest
    from pyod.models.pca import PCA

    empty = np.array([], dtype=np.int64)
    begun = np.flatnonzero(np.abs(cube[:, past]).any(axis=(1, 2)))
    rows, places = np.nonzero(
        (np.abs(cube[:, scored.start : scored.stop]) >= LEAST_SIGMAS).sum(axis=2) >= LEAST_METRICS
    )
    places = places + scored.start
    if len(begun) * BLOCK_DAYS < LEAST_ROWS or not len(rows):
        return empty, empty, np.array([])
    rng = np.random.default_rng(seed)
    picked = rng.integers(0, len(begun) * BLOCK_DAYS, min(MOST_ROWS, len(begun) * BLOCK_DAYS))
    fit_rows, fit_days = begun[picked // BLOCK_DAYS], picked % BLOCK_DAYS + past.start
    windows = sliding_window_view(cube, WINDOW, axis=1)  # (releases, days, metrics, WINDOW), from each first day on
    scores = []
    for model, of in (
        (IForest(n_estimators=TREES, random_state=seed % 2**31, n_jobs=1), lambda row, day: cube[row, day]),
        (PCA(random_state=0), lambda row, day: windows[row, day - WINDOW + 1].reshape(len(row), -1)),
    ):
        scores.append(_above(model, of(fit_rows, fit_days), of(rows, places), share / 2))
    score = np.maximum(*scores)
    is_unusual = score > 0
    return rows[is_unusual], places[is_unusual], score[is_unusual]


def _above(model: Any, past: Floats, rows: Floats, share: float) -> Floats:
    """By how many deviations of the past's scores each row lies above all but `share` of them; else 0."""
    noise = np.random.default_rng(0).normal(0.0, 1e-6, past.shape)  # constant columns break the covariance
    model.fit(past + noise)
    usual = model.decision_scores_
    found = model.decision_function(rows)
    above = found > np.quantile(usual, 1 - share)
    return np.where(above, (found - np.median(usual)) / (usual.std() + 1e-9), 0.0)


def _found(
    ids: list[str], names: list[str], cube: Floats, rows: Positions, days: Positions, scores: Floats, first: dt.date
) -> pl.DataFrame:
    """The unusual days with the metrics that deviate on them."""
    moved = [
        ", ".join(
            f"{name}\x1f{cube[row, day, number]:+.1f}"
            for number, name in enumerate(names)
            if abs(cube[row, day, number]) >= LEAST_SIGMAS
        )
        for row, day in zip(rows, days, strict=True)
    ]
    return pl.DataFrame(
        {
            "unique_id": pl.Series(ids, dtype=pl.String).gather(rows),
            "metric": pl.Series([NAME] * len(rows), dtype=pl.String),
            "ds": pl.Series([first + dt.timedelta(days=int(day)) for day in days], dtype=pl.Date),
            "kind": pl.Series(["unusual"] * len(rows), dtype=pl.String),
            "sigmas": pl.Series(scores, dtype=pl.Float64),
            "moved": pl.Series(moved, dtype=pl.String),
        }
    )
