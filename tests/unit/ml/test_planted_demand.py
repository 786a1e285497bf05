"""The simulated distributor knows what each release expects to sell: forecasts must find its season, decay and prices.

The truth is the planted expectation of every day after the origin; the stated interval is P10 to P90. Four in five
truths lie within it at least, and the simple rule, which knows nothing of season and decay, is farther off.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from demo.distributor.demand import Demand
from demo.distributor.options import DistributorOptions, checked
from demo.distributor.orders import OrderBook
from demo.distributor.price_list import statements
from demo.distributor.world import World
from ml.forecasting.boosting import Settings
from ml.forecasting.facts import Facts
from ml.forecasting.forecaster import every, fit, predict

DAYS = 731
ORIGIN = date(2025, 10, 2)  # the 90 days after it hold Christmas


@dataclass(frozen=True)
class Planted:
    """Per horizon and release at the origin: what is forecast, what the simple rule says, what is true."""

    forecasts: pl.DataFrame

    def of(self, rows: pl.Expr, horizon: int) -> tuple[int, float, float, float]:
        """How many; the share within P10 to P90; totals of the forecast and of the simple rule over the true one."""
        some = self.forecasts.filter(rows & (pl.col("horizon") == horizon))
        inside = some.select(pl.col("truth").is_between("q0.1", "q0.9").mean()).item()
        truth, ours, naive = (float(some[name].to_numpy().sum()) for name in ("truth", "mean", "naive"))
        return some.height, float(inside), ours / truth, naive / truth


def _day(column: str, start: date) -> pl.Expr:
    return (pl.lit(start) + pl.duration(days=pl.col(column))).cast(pl.Date)


def _goods(book: OrderBook) -> pl.DataFrame:
    """Lines of products with the day they count on: a pre-order's is the release day, when it is delivered."""
    released = book.demand.world.releases.select(sku="release_id", released="release_day")
    goods = (pl.col("item_category") == "product") & (pl.col("fate") != "cancelled_within_a_day")
    lines = book.between(0, DAYS - 1)[1].filter(goods).join(released, on="sku")
    return lines.with_columns(counted=pl.max_horizontal("day", "released"))


def _sales(book: OrderBook, start: date) -> pl.DataFrame:
    lines = _goods(book).filter(pl.col("counted") < DAYS).with_columns(ds=_day("counted", start))
    revenue = (pl.col("qty") * pl.col("price") / 10_000).sum()
    return lines.group_by("ds", unique_id="sku").agg(y=pl.col("qty").sum().cast(pl.Float64), revenue=revenue)


def _pre_orders(book: OrderBook, start: date) -> pl.DataFrame:
    ahead = _goods(book).filter(pl.col("day") < pl.col("released")).with_columns(ds=_day("day", start))
    is_new = pl.col("day") == pl.col("day").min().over("sku", "buyer_id")
    buyers = pl.col("buyer_id").filter(is_new).n_unique().cast(pl.Float64)
    return ahead.group_by("ds", unique_id="sku").agg(units=pl.col("qty").sum().cast(pl.Float64), buyers=buyers)


def _prices(world: World, start: date) -> pl.DataFrame:
    """The distributor's own list, as it says what and since when; a corrected word stands until its correction."""
    own = (pl.col("index"), pl.col("valid_day"))
    releases = world.releases.select("index", unique_id="release_id")
    first = world.releases.select(
        "index", valid_day="announced_day", entered_day="announced_day", cents="first_price_cents"
    )
    said = pl.concat([first, statements(world).select(first.columns)], how="vertical_relaxed")
    return (
        said.join(releases, on="index")
        .select(
            "unique_id",
            market=pl.lit("EUR"),
            ds=_day("valid_day", start),
            known_on=_day("entered_day", start),
            until=(pl.lit(start) + pl.duration(days=pl.col("entered_day").shift(-1).over(own, order_by="entered_day"))),
            log_price=pl.col("cents").log(),
        )
        .with_columns(pl.col("until").cast(pl.Date))
    )


@pytest.fixture(scope="module")
def planted() -> Planted:
    calendar, size = checked(DistributorOptions(seed=7, order_lines=60_000))
    world = World.through(calendar, size, DAYS)
    demand, releases, start = Demand(world), world.releases, calendar.start
    book = OrderBook(demand)
    sales = _sales(book, start)
    catalogue = releases.select(
        "format",
        unique_id="release_id",
        release_date=_day("release_day", start),
        known_from=_day("announced_day", start),
        genre=pl.col("genre").cast(pl.String),
        artist_id=pl.col("artist").cast(pl.String),
    )
    facts = Facts(prices=_prices(world, start), pre_orders=_pre_orders(book, start))
    model = fit(sales, ORIGIN, catalogue, Settings(seed=5, num_threads=2), facts)
    ours, naive = (predict(model, sales, ORIGIN, catalogue, every(name), facts) for name in ("lightgbm", "naive"))
    key = ["unique_id", "horizon", "target"]
    both = ours.join(naive.select(*key, naive="mean"), on=key).filter(pl.col("target") == "units")
    origin = (ORIGIN - start).days
    expected: NDArray[np.float64] = np.array([demand.lines(day) for day in range(DAYS)])
    units_per_line = sales["y"].sum() / expected.sum()
    changed = [any(origin - 28 < day <= origin for day in days) for days in releases["price_change_days"]]
    said = statements(world)
    moved = said.filter(pl.col("valid_day").is_between(origin - 90, origin + 90))["index"].implode()
    ahead = (pl.col("entered_day") <= origin) & pl.col("valid_day").is_between(origin + 1, origin + 30)
    facts_of = releases.select(
        unique_id="release_id",
        age=origin - pl.col("release_day"),
        changed=pl.Series(changed),
        is_calm=~pl.col("index").is_in(moved),
        is_announced=pl.col("index").is_in(said.filter(ahead)["index"].implode()),
    )
    truths = [
        facts_of.with_columns(
            truth=expected[origin + 1 : origin + 1 + h].sum(axis=0) * units_per_line, horizon=pl.lit(h, pl.Int32)
        )
        for h in (30, 90)
    ]
    return Planted(both.join(pl.concat(truths), on=["unique_id", "horizon"]))


def test_the_season_that_comes_is_found(planted: Planted) -> None:
    """Releases of more than a year whose price stands: nothing but the season moves them, and Christmas is ahead."""
    count, inside, ours, naive = planted.of((pl.col("age") > 365) & pl.col("is_calm"), 90)
    assert count > 100
    assert inside >= 0.8
    # One Christmas has been seen: a quarter of what the simple rule misses is found at least, not all of it.
    assert abs(np.log(ours)) < 0.75 * abs(np.log(naive))


def test_the_decay_of_new_releases_is_found(planted: Planted) -> None:
    """Two weeks to two months old: what they sold at first is not what they will sell."""
    count, inside, ours, naive = planted.of(pl.col("age").is_between(14, 60), 30)
    assert count >= 10
    assert inside >= 0.8
    assert naive > 1.3
    assert abs(np.log(ours)) < 0.3 * abs(np.log(naive))


@pytest.mark.parametrize("horizon", [30, 90])
def test_the_effect_of_a_new_price_is_found(planted: Planted, horizon: int) -> None:
    """Releases whose price changed in the last four weeks, each with an elasticity of its own."""
    count, inside, ours, _ = planted.of(pl.col("changed") & (pl.col("age") > 90), horizon)
    assert count >= 20
    assert inside >= 0.8
    assert 0.8 < ours < 1.25


def test_the_effect_of_an_announced_price_is_found(planted: Planted) -> None:
    """Prices and promotions that begin, or end, within the next 30 days, and that the list had said by the origin."""
    count, inside, ours, naive = planted.of(pl.col("is_announced") & (pl.col("age") > 60), 30)
    assert count >= 15
    assert inside >= 0.8
    assert abs(np.log(ours)) < 0.5 * abs(np.log(naive))
