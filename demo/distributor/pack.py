"""Landing the simulated distributor: which days stand in which file, and in what order files are made.

A set of files covers a month of the fixed history or one later day, and is named for its last day. Sets that are
complete are not made again; the changes that reach from their days into later ones are drawn anew instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from demo.distributor.catalogue import buyer_delivery, pim_delivery
from demo.distributor.currencies import CURRENCY
from demo.distributor.deliveries import NOT_UTF8_BYTES, NOT_UTF8_MARK, ErpDeliveries, planted_lines
from demo.distributor.demand import Demand
from demo.distributor.money import price_delivery, rate_delivery
from demo.distributor.options import NAME, Calendar, DistributorOptions, checked, periods
from demo.distributor.orders import OrderBook
from demo.distributor.recordings import label_delivery, track_delivery
from demo.distributor.signals import feedback_lines, signal_delivery
from demo.distributor.stock import StockBooks, save_stock_outs
from demo.distributor.trade import trade_deliveries
from demo.distributor.truth import save_order_lines, save_world
from demo.distributor.world import World
from demo.envelopes import as_bytes
from demo.landing_files import LandingFiles, write_atomically
from demo.pack import Landed, Progress, read_options

TABLES = {
    "pim-labels": "pim",
    "pim-objects": "pim",
    "pim-tracks": "pim",
    "erp-buyers": "erp",
    "erp-orders": "erp",
    "erp-order_lines": "erp",
    "erp-prices": "erp",
    "erp-inventory": "erp",
    "erp-carriers": "erp",
    "erp-shipments": "erp",
    "erp-buyer_interactions": "erp",
    "erp-campaigns": "erp",
    "signals-rates": "signals",
    "signals-events": "signals",
    "feedback-events": "feedback",
}


@dataclass(frozen=True)
class FileSet:
    """The files of the days from `first` to `last`."""

    first: int
    last: int
    day: str

    def names(self) -> dict[str, tuple[str, str]]:
        """Return stream and file name of each table."""
        return {table: (stream, f"{self.day}--{table}.jsonl") for table, stream in TABLES.items()}


def file_sets(calendar: Calendar, days: int, history_days: int) -> list[FileSet]:
    """Return the sets of files: one per month of the history, then one per day."""
    spans = calendar.months(history_days) + [(day, day) for day in range(history_days, days)]
    return [FileSet(first, last, calendar.day(last).isoformat()) for first, last in spans]


def _deliveries(
    book: OrderBook, erp: ErpDeliveries, stock: StockBooks, files: FileSet
) -> Iterator[dict[str, pl.DataFrame]]:
    """Yield the lines of a set of files, some days at a time, per table."""
    world = book.demand.world
    for first, last in world.size.spans(files.first, files.last):
        tables = erp.between(first, last)
        yield {
            "pim-labels": label_delivery(world, first, last),
            "pim-objects": pim_delivery(world, first, last),
            "pim-tracks": track_delivery(world, first, last),
            "erp-buyers": buyer_delivery(world, first, last),
            "erp-orders": tables["orders"],
            "erp-order_lines": tables["order_lines"],
            "erp-prices": price_delivery(world, first, last),
            "erp-inventory": stock.between(first, last),
            **trade_deliveries(book, first, last),
            "signals-rates": rate_delivery(world, first, last),
            "signals-events": signal_delivery(book.demand, first, last),
        }


def _make(landing: LandingFiles, book: OrderBook, erp: ErpDeliveries, stock: StockBooks, files: FileSet) -> list[str]:
    """Write one set of files and return its entries of the planted list."""
    planted: list[str] = []
    names = files.names()
    with ExitStack() as stack:
        parts = {table: stack.enter_context(landing.file(*names[table])) for table in names}
        for tables in _deliveries(book, erp, stock, files):
            for table, delivery in tables.items():
                planted += planted_lines(delivery, *names[table], parts[table].lines)
                for chunk in as_bytes(delivery["line"]):
                    parts[table].add(chunk.replace(NOT_UTF8_MARK.encode(), NOT_UTF8_BYTES))
        for line in feedback_lines(book, files.first, files.last):
            parts["feedback-events"].add(f"{line}\n".encode())
    return planted


def _landed_days(root: Path, calendar: Calendar) -> int:
    """Return through which day the lake has orders, counted from the first day."""
    last = LandingFiles.last_name(root, "erp")
    return (date.fromisoformat(last[:10]) - calendar.start).days + 1 if last else 0


def land(root: Path, *, data: Path | None, options: Mapping[str, Any], progress: Progress | None) -> Landed:
    """Land the distributor's days that are not there yet, and save what is true about them."""
    chosen = read_options(DistributorOptions, options, NAME)
    calendar, size = checked(chosen)
    history_before = LandingFiles.pinned_before(root).get("history_days")
    landed_days = _landed_days(root, calendar) if history_before is not None else 0
    pinned = {"seed": chosen.seed, "order_lines": chosen.order_lines, "start": calendar.start.isoformat()}
    LandingFiles.check_pinned(root, NAME, pinned)
    days, history_days = periods(chosen, history_before, landed_days)
    landing = LandingFiles.open(root, NAME, {**pinned, "history_days": history_days})
    if not (root / "settings.json").exists():  # a person may have chosen another currency for the lake
        write_atomically(root / "settings.json", f'{{"house_currency": "{CURRENCY}"}}\n'.encode())
    sets = file_sets(calendar, days, history_days)
    book = OrderBook(Demand(World.through(calendar, size, days)))
    truth = root / "truth"
    _land_sets(landing, book, sets, truth / ".planted", progress)
    for number, name in enumerate(save_order_lines(truth / "order_lines", book, days), start=1):
        if progress is not None:
            progress(f"demo truth {name}", number, len(calendar.months(days)))
    save_world(truth, book.demand, days)
    save_stock_outs(truth, book, days)
    listed = [(truth / ".planted" / f"{files.day}.jsonl").read_bytes() for files in sets]
    write_atomically(truth / "planted.jsonl", b"".join(listed))
    return landing.landed()


def _land_sets(
    landing: LandingFiles, book: OrderBook, sets: list[FileSet], planted: Path, progress: Progress | None
) -> None:
    erp, stock = ErpDeliveries(book), StockBooks(book)
    for number, files in enumerate(sets, start=1):
        listed = planted / f"{files.day}.jsonl"
        if not (all(landing.is_complete(*name) for name in files.names().values()) and listed.exists()):
            entries = _make(landing, book, erp, stock, files)
            write_atomically(listed, "".join(f"{entry}\n" for entry in entries).encode())
        if progress is not None:
            progress(f"demo {files.day}", number, len(sets))
