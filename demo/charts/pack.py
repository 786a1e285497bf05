"""Which row of the charts' raw files stands in which landing file.

The catalogues are one file per class of the PIM. Events stand in a file per set and year, so that one more year adds
files and leaves the others as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from demo.charts.balance import count_fates, save_balance, saved_balance
from demo.charts.catalogue import KNOWN_SINCE, make_catalogue
from demo.charts.events import make_events
from demo.charts.sources import open_sources
from demo.envelopes import as_bytes, pim_lines, signal_lines
from demo.landing_files import LandingFiles
from demo.pack import Landed, PackError, Progress, read_options

NAME = "charts"
LAST_YEAR = 2026
FIRST_YEAR = 1967

# Table of the catalogue -> class of the PIM, in the order of reference.
_CLASSES = {"artists": "Artist", "labels": "Label", "releases": "Release", "tracks": "Track"}
# Fields of the class that no set states.
_UNSTATED = {
    "artists": ("genre", "country"),
    "labels": ("country",),
    "releases": ("listPrice", "currency"),
    "tracks": (),
}


@dataclass(frozen=True)
class ChartsOptions:
    """`until` is the last year whose chart positions, streams, reviews and prices are landed."""

    until: int = LAST_YEAR


def land(root: Path, *, data: Path | None, options: Mapping[str, Any], progress: Progress | None) -> Landed:
    """Land the catalogues, and the years of events that are not there yet."""
    until = read_options(ChartsOptions, options, NAME).until
    if not FIRST_YEAR <= until <= LAST_YEAR:
        raise PackError(f"charts: until={until} is asked; the sets run from {FIRST_YEAR} to {LAST_YEAR}")
    files = LandingFiles.open(root, NAME, {})
    last = files.last_name(root, "signals")
    if last is not None and int(last[:4]) > until:
        raise PackError(f"{root} already holds {last}; a lake only grows: ask for until={last[:4]} or later")
    saved = saved_balance(root, until)
    if data is None or (saved and all(files.is_complete(*name.split("/", 1)) for name in saved[0])):
        return replace(files.landed(), balance=saved[1] if saved else ())
    with open_sources(data) as connection:
        if progress is not None:
            progress("charts catalogue", 0, 1)
        make_catalogue(connection)
        make_events(connection)
        fates = count_fates(connection, until)
        names = _write(connection, files, until, progress)
        save_balance(root, until, names, fates)
    return replace(files.landed(), balance=fates)


def _write(
    connection: duckdb.DuckDBPyConnection, files: LandingFiles, until: int, progress: Progress | None
) -> list[str]:
    """Write every file that is not there and return the names of all, `stream/name`."""
    years = connection.execute(
        "select made_of, year(occurred_at::timestamptz) as year from events "
        "where left_out is null and year <= $until group by all order by year, made_of",
        {"until": until},
    ).fetchall()
    names = []
    for number, (stream, name, lines) in enumerate(_contents(connection, years), start=1):
        if not files.is_complete(stream, name):
            files.write(stream, name, as_bytes(lines()))
        names.append(f"{stream}/{name}")
        if progress is not None:
            progress(f"charts {name.removesuffix('.jsonl')}", number, len(_CLASSES) + len(years))
    return names


def _contents(connection: duckdb.DuckDBPyConnection, years: list[tuple[str, int]]) -> Iterator[tuple[str, str, Any]]:
    """Yield stream, name and what makes the lines of each file."""
    for table in _CLASSES:
        yield "pim", f"{KNOWN_SINCE}--pim-{table}.jsonl", lambda table=table: _object_lines(connection, table)
    for made_of, year in years:
        name = f"{year}-12-31--signals-{made_of}.jsonl"
        yield "signals", name, lambda made_of=made_of, year=year: _event_lines(connection, made_of, year)


def _object_lines(connection: duckdb.DuckDBPyConnection, table: str) -> pl.Series:
    """Return the listing nodes of a class, by number."""
    rows = connection.sql(f"select *, key as id from {table} order by key").pl()
    known_since = int(datetime.fromisoformat(KNOWN_SINCE).replace(tzinfo=UTC).timestamp())
    complete = rows.with_columns(
        *(_reference(name) for name in ("artist", "label", "release") if f"{name}_id" in rows.columns),
        *(pl.lit(None, pl.String).alias(name) for name in _UNSTATED[table]),
        modificationDate=pl.lit(known_since),
        published=pl.lit(True),
        is_deleted=pl.lit(False),
    )
    return pim_lines(complete, _CLASSES[table])


def _reference(name: str) -> pl.Expr:
    """The object that a row refers to, or nothing."""
    number = pl.col(f"{name}_id")
    there = pl.struct(number.alias("id"), number.alias(f"{name}Id"))
    return pl.when(number.is_not_null()).then(there).alias(name)


def _event_lines(connection: duckdb.DuckDBPyConnection, made_of: str, year: int) -> pl.Series:
    """Return the events of a set and year, by time."""
    rows = connection.sql(
        "select * exclude (made_of, origin, left_out) from events where left_out is null and made_of = $made_of "
        "and year(occurred_at::timestamptz) = $year order by occurred_at, event_id",
        params={"made_of": made_of, "year": year},
    ).pl()
    stated = [name for name in rows.columns if name == "region" or rows[name].null_count() < rows.height]
    if rows["kind"].is_in(["competitor_price"]).any():
        return signal_lines(rows.select(stated))
    return signal_lines(rows.select(stated).with_columns(pl.col("value").cast(pl.Float64)))
