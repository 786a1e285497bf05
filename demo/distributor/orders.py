"""What a day brings: orders and their lines as they were first written, and what will become of each order.

One generator per day draws everything, so that a day is the same whatever else is landed. What the fates mean is
written in `changes`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from demo.distributor.currencies import ABROAD, CURRENCIES, listed
from demo.distributor.demand import Demand, Ints
from demo.distributor.options import DAY_S, draws

DISPERSION = 4.0  # of the gamma that makes the Poisson counts overdispersed
LINES_PER_ORDER_SLOT = 6
SHIPPING_SHARE = 0.3
SHIPPING = "SHIPPING"
SHIPPING_PRICE = 49_000  # prices are ten thousandths

FATES = {
    "cancelled_within_a_day": 0.025,
    "cancelled_later": 0.012,
    "cancelled_in_part": 0.012,
    "quantity_corrected": 0.010,
    "price_corrected": 0.006,
    "line_deleted": 0.004,
    "order_deleted": 0.002,
    "month_moved": 0.003,
    "late": 0.003,
    "duplicate": 0.003,
    "out_of_order": 0.003,
    "bad_correction": 0.0015,
}
DELAYS = 12  # days that a fate may take to come, less than this

Drawn = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class OrderBook:
    """Draws the orders of any day."""

    demand: Demand

    @cached_property
    def _buyer(self) -> Drawn:
        frame = self.demand.world.buyers
        names = ("joined_day", "weight", "units_per_line", "discount_percent", "active_share", "tastes")
        return {name: frame[name].to_numpy() for name in names}

    @cached_property
    def _genre(self) -> Ints:
        return np.asarray(self.demand.world.releases["genre"].to_numpy(), dtype=np.int64)

    @cached_property
    def _currency(self) -> Ints:
        """The place of each buyer's currency."""
        countries = self.demand.world.buyers["country"]
        return np.array([CURRENCIES.index(ABROAD.get(country, CURRENCIES[0])) for country in countries], np.int64)

    def _buyers_of(self, genres: Ints, day: int, rng: np.random.Generator) -> Ints:
        """Draw a buyer for each line: those active today, by weight and taste for the line's genre."""
        here = np.asarray(self._buyer["joined_day"]) <= day
        active = here & (rng.random(len(here)) < self._buyer["active_share"])
        active[0] = True
        tastes = np.asarray(self._buyer["tastes"], dtype=np.float64)
        weights = (np.asarray(self._buyer["weight"]) * active)[:, None] * tastes
        cumulative = np.cumsum(weights, axis=0)
        places = rng.random(len(genres))
        buyers = np.empty(len(genres), dtype=np.int64)
        for genre in range(tastes.shape[1]):
            mine = genres == genre
            buyers[mine] = np.searchsorted(cumulative[:, genre], places[mine] * cumulative[-1, genre], side="right")
        return np.minimum(buyers, len(here) - 1)

    def _day(self, day: int) -> tuple[Drawn, Drawn]:
        rng = draws(self.demand.world.size.seed, "orders", day)
        # Only blocks begun by this day: a world that looks further ahead must not draw more here.
        expected = self.demand.lines(day)[: self.demand.world.releases_begun(day)]
        counts = rng.poisson(expected * rng.gamma(DISPERSION, 1 / DISPERSION, size=len(expected)))
        releases = np.repeat(np.arange(len(counts)), counts)
        buyers = self._buyers_of(self._genre[releases], day, rng)
        slots = max(1, round(len(releases) / LINES_PER_ORDER_SLOT / max(1, len(np.unique(buyers)))))
        groups = buyers * slots + rng.integers(slots, size=len(releases))
        found, inverse = np.unique(groups, return_inverse=True)
        number = rng.permutation(len(found))[inverse]
        units = rng.geometric(1 / np.asarray(self._buyer["units_per_line"])[buyers])
        percent = 100 - np.asarray(self._buyer["discount_percent"], dtype=np.int64)[buyers]
        by_order = np.lexsort((releases, number))
        lines: Drawn = {
            "day": np.full(len(releases), day),
            "number": number[by_order],
            "release": releases[by_order],
            "qty": units[by_order],
            "price": (listed(self.demand.price_cents(day))[self._currency[buyers], releases] * percent)[by_order],
        }
        order_buyer = np.empty(len(found), dtype=np.int64)
        order_buyer[number] = buyers
        return self._orders(day, order_buyer, rng), lines

    def _orders(self, day: int, buyers: Ints, rng: np.random.Generator) -> Drawn:
        count = len(buyers)
        bounds = np.cumsum(list(FATES.values()))
        return {
            "day": np.full(count, day),
            "number": np.arange(count),
            "buyer": buyers,
            "second": day * DAY_S + np.sort(rng.integers(8 * 3600, 18 * 3600, size=count)),
            "fate": np.searchsorted(bounds, rng.random(count), side="right"),
            "delay": rng.integers(DELAYS, size=count),
            "moment": rng.integers(600, 20 * 3600, size=count),
            "pick": rng.random(count),
            "has_shipping": rng.random(count) < SHIPPING_SHARE,
        }

    def between(self, first: int, last: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Return the orders and the lines written on the days from `first` to `last`, both included.

        Seconds count from the first day's midnight, prices are ten thousandths, `picked` marks the one line of an
        order that its fate concerns. Days before the first have none.
        """
        days = [self._day(day) for day in range(max(first, 0), last + 1)]
        orders = pl.DataFrame({name: np.concatenate([day[0][name] for day in days]) for name in days[0][0]})
        lines = pl.DataFrame({name: np.concatenate([day[1][name] for day in days]) for name in days[0][1]})
        return self._named(orders), self._numbered(lines, orders)

    def _named(self, orders: pl.DataFrame) -> pl.DataFrame:
        start = self.demand.world.calendar.start
        fates = pl.Series("fate", [*FATES, "none"])
        buyers = self.demand.world.buyers.select("buyer_id", "country", "kind")
        order_id = pl.format(
            "SO{}-{}",
            (pl.lit(start) + pl.duration(days=pl.col("day"))).dt.strftime("%y%m%d"),
            pl.col("number").cast(pl.String).str.zfill(6),
        )
        return orders.with_columns(
            order_id=order_id,
            fate=pl.lit(fates).gather(pl.col("fate")),
            moved_second=_month_before(pl.col("second"), self.demand.world.calendar.start_s),
            buyer_id=pl.lit(buyers["buyer_id"]).gather(pl.col("buyer")),
            country=pl.lit(buyers["country"]).gather(pl.col("buyer")),
            currency=pl.lit(pl.Series(CURRENCIES)).gather(pl.lit(pl.Series(self._currency)).gather(pl.col("buyer"))),
            kind=pl.lit(buyers["kind"]).gather(pl.col("buyer")),
        ).with_columns(
            fate=pl.when((pl.col("fate") == "month_moved") & (pl.col("moved_second") < 0))
            .then(pl.lit("none"))  # nothing moves before the first day
            .otherwise(pl.col("fate"))
        )

    def _numbered(self, lines: pl.DataFrame, orders: pl.DataFrame) -> pl.DataFrame:
        skus = self.demand.world.releases["release_id"]
        shipping = orders.filter("has_shipping").select(
            "day", "number", release=pl.lit(len(skus)), qty=pl.lit(1), price=pl.lit(SHIPPING_PRICE)
        )
        every = pl.concat([lines, shipping], how="vertical_relaxed")
        line_no = pl.int_range(pl.len()).over("day", "number") + 1
        products = (pl.col("release") < len(skus)).sum().over("day", "number")
        numbered = (
            every.sort("day", "number", "release", maintain_order=True)
            .with_columns(line_no=line_no, products=products)
            .with_columns(
                sku=pl.lit(pl.concat([skus, pl.Series("release_id", [SHIPPING])])).gather(pl.col("release")),
                item_category=pl.when(pl.col("release") < len(skus))
                .then(pl.lit("product"))
                .otherwise(pl.lit("service")),
            )
        )
        named = self._named(orders).drop("buyer", "has_shipping")
        joined = numbered.join(named, on=["day", "number"], how="left", maintain_order="left")
        picked = (pl.col("pick") * pl.col("products")).floor().cast(pl.Int64) + 1
        only_line = (pl.col("fate") == "line_deleted") & (pl.col("products") < 2)
        return joined.with_columns(
            picked=pl.col("line_no") == picked,
            fate=pl.when(only_line).then(pl.lit("none")).otherwise(pl.col("fate")),  # an order keeps a line
        )


def _month_before(second: pl.Expr, start_s: int) -> pl.Expr:
    """Return the same time of the last day of the month before, in seconds from the first day."""
    moment = pl.from_epoch(second + start_s, time_unit="s")
    days_back = moment.dt.day().cast(pl.Int64)
    return second - days_back * DAY_S
