"""Which row of the wholesaler's extracts stands in which landing file.

`drops="initial"` lands both extracts as first loads (ops `r`); invoices that stand in both are landed twice, alike.
`drops="daily"` lands what was before `daily_from` as first loads and each later day, up to `until`, as files of its
own (ops `c` and `u`), so that one more day adds files and leaves the others as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from demo.envelopes import as_bytes, erp_lines, pim_lines
from demo.landing_files import LandingFiles
from demo.online_retail.extracts import open_extracts
from demo.pack import Landed, PackError, Progress, read_options

FIRST_DAY = date(2009, 12, 1)
LAST_DAY = date(2011, 9, 9)
DAYS_AT_ONCE = 90  # whose lines are held in memory at a time
NAME = "online-retail"

_BEFORE = "moment < $before::timestamp"
_SPAN = f"moment >= $since::timestamp and {_BEFORE}"
_ISO = "'%Y-%m-%dT%H:%M:%SZ'"
_ROWS = {
    "order_lines": f"""
        select order_id, line_no, sku, item_category, order_type, qty, price, 'GBP' as currency,
            strftime(moment, {_ISO}) as created_at, lsn, epoch_ms(moment) as changed_ms, moment::date as day, $op as op
        from lines where $extract in (extract, 0) and {_SPAN}
        qualify row_number() over (partition by lsn order by extract) = 1 order by lsn""",
    "orders": f"""
        select order_id, buyer_id, strftime(moment, {_ISO}) as created_at, order_type,
            case order_type when 'cancellation' then 'cancelled' when 'sale' then 'shipped' else 'posted' end as status,
            'GBP' as currency, country, 'direct' as channel, lsn, epoch_ms(moment) as changed_ms, moment::date as day,
            $op as op
        from orders where $extract in (extract, 0) and {_SPAN}
        qualify row_number() over (partition by lsn order by extract) = 1 order by lsn""",
    "buyers": f"""
        select buyer_id, 'Buyer ' || buyer_id as company_name, 'wholesale' as kind, country, null::varchar as region,
            null::varchar as contact_name, null::varchar as email, null::varchar as phone, null::varchar as address,
            strftime(created_at, {_ISO}) as created_at, lsn, epoch_ms(moment) as changed_ms, moment::date as day,
            if($op = 'r', 'r', if(is_new, 'c', 'u')) as op
        from buyers where {_SPAN}
            and ($extract = 0 or buyer_id in (select buyer_id from lines where extract = $extract and {_BEFORE}))
        qualify $extract = 0 or row_number() over (partition by buyer_id order by lsn desc) = 1 order by lsn""",
    "objects": f"""
        select id, key, epoch(moment)::bigint as modificationDate, true as published, false as is_deleted, title,
            null::varchar as artist, null::varchar as genre, format, null::varchar as releaseDate,
            null::varchar as listPrice, 'GBP' as currency, moment::date as day
        from releases where {_SPAN}
            and ($extract = 0 or key in (select sku from lines where extract = $extract and {_BEFORE}))
            and $op <> '' order by moment, key""",
}


@dataclass(frozen=True)
class OnlineRetailOptions:
    """How the extracts are landed: `drops` is initial or daily; the two days concern daily drops only."""

    drops: str = "initial"
    daily_from: date | str | None = None
    until: date | str | None = None


@dataclass(frozen=True)
class _Drop:
    """One set of files: the rows of an extract (0: of either) from a moment to before another."""

    prefix: str
    suffix: str
    op: str
    extract: int
    since: date
    before: date


def _as_day(value: date | str | None, fallback: date) -> date:
    if value is None:
        return fallback
    return date.fromisoformat(value) if isinstance(value, str) else value


def _first_load(before: date) -> Iterator[_Drop]:
    for extract, last in ((1, date(2010, 12, 9)), (2, LAST_DAY)):
        end = min(last + timedelta(days=1), before)
        yield _Drop(f"{end - timedelta(days=1)}--", f"--extract-{extract}", "r", extract, FIRST_DAY, end)


def _drops(options: OnlineRetailOptions) -> list[_Drop]:
    if options.drops == "initial":
        return list(_first_load(LAST_DAY + timedelta(days=1)))
    if options.drops != "daily":
        raise PackError(f"online-retail: drops is initial or daily, not {options.drops!r}")
    start, until = _as_day(options.daily_from, FIRST_DAY), _as_day(options.until, LAST_DAY)
    if not FIRST_DAY <= start <= LAST_DAY + timedelta(days=1) or not FIRST_DAY <= until <= LAST_DAY:
        raise PackError(f"online-retail: the extracts run from {FIRST_DAY} to {LAST_DAY}; {start} to {until} is asked")
    days = [start + timedelta(days=n) for n in range((until - start).days + 1)]
    first = list(_first_load(start)) if start > FIRST_DAY else []
    return first + [_Drop(f"{day}--", "", "c", 0, day, day + timedelta(days=1)) for day in days]


def _names(drop: _Drop) -> dict[tuple[str, str], str]:
    """Return stream and file name per table, in the order of writing: buyers and codes before what refers to them."""
    erp = {
        ("erp", f"{drop.prefix}erp-{table}{drop.suffix}.jsonl"): table for table in ("buyers", "orders", "order_lines")
    }
    return {("pim", f"{drop.prefix}pim-objects{drop.suffix}.jsonl"): "objects", **erp}


def _rows(connection: duckdb.DuckDBPyConnection, table: str, drop: _Drop) -> pl.DataFrame:
    """Return the lines of a drop with the day that each belongs to, in order of their positions."""
    moments = {"since": drop.since.isoformat(), "before": drop.before.isoformat()}
    rows = connection.sql(_ROWS[table], params={"op": drop.op, "extract": drop.extract, **moments}).pl()
    lines = pim_lines(rows, "Release") if table == "objects" else erp_lines(rows, table)
    return pl.DataFrame({"day": rows["day"], "line": lines})


def _write_days(connection: duckdb.DuckDBPyConnection, files: LandingFiles, drops: list[_Drop]) -> Iterator[_Drop]:
    """Write daily drops, some months of days per query, and yield each drop that is written."""
    for start in range(0, len(drops), DAYS_AT_ONCE):
        some = drops[start : start + DAYS_AT_ONCE]
        span = dataclasses.replace(some[0], before=some[-1].before)
        tables = {
            table: _rows(connection, table, span).partition_by("day", as_dict=True, maintain_order=True)
            for table in _ROWS
        }
        for drop in some:
            for (stream, name), table in _names(drop).items():
                rows = tables[table].get((drop.since,))
                files.write(stream, name, as_bytes(rows["line"]) if rows is not None else ())
            yield drop


def _write_first_load(connection: duckdb.DuckDBPyConnection, files: LandingFiles, drop: _Drop) -> None:
    for (stream, name), table in _names(drop).items():
        if not files.is_complete(stream, name):
            files.write(stream, name, as_bytes(_rows(connection, table, drop)["line"]))


def land(root: Path, *, data: Path | None, options: Mapping[str, Any], progress: Progress | None) -> Landed:
    """Land the wholesaler's extracts; see the module for the two ways."""
    chosen = read_options(OnlineRetailOptions, options, NAME)
    drops = _drops(chosen)
    pinned = {"drops": chosen.drops}
    if chosen.drops == "daily":
        pinned["daily_from"] = _as_day(chosen.daily_from, FIRST_DAY).isoformat()
    files = LandingFiles.open(root, NAME, pinned)
    last = files.last_name(root, "erp")
    if last is not None and drops and last[:10] > max(drop.prefix[:10] for drop in drops):
        raise PackError(f"{root} already holds {last}; a lake only grows: ask for until={last[:10]} or later")
    open_files = [drop for drop in drops if not all(files.is_complete(*file) for file in _names(drop))]
    if not open_files or data is None:
        return files.landed()
    with open_extracts(data, min(drop.since for drop in open_files)) as connection:
        for done, drop in enumerate(_write(connection, files, open_files), start=1):
            if progress is not None:
                progress(f"online-retail {drop.prefix[:10]}", done, len(open_files))
    return files.landed()


def _write(connection: duckdb.DuckDBPyConnection, files: LandingFiles, drops: list[_Drop]) -> Iterator[_Drop]:
    for drop in drops:
        if drop.extract:
            _write_first_load(connection, files, drop)
            yield drop
    yield from _write_days(connection, files, [drop for drop in drops if not drop.extract])
