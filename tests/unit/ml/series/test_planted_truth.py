"""Seasons that were planted are found again, better than by repeating the last one, at every frequency."""

import numpy as np
import polars as pl
import pytest

from ml.series.backtest import backtest
from ml.series.boosting import Settings
from ml.series.features import Rows
from ml.series.frame import Reading, prepare
from ml.series.metrics import evaluate
from ml.series.panel import Shaped
from ml.series.rehearsal import Request
from ml.series.simple import RULES, tsb
from tests.unit.ml.series.conftest import LEVELS, long, seasonal

QUICK = Settings(trees=40, models=4, num_threads=1)


@pytest.mark.parametrize(
    ("freq", "n", "seasons", "horizon", "n_series", "season"),
    [
        ("H", 1000, {24: 0.3, 168: 0.2}, 24, 12, None),
        ("D", 500, {7: 0.3}, 14, 15, None),
        ("B", 400, {5: 0.2}, 10, 15, None),
        ("W", 210, {52: 0.3}, 8, 20, None),
        ("MS", 96, {12: 0.3}, 12, 20, None),
        ("ME", 60, {12: 0.3}, 6, 10, None),
        ("QS", 48, {4: 0.3}, 4, 30, None),
        ("1", 200, {9: 0.3}, 9, 20, 9),
        ("MS", 120, {12: 0.3}, 12, 1, None),
    ],
)
def test_a_planted_season_is_recovered(
    freq: str, n: int, seasons: dict[int, float], horizon: int, n_series: int, season: int | None
) -> None:
    _, observed = seasonal(n_series, n, seasons, 0.05, seed=4)
    frame = long({f"S{k:02d}": y for k, y in enumerate(observed)}, freq)
    prepared = prepare(frame, Reading(freq, horizon, season))
    made = backtest(prepared, Request((horizon,), LEVELS, False), QUICK, 3)
    ours, rival = evaluate(made, ["seasonal_naive"], LEVELS).rows(named=True)
    assert ours["mase"] < 0.95 * rival["mase"]
    assert ours["n"] == 3 * horizon * n_series
    # The fewer the windows, the wider the band: the misses of neighbouring steps go together.
    slack = 0.08 if n_series > 5 else 0.15
    assert ours["coverage_q0.9"] == pytest.approx(0.9, abs=slack)


def test_the_sum_is_covered_as_a_sum() -> None:
    _, observed = seasonal(40, 420, {7: 0.3}, 0.2, seed=8)
    prepared = prepare(long({f"S{k:02d}": y for k, y in enumerate(observed)}), Reading("D", 30))
    made = backtest(prepared, Request((10, 30), LEVELS, True), QUICK, 3)
    truth = {(f"S{k:02d}"): y for k, y in enumerate(observed)}
    row = made.filter((pl.col("unique_id") == "S07") & (pl.col("windows_back") == 2)).sort("horizon")
    assert row["y"].to_list() == pytest.approx([truth["S07"][360:370].sum(), truth["S07"][360:390].sum()])
    ours = evaluate(made, [], LEVELS).row(0, named=True)
    assert ours["coverage_q0.9"] == pytest.approx(0.9, abs=0.07)
    assert ours["coverage_q0.1"] == pytest.approx(0.1, abs=0.07)


def test_the_rules_are_what_a_pencil_gives() -> None:
    y = np.array([4.0, 9.0, 2.0, 7.0, 5.0, 8.0, 3.0, 6.0, 10.0, 1.0, 7.0, 0.0])
    prepared = prepare(long({"a": y}), Reading("D", 4, season=4))
    shaped = Shaped(prepared.panel)

    def at(name: str, ahead: int, is_sum: bool) -> float:
        rows = Rows(np.array([0]), np.array([11]), np.array([ahead]), is_sum)
        return float(RULES[name](shaped, 4, rows)[0])

    assert at("naive", 3, False) == pytest.approx(0.0, abs=1e-9)
    assert at("naive", 3, True) == pytest.approx((1 + 7 + 0) / 3)
    assert at("seasonal_naive", 2, False) == pytest.approx(1)
    assert at("seasonal_naive", 6, False) == pytest.approx(1)
    assert at("seasonal_naive", 2, True) == pytest.approx((10 + 1) / 2)
    assert at("recent_mean", 2, False) == pytest.approx(y[-8:].mean())
    size, g = y.mean(), np.arcsinh
    step = (g(y[-1] / size) - g(y[0] / size)) / 11
    assert at("growth", 3, False) == pytest.approx(size * np.sinh(g(y[-1] / size) + 3 * step))
    assert at("growth", 3, True) == pytest.approx(size * np.sinh(g(y[-1] / size) + 2 * step))
    assert at("drift", 3, False) == pytest.approx(-3 * 4 / 11)
    assert at("drift", 3, True) == pytest.approx(-2 * 4 / 11)
    blocks = y.reshape(3, 4)
    profile = np.mean([g(block[1] / size) - g(block.mean() / size) for block in blocks])
    assert at("seasonal_mean", 2, False) == pytest.approx(size * np.sinh(g(blocks[2].mean() / size) + profile))


def test_tsb_is_the_recursion_of_its_paper() -> None:
    y = np.array([0.0, 3.0, 0.0, 0.0, 5.0, 0.0, 1.0, 0.0])
    chance, size = np.mean(y > 0), y[y > 0].mean()
    for value in y:
        chance += 0.05 * (float(value > 0) - chance)
        size += 0.1 * (value - size) if value > 0 else 0.0
    shaped = Shaped(prepare(long({"a": y}), Reading("D", 2)).panel)
    rows = Rows(np.array([0, 0]), np.array([7, 7]), np.array([1, 2]), False)
    assert tsb(shaped, 1, rows) == pytest.approx([chance * size] * 2)
