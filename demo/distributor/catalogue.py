"""The PIM's objects and the ERP's buyers as they change: announcements, prices, withdrawals, contacts.

Both begin with a snapshot on the first day.
"""

from __future__ import annotations

import polars as pl

from demo.distributor import names
from demo.distributor.changes import FIRST_BUYER, position
from demo.distributor.currencies import CURRENCY
from demo.distributor.deliveries import (
    BROKEN_JSON,
    MALFORMED_SHARE,
    NOT_UTF8_MARK,
    decimal,
    in_order,
    iso,
    malformed,
)
from demo.distributor.options import DAY_S, draws
from demo.distributor.orders import SHIPPING
from demo.distributor.recordings import budget_tier, label_of_artists, labels
from demo.distributor.world import ANNOUNCED_S, WITHDRAWN_DAYS_AFTER, WITHDRAWN_S, World
from demo.envelopes import erp_lines, pim_lines

PRICED_S = 6 * 3600  # of the day
CONTACT_CHANGES_PER_BUYER_AND_DAY = 0.0004
PIM_MUTATIONS = {
    "json": BROKEN_JSON,
    "utf8": pl.col("line").str.replace('":"/', f'":"{NOT_UTF8_MARK}/', literal=True),
}
_PLAIN = {
    "rank": pl.lit(0, pl.Int32),
    "planted": pl.lit(None, pl.String),
    "outcome": pl.lit(None, pl.String),
}


def pim_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the PIM lines that land on the days from `first` to `last`."""
    releases = _release_lines(world, release_events(world))
    snapshot = [_artist_lines(world), _shipping_line(world)]
    again = releases.filter((pl.col("place") % DAY_S == PRICED_S) & (pl.col("number") % 20 == 0)).with_columns(
        landing=pl.col("landing") + 1, planted=pl.lit("duplicate"), outcome=pl.lit("duplicate")
    )
    landing = pl.col("landing").is_between(first, last)
    delivery = in_order([part.filter(landing) for part in (*snapshot, releases, again)])
    per_day = world.size.releases_per_year * MALFORMED_SHARE / 10
    return in_order([delivery, malformed(delivery, PIM_MUTATIONS, world.size.seed, "objects", per_day)])


def release_events(world: World) -> pl.DataFrame:
    """Return one row per change of a release: `day`, `second` of the day, `cents`, `is_deleted`."""
    releases = world.releases.with_columns(withdrawn_day=pl.col("announced_day") + WITHDRAWN_DAYS_AFTER)
    there = releases.filter(~(pl.col("is_withdrawn") & (pl.col("withdrawn_day") <= 0)))
    # The first day's snapshot has the price of that day; what changed before is not told.
    so_far = (pl.col("price_change_days").arr.to_list().list.eval(pl.element() <= 0)).list.sum().cast(pl.Int64)
    steps = pl.concat_list(pl.col("first_price_cents"), pl.col("price_change_cents").arr.to_list())
    announced = there.with_columns(
        day=pl.max_horizontal("announced_day", pl.lit(0)),
        second=pl.when(pl.col("announced_day") <= 0).then(0).otherwise(ANNOUNCED_S),
        cents=pl.when(pl.col("announced_day") <= 0).then(steps.list.get(so_far)).otherwise("first_price_cents"),
        is_deleted=pl.lit(False),
    )
    lists = [pl.col(name).arr.to_list() for name in ("price_change_days", "price_change_cents")]
    priced = (
        there.filter(~pl.col("is_withdrawn"))
        .with_columns(lists)
        .explode("price_change_days", "price_change_cents")
        .filter(pl.col("price_change_days") > 0)
        .select(
            *(name for name in there.columns if not name.startswith("price_change")),
            day=pl.col("price_change_days"),
            second=pl.lit(PRICED_S),
            cents=pl.col("price_change_cents"),
            is_deleted=pl.lit(False),
        )
    )
    withdrawn = there.filter("is_withdrawn").with_columns(
        day=pl.col("withdrawn_day"), second=pl.lit(WITHDRAWN_S), cents=pl.lit(0), is_deleted=pl.lit(True)
    )
    return pl.concat([announced.drop("price_change_days", "price_change_cents"), priced, withdrawn.drop(
        "price_change_days", "price_change_cents"
    )], how="vertical_relaxed")  # fmt: skip


def _release_lines(world: World, events: pl.DataFrame) -> pl.DataFrame:
    calendar = world.calendar
    artist = pl.lit(world.artists["id"]).gather(pl.col("artist")).alias("id")
    artist_id = pl.lit(world.artists["artist_id"]).gather(pl.col("artist")).alias("artistId")
    label = pl.lit(label_of_artists(world)).gather(pl.col("artist"))
    known_labels = labels(world)
    rows = events.with_columns(place=pl.col("day").cast(pl.Int64) * DAY_S + pl.col("second")).with_columns(
        key=pl.col("release_id"),
        number=pl.col("index").cast(pl.Int64),
        modificationDate=pl.col("place") + calendar.start_s,
        published=pl.lit(True),
        artist=pl.struct(artist, artist_id),
        label=pl.struct(
            pl.lit(known_labels["id"]).gather(label).alias("id"),
            pl.lit(known_labels["label_id"]).gather(label).alias("labelId"),
        ),
        # One release in five has no tier yet; the others are spent on as they are liked.
        marketingBudgetTier=pl.when(pl.col("index") % 5 > 0).then(budget_tier(pl.col("popularity"))),
        genre=pl.lit(pl.Series(names.GENRES)).gather(pl.col("genre")),
        releaseDate=(pl.lit(calendar.start) + pl.duration(days=pl.col("release_day"))).dt.strftime("%Y-%m-%d"),
        listPrice=decimal(pl.col("cents"), 2),
        currency=pl.lit(CURRENCY),
    )
    lines = rows.with_columns(line=pim_lines(rows, "Release"), landing=pl.col("day"), lsn=pl.col("number"))
    return lines.with_columns(key=pl.struct(releaseId="key").struct.json_encode(), **_PLAIN)


def _artist_lines(world: World) -> pl.DataFrame:
    rows = world.artists.with_columns(
        key=pl.col("artist_id"),
        modificationDate=pl.lit(world.calendar.start_s),
        published=pl.lit(True),
        is_deleted=pl.lit(False),
        genre=pl.lit(pl.Series(names.GENRES)).gather(pl.col("genre")),
    )
    return _snapshot(
        rows.with_columns(line=pim_lines(rows, "Artist"), key=pl.struct(artistId="key").struct.json_encode())
    )


def _shipping_line(world: World) -> pl.DataFrame:
    rows = pl.DataFrame(
        {
            "id": "900001",
            "key": SHIPPING,
            "modificationDate": world.calendar.start_s,
            "published": True,
            "is_deleted": False,
            "title": "Shipping",
            "format": "service",
            "listPrice": "4.90",
            "currency": CURRENCY,
        }
    ).with_columns(pl.lit(None, pl.String).alias(name) for name in ("artist", "genre", "releaseDate"))
    return _snapshot(
        rows.with_columns(line=pim_lines(rows, "Release"), key=pl.struct(releaseId="key").struct.json_encode())
    )


def _snapshot(rows: pl.DataFrame) -> pl.DataFrame:
    zero = pl.lit(0, pl.Int64)
    return rows.with_columns(landing=zero, place=zero, lsn=pl.int_range(pl.len()) - rows.height, **_PLAIN)


def buyer_delivery(world: World, first: int, last: int) -> pl.DataFrame:
    """Return the buyers' lines that land on the days from `first` to `last`: snapshot, new buyers, new contacts."""
    seed, buyers = world.size.seed, world.buyers
    events = [(0, 0, number, "r") for number, day in enumerate(buyers["joined_day"]) if day == 0 and first == 0]
    events += [(d, 6 * 3600, n, "c") for n, d in enumerate(buyers["joined_day"]) if first <= d <= last and d > 0]
    for day in range(max(first, 1), last + 1):
        rng = draws(seed, "contact changes", day)
        changed = rng.integers(buyers.height, size=int(rng.poisson(buyers.height * CONTACT_CHANGES_PER_BUYER_AND_DAY)))
        events += [(day, 7 * 3600, n, "u") for n in sorted(set(changed.tolist())) if buyers["joined_day"][n] < day]
    types = {"day": pl.Int64, "second": pl.Int64, "number": pl.Int64, "op": pl.String}
    rows = pl.DataFrame(events, schema=types, orient="row")
    contacts = [names.contact(draws(seed, "contact", n, day if op != "c" else 0)) for day, _, n, op in events]
    person = pl.DataFrame(contacts, schema=dict.fromkeys(("contact_name", "email", "phone", "address"), pl.String))
    return _buyer_lines(world, pl.concat([rows, person], how="horizontal"))


def _buyer_lines(world: World, rows: pl.DataFrame) -> pl.DataFrame:
    known = world.buyers.drop("tastes").with_row_index("number").with_columns(pl.col("number").cast(pl.Int64))
    changed = pl.col("day") * DAY_S + pl.col("second")
    created = (
        pl.when(pl.col("joined_day") == 0)
        .then(-pl.col("created_before_days") * DAY_S)
        .otherwise(pl.col("joined_day") * DAY_S + 6 * 3600)
    )
    full = rows.join(known, on="number", how="left", maintain_order="left").with_columns(
        region=pl.lit(None, pl.String),
        created_at=iso(created, world.calendar),
        changed_ms=(changed + world.calendar.start_s) * 1000,
        lsn=position(changed, pl.col("day"), pl.col("number") + FIRST_BUYER),
        landing=pl.col("day"),
        place=changed,
        key=pl.struct("buyer_id").struct.json_encode(),
        **_PLAIN,
    )
    return in_order([full.with_columns(line=erp_lines(full, "buyers"))])
