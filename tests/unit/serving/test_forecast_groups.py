"""`lacquer forecast --by`: each group is forecast as if its rows were the whole file."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from typer.testing import Result

Lacquer = Callable[..., Result]
OPTIONS = ("--freq", "D", "--horizons", "7", "--cumulative")


@pytest.fixture
def rows() -> pl.DataFrame:
    """Two regions of two series each, and a third region without any value."""
    draw, first = np.random.default_rng(1), dt.date(2025, 1, 1)
    days = pl.date_range(first, first + dt.timedelta(59), eager=True)
    made = [
        pl.DataFrame(
            {"unique_id": f"{region}{n}", "ds": days, "y": draw.poisson(9, 60).astype(float), "region": region}
        )
        for region in ("north", "south")
        for n in range(2)
    ]
    unknown = pl.DataFrame({"unique_id": "east0", "ds": days, "y": None, "region": "east"})
    return pl.concat([*made, unknown.cast(made[0].schema)])


def test_a_group_is_forecast_as_if_it_were_alone(lacquer: Lacquer, rows: pl.DataFrame, tmp_path: Path) -> None:
    rows.write_parquet(tmp_path / "all.parquet")
    answer = lacquer("forecast", tmp_path / "all.parquet", *OPTIONS, "--by", "region", "--out", tmp_path / "by.parquet")
    assert answer.exit_code == 0, answer.output
    alone = []
    for region in ("north", "south"):
        rows.filter(pl.col("region") == region).drop("region").write_parquet(tmp_path / "one.parquet")
        lacquer("forecast", tmp_path / "one.parquet", *OPTIONS, "--out", tmp_path / "next.parquet")
        alone.append(pl.read_parquet(tmp_path / "next.parquet"))
    assert pl.read_parquet(tmp_path / "by.parquet").equals(pl.concat(alone).sort("unique_id", "ds", "horizon"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--by", "country"), "no column 'country'"),
        (("--by", "region", "--backtest", "2"), "--by goes with neither --future nor --backtest"),
        (("--engine", "spark"), "name their column with --by"),
    ],
)
def test_what_cannot_be_is_said(
    lacquer: Lacquer, rows: pl.DataFrame, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    rows.write_parquet(tmp_path / "all.parquet")
    answer = lacquer("forecast", tmp_path / "all.parquet", *OPTIONS, *options, "--out", tmp_path / "no.parquet")
    assert answer.exit_code == 1
    assert message in " ".join(answer.output.split())
    assert not (tmp_path / "no.parquet").exists()


def test_a_series_belongs_to_one_group(lacquer: Lacquer, rows: pl.DataFrame, tmp_path: Path) -> None:
    twice = rows.with_columns(
        unique_id=pl.lit("one"), ds=pl.col("ds") + pl.duration(days=60 * (pl.int_range(300) // 60))
    )
    twice.write_parquet(tmp_path / "all.parquet")
    answer = lacquer("forecast", tmp_path / "all.parquet", *OPTIONS, "--by", "region", "--out", tmp_path / "no.parquet")
    assert answer.exit_code == 1
    assert "series 'one' has rows of several values of region" in " ".join(answer.output.split())
