"""Theta against the recursion of its papers, step by step; straight lines go on, whatever there is to rehearse on."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.series.backtest import forecast_frame
from ml.series.boosting import Settings
from ml.series.features import Rows
from ml.series.frame import Reading, prepare
from ml.series.panel import Shaped
from ml.series.rehearsal import Request
from ml.series.theta import theta

RATES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)


def frame(y: np.ndarray) -> pl.DataFrame:
    days = [date(2026, 1, 1) + timedelta(days=k) for k in range(len(y))]
    return pl.DataFrame({"unique_id": "a", "ds": days, "y": y})


def by_hand(y: np.ndarray, season: int, steps: int) -> np.ndarray:
    """The method with loops: classical decomposition, smoothing with half of the slope."""
    n, index = len(y), np.ones(season)
    if season > 1:
        half = season // 2
        ratios: list[list[float]] = [[] for _ in range(season)]
        for t in range(half, n - half):
            middle = (0.5 * y[t - half] + y[t - half + 1 : t + half].sum() + 0.5 * y[t + half]) / season
            ratios[(t - n) % season].append(y[t] / middle)
        index = np.array([np.mean(one) for one in ratios])
        index /= index.mean()
    x = np.array([y[t] / index[(t - n) % season] for t in range(n)])
    best = (np.inf, 0.0, 0.0)
    for rate in RATES:
        level, missed = x[0], 0.0
        for value in x[1:]:
            missed += (value - level) ** 2
            level = rate * value + (1 - rate) * level
        best = min(best, (missed, rate, level))
    _, rate, level = best
    drift = np.polyfit(np.arange(n), x, 1)[0] / 2
    return np.array(
        [
            (level + drift * (h - 1 + (1 - (1 - rate) ** n) / rate)) * index[(h - 1) % season]
            for h in range(1, steps + 1)
        ]
    )


@pytest.mark.parametrize("season", [1, 4])
def test_it_is_what_the_papers_say(season: int) -> None:
    rng = np.random.default_rng(5)
    y = 100 + np.cumsum(rng.normal(0.5, 3, 40))
    y *= np.tile([1.3, 0.8, 1.1, 0.8], 10) if season == 4 else 1.0
    shaped = Shaped(prepare(frame(y), Reading("D", 6, season=season)).panel)
    steps = np.arange(1, 7)
    single = Rows(np.zeros(6, np.int64), np.full(6, 39), steps, False)
    sums = Rows(np.zeros(6, np.int64), np.full(6, 39), steps, True)
    expected = by_hand(y, season, 6)
    assert theta(shaped, season, single) == pytest.approx(expected)
    assert theta(shaped, season, sums) == pytest.approx(np.cumsum(expected) / steps)
    assert theta(shaped, season, Rows(np.zeros(1, np.int64), np.array([29]), np.array([2]), False)) == pytest.approx(
        by_hand(y[:30], season, 2)[1:]
    )


@pytest.mark.parametrize(("known", "steps"), [(30, 14), (30, 30), (60, 30), (100, 30)])
def test_a_straight_line_goes_on(known: int, steps: int) -> None:
    prepared = prepare(frame(100 + 3.0 * np.arange(known)), Reading("D", steps))
    made = forecast_frame(prepared, Request((steps,), (0.1, 0.5, 0.9), False), Settings())
    truth = 100 + 3.0 * np.arange(known, known + steps)
    assert made["mean"].to_numpy() == pytest.approx(truth, rel=0.01)
    assert (made["q0.1"].to_numpy() <= truth).all()
    assert (truth <= made["q0.9"].to_numpy()).all()
