"""The ERP's price list, by country, and the rates of exchange as signals.

The rates are simulated, whatever their source says.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from demo.distributor.catalogue import PRICED_S, release_events
from demo.distributor.changes import position
from demo.distributor.currencies import ABROAD, CURRENCIES, CURRENCY, RATES_BEFORE, listed, rates
from demo.distributor.deliveries import decimal, in_order, iso
from demo.distributor.names import COUNTRIES
from demo.distributor.options import DAY_S
from demo.distributor.price_list import ENTERED_S, statements
from demo.distributor.world import World
from demo.envelopes import erp_lines, signal_lines

STATED_S = 15 * 3600
FIRST_PRICE = 0xF4000  # positions of the price list, after those of buyers
_PLAIN = {
    "rank": pl.lit(0, pl.Int32),
    "planted": pl.lit(None, pl.String),
    "outcome": pl.lit(None, pl.String),
}


def rate_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the rates that land on the days from `first` to `last`, with those of the week before the first day."""
    found = rates(world, -RATES_BEFORE if first == 0 else first, last)
    place = pl.col("day") * DAY_S + STATED_S
    date = (pl.lit(world.calendar.start) + pl.duration(days=pl.col("day"))).dt.strftime("%Y%m%d")
    events = found.with_columns(
        event_id=pl.format("ecb-{}-{}", "currency", date),
        kind=pl.lit("exchange_rate"),
        entity_type=pl.lit("currency"),
        entity_id=pl.col("currency"),
        value=pl.col("rate"),
        unit=pl.format("{}/EUR", "currency"),
        region=pl.lit(None, pl.String),
        occurred_at=iso(place, world.calendar),
        source=pl.lit("ecb"),
        place=place,
        landing=pl.max_horizontal("day", pl.lit(0)),
        lsn=pl.int_range(pl.len()).cast(pl.Int64),
        **_PLAIN,
    )
    lines = events.with_columns(line=signal_lines(events), key=pl.struct("event_id").struct.json_encode())
    return in_order([lines])


def price_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the price list's lines that land on the days from `first` to `last`: one per release and country."""
    changes = _entered(world).filter(pl.col("entered_day").is_between(first, last))
    cents = listed(changes["cents"].to_numpy().astype(np.int64))
    by_currency = dict(zip(CURRENCIES, cents, strict=True))
    parts = []
    for number, country in enumerate(COUNTRIES):
        currency = ABROAD.get(country, CURRENCY)
        second = pl.col("entered_day") * DAY_S + pl.col("second") + pl.col("slot") * len(COUNTRIES) + number
        parts.append(
            changes.with_columns(
                changed=second, country=pl.lit(country), currency=pl.lit(currency),
                hundredths=pl.Series(by_currency[currency]),
            )
        )  # fmt: skip
    calendar = world.calendar
    rows = pl.concat(parts).with_columns(
        valid_from=(pl.lit(calendar.start) + pl.duration(days=pl.col("valid_day"))).dt.strftime("%Y-%m-%d"),
        price=decimal(pl.col("hundredths"), 2),
        changed_ms=(pl.col("changed") + calendar.start_s) * 1000,
        lsn=position(pl.col("changed"), pl.col("entered_day"), pl.col("index").cast(pl.Int64) + FIRST_PRICE),
        landing=pl.col("entered_day"),
        place=pl.col("changed"),
        **_PLAIN,
    )
    key = pl.struct("sku", "country", "valid_from").struct.json_encode()
    return in_order([rows.with_columns(line=erp_lines(rows, "prices"), key=key)])


def _entered(world: World) -> pl.DataFrame:
    """Return the statements of the list: sku, index, valid_day, entered_day, second, cents, slot, op.

    The first of a release comes with its announcement; one that was announced before the first day has that day's.
    """
    columns = ("sku", "index", "valid_day", "entered_day", "second", "cents", "slot", "op")
    day = pl.col("day").cast(pl.Int64)
    first = (
        release_events(world)
        .filter(~pl.col("is_deleted") & (pl.col("second") != PRICED_S))
        .with_columns(
            sku="release_id",
            valid_day=day,
            entered_day=day,
            slot=pl.lit(0),
            op=pl.when(day == 0).then(pl.lit("r")).otherwise(pl.lit("c")),
        )
    )
    sku = pl.lit(world.releases["release_id"]).gather(pl.col("index")).alias("sku")
    later = statements(world).with_columns(sku, second=pl.lit(ENTERED_S))
    numbers = [name for name in columns if name not in ("sku", "op")]
    return pl.concat([frame.select(columns).with_columns(pl.col(numbers).cast(pl.Int64)) for frame in (first, later)])
