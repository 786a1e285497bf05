"""Hypothetical releases: forecast as their announced twin is, resting on launches with weights worked out by hand."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ml.cold_start.choice import UNTRIED
from ml.cold_start.forecaster import Cold
from ml.cold_start.hypothetical import NO_MODEL, Answer, Hypothetical, HypotheticalError, forecast_hypothetical
from ml.cold_start.rehearsal import origins_back, rehearse
from ml.cold_start.warm_up import forecast_newcomers
from ml.forecasting.facts import Facts
from tests.unit.ml.cold_start.test_cold_start import DAYS, ORIGIN, START, planted

NUMBERS = ["mean", "q0.1", "q0.5", "q0.9"]
Frames = tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]


@pytest.fixture(scope="module")
def world() -> Frames:
    """Sales, a catalogue without titles, whose words a twin would change, and the rehearsal."""
    sales, catalogue = planted()
    catalogue = catalogue.drop("title")
    return sales, catalogue, rehearse(Cold.of(sales, catalogue), origins_back(START, START + timedelta(days=DAYS - 1)))


def ask(world: Frames, *asked: Hypothetical) -> Answer:
    sales, catalogue, rehearsal = world
    return forecast_hypothetical(sales, catalogue, Facts(), rehearsal, UNTRIED, asked, ORIGIN)


def test_a_twin_of_an_announced_release_has_its_forecast(world: Frames) -> None:
    sales, catalogue, rehearsal = world
    cold = Cold.of(sales.filter(pl.col("ds") <= ORIGIN), catalogue)
    announced = forecast_newcomers(cold, rehearsal, UNTRIED, NO_MODEL, ORIGIN)
    every = catalogue.join(announced.select("unique_id").unique(), on="unique_id", how="semi").sort("unique_id")
    every = every.filter(pl.col("release_date") > ORIGIN)
    assert every.height > 2
    names = ("release_date", "artist_id", "genre", "list_price")
    twins = [Hypothetical(**{name: row[name] for name in names}) for row in every.to_dicts()]
    found = ask(world, *twins).forecasts
    for release, twin in zip(every["unique_id"], found, strict=True):
        wanted = announced.filter(pl.col("unique_id") == release).sort("horizon", "target")
        twin = twin.sort("horizon", "target")
        assert twin["starts_on"].to_list() == wanted["starts_on"].to_list()
        assert twin["model"].to_list() == wanted["model"].to_list()
        np.testing.assert_allclose(twin.select(NUMBERS).to_numpy(), wanted.select(NUMBERS).to_numpy(), rtol=1e-9)


def test_what_it_rests_on_sold_what_sql_says_and_is_of_the_artist(world: Frames) -> None:
    sales, catalogue, _ = world
    counts = catalogue.filter(pl.col("release_date") < ORIGIN - timedelta(days=90))["artist_id"].value_counts()
    artist = counts.sort("count", "artist_id", descending=True)["artist_id"][0]
    launch = ORIGIN + timedelta(days=20)
    answer = ask(world, Hypothetical(launch, artist_id=artist, genre="jazz"), Hypothetical(launch))
    own, unknown = answer.rests_on
    assert own["weight"].is_sorted(descending=True)
    assert 0 < own["weight"].sum() <= 1
    assert catalogue.filter(pl.col("unique_id") == own["unique_id"][0])["artist_id"].to_list() == [artist]
    for release, came, sold in own.select("unique_id", "launch", "units_30").iter_rows():
        first_days = sales.sql(
            f"select sum(y) as y from self where unique_id = '{release}' and ds < date '{came + timedelta(days=30)}'"
        )
        assert sold == pytest.approx(first_days["y"].item())
    # Of a release of which nothing is known, all past launches count alike but for when they came out.
    assert unknown["weight"].max() < own["weight"][0]
    assert answer.launches > own.height


def test_what_cannot_be_forecast_is_said(world: Frames) -> None:
    with pytest.raises(HypotheticalError, match="give a day after"):
        ask(world, Hypothetical(ORIGIN))
    few = world[0].filter(pl.col("ds") < START + timedelta(days=60))
    with pytest.raises(HypotheticalError, match="fewer than 10 launches"):
        forecast_hypothetical(
            few, world[1], Facts(), world[2], UNTRIED, [Hypothetical(ORIGIN)], START + timedelta(days=59)
        )
