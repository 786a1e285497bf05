"""Sums of releases: means that add up, windows by hand, shares against SQL, quantiles that hold nine in ten."""

from datetime import date, timedelta

import duckdb
import numpy as np
import polars as pl
import pytest

from ml.totals.category import category_demand
from ml.totals.groups import MONTHS, PRIOR_UNITS, WINDOWS, bottom_up, in_window, members, region_shares
from ml.totals.rehearsal import SCHEMA, rehearse
from ml.totals.scores import score
from ml.totals.spread import own_spread, with_quantiles

START = date(2022, 1, 3)
DAYS = 700
ORIGINS = [START + timedelta(days=250 + 30 * k) for k in range(10)]
REGIONS = ("DE", "FR", "PL")


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    """40 releases in three regions, each with shares of its own; every unit costs 3."""
    rng = np.random.default_rng(2)
    level = rng.gamma(1.0, 1.5, 40)
    share = rng.dirichlet([4.0, 2.0, 1.0], 40)
    units = rng.poisson(level[:, None, None] * share[:, :, None] * np.ones(DAYS))
    release, region, day = np.nonzero(units)
    sold = units[release, region, day].astype(float)
    return pl.DataFrame(
        {
            "unique_id": [f"R{k:02d}" for k in release],
            "member": [REGIONS[k] for k in region],
            "ds": [START + timedelta(days=int(k)) for k in day],
            "y": sold,
            "revenue": sold * 3,
        }
    )


@pytest.fixture(scope="module")
def catalogue() -> pl.DataFrame:
    ids = [f"R{k:02d}" for k in range(40)]
    genre = [("jazz", "rock", None)[k % 3] for k in range(40)]
    return pl.DataFrame(
        {"unique_id": ids, "genre": genre, "format": ["LP"] * 40, "artist_id": [f"A{k % 7}" for k in range(40)]}
    )


@pytest.fixture(scope="module")
def forecasts(sales: pl.DataFrame) -> pl.DataFrame:
    """The daily mean of the 90 days before each origin, for all horizons."""
    parts = []
    for origin in ORIGINS:
        rate = (
            sales.filter(pl.col("ds").is_between(origin - timedelta(days=89), origin))
            .group_by("unique_id")
            .agg(units=pl.col("y").sum() / 90, revenue=pl.col("revenue").sum() / 90)
            .unpivot(index="unique_id", variable_name="target", value_name="rate")
        )
        for h in (30, 60, 90):
            parts.append(
                rate.select(
                    "unique_id", "target", pl.lit(h, pl.Int32).alias("horizon"), (pl.col("rate") * h).alias("mean")
                ).with_columns(origin=pl.lit(origin), starts_on=pl.lit(origin + timedelta(days=1)))
            )
    return pl.concat(parts)


@pytest.fixture(scope="module")
def rehearsed(forecasts: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    return rehearse(forecasts, sales, catalogue)


def test_members_of_every_level_add_up_to_the_sum_of_the_releases(
    forecasts: pl.DataFrame, rehearsed: pl.DataFrame
) -> None:
    at = ORIGINS[4]
    for target in ("units", "revenue"):
        for horizon in (30, 60, 90):
            own = (pl.col("origin") == at) & (pl.col("target") == target)
            releases = forecasts.filter(own & (pl.col("horizon") == horizon))["mean"].sum()
            sums = rehearsed.filter(own & (pl.col("from_day") == 1) & (pl.col("to_day") == horizon))
            levels = dict(sums.group_by("level").agg(pl.col("mean").sum()).iter_rows())
            assert set(levels) == {"all", "artist", "category", "region"}
            assert list(levels.values()) == pytest.approx([releases] * 4, abs=1e-6)


def test_a_release_to_come_counts_from_its_release_date_only() -> None:
    origin = date(2024, 3, 31)
    rows = [("R1", date(2024, 4, 1), (30.0, 50.0, 60.0)), ("R2", date(2024, 4, 21), (30.0, 50.0, 60.0))]
    frame = pl.DataFrame(
        [
            {"unique_id": name, "target": "units", "horizon": h, "starts_on": first, "mean": mean}
            for name, first, means in rows
            for h, mean in zip((30, 60, 90), means, strict=True)
        ]
    )

    def said(window: tuple[int, int]) -> dict[str, float]:
        return dict(in_window(frame, origin, window).select("unique_id", "mean").iter_rows())

    # R2 begins on the 21st day: ten days at 1 a day; by day 60 thirty days and ten at 20/30.
    assert said((1, 30)) == pytest.approx({"R1": 30.0, "R2": 10.0})
    assert said((1, 60)) == pytest.approx({"R1": 50.0, "R2": 30 + 10 * 20 / 30})
    assert said((31, 60)) == pytest.approx({"R1": 20.0, "R2": 20 + 10 * 20 / 30})
    frame = frame.with_columns(mean=pl.when(pl.col("horizon") == 60).then(25.0).otherwise("mean"))
    assert said((31, 60))["R1"] == 0.0, "a longer window holds the shorter one"


def test_regions_are_shares_of_the_year_drawn_towards_the_common_ones(
    forecasts: pl.DataFrame, sales: pl.DataFrame, rehearsed: pl.DataFrame
) -> None:
    at = ORIGINS[3]
    own = forecasts.filter((pl.col("origin") == at) & (pl.col("target") == "units") & (pl.col("horizon") == 60))
    con = duckdb.connect()
    con.register("sales", sales).register("said", own)
    rows = con.execute(
        "with year as (select * from sales where ds <= $1 and ds > $1 - 364),"
        " common as (select member, sum(y) / (select sum(y) from year) as share from year group by 1),"
        " each as (select unique_id, sum(y) as sold from year group by 1)"
        "select c.member, sum(s.mean * (coalesce(y.own, 0) + $2 * c.share) / (coalesce(e.sold, 0) + $2))"
        " from said s cross join common c left join each e using (unique_id)"
        " left join (select unique_id, member, sum(y) as own from year group by all) y"
        " on y.unique_id = s.unique_id and y.member = c.member group by 1 order by 1",
        [at, PRIOR_UNITS],
    ).fetchall()
    sums = rehearsed.filter(
        (pl.col("origin") == at) & (pl.col("level") == "region") & (pl.col("target") == "units")
        & (pl.col("from_day") == 1) & (pl.col("to_day") == 60)
    ).sort("member")  # fmt: skip
    assert sums["member"].to_list() == [member for member, _ in rows]
    assert sums["mean"].to_list() == pytest.approx([mean for _, mean in rows])


def test_truth_and_the_last_days_equal_sql(
    sales: pl.DataFrame, catalogue: pl.DataFrame, rehearsed: pl.DataFrame
) -> None:
    at = ORIGINS[6]
    con = duckdb.connect()
    con.register("sales", sales).register("catalogue", catalogue)
    rows = con.execute(
        "select artist_id, sum(revenue) filter (ds between $1 + 31 and $1 + 60),"
        " sum(revenue) filter (ds between $1 - 29 and $1) from sales join catalogue using (unique_id)"
        " group by 1 order by 1",
        [at],
    ).fetchall()
    found = rehearsed.filter(
        (pl.col("origin") == at) & (pl.col("level") == "artist") & (pl.col("target") == "revenue")
        & (pl.col("from_day") == 31)
    ).sort("member")  # fmt: skip
    assert found.select("member", "actual", "naive").rows() == rows


def drawn() -> pl.DataFrame:
    """25 origins of 60 groups whose log errors have a shared part of .2 and an own one of sqrt(.02 + 3 / size)."""
    rng = np.random.default_rng(4)
    parts = []
    for k in range(25):
        size = np.exp(rng.uniform(1, 8, 60))
        shared = rng.normal(0, 0.2)
        error = shared + rng.normal(0, np.sqrt(0.02 + 3 / (1 + size)))
        everything = np.array([size.sum()])
        means = np.concatenate([size, everything])
        actual = np.concatenate([(size + 1) * np.exp(error) - 1, (everything + 1) * np.exp(shared) - 1])
        parts.append(
            pl.DataFrame(
                {"member": [f"G{j}" for j in range(60)] + ["all"], "mean": means, "actual": actual}
            ).with_columns(
                level=pl.Series(["artist"] * 60 + ["all"]),
                target=pl.lit("units"),
                from_day=pl.lit(1, pl.Int32),
                to_day=pl.lit(30, pl.Int32),
                origin=pl.lit(START + timedelta(days=365 + 30 * k)),
                naive=pl.lit(0.0),
            )
        )
    return pl.concat(parts).select(list(SCHEMA))


def test_each_level_has_quantiles_of_its_own_that_hold_nine_in_ten() -> None:
    past = drawn()
    origins = past["origin"].unique().sort()[8:]
    said = pl.concat([with_quantiles(past.filter(pl.col("origin") == o), past, o, START) for o in origins])
    assert said["is_calibrated"].all()
    pooled = score(said).filter(pl.col("origin").is_null())
    covered = dict(pooled.select("level", "coverage_p90").iter_rows())
    assert covered["artist"] == pytest.approx(0.9, abs=0.05)
    assert covered["all"] >= 14 / 17
    width = said.with_columns(width=(pl.col("q0.9") / pl.col("mean")).log())
    small = width.filter((pl.col("mean") < 10) & (pl.col("level") == "artist"))["width"].mean()
    large = width.filter((pl.col("mean") > 1000) & (pl.col("level") == "artist"))["width"].mean()
    assert small > 2 * large  # type: ignore[operator]


def test_the_spread_is_fitted_to_size() -> None:
    rng = np.random.default_rng(5)
    size = np.exp(rng.uniform(1, 8, 4000))
    found = own_spread(size, rng.normal(0, np.sqrt(0.04 + 3 / (1 + size))))
    assert found.scale(np.array([5.0, 2000.0])) == pytest.approx([np.sqrt(0.54), np.sqrt(0.0415)], rel=0.1)
    assert not own_spread(size[:10], np.zeros(10)).measured


def test_nothing_that_ended_after_the_origin_is_read(rehearsed: pl.DataFrame, sales: pl.DataFrame) -> None:
    at = ORIGINS[7]
    sums = rehearsed.filter(pl.col("origin") == at)
    ends = pl.col("origin") + pl.duration(days=pl.col("to_day").cast(pl.Int64))
    wrong = rehearsed.with_columns(actual=pl.when(ends > at).then(1e6).otherwise("actual"))
    assert with_quantiles(sums, wrong, at, START).equals(with_quantiles(sums, rehearsed, at, START))
    earlier = rehearsed.filter(pl.col("origin") < at - timedelta(days=150))
    assert not with_quantiles(sums, earlier, at, START).equals(with_quantiles(sums, rehearsed, at, START))
    spoiled = sales.with_columns(pl.when(pl.col("ds") > at).then(99.0).otherwise("y").alias("y"))
    for one, other in zip(region_shares(sales, at).values(), region_shares(spoiled, at).values(), strict=True):
        assert one[0].equals(other[0])


def test_a_category_and_month_against_sql(
    forecasts: pl.DataFrame, sales: pl.DataFrame, catalogue: pl.DataFrame, rehearsed: pl.DataFrame
) -> None:
    at = ORIGINS[9]
    own = forecasts.filter(pl.col("origin") == at)
    sums = bottom_up(own, members(own, catalogue), region_shares(sales, at), at, WINDOWS)
    found = category_demand(with_quantiles(sums, rehearsed, at, START), rehearsed, sales, catalogue, at)
    assert found.select("category", "month_ahead").rows() == [(c, k) for c in ("LP", "jazz", "rock") for k in (1, 2, 3)]
    con = duckdb.connect()
    con.register("sales", sales).register("catalogue", catalogue).register("past", rehearsed)
    rows = con.execute(
        "with placed as (select coalesce(genre, format) as category, ds, y from sales join catalogue using (unique_id)"
        " where ds <= $1), months as (select category, (cast($1 as date) - ds) // 30 as k, sum(y) as y from placed"
        " where ds > $1 - 360 group by all)"
        "select category, sum(y) filter (k = 0), stddev_samp(y) / avg(y),"
        " (select sum(y) from placed p where p.category = m.category and ds between $1 + 31 - 364 and $1 + 60 - 364),"
        " (select sum(abs(actual - mean)) / sum(actual) from past where level = 'category' and member = m.category"
        "  and target = 'units' and from_day = 31 and to_day = 60 and origin + 60 <= $1)"
        " from months m group by 1 order by 1",
        [at],
    ).fetchall()
    second = found.filter(pl.col("month_ahead") == 2)
    columns = ("units_last_month", "volatility", "units_last_year", "historical_error")
    for row, said in zip(rows, second.iter_rows(named=True), strict=True):
        assert [said[name] for name in columns] == pytest.approx(list(row[1:]))
        assert said["change_on_month"] == pytest.approx(said["units_mean"] / row[1] - 1)
        assert (said["starts_on"] - at).days == MONTHS[1][0]
