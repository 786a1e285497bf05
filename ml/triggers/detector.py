"""One series in depth: expectation, score, trigger and reason of each point, from the points up to it.

Five detectors look at each point: the size of its deviation from the season, the direction of recent deviations, the
deviation from the level, an isolation forest over six features and PCA over windows. Each score becomes evidence (how
rare it is in its own past), and the mean evidence is the point's score. A trigger is a score above the quantile of its
past that the false-alarm budget sets, at least `sigmas` robust sigmas off; or a deviation half as much again as all
recent ones; or the first point after missing data where there was none before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.triggers.evidence import WEEK_S, combined, contamination, extreme, over_budget, tail_evidence
from ml.triggers.grid import Floats, Grid, seconds, to_grid
from ml.triggers.multivariate import features, forest_scores, window_scores
from ml.triggers.reasons import CAUSES, gap_reason, point_reason
from ml.triggers.residual import Residual, level_residual, seasonal_residual, smoothed

CAP_SIGMAS = 20.0
SMOOTHING = 0.05  # half-life as a share of the cycle
LEAST_GAP = 2
LONGEST_WARM_UP = 1_000


@dataclass(frozen=True)
class TriggerOptions:
    """What makes a point a trigger.

    Attributes:
        alarms_per_week: false alarms per series and week that are acceptable.
        sigmas: the least deviation from the expectation, or of the recent deviations, in robust sigmas.
        season: steps of the cycle; None for the natural one of the step.
        models: whether isolation forest and PCA take part.
        warm_up: observed steps that a series needs before the first trigger.
    """

    alarms_per_week: float = 0.25
    sigmas: float = 2.0
    season: int | None = None
    models: bool = True
    warm_up: int = 20


def find_triggers(rows: pl.DataFrame, options: TriggerOptions | None = None) -> pl.DataFrame:
    """The rows [unique_id, ds, y, …] with expected, score, is_trigger, reason; sorted by series and ds.

    Args:
        rows: no duplicates of unique_id and ds; y may be null, and such a row is no trigger.
        options: what makes a trigger.
    """
    chosen = options or TriggerOptions()
    schema = {"expected": pl.Float64, "score": pl.Float64, "is_trigger": pl.Boolean, "reason": pl.String}
    if not rows.height:
        return rows.with_columns(*(pl.lit(None, kind).alias(name) for name, kind in schema.items()))
    parts = []
    for part in rows.sort("unique_id", "ds").partition_by("unique_id", maintain_order=True):
        y = part["y"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        parts.append(part.with_columns(**score_series(part["ds"], np.where(np.isfinite(y), y, np.nan), chosen)))
    return pl.concat(parts)


def score_series(ds: pl.Series, y: Floats, options: TriggerOptions) -> dict[str, pl.Series]:
    """Columns expected, score, is_trigger, reason of one series, sorted by ds."""
    grid = to_grid(ds, y, options.season)
    observed = ~np.isnan(grid.values)
    half_life = SMOOTHING * grid.cycle
    seasonal, level = seasonal_residual(grid.values, grid.cycle), level_residual(grid.values, grid.cycle)
    scores = detector_scores(grid, seasonal, level, options.models)
    evidence = {name: tail_evidence(score, observed, options.warm_up) for name, score in scores.items()}
    score = combined(list(evidence.values()))
    per_week = _steps_per_week(ds)
    share = contamination(options.alarms_per_week, per_week, max(1.0, half_life))
    # A quantile of the past is known once the past has that many steps.
    least = max(options.warm_up, grid.cycle, min(round(1 / share), LONGEST_WARM_UP))
    far = np.maximum(np.abs(seasonal.sigmas), np.abs(smoothed(seasonal.sigmas, half_life))) >= options.sigmas
    is_point = over_budget(score, observed, share, options.alarms_per_week / per_week, least) & far
    is_point |= extreme(seasonal.sigmas, observed, max(10 * grid.cycle, 200), options.warm_up)
    is_gap = _new_gaps(grid.gaps, options.warm_up)
    causes = list(evidence)
    strongest = np.argmax(np.stack(list(evidence.values())), axis=0)
    rows = grid.rows
    reasons = [
        gap_reason(int(gap), "step")
        if after_gap
        else point_reason(value, expected, sigma, CAUSES[causes[cause]])
        if deviates
        else None
        for gap, after_gap, deviates, value, expected, sigma, cause in zip(
            grid.gaps,
            is_gap,
            is_point[rows],
            y,
            seasonal.expected[rows],
            seasonal.sigmas[rows],
            strongest[rows],
            strict=True,
        )
    ]
    score_of_rows = np.where(is_gap, np.maximum(score[rows], np.log10(1.0 + grid.gaps)), score[rows])
    return {
        "expected": pl.Series(seasonal.expected[rows]).fill_nan(None),
        "score": pl.Series(score_of_rows),
        "is_trigger": pl.Series(is_point[rows] | is_gap),
        "reason": pl.Series(reasons, dtype=pl.String),
    }


def detector_scores(grid: Grid, seasonal: Residual, level: Residual, models: bool) -> dict[str, Floats]:
    """The score (T,) of each detector, by name; the names are those of `reasons.CAUSES`."""
    half_life = SMOOTHING * grid.cycle
    signed = np.clip(seasonal.sigmas, -CAP_SIGMAS, CAP_SIGMAS)
    scores = {
        "size": smoothed(np.log1p(np.minimum(np.abs(seasonal.sigmas), CAP_SIGMAS)), half_life),
        "direction": np.abs(smoothed(signed, max(half_life, 2.0))),
        "level": smoothed(np.log1p(np.minimum(np.abs(level.sigmas), CAP_SIGMAS)), half_life),
    }
    if models:
        rows = features(grid.values, seasonal, level, half_life)
        scores["forest"] = smoothed(forest_scores(rows, grid.cycle), half_life)
        scores["shape"] = window_scores(grid.values, grid.cycle)
    return {name: np.nan_to_num(score) for name, score in scores.items()}


def _steps_per_week(ds: pl.Series) -> float:
    """Steps in a week, by the first gaps; series numbered by whole numbers have one step a day."""
    if ds.dtype.is_integer() or len(ds) < 2:
        return 7.0
    step = float(np.median(np.diff(seconds(ds)[:11])))
    return WEEK_S / step


def _new_gaps(gaps: NDArray[np.int64], warm_up: int) -> NDArray[np.bool_]:
    """Rows after at least two missing steps, in series whose rows so far followed each other without such a gap."""
    is_gap = gaps >= LEAST_GAP
    before = np.concatenate([[0], np.cumsum(is_gap)[:-1]]) if len(gaps) else is_gap
    seen = np.arange(len(gaps))
    return is_gap & (seen >= warm_up) & (before <= 0.02 * seen)
