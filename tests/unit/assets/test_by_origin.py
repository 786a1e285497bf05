"""A table that is computed origin by origin keeps what stands, adds what is new, and is made anew by other code."""

import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import assets.features.release_features
import assets.forecasts.cold_start
import assets.forecasts.scores  # noqa: F401 - declares the tables
from assets.derived import DERIVED, derive
from assets.repairing import source_of
from assets.table_inputs import Input
from lake.delta.table import Table
from lake.lakehouse import Lake
from lake.repair.mending import Source
from ml.forecasting.tables import missing_origins
from resources.lake import LakeResource

FIRST = dt.date(2024, 1, 1)
FEATURES = DERIVED["gold/release_features"]


def lake_of(root: Path, days: int, units: int) -> LakeResource:
    """Two releases that sell so many units every day."""
    sold = [
        {
            "release_id": release,
            "sales_date": FIRST + dt.timedelta(days=day),
            "gross_units": units,
            "gross_revenue": Decimal(10 * units),
            "currency": "EUR",
        }
        for release in ("R1", "R2")
        for day in range(days)
    ]
    released: dict[str, Any] = {"release_date": FIRST, "genre": "jazz", "format": "LP", "artist_id": "A"}
    released |= {"title": "One", "release_year": 2024, "label_id": "L", "list_price": 9.0}
    released |= {"valid_from": dt.datetime(2023, 1, 1, tzinfo=dt.UTC)}
    releases = [released | {"release_id": release, "valid_to": None} for release in ("R1", "R2")]
    kinds = {"valid_to": pl.Datetime("us", "UTC")}
    Table(root / "gold" / "fct_sales_day").overwrite(pl.DataFrame(sold).to_arrow())
    Table(root / "silver" / "releases_history").overwrite(pl.DataFrame(releases, schema_overrides=kinds).to_arrow())
    return LakeResource(root=root, allowed_bad_share=0.0, threads=1)


def mode(lake: LakeResource, run: str, made: Any = FEATURES) -> str:
    return str(derive(made, lake, lake.lake().session(run))["mode"])


def units(root: Path) -> dict[dt.date, float]:
    rows = Table(root / "gold" / "release_features").read().filter(pl.col("release_id") == "R1").collect()
    return dict(rows.select("origin", "units_28").rows())


def test_an_origin_stays_as_it_was_computed_until_the_code_changes(tmp_path: Path) -> None:
    past, last = FIRST + dt.timedelta(days=249), FIRST + dt.timedelta(days=339)  # 90 days are known after `past`
    lake = lake_of(tmp_path, 340, units=1)
    assert mode(lake, "one") == "computed"
    assert units(tmp_path) == {past: 28.0, last: 28.0}
    assert mode(lake, "two").startswith("skipped: neither")
    lake = lake_of(tmp_path, 341, units=2)
    assert mode(lake, "three") == "computed"
    assert units(tmp_path) == {past: 28.0, last: 28.0, last + dt.timedelta(days=1): 56.0}
    inputs = {**FEATURES.inputs, "sales": Input(FEATURES.inputs["sales"].query + " -- another")}
    assert mode(lake, "four", dataclasses.replace(FEATURES, inputs=inputs)) == "computed"
    assert units(tmp_path) == {past + dt.timedelta(days=1): 56.0, last + dt.timedelta(days=1): 56.0}


@pytest.mark.parametrize("name", ["forecast_backtest", "cold_start_backtest"])
def test_sales_too_short_for_an_origin_make_a_table_without_rows(tmp_path: Path, name: str) -> None:
    lake, made = lake_of(tmp_path, 60, units=1), DERIVED[f"gold/{name}"]
    assert (mode(lake, "one", made), mode(lake, "two", made)[:7]) == ("computed", "skipped")
    assert Lake(tmp_path).table(made.contract).read().collect().height == 0


def test_a_damaged_table_keeps_the_origins_that_can_be_read() -> None:
    assert {source_of(f"gold/{name}") for name in ("release_features", "forecast_backtest")} == {Source.rows}
    assert source_of("gold/forecast_scores") is Source.inputs


def test_nothing_sold_makes_no_features(tmp_path: Path) -> None:
    lake = LakeResource(root=tmp_path, allowed_bad_share=0.0, threads=1)
    assert mode(lake, "one") == "skipped: no sales yet"
    assert not (tmp_path / "gold" / "release_features").exists()


def test_the_grid_of_origins_stays_where_it_was_and_the_last_two_are_held_out() -> None:
    def sales(days: int) -> pl.DataFrame:
        return pl.DataFrame({"ds": [FIRST, FIRST + dt.timedelta(days=days - 1)]})

    latest = FIRST + dt.timedelta(days=499 - 90)
    every = [latest - dt.timedelta(days=30 * back) for back in (5, 4, 3, 2)]  # 240 days are known at the first
    assert missing_origins(sales(500), []) == every
    assert missing_origins(sales(500), every[:2]) == every[2:]
    assert missing_origins(sales(529), every) == [], "a window of the next origin lacks a day"
    assert missing_origins(sales(530), every) == [every[-1] + dt.timedelta(days=30)]
