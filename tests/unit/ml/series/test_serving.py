"""Who serves: by kind of series where another rule is surely better for the kind, and which rule for rare demand."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from ml.series.boosting import Settings
from ml.series.features import Rows
from ml.series.forecaster import fit, predict
from ml.series.frame import Reading, prepare
from ml.series.kinds import better_than
from ml.series.panel import Shaped
from ml.series.rehearsal import Request
from ml.series.simple import INTERMITTENT
from tests.unit.ml.series.conftest import LEVELS, forecast, long, seasonal

N, AHEAD = 300, 7


def test_random_walks_and_seasons_in_one_file_have_different_forecasters() -> None:
    rng = np.random.default_rng(1)
    waves = seasonal(40, N + AHEAD, {7: 0.4}, 0.05, seed=4)[1]
    walks = np.exp(np.cumsum(rng.normal(0, 0.05, (40, N + AHEAD)), axis=1)) * 100
    whole = np.concatenate([waves, walks])
    names = [f"{'S' if k < 40 else 'W'}{k:02d}" for k in range(80)]
    prepared = prepare(long(dict(zip(names, whole[:, :N], strict=True))), Reading("D", AHEAD))
    settings = Settings(trees=20, models=2, num_threads=1)
    model = fit(prepared.panel, prepared.frequency, Request((AHEAD,), LEVELS, False), settings)
    assert "naive" in {name for name, _ in model.of_kind.values()}

    by_kind, once = (predict(one, prepared.panel) for one in (model, replace(model, of_kind={})))
    order = [names.index(name) for name in prepared.panel.ids]
    came = whole[order, N:]
    size = whole[order, :N].mean(axis=1, keepdims=True)
    walking = np.array([name[0] == "W" for name in prepared.panel.ids])

    def miss(quantiles: np.ndarray) -> float:
        return float((np.abs(came - quantiles[:, :, 1]) / size)[walking].mean())

    assert miss(by_kind.quantiles) < miss(once.quantiles)
    last = prepared.panel.values[prepared.panel.offset[1:] - 1]
    assert by_kind.quantiles[walking, :, 1] == pytest.approx(np.repeat(last[walking, None], AHEAD, axis=1), rel=0.1)
    covered = (came <= by_kind.quantiles[:, :, 2])[walking].mean()
    assert covered == pytest.approx(0.9, abs=0.1)


def test_another_has_to_be_better_by_more_than_chance() -> None:
    rng = np.random.default_rng(0)
    stands = rng.exponential(1, 400)
    noise = rng.normal(0, 0.5, 400)
    misses = {"stands": stands, "alike": stands + noise, "better": stands - 0.2 + noise, "best": stands - 0.4 + noise}
    assert better_than(misses, "stands") == "best"
    assert better_than({k: misses[k] for k in ("stands", "alike")}, "stands") == "stands"
    assert better_than({name: miss[:19] for name, miss in misses.items()}, "stands") == "stands"


def by_recursion(y: list[float], rate: float = 0.1) -> float:
    """Croston as his paper steps through it, begun at the means."""
    sold = [v for v in y if v]
    size, interval, since = float(np.mean(sold)), 0.0, 0
    gaps = []
    for value in y:
        since += 1
        if value:
            gaps.append(since)
            since = 0
    interval = float(np.mean(gaps))
    for value, gap in zip(sold, gaps, strict=True):
        size += rate * (value - size)
        interval += rate * (gap - interval)
    return size / interval


def test_croston_is_the_recursion_of_his_paper_and_sba_takes_its_bias_off() -> None:
    y = [0.0, 3.0, 0.0, 0.0, 5.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0]
    shaped = Shaped(prepare(long({"a": y, "z": [0.0] * 9}), Reading("D", 2)).panel)
    rows = Rows(np.array([0, 0, 1]), np.array([10, 5, 8]), np.array([1, 1, 1]), False)
    assert INTERMITTENT["croston"](shaped, 1, rows) == pytest.approx([by_recursion(y), by_recursion(y[:6]), 0])
    assert INTERMITTENT["sba"](shaped, 1, rows) == pytest.approx(
        [0.95 * by_recursion(y), 0.95 * by_recursion(y[:6]), 0]
    )


def test_rare_demand_is_served_by_the_rule_that_its_windows_prefer() -> None:
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.04, 0.1, (150, 1))
    size = 1 + rng.poisson(4, (150, 700))
    steady = np.where(rng.random((150, 700)) < chance, size, 0)
    # Some stop selling for good: only TSB forgets them.
    dying = steady * (np.arange(700) < rng.integers(300, 600, (150, 1)))
    served = {}
    for name, drawn in (("steady", steady), ("dying", dying)):
        made = forecast(long({f"{name}{k}": y for k, y in enumerate(drawn)}), (5,), is_sum=True)
        rare = made.filter(pl.col("model").is_in(list(INTERMITTENT)))
        assert rare.height > 50
        (served[name],) = rare["model"].unique().to_list()
        expected = 5 * float((chance * size.mean()).mean())
        if name == "steady":
            assert rare["mean"].mean() == pytest.approx(expected, rel=0.15)
    assert served["steady"] in ("croston", "sba")
    assert served["dying"] == "tsb"
