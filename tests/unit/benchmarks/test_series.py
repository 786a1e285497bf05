"""What `lacquer bench series` computes, on numbers worked out by hand; the runs themselves at their tiny scale."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import Result

from benchmarks.series_bench import _coverage, _errors
from benchmarks.series_inputs import M4, M4_NAIVE2
from benchmarks.series_sets import SETS, naive2, scores


def test_errors_and_coverage_by_hand() -> None:
    m4 = M4(["A", "B"], [np.array([1.0, 3.0, 2.0]), np.array([10.0, 20.0])], np.full((2, 13), 10.0))
    made = pl.DataFrame(
        {
            "unique_id": ["B"] * 13 + ["A"] * 13,
            "horizon": list(range(1, 14)) * 2,
            "q0.5": [15.0] * 13 + [10.0] * 13,
            "q0.9": [9.0] * 13 + [11.0] * 13,
        }
    )
    smape, mase, owa = _errors(m4, made, "q0.5")
    assert smape == pytest.approx((200 * 5 / 25 + 0) / 2)
    assert mase == pytest.approx((5 / 10 + 0) / 2)
    assert owa == pytest.approx((20 / M4_NAIVE2[0] + 0.25 / M4_NAIVE2[1]) / 2)
    assert _coverage(m4, made) == 0.5


def test_a_shared_set_by_hand() -> None:
    train = pl.DataFrame({"unique_id": ["A"] * 4 + ["B"] * 3, "ds": [0, 1, 2, 3, 0, 1, 2], "y": [2, 4, 3, 5, 1, 1, 1]})
    test = pl.DataFrame({"unique_id": ["A", "A", "B"], "ds": [4, 5, 3], "y": [6.0, 4.0, 1.0]})
    made = test.select("unique_id", "ds", horizon=pl.Series([1, 2, 1], dtype=pl.Int32)).with_columns(
        pl.Series("mean", [6.0, 6.0, 1.0]), pl.Series("q0.1", [4.0, 3.0, 1.0]), pl.Series("q0.5", [5.0, 5.0, 1.0]),
        pl.Series("q0.9", [6.0, 3.5, 1.0]),
    )  # fmt: skip
    found = scores(train, test, made, 1)
    scale, square = (2 + 1 + 2) / 3, (4 + 1 + 4) / 3
    assert found["series"] == 1, "B never changes"
    assert found["owa"] == pytest.approx(1), "the P50 is the last value, as Naive2 is"
    smape = (0 + 200 * 2 / 10) / 2 / ((200 / 11 + 200 / 9) / 2)
    assert found["owa_of_mean"] == pytest.approx((smape + (0 + 2) / (1 + 1)) / 2)
    assert found["bias"] == pytest.approx(12 / 10 - 1)
    assert found["rmsse"] == pytest.approx(np.sqrt((0 + 4) / 2 / square))
    first = (0.1 * 2 + 0.5 * 1 + 0) / 3
    second = (0.1 * 1 + 0.5 * 1 + 0.9 * 0.5) / 3
    assert found["pinball"] == pytest.approx((first + second) / 2 / scale)
    assert found["covered"] == 0.5


def test_naive2_takes_a_season_out_that_shows() -> None:
    y = np.array([10.0, 20.0, 30.0, 40.0] * 6)
    assert naive2("A", y, 4, 5)["naive2"].to_list() == pytest.approx([10, 20, 30, 40, 10])
    assert naive2("A", np.array([3.0, 1.0, 2.0, 5.0, 4.0]), 4, 2)["naive2"].to_list() == [4.0, 4.0]


@pytest.mark.heavy
def test_the_benchmark_runs_the_command_itself(
    lacquer: Callable[..., Result], lacquer_data: Path, tmp_path: Path
) -> None:
    out = tmp_path / "series.json"
    answer = lacquer("bench", "series", "--scale", "tiny", "--data", lacquer_data, "--out", out)
    assert answer.exit_code == 0, answer.output
    parts = json.loads(out.read_text())["parts"]
    assert parts[0]["measured"][0]["model"] == "lacquer forecast, seed 0"
    assert 0.3 < parts[0]["measured"][0]["owa"] < 1.2
    assert {row["set"] for row in parts[1]["measured"]} == {one.folder for one in SETS}
    assert all(0.2 < row["owa"] < 1.3 for row in parts[1]["measured"] if row["set"] != "carparts")
    assert parts[2]["measured"][0]["series"] == 20
