"""The simulated year against the promotion rule itself, look by look, and its shares against counting."""

import math

import numpy as np
import pytest

from benchmarks.promotions import GAINS, Shares, shares, verdicts
from ml.promotion.decision import decide
from ml.promotion.simulation import Design, as_pairs, drawn_year, simulated_weeks, weeks_to_promotion
from tests.unit.ml.promotion.losses import paired_losses

SHORT = Design(known=6, weeks=20, entities=300)


def rule_by_looks(design: Design, gain: float, seed: int) -> int:
    """The oracle: `decide` itself at every look, until it promotes or evidence discards."""
    year = drawn_year(paired_losses(), design, seed)
    for week in range(design.weeks + 1):
        if design.seen(week) == 0:
            continue
        found = decide(as_pairs(year, design, week, gain), design.horizon_days, resamples=300)
        if found.verdict != "wait":
            return week if found.verdict == "promote" else -1
    return -1


@pytest.mark.parametrize(("gain", "seed"), [(0.06, 1), (0.1, 2), (0.0, 3), (-0.1, 4)])
def test_many_gains_at_once_decide_as_the_rule_does(gain: float, seed: int) -> None:
    year = drawn_year(paired_losses(), SHORT, seed)
    found = weeks_to_promotion(year, SHORT, [0.02, gain], seed)
    assert found[1] == rule_by_looks(SHORT, gain, seed)


def test_a_live_origin_counts_once_its_window_has_ended() -> None:
    design = Design(known=9)
    assert [design.seen(week) for week in (0, 4, 5, 6, 12)] == [9, 9, 10, 11, 17]
    for week in (5, 12, 30):
        ends = [(day - design.days[9]).days + 30 for day in design.days[9:]]
        assert design.seen(week) == 9 + sum(end <= 7 * week for end in ends)


def test_live_windows_that_overlap_share_one_draw() -> None:
    """Without noise of single releases, the ratio of an origin is the mood of its draw."""
    year = drawn_year(paired_losses(noise=0.0), SHORT, 5)
    sums = year.losses[6:26, :, :, 1].sum(axis=1)
    blocks = np.log(sums[:, 1] / sums[:, 0]).reshape(4, 5)
    assert np.ptp(blocks, axis=1) == pytest.approx(np.zeros(4), abs=1e-9)
    assert len(np.unique(blocks[:, 0].round(9))) > 1


def test_drawn_losses_have_the_gain_that_was_planted() -> None:
    year = drawn_year(paired_losses(), SHORT, 1)
    even, better = (as_pairs(year, SHORT, 20, gain)["challenger_loss"].to_numpy() for gain in (0.0, 0.03))
    assert better == pytest.approx(0.97 * even)
    assert even.size == SHORT.seen(20) * 300


def test_shares_count_years_and_name_the_smallest_gain() -> None:
    weeks = np.array([[-1, 0], [-1, 12], [-1, 13], [40, -1]])
    assert shares(weeks, [0.0, 0.03]) == [Shares(0.0, 0.0, 0.25, 40.0), Shares(0.03, 0.5, 0.75, 12.0)]
    by_gain = [Shares(gain, 0.0 if gain < 0.05 else 0.8, 0.0, None) for gain in GAINS]
    assert verdicts(by_gain, 4)[-1].endswith("in 70%: 5%.")
    assert verdicts([Shares(gain, 0.1, 0.0, None) for gain in GAINS], 4)[-1].endswith("above 15%.")


@pytest.mark.heavy
def test_weekly_looks_promote_the_equal_rarely_and_the_worse_never() -> None:
    """By Ville's inequality at most one year in twenty; of 60 years up to 8 would be no surprise (binomial, 99%)."""
    weeks = simulated_weeks(paired_losses(), Design(0, horizon_days=7), [-0.03, 0.0, 0.15], range(60))
    promoted = (weeks >= 0).sum(axis=0)
    limit = next(
        k for k in range(61) if sum(math.comb(60, i) * 0.05**i * 0.95 ** (60 - i) for i in range(k + 1)) > 0.99
    )
    assert promoted[0] == 0
    assert promoted[1] <= limit
    assert promoted[2] == 60
