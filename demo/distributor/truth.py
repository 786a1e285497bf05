"""What is true about the simulated distributor, saved beside the lake for tests.

The order lines are those that must stand once everything landed so far is applied. They are computed from the fates of
the orders, not from the changes that were landed, so that tests can hold the two against each other.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from demo.distributor import names
from demo.distributor.changes import (
    LOOK_BACK_DAYS,
    cancellation_lines,
    corrected_price,
    corrected_quantity,
    follow_second,
)
from demo.distributor.deliveries import decimal, iso
from demo.distributor.demand import Demand
from demo.distributor.demand import truth as curves
from demo.distributor.options import DAY_S
from demo.distributor.orders import OrderBook
from demo.landing_files import write_atomically


def final_lines(book: OrderBook, first: int, last: int, end: int) -> pl.DataFrame:
    """Return the order lines born on the days from `first` to `last` as they stand after day `end` has landed."""
    lines = book.between(first, last)[1].with_columns(created=pl.col("second"))
    came_true = follow_second() // DAY_S <= end
    arrived = pl.col("second") // DAY_S + pl.when(pl.col("fate") == "late").then(2 + pl.col("delay") % 4).otherwise(0)
    deleted = came_true & (
        (pl.col("fate") == "order_deleted") | ((pl.col("fate") == "line_deleted") & pl.col("picked"))
    )
    corrected = came_true & pl.col("picked")
    new_quantity = corrected & pl.col("fate").is_in(["quantity_corrected", "out_of_order"])
    sold = lines.filter((arrived <= end) & ~deleted).with_columns(
        qty=pl.when(new_quantity).then(corrected_quantity()).otherwise("qty"),
        price=pl.when(corrected & (pl.col("fate") == "price_corrected")).then(corrected_price()).otherwise("price"),
        created=pl.when(came_true & (pl.col("fate") == "month_moved")).then("moved_second").otherwise("created"),
    )
    given_back = cancellation_lines(lines.filter(came_true))
    every = pl.concat([sold, given_back.select(sold.columns)])
    return every.select(
        "order_id",
        line_number=pl.col("line_no"),
        release_id=pl.col("sku"),
        item_category=pl.col("item_category"),
        qty=pl.col("qty"),
        price=decimal(pl.col("price"), 4),
        created_at=iso(pl.col("created"), book.demand.world.calendar),
        currency=pl.col("currency"),
    ).sort("order_id", "line_number")


def save_order_lines(folder: Path, book: OrderBook, days: int) -> Iterator[str]:
    """Write the days of birth in files of a month or less, but not those final before; yield each file's name.

    A file is final when the last change of its last order must have landed.
    """
    calendar, size = book.demand.world.calendar, book.demand.world.size
    noted = folder / ".through.json"
    through: dict[str, int] = json.loads(noted.read_text()) if noted.exists() else {}
    for month, _ in calendar.months(days):
        for first, last in size.spans(month, calendar.month_end(month)):
            name = f"{calendar.day(first)}.parquet"
            settled = min(days - 1, last + LOOK_BACK_DAYS)
            if first >= days or (through.get(name) == settled and (folder / name).exists()):
                continue
            buffer = io.BytesIO()
            final_lines(book, first, min(last, days - 1), days - 1).write_parquet(buffer)
            write_atomically(folder / name, buffer.getvalue())
            through[name] = settled
            yield name
    write_atomically(noted, json.dumps(through).encode())


def save_world(folder: Path, demand: Demand, days: int) -> None:
    """Write curves, releases, buyers and anomalies as of the last landed day."""
    world = demand.world
    releases = world.releases.with_columns(
        genre=pl.lit(pl.Series(names.GENRES)).gather(pl.col("genre")),
        artist_id=pl.lit(world.artists["artist_id"]).gather(pl.col("artist")),
    )
    tables = {
        "releases": releases.filter(pl.col("announced_day") < days).drop("index", "artist"),
        "buyers": world.buyers.filter(pl.col("joined_day") < days),
    }
    for name, frame in tables.items():
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        write_atomically(folder / f"{name}.parquet", buffer.getvalue())
    anomalies = world.anomalies.filter((pl.col("first_day") >= 0) & (pl.col("first_day") < days)).with_columns(
        release_id=pl.lit(world.releases["release_id"]).gather(pl.col("release")),
        first_date=(pl.lit(world.calendar.start) + pl.duration(days=pl.col("first_day"))).cast(pl.Date),
    )
    write_atomically(folder / "anomalies.jsonl", anomalies.drop("release").write_ndjson().encode())
    facts = {"start": world.calendar.start.isoformat(), "days": days, "genres": names.GENRES, **curves(demand)}
    write_atomically(folder / "world.json", (json.dumps(facts, indent=2) + "\n").encode())
