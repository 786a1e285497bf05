"""A series' own misses: sums apart by brute force, no factor where they foretell nothing, ranges of both kinds."""

import numpy as np
import pytest

from ml.series.backtest import backtest
from ml.series.boosting import Settings
from ml.series.features import Rows
from ml.series.frame import Reading, prepare
from ml.series.own_misses import apart, factor, own_misses
from ml.series.rehearsal import Request
from tests.unit.ml.series.conftest import LEVELS, long


def held(n_series: int, origins: int, steps: int) -> Rows:
    series, last, ahead = (
        one.ravel() for one in np.meshgrid(range(n_series), range(40, 40 + origins), range(1, steps + 1))
    )
    return Rows(series, last, ahead, False)


def test_windows_that_share_a_step_are_left_out() -> None:
    rng = np.random.default_rng(3)
    rows = held(4, 9, 5)
    chosen = rng.permutation(len(rows.series))[:120]
    rows = Rows(rows.series[chosen], rows.last[chosen], rows.ahead[chosen], False)
    miss = rng.exponential(size=120)
    total, count = apart(rows, miss)
    for k in range(120):
        same = (rows.series == rows.series[k]) & (rows.ahead == rows.ahead[k])
        far = same & (np.abs(rows.last - rows.last[k]) >= rows.ahead[k])
        assert (total[k], count[k]) == (pytest.approx(miss[far].sum()), far.sum())


def test_misses_that_foretell_nothing_change_nothing() -> None:
    rows = held(60, 8, 2)
    errors = np.random.default_rng(1).normal(size=len(rows.series))
    found = own_misses(rows, errors, np.full(len(errors), np.abs(errors).mean()), 61)
    assert found.series == pytest.approx(1, abs=0.12)
    assert found.series[60] == 1, "a series without a row"


def test_a_series_that_is_missed_by_three_times_as_much_has_a_range_three_times_as_wide() -> None:
    rows = held(200, 12, 1)
    wild = rows.series % 2
    errors = np.random.default_rng(2).normal(size=len(wild)) * (0.5 + wild)
    found = own_misses(rows, errors, np.full(len(wild), np.abs(errors).mean()), 200)
    calm, loud = found.series[::2].mean(), found.series[1::2].mean()
    assert loud / calm == pytest.approx(3, rel=0.25)


def test_few_misses_count_little() -> None:
    assert factor(np.array([6.0, 60.0]), np.array([2.0, 20.0]), 4.0) == pytest.approx([10 / 6, 64 / 24])


def test_noise_and_random_walks_are_covered_alike() -> None:
    """Noise comes back from a step and a walk does not: one pool covers 98% of the one and 81% of the other."""
    rng = np.random.default_rng(7)
    noise = {f"N{k:02d}": 100 + rng.normal(0, 8, 160) for k in range(30)}
    walks = {f"W{k:02d}": 100 + np.cumsum(rng.normal(0, 1, 160)) for k in range(30)}
    prepared = prepare(long({**noise, **walks}), Reading("D", 6, season=1))
    made = backtest(prepared, Request((6,), LEVELS, False), Settings(trees=20, num_threads=1), 3)
    inside = made["y"] <= made["q0.9"]
    is_noise = made["unique_id"].str.starts_with("N")
    assert 0.84 < inside.filter(is_noise).mean() < 0.96  # type: ignore[operator]
    assert 0.84 < inside.filter(~is_noise).mean() < 0.96  # type: ignore[operator]
