"""New releases among the forecasts: one row each, the others as they were; and what the SQL around them reads."""

from datetime import date, timedelta

import duckdb
import polars as pl
import pytest

from assets.forecasts.newcomers import CHOICE_SQL, LAUNCH_CATALOGUE_SQL, SERVED_SQL, Newcomers, with_newcomers
from ml.cold_start.choice import CHOICE, UNTRIED
from ml.cold_start.forecaster import Cold
from ml.cold_start.rehearsal import origins_back, rehearse
from ml.forecasting.facts import Facts
from tests.unit.ml.cold_start.test_cold_start import DAYS, ORIGIN, START, planted

KEY = ["unique_id", "horizon", "target"]


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    sales, catalogue = planted()
    return sales, catalogue, rehearse(Cold.of(sales, catalogue), origins_back(START, START + timedelta(days=DAYS - 1)))


@pytest.fixture(scope="module")
def model_said(world: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]) -> pl.DataFrame:
    """One number for every release that has sold by the origin."""
    sold = world[0].filter(pl.col("ds") <= ORIGIN).select("unique_id").unique(maintain_order=True)
    horizons = pl.DataFrame({"horizon": [30, 60, 90]}, schema={"horizon": pl.Int32})
    rows = sold.join(horizons, how="cross").join(pl.DataFrame({"target": ["units", "revenue"]}), how="cross")
    numbers = {"mean": 1000.0, "q0.1": 900.0, "q0.5": 1000.0, "q0.9": 1100.0}
    return rows.with_columns(
        origin=pl.lit(ORIGIN), model=pl.lit("lightgbm"), **{name: pl.lit(value) for name, value in numbers.items()}
    )


def test_releases_to_come_are_added_and_the_others_stay(
    world: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], model_said: pl.DataFrame
) -> None:
    sales, catalogue, rehearsal = world
    both = with_newcomers(model_said, Newcomers(catalogue, rehearsal, UNTRIED), sales, Facts(), ORIGIN)
    assert both.select(KEY).is_duplicated().sum() == 0
    standing = both.filter(pl.col("model") == "lightgbm")
    assert standing.select(model_said.columns).equals(model_said)
    assert standing["starts_on"].unique().to_list() == [ORIGIN + timedelta(days=1)]
    added = both.filter(pl.col("model") != "lightgbm").join(catalogue, on="unique_id")
    assert added.height > 0
    assert (added["starts_on"] == added["release_date"].clip(ORIGIN + timedelta(days=1))).all()


def test_a_blend_lies_between_the_model_and_the_cold_start(
    world: tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame], model_said: pl.DataFrame
) -> None:
    sales, catalogue, rehearsal = world
    shares = [
        (28, target, horizon, model, share)
        for target, model, share in (("units", "blend", 0.75), ("revenue", "cold_start", 0.0))
        for horizon in (30, 60, 90)
    ]
    choice = pl.concat([UNTRIED, pl.DataFrame(shares, schema=CHOICE, orient="row")])

    def said(chosen: pl.DataFrame) -> pl.DataFrame:
        return with_newcomers(model_said, Newcomers(catalogue, rehearsal, chosen), sales, Facts(), ORIGIN).sort(KEY)

    alone = choice.with_columns(model_share=pl.lit(0.0))
    blended, cold = said(choice), said(alone)
    young = blended["model"] == "lightgbm + cold_start"
    assert young.sum() > 0
    assert set(blended.filter(young)["target"]) == {"units"}
    expected = 0.75 * model_said["q0.9"][0] + 0.25 * cold.filter(young)["q0.9"]
    assert blended.filter(young)["q0.9"].to_list() == pytest.approx(expected.to_list())
    ages = ORIGIN - blended.filter(young).join(catalogue, on="unique_id")["release_date"].drop_nulls()
    assert ages.dt.total_days().is_between(14, 27).all(), "15 to 28 days on sale"


def test_a_launch_is_as_first_stated_but_for_its_date_and_may_be_withdrawn() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema silver; create table silver.releases_history (release_id text, title text, release_date date,"
        " release_year int, genre text, format text, artist_id text, label_id text, list_price decimal(12, 4),"
        " valid_from timestamptz, valid_to timestamptz);"
        "insert into silver.releases_history values"
        " ('R1', 'Blue', '2024-05-03', 2024, 'jazz', 'LP', 'A1', null, 20, '2024-01-01', '2024-02-01'),"
        " ('R1', 'Bluer', '2024-06-07', 2024, 'rock', 'LP', 'A1', null, 15, '2024-02-01', null),"
        " ('R2', 'Red', '2024-05-03', null, null, 'CD', null, null, 10, '2024-01-01', '2024-03-09')"
    )
    columns = "unique_id, title, release_date, genre, list_price, known_from, withdrawn_on"
    assert con.sql(f"select {columns} from ({LAUNCH_CATALOGUE_SQL})").fetchall() == [
        ("R1", "Blue", date(2024, 6, 7), "jazz", 20.0, date(2024, 1, 1), None),
        ("R2", "Red", date(2024, 5, 3), None, 10.0, date(2024, 1, 1), date(2024, 3, 9)),
    ]


def test_what_served_is_that_of_the_releases_segment() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema gold;"
        "create table gold.forecast_backtest as select * from (values"
        " ('R1', 'units', 30, 'lightgbm', 'low, warm', 1.0),"
        " ('R1', 'units', 30, 'mean_28', 'low, warm', 2.0),"
        " ('R2', 'units', 30, 'lightgbm', 'low, young', 3.0),"
        " ('R2', 'units', 30, 'mean_28', 'low, young', 4.0))"
        " t (release_id, target, horizon_days, model, segment, mean);"
        "alter table gold.forecast_backtest add column origin date default '2024-01-01';"
        "alter table gold.forecast_backtest add column p10 double; alter table gold.forecast_backtest add column p50"
        " double; alter table gold.forecast_backtest add column p90 double;"
        "create table gold.forecast_scores as select * from (values ('units', 30, 'low, warm', 'lightgbm', true, null),"
        " ('units', 30, 'low, warm', 'mean_28', false, null), ('units', 30, 'active', 'lightgbm', true, null))"
        " t (target, horizon_days, population, model, serves, origin)"
    )
    said = con.sql(SERVED_SQL).fetchall()
    assert sorted((row[0], row[4]) for row in said) == [("R1", 1.0), ("R2", 4.0)], "no choice for R2's segment"


def test_who_serves_is_read_for_each_horizon_and_a_blend_once() -> None:
    con = duckdb.connect()
    con.execute(
        "create schema gold; create table gold.cold_start_scores as select * from (values"
        " (0, 'units', 30, 'category_median', 0.0, true), (0, 'units', 30, 'cold_start', 0.0, false),"
        " (14, 'units', 30, 'cold_start', 0.25, true), (14, 'units', 30, 'model', 0.25, true),"
        " (14, 'units', 30, 'served', 0.25, false), (14, 'units', 60, 'model', 1.0, true))"
        " t (age_band, target, horizon_days, model, model_share, serves)"
    )
    assert sorted(con.sql(CHOICE_SQL).fetchall()) == [
        (0, "units", 30, "category_median", 0.0),
        (14, "units", 30, "blend", 0.25),
        (14, "units", 60, "model", 1.0),
    ]
