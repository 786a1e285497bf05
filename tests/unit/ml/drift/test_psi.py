"""Planted shifts are found within two weeks of runs; sixty quiet days raise at most one alarm."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from ml.drift.alarm import drifted, reason_to_retrain
from ml.drift.psi import drift, psi

DAY = dt.date(2026, 1, 1)
FEATURES = ["normal", "skewed", "counts", "category", "holes"]


def frame(rng: np.random.Generator, n: int = 500, **change: float) -> pl.DataFrame:
    """Five features; `change` moves one of them."""
    holes = rng.normal(size=n)
    holes[rng.random(n) < 0.2 + change.get("holes", 0.0)] = np.nan
    category = rng.choice(4, size=n, p=[0.4, 0.3, 0.2, 0.1])
    category = np.where(rng.random(n) < change.get("category", 0.0), 3, category)
    return pl.DataFrame(
        {
            "normal": rng.normal(change.get("normal", 0.0), 1, n),
            "skewed": rng.lognormal(change.get("skewed", 0.0), 1, n),
            "counts": rng.poisson(2 + change.get("counts", 0.0), n),
            "category": category,
            "holes": holes,
        }
    )


def alarms(days: int, seed: int, at: int | None = None, **change: float) -> list[int]:
    """Days on which drift would start a retraining, one run a day."""
    rng = np.random.default_rng(seed)
    reference, reports, found = frame(rng, 3_000), [], []
    for k in range(days):
        shifted = change if at is not None and k >= at else {}
        rows = drift(reference, frame(rng, 500, **shifted), FEATURES)
        reports += [row | {"origin": DAY + dt.timedelta(days=k)} for row in rows.to_dicts()]
        if drifted(reports):
            found.append(k)
    return found


def test_the_index_is_that_of_the_formula() -> None:
    old = pl.Series([0] * 80 + [1] * 120)
    new = pl.Series([0] * 120 + [1] * 60 + [None] * 20)
    shares = [(0.4, 0.6, 1e-4), (0.6, 0.3, 0.1)]
    expected = sum((b - a) * math.log(b / a) for a, b in zip(*shares, strict=True))
    assert psi(old, new) == pytest.approx(expected)
    assert psi(old, old) == pytest.approx(0.0)
    assert psi(old.head(50), new) is None


SHIFTS = [
    {"normal": 1.0}, {"normal": -0.8}, {"normal": 2.0}, {"skewed": 0.9}, {"skewed": -1.0},
    {"counts": 2.0}, {"counts": -1.3}, {"category": 0.4}, {"category": 0.6}, {"holes": 0.4},
]  # fmt: skip


@pytest.mark.parametrize("shift", SHIFTS, ids=str)
def test_a_planted_shift_is_found_within_two_weeks(shift: dict[str, float]) -> None:
    found = alarms(35, seed=11, at=20, **shift)
    assert found, shift
    assert 21 <= found[0] <= 34


@pytest.mark.parametrize("seed", range(5))
def test_sixty_quiet_days_raise_at_most_one_alarm(seed: int) -> None:
    assert len(alarms(60, seed)) <= 1


def test_a_retraining_starts_at_most_weekly() -> None:
    now = dt.datetime(2026, 1, 10, tzinfo=dt.UTC)
    week = dt.timedelta(days=7)
    assert reason_to_retrain(["a"], False, now - week, now) == (
        "Features have drifted at two runs in a row (PSI above 0.25): a."
    )
    assert reason_to_retrain(["a"], True, now - week + dt.timedelta(hours=1), now) is None
    assert reason_to_retrain([], True, None, now) == "The live loss is above the band of the backtest."
    assert reason_to_retrain([], False, None, now) is None
