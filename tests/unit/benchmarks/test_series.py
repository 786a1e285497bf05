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
    assert parts[1]["measured"][0]["series"] == 20
