"""Plays and mentions of releases, which follow demand but for the planted anomalies, and sellers' feedback.

Events of a day are drawn from (seed, day); some land two days late, some once more on the next day.
"""

from __future__ import annotations

import json

import numpy as np
import polars as pl

from demo.distributor.deliveries import BROKEN_JSON, MALFORMED_SHARE, in_order, iso, malformed
from demo.distributor.demand import Demand
from demo.distributor.options import DAY_S, draws
from demo.distributor.orders import OrderBook
from demo.envelopes import signal_lines

PLAYS_DAYS, MENTIONS_DAYS = 150, 60  # from the release day
PLAYS_PER_POPULARITY, MENTIONS_PER_POPULARITY = 30.0, 0.15
LATE_SHARE, DUPLICATE_SHARE = 0.004, 0.003
LATE_DAYS = 2
PLAYS_ANOMALIES = ("plays_spike", "plays_drop", "viral")
MENTIONS_ANOMALIES = ("mentions_spike", "viral")
FEEDBACK_EVERY_DAYS, FEEDBACK_HORIZON_DAYS = 30, 30
REASONS = ("a tour was announced", "the shop window was full", "a chain ordered for its branches", "no reason known")


def _day(demand: Demand, day: int) -> pl.DataFrame:
    """Return the events of one day: kind, release, value, and how they are delivered."""
    world = demand.world
    rng = draws(world.size.seed, "signals", day)
    begun = world.releases_begun(day)
    interest = (demand.wanted(day) / demand.scale)[:begun]
    age = day - world.releases["release_day"].to_numpy()[:begun]
    plays = interest * demand.factors("factor", day, PLAYS_ANOMALIES)[:begun] * PLAYS_PER_POPULARITY
    plays = np.round(plays * rng.lognormal(0.0, 0.25, size=begun))
    expected = interest * demand.factors("factor", day, MENTIONS_ANOMALIES)[:begun] * MENTIONS_PER_POPULARITY
    mentions = rng.poisson(expected)
    how = rng.random((2, begun))
    frames = []
    for number, (kind, values, days, unit, source) in enumerate(
        (
            ("plays", plays, PLAYS_DAYS, "plays", "streaming-report"),
            ("mentions", mentions, MENTIONS_DAYS, "posts", "social-listening"),
        )
    ):
        release = np.flatnonzero((age >= 0) & (age < days) & (values > 0))
        frames.append(
            pl.DataFrame({"release": release, "value": values[release].astype(float), "how": how[number][release]})
            .with_columns(pl.lit(kind).alias("kind"), pl.lit(unit).alias("unit"), pl.lit(source).alias("source"))
            .with_columns(day=pl.lit(day, pl.Int64), second=pl.lit(22 * 3600 + number, pl.Int64))
        )
    return pl.concat(frames)


def signal_delivery(demand: Demand, first: int, last: int) -> pl.DataFrame:
    """Return the signal lines that land on the days from `first` to `last`."""
    world = demand.world
    rows = pl.concat([_day(demand, day) for day in range(max(0, first - LATE_DAYS), last + 1)])
    day_text = (pl.lit(world.calendar.start) + pl.duration(days=pl.col("day"))).dt.strftime("%Y%m%d")
    place = pl.col("day") * DAY_S + pl.col("second")
    named = rows.with_columns(
        entity_type=pl.lit("release"),
        entity_id=pl.lit(world.releases["release_id"]).gather(pl.col("release")),
        region=pl.lit(None, pl.String),
        occurred_at=iso(place, world.calendar),
        place=place,
        lsn=pl.col("release").cast(pl.Int64),
        rank=pl.lit(0, pl.Int32),
    ).with_columns(event_id=pl.format("{}-{}-{}", "kind", "entity_id", day_text))
    late = pl.col("how") < LATE_SHARE
    delivered = named.with_columns(
        line=signal_lines(named),
        key=pl.struct("event_id").struct.json_encode(),
        landing=pl.col("day") + pl.when(late).then(LATE_DAYS).otherwise(0),
        planted=pl.when(late).then(pl.lit("late")),
        outcome=pl.when(late).then(pl.lit("applied")),
    )
    again = delivered.filter(pl.col("how") > 1 - DUPLICATE_SHARE).with_columns(
        landing=pl.col("landing") + 1, planted=pl.lit("duplicate"), outcome=pl.lit("duplicate")
    )
    landing = pl.col("landing").is_between(first, last)
    delivery = in_order([delivered.filter(landing), again.filter(landing)])
    per_day = world.size.lines_per_day * MALFORMED_SHARE / 4
    return in_order([delivery, malformed(delivery, {"json": BROKEN_JSON}, world.size.seed, "signals", per_day)])


def feedback_lines(book: OrderBook, first: int, last: int) -> list[str]:
    """Return the feedback that lands on the days from `first` to `last`: what a release really sold in a window."""
    world = book.demand.world
    lines = []
    for day in range(first, last + 1):
        origin = day - FEEDBACK_HORIZON_DAYS - 1
        if origin < 0 or day % FEEDBACK_EVERY_DAYS:
            continue
        units = _gross_units(book, origin + 1, day - 1).sort("qty", "sku", descending=[True, False])
        rng = draws(world.size.seed, "feedback", day)
        chosen = units.row(int(rng.integers(min(20, units.height))), named=True)
        document = {
            "feedback_id": f"F-{world.calendar.day(day):%Y%m%d}-1",
            "release_id": chosen["sku"],
            "origin": world.calendar.day(origin).isoformat(),
            "horizon_days": FEEDBACK_HORIZON_DAYS,
            "actual_units": chosen["qty"],
            "reason": REASONS[int(rng.integers(len(REASONS)))],
            "reported_by": "sales",
            "created_at": f"{world.calendar.day(day).isoformat()}T16:00:00Z",
        }
        lines.append(json.dumps(document))
    return lines


def _gross_units(book: OrderBook, first: int, last: int) -> pl.DataFrame:
    """Return the units of each release ordered from `first` to `last`, without orders cancelled within a day."""
    sold = [
        book.between(*span)[1]
        .filter((pl.col("item_category") == "product") & (pl.col("fate") != "cancelled_within_a_day"))
        .group_by("sku")
        .agg(pl.col("qty").sum())
        for span in book.demand.world.size.spans(first, last)
    ]
    return pl.concat(sold).group_by("sku").agg(pl.col("qty").sum())
