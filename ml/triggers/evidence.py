"""How rare a score is in its own past, and when it is rare enough for a trigger.

The evidence of a score is -log10 of the share of earlier scores that were as high: 2 means one of a hundred. Evidence
of several detectors has one unit and is averaged. A trigger needs evidence that the series' own past exceeded no more
often than the false-alarm budget allows.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ml.triggers.grid import Floats

LEAST_PAST = 20
WEEK_S = 604_800.0
BURST = 2.0
EXTREME_SIGMAS, RECORD_FACTOR = 4.0, 1.5


def tail_evidence(scores: Floats, observed: NDArray[np.bool_], least: int = LEAST_PAST) -> Floats:
    """-log10 of the share (T,) of earlier scores at least as high; a new maximum adds log10 of its ratio to the old.

    Args:
        scores: one per step, not negative.
        observed: which steps have a value; others have no evidence and are no past.
        least: earlier scores that there must be.
    """
    past: list[float] = []
    found = np.zeros(len(scores))
    for step in np.flatnonzero(observed):
        score = float(scores[step])
        if len(past) >= least and score > 0:
            above = len(past) - bisect_left(past, score)
            found[step] = -np.log10((above + 1) / (len(past) + 1))
            if not above and past[-1] > 0:
                found[step] += min(np.log10(score / past[-1]), 1.0)
        insort(past, score)
    return found


def combined(evidence: Sequence[Floats]) -> Floats:
    """The mean evidence (T,) of several detectors."""
    found: Floats = np.mean(np.stack(evidence), axis=0)
    return found


def contamination(alarms_per_week: float, steps_per_week: float, steps_per_alarm: float) -> float:
    """The share of steps that may be triggers, for a budget of false alarms; an alarm lasts some steps."""
    return float(np.clip(alarms_per_week * steps_per_alarm / max(steps_per_week, 1e-9), 1e-4, 0.2))


def over_budget(
    evidence: Floats, observed: NDArray[np.bool_], share: float, alarms_per_step: float, least: int = LEAST_PAST
) -> NDArray[np.bool_]:
    """Which steps (T,) have evidence above the (1 - share) quantile of their past; without enough past none have.

    A series whose past does not resemble its future would still raise too many alarms. So each alarm is a debt that
    the budget pays off with time; in debt for more than `BURST` alarms, only evidence above all of the past counts.

    Args:
        evidence: one per step.
        observed: which steps have a value.
        share: of the steps that may be above the threshold.
        alarms_per_step: budget of false alarms.
        least: earlier steps that there must be.
    """
    past: list[float] = []
    found = np.zeros(len(evidence), dtype=bool)
    debt, was_above = 0.0, False
    for step in np.flatnonzero(observed):
        above = False
        if len(past) >= least:
            rank = min(len(past) - 1, int(np.ceil((1 - share) * len(past))))
            limit = past[rank] if debt < BURST or was_above else past[-1]
            above = bool(evidence[step] > limit and evidence[step] > 0)
        debt = max(0.0, debt - alarms_per_step) + (above and not was_above)
        found[step] = was_above = above
        insort(past, float(evidence[step]))
    return found


def extreme(sigmas: Floats, observed: NDArray[np.bool_], window: int, least: int = LEAST_PAST) -> NDArray[np.bool_]:
    """Which steps (T,) deviate by at least four robust sigmas and half as much again as the `window` steps before."""
    size = np.where(observed, np.abs(sigmas), 0.0)
    largest = pl.Series(size).rolling_max(window, min_samples=1).shift(1, fill_value=0.0).to_numpy()
    seen: NDArray[np.int64] = np.cumsum(observed) - observed
    found: NDArray[np.bool_] = (
        observed & (seen >= least) & (size >= np.maximum(EXTREME_SIGMAS, RECORD_FACTOR * largest))
    )
    return found
