"""The demo pack plants a taste per buyer and genre: recommendations lean towards it."""

import datetime as dt
from typing import Any

import polars as pl

from demo.distributor import names
from demo.distributor.demand import Demand
from demo.distributor.options import Calendar, Size
from demo.distributor.orders import OrderBook
from demo.distributor.world import World
from ml.buyers.catalogue import recommend_releases

DAYS, START = 300, dt.date(2024, 1, 1)


def test_recommended_genres_are_those_of_the_planted_tastes() -> None:
    world = World.through(Calendar(START), Size(7, 20_000), DAYS)
    lines = OrderBook(Demand(world)).between(0, DAYS - 1)[1].filter(pl.col("item_category") == "product")
    purchases = lines.select(
        "buyer_id",
        release_id="sku",
        quantity=pl.col("qty").cast(pl.Float64),
        ds=pl.lit(START) + pl.duration(days=pl.col("day")),
    )
    releases = world.releases.filter(pl.col("announced_day") < DAYS).select(
        "release_id",
        artist_id=pl.col("artist").cast(pl.String),
        label_id=pl.lit(None, dtype=pl.String),
        genre=pl.lit(pl.Series(names.GENRES)).gather(pl.col("genre")),
        format="format",
        is_published=~pl.col("is_withdrawn"),
        is_in_stock=pl.lit(True),
    )
    tastes = world.buyers.select("buyer_id", pl.col("tastes").cast(pl.List(pl.Float64))).explode("tastes")
    tastes = tastes.with_columns(genre=pl.Series(names.GENRES * world.buyers.height))
    found = recommend_releases(purchases, releases).join(releases.select("release_id", "genre"), on="release_id")
    mean = dict(found.join(tastes, on=["buyer_id", "genre"]).group_by("kind").agg(pl.col("tastes").mean()).iter_rows())
    # What chance would offer: any release that the buyer does not have.
    sold = releases.join(purchases, on="release_id", how="semi")
    left = purchases.select("buyer_id").unique().join(sold, how="cross")
    left = left.join(purchases, on=["buyer_id", "release_id"], how="anti").join(tastes, on=["buyer_id", "genre"])
    chance: Any = left["tastes"].mean()
    assert mean["catalogue"] > 1.25 * chance
    assert mean["announced"] > 1.5 * chance
