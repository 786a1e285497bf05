"""Prophet finds what was planted: the demo's seasons within the stated interval, a holiday, a week."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from demo.distributor.demand import Demand
from demo.distributor.names import GENRES
from demo.distributor.options import DistributorOptions, checked
from demo.distributor.orders import OrderBook
from demo.distributor.world import World
from ml.seasonality.categories import one_category, seasons
from ml.seasonality.series import CategoryDays
from tests.needs import need_packages

pytestmark = pytest.mark.heavy

SEED, DAYS = 17, 731  # of the distributor; the constants of the decomposition were chosen on seeds 1 to 3
CHRISTMAS = date(2025, 12, 25)


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need_packages("prophet", target="prophet")


@pytest.fixture(scope="module")
def demand() -> Demand:
    calendar, size = checked(DistributorOptions(seed=SEED, order_lines=60_000))
    return Demand(World.through(calendar, size, DAYS))


@pytest.fixture(scope="module")
def found(demand: Demand) -> pl.DataFrame:
    """Four genres, as sold once they were out: orders ahead have no season; everything together besides."""
    start = demand.world.calendar.start
    released = demand.world.releases.select(sku="release_id", released="release_day")
    lines = OrderBook(demand).between(0, DAYS - 1)[1].join(released, on="sku")
    lines = lines.filter((pl.col("item_category") == "product") & (pl.col("day") >= pl.col("released")))
    sales = lines.group_by(
        unique_id=pl.col("sku"), ds=(pl.lit(start) + pl.duration(days=pl.col("day"))).cast(pl.Date)
    ).agg(y=pl.col("qty").sum().cast(pl.Float64))
    genres = demand.world.releases.select(
        unique_id="release_id", genre=pl.lit(pl.Series(GENRES)).gather(pl.col("genre"))
    )
    some = sales.join(genres.filter(pl.col("genre").is_in(GENRES[:4])), on="unique_id", how="semi")
    origin = start + timedelta(days=DAYS - 1)
    made, refused = seasons(some.with_columns(member=pl.lit("Poland")), genres, origin, processes=2)
    assert refused == {}
    assert set(made["category"]) == {"all", *GENRES[:4]}
    assert set(made["origin"]) == {origin}
    return made


def planted(demand: Demand, genre: int, days: list[int]) -> NDArray[np.float64]:
    """The planted factor of these days, counted from the first, on the mean of 1."""
    factor = np.array([demand.season(day)[genre] for day in days])
    return np.asarray(factor / factor.mean(), dtype=np.float64)


def test_the_planted_year_and_week_lie_within_the_stated_interval(demand: Demand, found: pl.DataFrame) -> None:
    """Eight in ten are stated. Dates of the year and genres go together, so a little less is no fault."""
    first = demand.world.calendar.start
    monday = next(k for k in range(7) if (first + timedelta(days=k)).isoweekday() == 1)
    inside: dict[str, list[float]] = {"yearly": [], "weekly": []}
    for genre in range(4):
        own = found.filter(pl.col("category") == GENRES[genre])
        year = own.filter(pl.col("component") == "yearly").sort("position")
        # Whole weeks about each date, so that the week's factor is the same in each.
        around = [
            np.mean([demand.season(int(day) - 1 + 365 + k)[genre] for k in range(-3, 4)]) for day in year["position"]
        ]
        true = np.array(around) / np.mean(around)
        inside["yearly"] += list((true >= year["low"].to_numpy()) & (true <= year["high"].to_numpy()))
        week = own.filter(pl.col("component") == "weekly").sort("position")
        true = planted(demand, genre, [monday + k for k in range(7)])
        inside["weekly"] += list((true >= week["low"].to_numpy()) & (true <= week["high"].to_numpy()))
        assert week["period"].to_list()[::6] == ["Monday", "Sunday"]
    assert np.mean(inside["yearly"]) >= 0.65
    assert np.mean(inside["weekly"]) >= 0.65


def test_it_says_more_than_a_year_without_seasons_would(demand: Demand, found: pl.DataFrame) -> None:
    missed, flat = [], []
    for genre in range(4):
        own = found.filter((pl.col("category") == GENRES[genre]) & (pl.col("component") == "yearly")).sort("position")
        around = [
            np.mean([demand.season(int(day) - 1 + 365 + k)[genre] for k in range(-3, 4)]) for day in own["position"]
        ]
        true = np.log(np.array(around) / np.mean(around))
        missed.append(np.mean((np.log(own["effect"].to_numpy()) - true) ** 2))
        flat.append(np.mean(true**2))
    assert np.mean(missed) < 0.75 * np.mean(flat)


def planted_holiday() -> pl.DataFrame:
    rng = np.random.default_rng(8)
    days = [date(2023, 1, 1) + timedelta(days=k) for k in range(3 * 365)]
    logs = 4 + np.array([0.5 * (day.isoweekday() == 5) + 1.2 * ((day.month, day.day) == (12, 25)) for day in days])
    return pl.DataFrame({"ds": days, "y": np.exp(logs + rng.normal(0, 0.1, len(days)))})


def test_a_holiday_and_a_weekday_are_found_and_the_trend_is_flat() -> None:
    made = one_category(CategoryDays("gifts", planted_holiday(), is_weekly=False, country="United Kingdom"))
    christmas = made.filter(pl.col("period") == "Christmas Day").row(0, named=True)
    assert christmas["component"] == "holidays"
    assert christmas["low"] > 1.6, "planted 3.3, drawn towards 1 for having been seen three times"
    quiet = made.filter((pl.col("component") == "holidays") & pl.col("period").str.contains("Good Friday")).row(
        0, named=True
    )
    assert quiet["low"] < 1 < quiet["high"]
    week = made.filter(pl.col("component") == "weekly").sort("position")["effect"].to_numpy()
    assert week == pytest.approx(np.where(np.arange(7) == 4, np.exp(0.5), 1) * 7 / (6 + np.exp(0.5)), rel=0.05)
    assert made.filter(pl.col("component") == "trend")["effect"].to_numpy() == pytest.approx(1, abs=0.06)
