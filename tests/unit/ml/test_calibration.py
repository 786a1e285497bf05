"""Conformal quantiles on data whose truth is known."""

import numpy as np
import pytest

from ml.evaluation.shifted_conformal import (
    SHIFT_PRIOR_SD,
    UNSEEN_SEASON_SD,
    Calibration,
    Matured,
    calibrate,
    prior_shift_sd,
    shift_nodes,
    uncalibrated,
)

ALMOST_NONE = 1e-6


def window(rng: np.random.Generator, n: int, shift: float = 0.0) -> Matured:
    """Log-normal errors around the point, the same for every window but for its common shift."""
    point = rng.gamma(2.0, 20.0, n)
    actual = np.maximum((point + 1) * np.exp(rng.normal(shift, 0.7, n)) - 1, 0.0)
    return Matured(point, actual, point.copy(), np.ones(n), np.ones(n, dtype=bool))


def share_below(calibration: Calibration, test: Matured, quantile: int) -> float:
    _, quantiles = calibration.spread(test.point, test.size)
    return float((test.actual <= quantiles[:, quantile]).mean())


def test_exchangeable_data_are_covered_as_promised() -> None:
    rng = np.random.default_rng(1)
    calibration = calibrate([window(rng, 4000) for _ in range(10)], ALMOST_NONE)
    assert calibration is not None
    test = window(rng, 40_000)
    for k, level in enumerate((0.1, 0.5, 0.9)):
        assert share_below(calibration, test, k) == pytest.approx(level, abs=0.01)


def test_windows_that_shift_together_are_covered_on_average() -> None:
    """The market moves every window: pooled errors would be as wide, but a handful of windows must widen further."""
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(300):
        calibration = calibrate([window(rng, 300, rng.normal(0, 0.5)) for _ in range(4)], 0.5)
        assert calibration is not None
        covered.append(share_below(calibration, window(rng, 300, rng.normal(0, 0.5)), 2))
    assert np.mean(covered) == pytest.approx(0.9, abs=0.02)


def test_the_mean_is_the_mean() -> None:
    rng = np.random.default_rng(3)
    calibration = calibrate([window(rng, 4000) for _ in range(10)], ALMOST_NONE)
    assert calibration is not None
    test = window(rng, 200_000)
    mean, _ = calibration.spread(test.point, test.size)
    assert mean.sum() / test.actual.sum() == pytest.approx(1.0, abs=0.02)


def test_the_mean_weighs_series_by_their_worth() -> None:
    """Cheap series come three times over, dear ones as forecast: in money there is almost no excess."""
    point = np.full(1000, 50.0)
    cheap = np.arange(1000) < 500
    actual = np.where(cheap, 150.0, 50.0)
    worth = np.where(cheap, 0.01, 100.0)
    only = Matured(point, actual, point, worth, np.ones(1000, dtype=bool))
    calibration = calibrate([only], ALMOST_NONE)
    assert calibration is not None
    shift = np.log((actual + 1) / 51).mean()
    expected = 51 * np.exp(shift)
    ratio = (worth * (actual + 1)).sum() / (worth * expected).sum()
    mean, _ = calibration.spread(np.array([50.0]), np.array([50.0]))
    assert mean[0] == pytest.approx(51 * ratio * np.exp(shift / 2) - 1)


def test_quantiles_are_ordered_and_not_negative() -> None:
    rng = np.random.default_rng(4)
    calibration = calibrate([window(rng, 50) for _ in range(3)], 0.3)
    assert calibration is not None
    point = np.concatenate([np.zeros(50), rng.gamma(1.0, 100.0, 50)])
    mean, quantiles = calibration.spread(point, point)
    assert (np.diff(quantiles, axis=1) >= 0).all()
    assert (quantiles >= 0).all()
    assert (mean >= 0).all()


def test_few_errors_are_no_calibration_and_the_assumption_keeps_the_point() -> None:
    assert calibrate([window(np.random.default_rng(5), 29)], 0.3) is None
    assert calibrate([], 0.3) is None
    mean, quantiles = uncalibrated(0.3).spread(np.array([9.0]), np.array([9.0]))
    sd = np.hypot(1.0, 0.3)
    assert mean[0] == pytest.approx(9.0)
    np.testing.assert_allclose(
        quantiles[0], [max(10 * np.exp(-1.2815515655 * sd) - 1, 0), 9, 10 * np.exp(1.2815515655 * sd) - 1]
    )


def test_the_prior_of_the_shift() -> None:
    assert prior_shift_sd(365, 30) == SHIFT_PRIOR_SD
    assert prior_shift_sd(364, 30) == UNSEEN_SEASON_SD
    assert prior_shift_sd(100, 90) == pytest.approx(UNSEEN_SEASON_SD / 3 ** (1 / 2))
    few, many = shift_nodes(np.full(1, 0.2), 0.3), shift_nodes(np.full(200, 0.2), 0.3)
    assert np.ptp(many) < np.ptp(few)
    assert many.mean() == pytest.approx(0.2 * 200 / 201)
    assert few.mean() == pytest.approx(0.1)


def test_a_shift_that_the_model_has_learnt_since_is_not_added_again() -> None:
    """It missed half of every past window, and is right by now: with its old errors put back nearly all is covered."""
    rng = np.random.default_rng(6)
    past = [window(rng, 2000, 0.7) for _ in range(12)]
    learnt, again = calibrate(past, ALMOST_NONE, centre=0.0), calibrate(past, ALMOST_NONE)
    assert learnt is not None
    assert again is not None
    test = window(rng, 40_000)
    assert share_below(learnt, test, 2) == pytest.approx(0.9, abs=0.01)
    assert share_below(again, test, 2) > 0.97
    mean, _ = learnt.spread(test.point, test.size)
    assert mean.sum() / test.actual.sum() == pytest.approx(1.0, abs=0.02)


def test_the_mean_of_small_sellers_does_not_hold_the_comeback_of_one_in_twenty() -> None:
    """Every twentieth sells a hundredfold: 3 + 1 expected count as at most 4 x 3, 399 + 1 as at most 400 x 20."""
    for point, most in ((3.0, 1 + np.sqrt(4.0)), (399.0, 20.0)):
        ratio = np.where(np.arange(2000) % 20 == 0, 100.0, 1.0)
        actual = (point + 1) * ratio - 1
        same = np.full(2000, point)
        calibration = calibrate([Matured(same, actual, same, np.ones(2000), np.zeros(2000, dtype=bool))], ALMOST_NONE)
        assert calibration is not None
        mean, _ = calibration.spread(same[:1], same[:1])
        assert mean[0] == pytest.approx((point + 1) * (0.95 + 0.05 * most) - 1)
