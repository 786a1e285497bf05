"""Lags, means and seasonal columns against plain NumPy, row by row."""

import numpy as np
import pytest

from ml.series.features import Rows, look
from ml.series.frame import Reading, prepare
from ml.series.panel import Shaped
from tests.unit.ml.series.conftest import long

RNG = np.random.default_rng(3)
GROWING = np.exp(np.cumsum(RNG.normal(0, 0.1, 120))) * 40
CROSSING = RNG.normal(0, 3, 90)


def shaped_by_hand(y: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The shape of a mean: logarithm of a series well above zero, asinh of any other, in multiples of its size."""
    size = np.nanmean(np.abs(y))
    return np.log(window / size) if np.nanmin(y) > 0.02 * size else np.arcsinh(window / size)


@pytest.mark.parametrize("is_sum", [False, True])
@pytest.mark.parametrize("name", ["growing", "crossing"])
def test_columns_are_what_numpy_says(name: str, is_sum: bool) -> None:
    y = {"growing": GROWING, "crossing": CROSSING}[name]
    prepared = prepare(long({"growing": GROWING, "crossing": CROSSING}), Reading("D", 10))
    shaped = Shaped(prepared.panel)
    series = prepared.panel.ids.index(name)
    for last, ahead in ((60, 1), (60, 9), (85, 10), (20, 3)):
        rows = Rows(np.array([series]), np.array([last]), np.array([ahead]), is_sum)
        seen = look(shaped, prepared.frequency, rows)
        got = dict(zip(seen.names, seen.matrix[0], strict=True))

        def g(first: int, until: int) -> float:
            return float(shaped_by_hand(y, np.array(y[first : until + 1].mean())))

        shape = np.array([shaped_by_hand(y, value) for value in y])
        base, scale = shape[last], np.abs(np.diff(shape[: last + 1])).mean()
        assert seen.base[0] == pytest.approx(base)
        assert seen.scale[0] == pytest.approx(scale)
        assert got["lag_3"] == pytest.approx((shape[last - 3] - base) / scale, rel=1e-4)
        assert got["mean_4"] == pytest.approx((g(last - 3, last) - base) / scale, rel=1e-4, abs=1e-5)
        assert got["trend_4"] == pytest.approx((g(last - 3, last) - g(last - 7, last - 4)) / scale, rel=1e-4, abs=1e-5)
        # Of the week, and of as many weeks as the target needs, the same steps as it aims at.
        weeks = -(-ahead // 7)
        end = last + ahead - 7 * weeks
        first = end - (ahead if is_sum else 1) + 1
        assert got["same_1_of_7"] == pytest.approx((g(first, end) - base) / scale, rel=1e-4, abs=1e-5)
        assert np.isnan(got["same_1_of_364"])


def test_a_gap_is_no_value_and_the_last_known_one_is_the_base() -> None:
    y = GROWING.copy()
    y[50:56] = np.nan
    prepared = prepare(long({"a": y}).drop_nulls().filter(~np.isnan(y)), Reading("D", 5))
    shaped = Shaped(prepared.panel)
    seen = look(shaped, prepared.frequency, Rows(np.array([0]), np.array([55]), np.array([1]), False))
    assert seen.base[0] == pytest.approx(np.log(y[49] / np.nanmean(y)))
    assert np.isnan(dict(zip(seen.names, seen.matrix[0], strict=True))["lag_1"])
