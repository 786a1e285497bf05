"""Stock in two warehouses, consistent with what is ordered: opening + received - shipped + returned = close.

Goods leave on the day of their order and come back with its cancellation; digital releases have no stock. Every Monday
suppliers fill a warehouse up to what a good week needs, and what is too much goes back to them; between, an express
delivery comes before the last unit goes. So each Monday's close is known without the weeks before it, and a lake grows
without looking back to its beginning. Planted stock-outs, of one to three weeks from a Monday, are the exception: all
that is there is called back, nothing comes, and orders wait (`reserved`). Nothing else empties a warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from demo.distributor.changes import LOOK_BACK_DAYS, corrected_quantity, follow_second, position
from demo.distributor.deliveries import in_order
from demo.distributor.options import DAY_S, draws
from demo.distributor.orders import OrderBook
from demo.distributor.world import FIRST_BLOCK
from demo.envelopes import erp_lines
from demo.landing_files import write_atomically

WAREHOUSES = {"MAN": ("United Kingdom",), "RTM": ()}  # the second ships to everywhere else
LONGEST_WEEKS = 3
UNITS_PER_LINE, GOOD_WEEK, AT_LEAST, BOX = 4.5, 1.5, 6, 10
CLOSING_S = 23 * 3600
FIRST_STOCK = 0xF8000  # positions of the books, after those of the price list
COUNTS = ("on_hand", "reserved", "incoming", "received", "shipped", "returned")

Units = npt.NDArray[np.int64]


def stock_outs(book: OrderBook) -> pl.DataFrame:
    """Return the planted stock-outs: release (its index), warehouse (its index), first_day (a Monday), days."""
    world = book.demand.world
    per_year, rows = world.size.releases_per_year, []
    release_days = world.releases["release_day"].to_list()
    stocked = (world.releases["format"] != "digital") & ~world.releases["is_withdrawn"]
    for block in range(FIRST_BLOCK, world.last_block + 1):
        rng = draws(world.size.seed, "stock-outs", block)
        count = max(12, round(24 * world.size.factor))
        chosen = (block - FIRST_BLOCK) * per_year + rng.choice(per_year, size=min(count, per_year), replace=False)
        weeks = rng.integers(2, 60, size=len(chosen))
        lengths = rng.integers(1, LONGEST_WEEKS + 1, size=len(chosen))
        warehouses = rng.integers(len(WAREHOUSES), size=len(chosen))
        for release, week, length, warehouse in zip(chosen, weeks, lengths, warehouses, strict=True):
            first = release_days[release] - 4 + 7 * int(week)
            if stocked[int(release)] and first > 0:
                rows.append((int(release), int(warehouse), first, 7 * int(length)))
    names = ("release", "warehouse", "first_day", "days")
    return pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Int64), orient="row")


def save_stock_outs(folder: Path, book: OrderBook, days: int) -> None:
    """Write the planted stock-outs begun by the last landed day, as stock_outs.jsonl."""
    world = book.demand.world
    found = stock_outs(book).filter(pl.col("first_day") < days)
    named = found.select(
        release_id=pl.lit(world.releases["release_id"]).gather(pl.col("release")),
        warehouse=pl.lit(pl.Series(list(WAREHOUSES))).gather(pl.col("warehouse")),
        first_date=(pl.lit(world.calendar.start) + pl.duration(days=pl.col("first_day"))).cast(pl.Date),
        days=pl.col("days"),
    )
    write_atomically(folder / "stock_outs.jsonl", named.write_ndjson().encode())


def movements(lines: pl.DataFrame, stocked: Units) -> pl.DataFrame:
    """Return what lines ask of the warehouses: day, warehouse, release, due (to be shipped) and back (returned)."""
    goods = lines.filter((pl.col("item_category") == "product") & pl.col("release").is_in(stocked)).with_columns(
        warehouse=pl.when(pl.col("country").is_in(WAREHOUSES["MAN"])).then(0).otherwise(1),
        follow=follow_second() // DAY_S,
    )
    fate, picked, nothing = pl.col("fate"), pl.col("picked"), pl.lit(0, pl.Int64)
    at_once = pl.when(picked & (fate == "out_of_order")).then(corrected_quantity()).otherwise("qty")
    returned = pl.when(fate == "cancelled_in_part").then((pl.col("qty") + 1) // 2).otherwise("qty")
    comes_back = (fate == "cancelled_later") | (picked & fate.is_in(["cancelled_in_part", "line_deleted"]))
    parts = [
        goods.filter(~fate.is_in(["cancelled_within_a_day", "order_deleted"])).with_columns(due=at_once, back=nothing),
        goods.filter(picked & (fate == "quantity_corrected")).with_columns(
            day=pl.col("follow"), due=corrected_quantity() - pl.col("qty"), back=nothing
        ),
        goods.filter(comes_back).with_columns(day=pl.col("follow"), due=nothing, back=returned),
    ]
    names = ("day", "warehouse", "release", "due", "back")
    every = pl.concat([part.select(names) for part in parts], how="vertical_relaxed")
    return every.group_by("day", "warehouse", "release").sum()


@dataclass
class StockBooks:
    """The books of the warehouses, day by day; the state of the last day is kept for the next."""

    book: OrderBook
    _next_day: int | None = None
    _pending: pl.DataFrame | None = None
    _stock: Units = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    _backlog: Units = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    _target: Units = field(default_factory=lambda: np.zeros((0, 0), np.int64))

    @cached_property
    def _stocked(self) -> Units:
        releases = self.book.demand.world.releases
        return releases.filter((pl.col("format") != "digital") & ~pl.col("is_withdrawn"))["index"].to_numpy()

    @cached_property
    def _shares(self) -> npt.NDArray[np.float64]:
        buyers = self.book.demand.world.buyers
        abroad = float(buyers.filter(pl.col("country").is_in(WAREHOUSES["MAN"]))["weight"].sum())
        share = abroad / float(buyers["weight"].sum())
        return np.array([share, 1 - share])

    @cached_property
    def _outs(self) -> pl.DataFrame:
        return stock_outs(self.book)

    def between(self, first: int, last: int) -> pl.DataFrame:
        """Return the lines of the books of the days from `first` to `last`, where something moved or changed."""
        start = first
        if self._next_day != first or self._pending is None:
            start = self._begin(first)
        drawn = self.book.between(start if start == self._next_day else start - LOOK_BACK_DAYS, last)[1]
        moved = movements(drawn, self._stocked)
        if start == self._next_day and self._pending is not None:
            moved = pl.concat([self._pending, moved]).group_by("day", "warehouse", "release").sum()
        self._pending, self._next_day = moved.filter(pl.col("day") > last), last + 1
        by_day = moved.filter(pl.col("day") >= start).partition_by("day", as_dict=True)
        frames = [self._day(day, by_day.get((day,))) for day in range(start, last + 1)]
        return self._lines(pl.concat([frame for day, frame in enumerate(frames, start) if day >= first]))

    def _begin(self, first: int) -> int:
        """Forget everything and return the day to begin at: a Monday from which all is known by `first`."""
        world = self.book.demand.world
        shape = (len(WAREHOUSES), world.releases.height)
        self._stock, self._backlog, self._target = (np.zeros(shape, np.int64) for _ in range(3))
        self._next_day, self._pending = None, None
        early = first - 7 * (LONGEST_WEEKS + 1)
        return max(0, early - world.calendar.day(early).weekday())

    def _level(self, day: int) -> Units:
        """Return what each warehouse is filled up to: a good week's units, in boxes; 0 for what is not on sale."""
        world = self.book.demand.world
        week = np.sum([self.book.demand.lines(day + step) for step in range(7)], axis=0) * UNITS_PER_LINE
        boxes = np.ceil((np.outer(self._shares, week) * GOOD_WEEK + AT_LEAST) / BOX).astype(np.int64) * BOX
        on_sale = np.zeros(world.releases.height, dtype=bool)
        on_sale[self._stocked] = world.releases["release_day"].to_numpy()[self._stocked] - 4 <= day
        return np.where(on_sale, boxes, 0)

    def _day(self, day: int, moved: pl.DataFrame | None) -> pl.DataFrame:
        """Close one day's books; return the rows of what moved or changed."""
        due, back = np.zeros_like(self._stock), np.zeros_like(self._stock)
        if moved is not None:
            place = moved["warehouse"].to_numpy(), moved["release"].to_numpy()
            due[place], back[place] = moved["due"].to_numpy(), moved["back"].to_numpy()
        is_out = np.zeros(self._stock.shape, dtype=bool)
        for release, warehouse, first, days in self._outs.iter_rows():
            is_out[warehouse, release] |= first <= day < first + days
        is_filled = day == 0 or self.book.demand.world.calendar.day(day).weekday() == 0
        if is_filled:
            self._target = self._level(day)
        needed, there = self._backlog + due, self._stock + back
        served = (self._target > 0) & ~is_out
        received = np.where(served & is_filled, self._target + needed - there, 0)
        left = there + received - needed
        express = served & (left <= 0)
        received += np.where(express, (BOX - left + BOX - 1) // BOX * BOX, 0)
        shipped = np.minimum(there + received, needed)
        close = there + received - shipped
        received, close = received - np.where(is_out, close, 0), np.where(is_out, 0, close)
        backlog = needed - shipped
        changed = (received != 0) | (shipped != 0) | (back != 0) | (backlog != self._backlog)
        self._stock, self._backlog = close, backlog
        warehouse, release = np.nonzero(changed)
        counts = (close, backlog, np.maximum(self._target - close + backlog, 0), received, shipped, back)
        places = {"day": np.full(len(release), day), "warehouse": warehouse, "release": release}
        return pl.DataFrame({**places, **{name: of[changed] for name, of in zip(COUNTS, counts, strict=True)}})

    def _lines(self, rows: pl.DataFrame) -> pl.DataFrame:
        world = self.book.demand.world
        changed = pl.col("day") * DAY_S + CLOSING_S + pl.col("warehouse")
        named = rows.with_columns(
            sku=pl.lit(world.releases["release_id"]).gather(pl.col("release")),
            warehouse=pl.lit(pl.Series(list(WAREHOUSES))).gather(pl.col("warehouse")),
            stock_date=(pl.lit(world.calendar.start) + pl.duration(days=pl.col("day"))).dt.strftime("%Y-%m-%d"),
            op=pl.lit("c"),
            changed_ms=(changed + world.calendar.start_s) * 1000,
            lsn=position(changed, pl.col("day"), pl.col("release") + FIRST_STOCK),
            landing=pl.col("day"),
            place=changed,
            rank=pl.lit(0, pl.Int32),
            planted=pl.lit(None, pl.String),
            outcome=pl.lit(None, pl.String),
        )
        key = pl.struct("sku", "warehouse", "stock_date").struct.json_encode()
        return in_order([named.with_columns(line=erp_lines(named, "inventory"), key=key)])
