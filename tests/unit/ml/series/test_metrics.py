"""The competition's metrics on an example worked out by hand."""

import polars as pl
import pytest

from ml.evaluation.losses import owa
from ml.series.metrics import evaluate

FRAME = pl.DataFrame(
    {
        "unique_id": ["A", "A", "B"],
        "y": [10.0, 20.0, 0.0],
        "q0.1": [8.0, 21.0, 0.0],
        "q0.5": [10.0, 30.0, 0.0],
        "q0.9": [9.0, 40.0, 0.0],
        "naive": [30.0, 20.0, 5.0],
        "scale": [5.0, 5.0, 2.0],
    }
)


def test_by_hand() -> None:
    ours, naive = evaluate(FRAME, ["naive"], [0.1, 0.5, 0.9]).rows(named=True)
    # A: 0 and 200 * 10 / 50 = 40, mean 20; B: both zero, no miss.
    assert ours["smape"] == pytest.approx(10)
    # A: 0 and 10 / 5, mean 1; B: 0.
    assert ours["mase"] == pytest.approx(0.5)
    # naive: A: 200 * 20 / 40 = 100 and 0; B: 200. MASE: A: 4 and 0; B: 2.5.
    assert (naive["smape"], naive["mase"]) == (pytest.approx(125), pytest.approx(2.25))
    # P90: 10 > 9 is not covered, 20 is, the tie at zero counts .9; P10: no, yes, .1.
    assert ours["coverage_q0.9"] == pytest.approx((0 + 1 + 0.9) / 3)
    assert ours["coverage_q0.1"] == pytest.approx((0 + 1 + 0.1) / 3)
    # A: (.1*2 + 0 + .9*1)/3/5 and (.9*1 + .5*10 + .1*20)/3/5, mean; B: 0.
    assert ours["pinball"] == pytest.approx(((1.1 / 15) + (7.9 / 15)) / 2 / 2)


def test_owa_of_the_reference_is_one_and_half_the_errors_half() -> None:
    assert owa(9.161, 2.777, 9.161, 2.777) == 1
    assert owa(9.161 / 2, 2.777 / 2, 9.161, 2.777) == pytest.approx(0.5)
