"""What happens around orders: carriers and their shipments, contacts with buyers, campaigns and their money.

Drawn by themselves, so that nothing else of the distributor moves with them. Shipments are of orders that pay for
shipping and that nothing befalls; the ERP states one on the day it leaves, and again on the day it arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from demo.distributor import names
from demo.distributor.changes import position
from demo.distributor.currencies import CURRENCY
from demo.distributor.deliveries import COLUMNS, decimal, in_order, iso
from demo.distributor.options import DAY_S, draws
from demo.distributor.orders import OrderBook
from demo.distributor.world import World
from demo.envelopes import ERP_KEYS, erp_lines

CARRIERS = (
    ("C1", "Northgate Parcels", "parcel", "United Kingdom"),
    ("C2", "Hanse Express", "express", "Germany"),
    ("C3", "Pallas Freight", "pallet", "Netherlands"),
)
TRANSIT_DAYS, PROMISED_DAYS = {0: (1, 4), 1: (1, 2), 2: (2, 6)}, {0: 2, 1: 1, 2: 4}  # by place in CARRIERS
LONGEST_TRANSIT = 5
CONTACTS_PER_BUYER_AND_DAY, CAMPAIGNS_A_DAY = 0.01, 0.15
KINDS = ("visit", "call", "mail", "sample", "order_enquiry")
OUTCOMES = ("interested", "no answer", "wants a sample", "orders later", "not interested")
FIRST_ROW = 0xE0000  # positions: above any day's order lines, below buyers
_PLAIN = {
    "rank": pl.lit(0, pl.Int32),
    "planted": pl.lit(None, pl.String),
    "outcome": pl.lit(None, pl.String),
}


def trade_deliveries(book: OrderBook, first: int, last: int) -> dict[str, pl.DataFrame]:
    """The lines that land on the days from `first` to `last`, by table of the landing folder."""
    world = book.demand.world
    return {
        "erp-carriers": _carriers(world, first),
        "erp-shipments": _shipments(book, first, last),
        "erp-buyer_interactions": _interactions(world, first, last),
        "erp-campaigns": _campaigns(world, first, last),
    }


def _lines(world: World, table: str, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the table's fields, `op`, `changed` (seconds from the first day) and `number` as they land."""
    if not rows.height:
        return in_order([pl.DataFrame(schema=_schema())])
    stated = rows.with_columns(
        changed_ms=(pl.col("changed") + world.calendar.start_s) * 1000,
        lsn=position(pl.col("changed"), pl.col("changed") // DAY_S, pl.col("number") + FIRST_ROW),
        key=pl.struct(ERP_KEYS[table]).struct.json_encode(),
    )
    made = stated.with_columns(line=erp_lines(stated, table))
    landing = {"landing": pl.col("changed") // DAY_S, "place": pl.col("changed")}
    return in_order([made.with_columns(**landing, **_PLAIN)])


def _schema() -> dict[str, Any]:
    kinds: dict[str, Any] = dict.fromkeys(COLUMNS, pl.String)
    return kinds | {"landing": pl.Int64, "place": pl.Int64, "rank": pl.Int32}


def _carriers(world: World, first: int) -> pl.DataFrame:
    rows = pl.DataFrame(
        CARRIERS if first == 0 else (), schema=["carrier_id", "name", "service", "country"], orient="row"
    )
    rows = rows.with_row_index("number").with_columns(
        pl.col("number").cast(pl.Int64), op=pl.lit("r"), changed=pl.lit(3 * 3600, pl.Int64)
    )
    return _lines(world, "carriers", rows)


def _shipments(book: OrderBook, first: int, last: int) -> pl.DataFrame:
    """Of every order that ships: its departure on the day of the order, its arrival some days later."""
    world, seed = book.demand.world, book.demand.world.size.seed
    begin = max(first - LONGEST_TRANSIT, 0)
    shipped = book.between(begin, last)[0].filter(pl.col("has_shipping") & (pl.col("fate") == "none"))
    parts = []
    for day in range(begin, last + 1):
        orders = shipped.filter(pl.col("day") == day).sort("number")
        rng, count = draws(seed, "shipments", day), orders.height
        carrier = rng.choice(len(CARRIERS), size=count, p=(0.6, 0.3, 0.1))
        transit = np.array([rng.integers(*TRANSIT_DAYS[one], endpoint=True) for one in carrier.tolist()], np.int64)
        parts.append(
            orders.select(
                "order_id",
                shipment_id=pl.format("SH{}", pl.col("order_id").str.strip_prefix("SO")),
                carrier_id=pl.Series([CARRIERS[one][0] for one in carrier.tolist()], dtype=pl.String),
                leaves=pl.lit(day * DAY_S + 17 * 3600, pl.Int64),
                arrives=pl.Series((day + np.minimum(transit, LONGEST_TRANSIT)) * DAY_S + 10 * 3600, dtype=pl.Int64),
                promised=pl.Series([day + PROMISED_DAYS[one] for one in carrier.tolist()], dtype=pl.Int64),
                parcels=pl.Series(1 + rng.poisson(0.6, size=count), dtype=pl.Int64),
                cents=pl.Series(rng.integers(390, 2900, size=count), dtype=pl.Int64),
                number=pl.int_range(count, dtype=pl.Int64),
            )
        )
    every = pl.concat(parts)
    start = world.calendar.start
    every = every.with_columns(
        shipped_at=iso(pl.col("leaves"), world.calendar),
        promised_on=(pl.lit(start) + pl.duration(days=pl.col("promised"))).dt.strftime("%Y-%m-%d"),
        cost=decimal(pl.col("cents"), 2),
        currency=pl.lit(CURRENCY),
    )
    sent = every.with_columns(op=pl.lit("c"), changed=pl.col("leaves"), delivered_at=pl.lit(None, pl.String))
    there = every.with_columns(
        op=pl.lit("u"), changed=pl.col("arrives"), delivered_at=iso(pl.col("arrives"), world.calendar),
        number=pl.col("number") + (pl.col("leaves") // DAY_S % 8) * 8192,
    )  # fmt: skip
    landed = pl.concat([sent, there]).filter((pl.col("changed") // DAY_S).is_between(first, last))
    return _lines(world, "shipments", landed)


def _interactions(world: World, first: int, last: int) -> pl.DataFrame:
    """On working days, some contacts with buyers, two thirds of them about a release that is announced."""
    joined = world.buyers["joined_day"].to_numpy()
    rows = []
    for day in range(first, last + 1):
        rng = draws(world.size.seed, "interactions", day)
        known, listed = np.flatnonzero(joined <= day), _on_list(world, day)
        working = world.calendar.day(day).weekday() < 5
        for number in range(int(rng.poisson(len(known) * CONTACTS_PER_BUYER_AND_DAY)) if working else 0):
            buyer, kind, outcome = rng.choice(known), rng.choice(KINDS), rng.choice(OUTCOMES)
            release = str(rng.choice(listed)) if listed and rng.random() < 2 / 3 else None
            second = day * DAY_S + 9 * 3600 + int(rng.integers(8 * 3600))
            rows.append((f"I{day:05d}-{number:03d}", world.buyers["buyer_id"][int(buyer)], str(kind), release,
                         str(outcome), second, number))  # fmt: skip
    columns = ("interaction_id", "buyer_id", "kind", "sku", "result", "changed", "number")
    made = _frame(rows, columns).with_columns(
        op=pl.lit("c"), occurred_at=iso(pl.col("changed"), world.calendar), outcome=pl.col("result")
    )
    return _lines(world, "buyer_interactions", made)


def _campaigns(world: World, first: int, last: int) -> pl.DataFrame:
    """Now and then a campaign of one to three weeks, stated the day before it begins; one in five is for a genre."""
    rows = []
    for day in range(first, last + 1):
        rng = draws(world.size.seed, "spend", day)
        listed = _on_list(world, day)
        for number in range(int(rng.poisson(CAMPAIGNS_A_DAY))):
            for_genre = rng.random() < 0.2 or not listed
            release = None if for_genre else str(rng.choice(listed))
            genre = names.GENRES[int(rng.integers(len(names.GENRES)))] if for_genre else None
            length, channel = int(rng.choice((7, 14, 21))), str(rng.choice(("social", "radio", "print", "in store")))
            begins = world.calendar.day(day + 1)
            ends = world.calendar.day(day + length)
            rows.append((f"K{day:05d}-{number}", channel, release, genre, f"{begins}", f"{ends}",
                         int(rng.integers(20, 500)) * 1000, day * DAY_S + 8 * 3600, number))  # fmt: skip
    columns = (
        "campaign_id", "channel", "sku", "category", "started_on", "ended_on", "cents", "changed", "number",
    )  # fmt: skip
    made = _frame(rows, columns).with_columns(
        op=pl.lit("c"), name=pl.format("{} of {}", "channel", "started_on"), spend=decimal(pl.col("cents"), 2),
        currency=pl.lit(CURRENCY),
    )  # fmt: skip
    return _lines(world, "campaigns", made)


def _on_list(world: World, day: int) -> list[str]:
    """Numbers of the releases that are announced by the day and not withdrawn."""
    known = world.releases.filter(~pl.col("is_withdrawn") & (pl.col("announced_day") <= day))
    return known["release_id"].to_list()


def _frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> pl.DataFrame:
    whole = {"changed", "number", "cents"}
    return pl.DataFrame(rows, schema={name: pl.Int64 if name in whole else pl.String for name in columns}, orient="row")
