"""New releases: first days against SQL, weights by hand, planted artists found, nothing read after the origin."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.cold_start.choice import UNTRIED
from ml.cold_start.forecaster import CATEGORY_MEDIAN, COLD_START, Cold
from ml.cold_start.launches import read_launches
from ml.cold_start.rehearsal import SCHEMA, groups_at, origins_back, point_frame, rehearse
from ml.cold_start.similarity import learn, weights
from ml.cold_start.spread import Past
from ml.cold_start.warm_up import forecast_newcomers

START = date(2023, 1, 2)
DAYS = 600
ORIGIN = START + timedelta(days=500)


def planted(seed: int = 5) -> tuple[pl.DataFrame, pl.DataFrame]:
    """180 launches of 25 artists, whose fame is a factor of all that they sell; every tenth has no release date."""
    rng = np.random.default_rng(seed)
    n = 180
    fame = np.exp(rng.normal(0, 1.2, 25))
    artist = rng.integers(0, 25, n)
    launch = np.sort(rng.integers(5, DAYS - 10, n))
    level = 2 * fame[artist] * np.exp(rng.normal(0, 0.3, n))
    day = np.arange(DAYS)
    on_sale = day[None, :] >= launch[:, None]
    decay = 0.3 + 0.5 ** (np.maximum(day[None, :] - launch[:, None], 0) / 20)
    units = rng.poisson(level[:, None] * decay * on_sale)
    row, at = np.nonzero(units)
    sales = pl.DataFrame(
        {
            "unique_id": [f"R{k:03d}" for k in row],
            "ds": [START + timedelta(days=int(k)) for k in at],
            "y": units[row, at].astype(float),
            "revenue": units[row, at] * 9.0,
        }
    )
    dates = [START + timedelta(days=int(k)) for k in launch]
    catalogue = pl.DataFrame(
        {
            "unique_id": [f"R{k:03d}" for k in range(n)],
            "title": ["Blue" if k % 3 else "Red" for k in range(n)],
            "release_date": [None if k % 10 == 9 else dates[k] for k in range(n)],
            "known_from": [dates[k] - timedelta(days=40) for k in range(n)],
            "withdrawn_on": [ORIGIN - timedelta(days=5) if k == 152 else None for k in range(n)],
            "genre": [("jazz", "rock")[k] for k in rng.integers(0, 2, n)],
            "artist_id": [f"A{k}" for k in artist],
            "list_price": [10.0] * n,
        }
    )
    return sales, catalogue


@pytest.fixture(scope="module")
def world() -> tuple[pl.DataFrame, pl.DataFrame]:
    return planted()


@pytest.fixture(scope="module")
def cold(world: tuple[pl.DataFrame, pl.DataFrame]) -> Cold:
    return Cold.of(*world)


@pytest.fixture(scope="module")
def rehearsed(cold: Cold) -> pl.DataFrame:
    return rehearse(cold, origins_back(START, START + timedelta(days=DAYS - 1)))


def test_first_days_equal_sql(world: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    sales, catalogue = world
    early = pl.DataFrame({"unique_id": ["R100"], "ds": [catalogue["release_date"][100] - timedelta(days=9)]})
    sales = pl.concat([sales, early.with_columns(y=pl.lit(7.0), revenue=pl.lit(63.0))])
    launches = read_launches(sales, catalogue)
    con = duckdb.connect()
    con.register("sales", sales).register("catalogue", catalogue)
    said = con.sql(
        "with firsts as (select unique_id, min(ds) as first_sale from sales group by 1), launches as ("
        " select unique_id, coalesce(release_date, first_sale) as launch"
        " from catalogue left join firsts using (unique_id)"
        " where release_date is not null or first_sale >= (select min(ds) + 90 from sales))"
        "select unique_id, coalesce(sum(y) filter (ds < launch + 30), 0),"
        " coalesce(sum(revenue) filter (ds between launch + 14 and launch + 73), 0)"
        " from launches left join sales using (unique_id) group by 1 order by 1"
    ).fetchall()
    rows = np.arange(len(launches.ids))
    assert launches.ids.to_list() == [row[0] for row in said]
    assert launches.sold("units", rows, 0, 30) == pytest.approx([row[1] for row in said])
    assert launches.sold("revenue", rows, 14, 60) == pytest.approx([row[2] for row in said])
    assert launches.ids.to_list().count("R009") == 0, "first sold in the first 90 days and undated: no launch"


def test_awaited_are_announced_unsold_and_not_withdrawn(world: tuple[pl.DataFrame, pl.DataFrame], cold: Cold) -> None:
    sales, catalogue = world
    day = cold.launches.day_of(ORIGIN)
    found = set(cold.launches.ids.gather(cold.launches.awaited(day)))
    sold = set(sales.filter(pl.col("ds") <= ORIGIN)["unique_id"])
    wanted = catalogue.filter(
        (pl.col("known_from") <= ORIGIN)
        & (pl.col("release_date") > ORIGIN - timedelta(days=28))
        & ~(pl.col("withdrawn_on") <= ORIGIN).fill_null(value=False)
        & ~pl.col("unique_id").is_in(list(sold))
    )
    assert found == set(wanted["unique_id"]) != set()


def test_weights_by_hand_and_without_worth_all_count_alike() -> None:
    degrees = {"artist_id": np.array([[1.0, 0.0, 0.0]]), "genre": np.array([[1.0, 1.0, 0.0]])}
    assert weights(degrees, {}) == pytest.approx(np.full((1, 3), 1 / 3))
    raw = np.exp([2.5, 0.5, 0.0])
    assert weights(degrees, {"artist_id": 2.0, "genre": 0.5})[0] == pytest.approx(raw / raw.sum())


def test_a_trait_that_tells_is_learnt_and_one_that_does_not_is_not() -> None:
    rng = np.random.default_rng(1)
    kind, noise = rng.integers(0, 4, 120), rng.integers(0, 4, 120)
    value = kind + rng.normal(0, 0.3, 120)
    degrees = {
        "kind": (kind[:, None] == kind[None, :]).astype(float),
        "noise": (noise[:, None] == noise[None, :]).astype(float),
    }
    earlier = np.tril(np.ones((120, 120), dtype=bool), -1)
    worth = learn(degrees, value, earlier)
    assert worth["kind"] == 4.5
    assert worth["noise"] == 0.0


def test_points_are_the_weighted_logs_and_the_median_of_the_genre(cold: Cold) -> None:
    day = cold.launches.day_of(ORIGIN)
    rows = cold.launches.awaited(day)
    points = cold.points(day, rows, 0)[60]
    past = cold.launches.past(day, 60)
    came = cold.launches.sold("units", past, 0, 60)
    share = weights(cold.traits.degrees(rows, past, day), cold.worth(day, 0))
    assert points.units[COLD_START] == pytest.approx(np.exp((share * np.log(came + 1)).sum(axis=1)) - 1)
    genre = cold.launches.catalogue["genre"].to_numpy()
    medians = [np.median(came[genre[past] == genre[row]]) for row in rows]
    assert points.units[CATEGORY_MEDIAN] == pytest.approx(medians)
    assert points.price == pytest.approx(np.full(len(rows), 9.0)), "a list price of 10, sold at a tenth off"


def test_planted_fame_is_found_and_beats_the_category(rehearsed: pl.DataFrame) -> None:
    waiting = rehearsed.filter((pl.col("band") == 0) & (pl.col("target") == "units") & (pl.col("horizon") == 30))
    error = (pl.col("point") + 1).log() - (pl.col("actual") + 1).log()
    found = dict(waiting.group_by("model").agg((error**2).mean()).iter_rows())
    assert found[COLD_START] < 0.6 * found[CATEGORY_MEDIAN]


def test_what_came_equals_the_sales_of_the_window(
    world: tuple[pl.DataFrame, pl.DataFrame], rehearsed: pl.DataFrame
) -> None:
    sales, _ = world
    some = rehearsed.filter((pl.col("model") == COLD_START) & (pl.col("target") == "units")).sample(60, seed=1)
    joined = some.join(sales, on="unique_id", how="left").filter(
        (pl.col("ds") > pl.col("origin")) & (pl.col("ds") < pl.col("starts_on") + pl.duration(days="horizon"))
    )
    sums = joined.group_by("unique_id", "origin", "horizon").agg(pl.col("y").sum())
    both = some.join(sums, on=["unique_id", "origin", "horizon"], how="left").with_columns(pl.col("y").fill_null(0.0))
    assert both["actual"].to_list() == both["y"].to_list()


def spread(rehearsed: pl.DataFrame) -> pl.DataFrame:
    past, origins = Past.of(rehearsed), rehearsed["origin"].unique().sort()
    return pl.concat([past.around(rehearsed.filter(pl.col("origin") == origin), origin) for origin in origins])


def newcomers(sales: pl.DataFrame, catalogue: pl.DataFrame, past: pl.DataFrame) -> pl.DataFrame:
    names = ("mean", "q0.1", "q0.5", "q0.9")
    schema = {name: SCHEMA[name] for name in ("unique_id", "origin", "horizon", "target", "model")}
    served = pl.DataFrame(schema=schema | dict.fromkeys(names, pl.Float64))
    return forecast_newcomers(Cold.of(sales, catalogue), past, UNTRIED, served, ORIGIN)


def test_nothing_after_the_origin_is_read_and_the_last_quarter_is(
    world: tuple[pl.DataFrame, pl.DataFrame], rehearsed: pl.DataFrame
) -> None:
    sales, catalogue = world
    until = sales.filter(pl.col("ds") <= ORIGIN)
    said = newcomers(until, catalogue, rehearsed)
    after = pl.col("ds") > ORIGIN
    corrupted = sales.with_columns(pl.when(after).then(pl.col("y") * 50).otherwise("y").alias("y"))
    ends = pl.col("starts_on") + pl.duration(days=pl.col("horizon").cast(pl.Int64) - 1)
    wrong = rehearsed.with_columns(pl.when(ends > ORIGIN).then(10_000.0).otherwise("actual").alias("actual"))
    assert newcomers(corrupted.filter(~after), catalogue, wrong).equals(said)
    # The same launches asked at the same day, with all the days after it there and spoiled.
    whole, cut = Cold.of(corrupted, catalogue), Cold.of(until, catalogue)
    for one, other in zip(
        groups_at(whole.launches, whole.launches.day_of(ORIGIN), hindsight=False),
        groups_at(cut.launches, cut.launches.day_of(ORIGIN), hindsight=False),
        strict=True,
    ):
        names = [name for name in SCHEMA if name != "actual"]
        assert point_frame(whole, one).select(names).equals(point_frame(cut, other).select(names))
    withheld = until.filter(pl.col("ds") <= ORIGIN - timedelta(days=90))
    assert not newcomers(pl.concat([withheld, until.tail(1)]), catalogue, rehearsed).equals(said)


def test_a_release_to_come_has_one_forecast_from_its_release_date(
    world: tuple[pl.DataFrame, pl.DataFrame], rehearsed: pl.DataFrame
) -> None:
    sales, catalogue = world
    said = newcomers(sales.filter(pl.col("ds") <= ORIGIN), catalogue, rehearsed)
    assert said.select("unique_id", "horizon", "target").is_duplicated().sum() == 0
    assert said.group_by("unique_id").len()["len"].unique().to_list() == [6]
    dated = said.join(catalogue.select("unique_id", "release_date"), on="unique_id")
    next_day = ORIGIN + timedelta(days=1)
    assert dated["starts_on"].to_list() == [max(day, next_day) for day in dated["release_date"]]
    assert set(said["model"]) == {COLD_START}
    assert said.filter((pl.col("q0.1") > pl.col("q0.5")) | (pl.col("q0.5") > pl.col("q0.9"))).is_empty()


def test_p90_holds_nine_in_ten_where_errors_are_drawn_alike(rehearsed: pl.DataFrame) -> None:
    rng = np.random.default_rng(3)
    drawn = rehearsed.with_columns(actual=pl.col("point") * np.exp(rng.normal(0, 1.0, rehearsed.height)))
    said = spread(drawn).filter(pl.col("is_calibrated") & (pl.col("band") == 0))
    assert said.select((pl.col("actual") <= pl.col("q0.9")).mean()).item() == pytest.approx(0.9, abs=0.03)
