"""`lacquer forecast` as its user meets it: a file in, a file out, and errors in one line."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import Result

Lacquer = Callable[..., Result]


@pytest.fixture
def weeks(tmp_path: Path) -> Path:
    """Eight series of 60 Fridays, names that look like numbers, one row that is unknown."""
    rng = np.random.default_rng(0)
    lines = ["unique_id,ds,y"]
    for k in range(8):
        day, y = date(2023, 1, 6), 100.0
        for week in range(60):
            y *= float(np.exp(rng.normal(0, 0.05)))
            lines.append(f"00{k},{day + timedelta(weeks=week)},{'NA' if (k, week) == (3, 20) else round(y, 2)}")
    path = tmp_path / "weeks.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_csv_of_weeks_becomes_a_csv_of_forecasts(lacquer: Lacquer, weeks: Path) -> None:
    out = weeks.with_name("next.csv")
    answer = lacquer("forecast", weeks, "--freq", "W", "--horizons", "4", "--out", out)
    assert answer.exit_code == 0, answer.output
    made = pl.read_csv(out, schema_overrides={"unique_id": pl.String}, try_parse_dates=True)
    assert made.columns == ["unique_id", "ds", "horizon", "mean", "q0.1", "q0.5", "q0.9", "model"]
    assert made["unique_id"].unique().sort().to_list() == [f"00{k}" for k in range(8)]
    first = made.filter(pl.col("unique_id") == "003")
    assert first["horizon"].to_list() == [1, 2, 3, 4]
    assert first["ds"].to_list() == [date(2024, 2, 23) + timedelta(weeks=k) for k in range(1, 5)]
    again = weeks.with_name("again.csv")
    lacquer("forecast", weeks, "--freq", "W", "--horizons", "4", "--out", again)
    assert out.read_bytes() == again.read_bytes()


def test_sums_have_a_row_per_horizon_dated_at_its_end(lacquer: Lacquer, weeks: Path) -> None:
    out = weeks.with_name("next.parquet")
    asked = ("--freq", "W", "--horizons", "8,2", "--cumulative", "--quantiles", ".05,.5,.95", "--origin", "2024-01-28")
    answer = lacquer("forecast", weeks, *asked, "--out", out)
    assert answer.exit_code == 0, answer.output
    made = pl.read_parquet(out).filter(pl.col("unique_id") == "005")
    assert made.columns == ["unique_id", "ds", "horizon", "mean", "q0.05", "q0.5", "q0.95", "model"]
    assert made["horizon"].to_list() == [2, 8]
    assert made["ds"].to_list() == [date(2024, 2, 9), date(2024, 3, 22)]
    assert 3 < made["mean"][1] / made["mean"][0] < 5


def test_a_backtest_is_printed_and_kept(lacquer: Lacquer, weeks: Path) -> None:
    out = weeks.with_name("next.csv")
    answer = lacquer("forecast", weeks, "--freq", "W", "--horizons", "3", "--backtest", "2", "--out", out)
    assert answer.exit_code == 0, answer.output
    assert all(word in answer.stdout for word in ("smape", "mase", "coverage_q0.9", "seasonal_naive"))
    kept = pl.read_csv(weeks.with_name("next-backtest.csv"), try_parse_dates=True)
    assert kept["origin"].unique().sort().to_list() == [date(2024, 1, 12), date(2024, 2, 2)]
    assert kept.height == 2 * 8 * 3
    given = pl.read_csv(weeks, null_values="NA", try_parse_dates=True)
    both = kept.join(given, on=["unique_id", "ds"], how="left")
    assert (both["y"] - both["y_right"]).abs().max() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (("002,2023-01-06,", "002,2023-01-06,x"), (), "series '002' on 2023-01-06: y is 'x"),
        (("002,2023-01-06,", "002,2023-01-07,"), (), "series '002' has a row on 2023-01-07"),
        (("002,2023-01-06,", "002,6th of January,"), (), "ds '6th of January', which is no date"),
        (("002,2023-01-06,", "002,2023-01-13,"), (), "series '002' has several rows on 2023-01-13"),
        (("", ""), ("--horizons", "4,x"), "--horizons 4,x: numbers with commas"),
        (("", ""), ("--horizons", "0"), "whole steps from 1 to 10,000"),
        (("", ""), ("--quantiles", "90"), "levels lie between 0 and 1"),
        (("", ""), ("--origin", "2001-01-05"), "no series has a y at or before the origin"),
        (("", ""), ("--future", "none.csv"), "--future none.csv: there is no such file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    lacquer: Lacquer, weeks: Path, change: tuple[str, str], options: tuple[str, ...], message: str
) -> None:
    weeks.write_text(weeks.read_text().replace(*change, 1) if change[0] else weeks.read_text())
    out = weeks.with_name("next.csv")
    answer = lacquer("forecast", weeks, "--freq", "W", "--out", out, *options)
    assert answer.exit_code == 1
    assert message in answer.stderr
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_refused_before_any_work(lacquer: Lacquer, weeks: Path) -> None:
    for out, message in ((weeks.with_name("next.txt"), "ends in .csv"), (weeks.parent / "no" / "n.csv", "no folder")):
        answer = lacquer("forecast", weeks, "--freq", "W", "--out", out)
        assert answer.exit_code == 1
        assert message in answer.stderr
