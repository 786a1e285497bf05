"""Probabilities of pairs against a planted world in which the probability of every pair is known."""

import datetime as dt
from functools import cache

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.buyers.propensity.pair_models import Sample, pair_quality
from ml.buyers.propensity.pairs import Known, Purchases
from ml.buyers.propensity.releases import release_propensity

START, DAYS = dt.date(2025, 1, 1), 240
BUYERS, RELEASES, NEW = 60, 40, 4


def catalogue() -> pl.DataFrame:
    """R00 to R39 have sold; R40 to R43 were announced ten days before the end, two of each genre."""
    numbers = range(RELEASES + NEW)
    return pl.DataFrame(
        {
            "release_id": [f"R{number:02}" for number in numbers],
            "artist_id": [f"A{number % 8}" for number in numbers],
            "label_id": [None] * len(numbers),
            "genre": ["jazz" if number % 2 else "metal" for number in numbers],
            "format": ["LP"] * len(numbers),
            "known_from": [START if number < RELEASES else START + dt.timedelta(DAYS - 10) for number in numbers],
            "is_offered": [number != 3 for number in numbers],
        },
        schema_overrides={"label_id": pl.String},
    )


@cache
def planted(seed: int = 4) -> tuple[pl.DataFrame, np.ndarray]:
    """Orders of pairs at a daily rate of buyer times release times taste, and the rates (buyers, releases)."""
    rng = np.random.default_rng(seed)
    buyer, release = rng.gamma(1.0, 1.0, BUYERS), rng.gamma(2.0, 0.5, RELEASES)
    taste = np.where((np.arange(BUYERS)[:, None] + np.arange(RELEASES)) % 2 == 0, 1.8, 0.2)
    rates = np.clip(0.004 * buyer[:, None] * release * taste, 0, 0.3)
    rows = [
        (f"B{one:02}", f"R{other:02}", START + dt.timedelta(int(day)))
        for one in range(BUYERS)
        for other in range(RELEASES)
        for day in np.flatnonzero(rng.random(DAYS) < rates[one, other])
    ]
    return pl.DataFrame(rows, schema=["buyer_id", "release_id", "ds"], orient="row"), rates


@cache
def scored() -> pl.DataFrame:
    return release_propensity(planted()[0], catalogue(), per_release=BUYERS)


def test_probabilities_are_those_that_were_planted() -> None:
    rates = planted()[1]
    found = scored().filter(pl.col("release_id").str.slice(1).cast(pl.Int64) < RELEASES)
    place = [found[name].str.slice(1).cast(pl.Int64).to_numpy() for name in ("buyer_id", "release_id")]
    true, ours = 1 - (1 - rates[place[0], place[1]]) ** 30, found["probability"].to_numpy()
    assert found["model"][0] == "logistic regression"
    assert ours.sum() == pytest.approx(true.sum(), rel=0.1)
    assert np.corrcoef(ours, true)[0, 1] > 0.85
    assert np.abs(ours - true).mean() < 0.05
    for some in np.array_split(np.argsort(ours), 5):
        assert ours[some].mean() == pytest.approx(true[some].mean(), abs=0.05)


def test_an_announced_release_goes_to_buyers_of_its_genre() -> None:
    new = scored().filter(
        pl.col("release_id").is_in([f"R{RELEASES + one}" for one in range(NEW)]) & (pl.col("rank") <= 10)
    )
    assert new["release_id"].n_unique() == NEW
    genre = new["release_id"].str.slice(1).cast(pl.Int64) % 2
    taste = new["buyer_id"].str.slice(1).cast(pl.Int64) % 2
    assert (genre == taste).to_numpy().mean() > 0.85


def test_what_is_not_offered_or_blocked_is_left_out() -> None:
    assert "R03" not in set(scored()["release_id"])
    first = scored().filter(pl.col("rank") == 1).select("buyer_id", "release_id").head(3).rows()
    blocked = [*first, ("B07", None), (None, "R09")]
    found = release_propensity(planted()[0], catalogue(), blocked=blocked)
    assert not set(first) & set(found.select("buyer_id", "release_id").rows())
    assert "B07" not in set(found["buyer_id"])
    assert "R09" not in set(found["release_id"])
    ranks = found.group_by("release_id").agg(pl.col("rank"), pl.col("probability"))
    assert all(row == list(range(1, 11)) for row in ranks["rank"].to_list())
    assert all(row == sorted(row, reverse=True) for row in ranks["probability"].to_list())


def test_reasons_are_facts_that_sql_recomputes() -> None:
    con = duckdb.connect()
    con.register("purchases", planted()[0].to_arrow())
    con.register("releases", catalogue().to_arrow())
    for row in scored().filter(pl.col("rank") <= 2).iter_rows(named=True):
        days, last, artist, lines = con.execute(
            """
            with newest as (select max(ds) as day from purchases),
            wanted as (select artist_id from releases where release_id = $release)
            select count(distinct ds) filter (release_id = $release),
              date_diff('day', max(ds) filter (release_id = $release), (from newest)),
              count(distinct release_id) filter (artist_id = (from wanted)),
              count(*) filter (ds > (from newest) - 90)
            from purchases join releases using (release_id) where buyer_id = $buyer
            """,
            {"release": row["release_id"], "buyer": row["buyer_id"]},
        ).fetchall()[0]
        expected = (
            f"ordered it on {days} days, the last {last} days ago" if days else f"has {artist} releases of its artist"
        )
        if days or artist:
            assert row["reason"] == f"{expected}; {lines} order lines in 90 days"


def test_features_know_nothing_of_later_days() -> None:
    purchases = planted()[0]
    cut = START + dt.timedelta(150)
    later = purchases.with_columns(
        release_id=pl.when(pl.col("ds") > cut).then(pl.lit("R00")).otherwise("release_id"),
    )
    seen = []
    for rows in (purchases, later):
        numbered = Purchases.from_frames(rows, catalogue())
        buyer, release = (one.ravel() for one in np.meshgrid(np.arange(len(numbered.buyers)), np.arange(RELEASES)))
        newest = dt.date.fromisoformat(str(rows["ds"].max()))
        seen.append(Known(numbered, (cut - newest).days).features(buyer, release))
    np.testing.assert_array_equal(seen[0], seen[1])


def test_a_short_history_is_served_by_the_simple_rule() -> None:
    few = planted()[0].filter(pl.col("ds") < START + dt.timedelta(20))
    found = release_propensity(few, catalogue())
    assert set(found["model"]) <= {"activity times popularity"}
    assert release_propensity(few.clear(), catalogue()).is_empty()


def test_the_quality_of_weighted_pairs_counts_each_as_often_as_it_stands_for() -> None:
    sample = Sample(np.zeros((3, 1)), np.array([1.0, 0.0, 0.0]), np.array([1.0, 4.0, 5.0]))
    told = pair_quality(sample, np.array([0.1, 0.1, 0.1]))
    assert told.auc == 0.5
    assert told.calibration_error == pytest.approx(0.18)
    assert told.log_loss == pytest.approx(-(np.log(0.1) + 9 * np.log(0.9)) / 10)
    assert told.buyers == 10
