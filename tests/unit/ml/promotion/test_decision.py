"""The promotion rule on losses with planted gains, and its parts against direct computation."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from ml.promotion.decision import decide
from ml.promotion.eprocess import CLIP, STAKES, apart, bets, evidence
from ml.promotion.resampling import ratio_of_losses

DAY = dt.date(2025, 1, 1)


def pairs(gain: float, origins: int = 14, entities: int = 300, seed: int = 1, step: int = 30) -> pl.DataFrame:
    """Champion and challenger with a common mood per origin; the challenger's loss is smaller by `gain`."""
    rng = np.random.default_rng(seed)
    frames = []
    for k in range(origins):
        champion = rng.gamma(2, 0.5, entities) * rng.lognormal(0, 0.2)
        frames.append(
            pl.DataFrame(
                {
                    "origin": [DAY + dt.timedelta(days=step * k)] * entities,
                    "entity": [f"R{n}" for n in range(entities)],
                    "segment": ["low" if n % 2 else "high" for n in range(entities)],
                    "champion_loss": champion,
                    "challenger_loss": champion * (1 - gain) * rng.lognormal(0, 0.05, entities),
                    "champion_covered": (rng.random(entities) < 0.9).astype(float),
                    "challenger_covered": (rng.random(entities) < 0.9).astype(float),
                }
            )
        )
    return pl.concat(frames)


def test_a_clear_gain_is_promoted_and_the_report_has_its_figures() -> None:
    frame = pairs(0.05)
    found = decide(frame)
    assert found.verdict == "promote", found.report
    truth = frame["challenger_loss"].to_numpy().sum() / frame["champion_loss"].to_numpy().sum()
    assert found.ratio == pytest.approx(truth)
    assert f"{truth:.4f}" in found.sentences[0]
    assert found.sentences[-1] == "Every condition holds: promote."


@pytest.mark.parametrize("gain", [0.0, 0.005])
def test_equal_and_less_than_one_percent_wait(gain: float) -> None:
    assert decide(pairs(gain)).verdict == "wait"
    assert decide(pairs(gain), weeks=26).verdict == "discard"


def test_worse_is_discarded_by_evidence() -> None:
    found = decide(pairs(-0.05))
    assert found.verdict == "discard"
    assert found.evidence_against >= 20 > found.evidence


def test_one_segment_that_is_worse_blocks_a_gain_of_all() -> None:
    worse = pl.when(pl.col("segment") == "low").then(1.1).otherwise(0.8) * pl.col("challenger_loss")
    found = decide(pairs(0.0).with_columns(worse.alias("challenger_loss")))
    assert found.ratio < 0.97
    assert found.verdict == "wait"
    assert "Worse in segments: low" in found.report


def test_coverage_beyond_three_points_blocks_unless_the_champion_is_farther_off() -> None:
    frame = pairs(0.05)
    low = frame.with_columns(challenger_covered=pl.lit(0.86))
    assert decide(low).verdict == "wait"
    assert decide(low.with_columns(champion_covered=pl.lit(0.85))).verdict == "promote"
    assert decide(frame.with_columns(challenger_covered=pl.lit(0.87))).verdict == "promote"


def test_nothing_to_compare_waits() -> None:
    assert decide(pairs(0.05).clear()).verdict == "wait"


def test_the_wealth_is_the_mean_over_gamblers() -> None:
    x = [0.03, -0.02, 0.5, -0.7]
    clipped = [max(min(v, CLIP), -CLIP) / CLIP for v in x]
    direct = [math.prod(1 + stake * v for v in clipped) for stake in STAKES]
    assert evidence(x)[-1] == pytest.approx(sum(direct) / len(STAKES))


def test_the_wealth_is_a_martingale_where_gains_and_losses_are_as_likely() -> None:
    """All 2^8 paths of a fair coin: the mean wealth is 1, and at most one path in twenty ever reaches 20."""
    paths = [[0.08 if path >> k & 1 else -0.08 for k in range(8)] for path in range(2**8)]
    wealth = np.array([evidence(path) for path in paths])
    assert wealth[:, -1].mean() == pytest.approx(1.0)
    assert (wealth.max(axis=1) >= 20).mean() <= 0.05


def test_bets_are_placed_on_origins_whose_windows_share_no_day() -> None:
    days = [DAY + dt.timedelta(days=7 * k) for k in range(10)]
    assert apart(days, 30) == [days[0], days[5]]
    assert bets(pairs(0.05, origins=10, step=7), 30)["origin"].to_list() == [days[0], days[5]]


def test_the_limits_are_those_of_resampling_both_ways() -> None:
    """The oracle draws releases and origins by name, row by row."""
    frame = pairs(0.03, origins=6, entities=40)
    cube = frame.sort("entity", "origin").select("champion_loss", "challenger_loss").to_numpy().reshape(40, 6, 2)
    rng = np.random.default_rng(5)
    ratios = []
    for _ in range(3_000):
        drawn = cube[rng.integers(40, size=40)][:, rng.integers(6, size=6)].sum(axis=(0, 1))
        ratios.append(drawn[1] / drawn[0])
    found = ratio_of_losses(frame, resamples=3_000)
    low, high = np.quantile(ratios, [0.05, 0.95])
    assert found.low == pytest.approx(low, abs=5e-4)
    assert found.high == pytest.approx(high, abs=5e-4)
