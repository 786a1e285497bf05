"""What `lacquer bench streams` scores: spells, windows and losses by hand; the run itself at its tiny scale."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import Result

from benchmarks.streams_bench import FILE, read_streams, scored, windows_at
from ml.evaluation.resampling import loss_ratio

START = date(2019, 1, 1)


def landed(folder: Path, totals: dict[str, list[int | None]]) -> Path:
    rows = [
        (artist, START + timedelta(days=k), total)
        for artist, values in totals.items()
        for k, total in enumerate(values)
        if total is not None
    ]
    path = folder / FILE
    path.parent.mkdir(parents=True)
    schema = {"Artist": pl.String, "date": pl.Date, "cumulative_streams": pl.Int64}
    pl.DataFrame(rows, schema=schema, orient="row").write_parquet(path)
    return folder


def test_a_fall_and_a_gap_begin_a_new_spell_and_first_days_are_dropped(tmp_path: Path) -> None:
    found = read_streams(landed(tmp_path, {"A": [10, 15, 22, 3, 9, None, 20, 21], "B": [5, 5]}))
    days = [(row["ds"] - START).days for row in found.iter_rows(named=True)]
    assert list(zip(found["artist"], days, found["y"], strict=True)) == [
        ("A", 1, 5.0),
        ("A", 2, 7.0),
        ("A", 4, 6.0),
        ("A", 7, 1.0),
        ("B", 1, 0.0),
    ]
    assert found["unique_id"].n_unique() == 4


def test_only_spells_of_28_days_that_go_on_are_scored(tmp_path: Path) -> None:
    stays = list(np.cumsum(np.arange(80)))
    leaves = [int(total) if k < 45 else None for k, total in enumerate(stays)]
    streams = read_streams(landed(tmp_path, {"leaves": leaves, "stays": [int(total) for total in stays]}))
    rows = windows_at(streams, START + timedelta(days=40))
    assert rows.select("artist", "horizon").rows() == [("stays", 7), ("stays", 28)]
    week, month = rows.iter_rows(named=True)
    assert (week["actual"], month["actual"]) == (sum(range(41, 48)), sum(range(41, 69)))
    assert week["naive"] == week["last week"] == sum(range(34, 41))
    assert month["last week"] == 4 * sum(range(34, 41))
    assert month["naive"] == month["mean of 28 days"] == month["size"] == sum(range(13, 41))


def test_the_loss_is_the_pinball_loss_by_hand() -> None:
    row = pl.DataFrame({"actual": [10.0], "size": [4.0], "q0.1": [12.0], "q0.5": [8.0], "q0.9": [11.0]})
    assert scored(row)["loss"][0] == pytest.approx((0.9 * 2 + 0.5 * 2 + 0.1 * 1) / 4)


def test_the_limit_of_a_ratio_holds_nine_and_a_half_in_ten() -> None:
    rng = np.random.default_rng(6)
    series, origin = (grid.ravel() for grid in np.meshgrid(np.arange(20), np.arange(10), indexing="ij"))
    same = rng.gamma(2.0, 1.0, 200)
    assert loss_ratio(same * 0.8, same, series, origin) == pytest.approx((0.8, 0.8))
    held = 0
    for k in range(15):
        noise = np.random.default_rng(100 + k)
        factor = np.exp(noise.normal(0, 0.3, 10)[origin] + noise.normal(0, 0.3, 20)[series] - 0.09)
        held += loss_ratio(same * factor, same, series, origin, seed=k).upper >= 1.0
    assert held >= 12, "the true ratio is 1: the limit lies above it 19 times in 20"


def test_without_the_file_it_says_which(lacquer: Callable[..., Result], tmp_path: Path) -> None:
    answer = lacquer("bench", "streams", "--data", tmp_path)
    assert answer.exit_code == 1
    assert str(FILE) in answer.output


@pytest.mark.heavy
def test_the_benchmark_runs(lacquer: Callable[..., Result], lacquer_data: Path, tmp_path: Path) -> None:
    out = tmp_path / "streams.json"
    answer = lacquer("bench", "streams", "--scale", "tiny", "--data", lacquer_data, "--out", out)
    assert answer.exit_code == 0, answer.output
    measured = json.loads(out.read_text())["parts"][0]["measured"]
    assert {row["model"] for row in measured} == {
        "by spells",
        "lacquer forecast",
        "naive",
        "last week",
        "mean of 28 days",
    }
