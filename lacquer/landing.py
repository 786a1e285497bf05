"""Land rows from Python: the shapes and the landing folder are those of the API, the rules those of silver.

A row is judged by the SQL that will refresh its table, so that what is refused here would have become a dead letter.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    import pyarrow as pa

    from lake.contract import Contract
    from lake.ingest.envelopes import Door
    from lake.lakehouse import Lake
    from lake.silver.sql import Feed

SHOWN = 200  # characters of a refused value
STREAMS = {"erp_changes": "erp", "pim_objects": "pim", "signal_events": "signals"}


class UnknownKindError(ValueError):
    """No table of this name takes rows."""


class Frame(Protocol):
    """A polars frame, as far as it matters here."""

    def to_dicts(self) -> list[dict[str, Any]]:
        """A dictionary per row."""


Rows = Iterable[Mapping[str, Any]] | Frame


@dataclass(frozen=True)
class RefusedRow:
    """A row that did not land: its place among the rows, from 0, the column, its value, the rule and the reason."""

    row: int
    column: str
    value: str | None
    rule: str
    reason: str


@dataclass(frozen=True)
class LandedRows:
    """What became of rows: how many landed, in which file (None: none, or the same file before), what was refused."""

    landed: int
    file: str | None
    refused: tuple[RefusedRow, ...]


def land_rows(
    lake: Lake, kind: str, rows: Rows, *, as_of: dt.datetime | None = None, dry_run: bool = False
) -> LandedRows:
    """Land the rows that the contract of their table accepts.

    Args:
        lake: where to.
        kind: the silver table.
        rows: a mapping per row, or a frame.
        as_of: moment that the rows are of.
        dry_run: only check.
    """
    from serving.api.landing_files import land, moment_of

    contract, feed, door = _table(kind)
    given, moment = _dicts(rows), moment_of(as_of)
    named = {i: found for i, row in enumerate(given) if (found := _unknown_column(contract, i, row))}
    documents = {i: _document(contract, feed, row, moment) for i, row in enumerate(given) if i not in named}
    refused = named | _judged(contract, feed, door, documents)
    good = [document for i, document in documents.items() if i not in refused]
    file = land(lake, STREAMS[feed.bronze], good) if good and not dry_run else None
    return LandedRows(0 if dry_run else len(good), file, tuple(refused[i] for i in sorted(refused)))


def _table(kind: str) -> tuple[Contract, Feed, Door]:
    """The contract of a silver table, where its rows come from, and how its stream is read."""
    from importlib import import_module
    from pkgutil import iter_modules

    from assets import silver
    from assets.bronze import DOORS

    modules = {one.name: import_module(f"assets.silver.{one.name}") for one in iter_modules(silver.__path__)}
    kinds = sorted(name for name, feed in silver.FEEDS.items() if feed.bronze in STREAMS)
    if kind not in kinds:
        near = get_close_matches(kind, kinds, 1)
        hint = f"is {near[0]} meant?" if near else f"tables are {', '.join(kinds)}"
        raise UnknownKindError(f"no table {kind} takes rows: {hint}")
    feed = silver.FEEDS[kind]
    import_module(f"assets.bronze.{feed.bronze}")
    return cast("Contract", getattr(modules[kind], kind.upper())), feed, DOORS[feed.bronze][1]


def _dicts(rows: Rows) -> list[dict[str, Any]]:
    """The rows, each by column, of whatever holds them."""
    for method in ("to_dicts", "to_pylist"):
        if hasattr(rows, method):
            return cast("list[dict[str, Any]]", getattr(rows, method)())
    return [dict(row) for row in cast("Iterable[Mapping[str, Any]]", rows)]


def _places(contract: Contract) -> dict[str, str]:
    """Where the values of a row stand in the source's document, by column, and by the source's own name."""
    sourced = {one.name: one.source for one in contract.columns if one.source}
    return {source: source for source in sourced.values()} | sourced


def _unknown_column(contract: Contract, row: int, values: Mapping[str, Any]) -> RefusedRow | None:
    places = _places(contract)
    for name, value in values.items():
        if name not in places:
            near = get_close_matches(str(name), places, 1)
            hint = f"is {near[0]} meant?" if near else f"columns are {', '.join(places)}"
            return RefusedRow(row, str(name), _text(value), "known_columns", f"{contract.name} takes no {name}: {hint}")
    return None


def _text(value: Any) -> str | None:
    """A value as the sources write it; a moment without a zone counts as UTC."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return moment.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _document(contract: Contract, feed: Feed, values: Mapping[str, Any], moment: dt.datetime) -> dict[str, Any]:
    """The row in the shape of its source."""
    from serving.api.landing_files import envelope

    places, document = _places(contract), dict[str, Any]()
    for name, value in values.items():
        *parents, leaf = places[name].split(".")
        at, text = document, _text(value)
        for parent in parents if text is not None else ():
            at = at.setdefault(parent, {})
        if text is not None or not parents:
            at[leaf] = text
    if feed.bronze == "erp_changes":
        return envelope(str(feed.source), document, moment)
    if feed.bronze == "pim_objects":
        key = document.get(places[contract.key[0]])
        state = {"id": key, "classname": feed.source, "modificationDate": int(moment.timestamp())}
        return {**state, "fullpath": f"/{contract.name}/{key}", **document}
    return document if feed.source is None else {"kind": feed.source, **document}


def _judged(
    contract: Contract, feed: Feed, door: Door, documents: Mapping[int, Mapping[str, Any]]
) -> dict[int, RefusedRow]:
    """Rows that bronze or silver would refuse, by their place."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from lake.delta.views import duckdb_connection
    from lake.ingest.envelopes import judge
    from lake.ingest.landing.writing import as_line
    from lake.personal import install_pseudonym
    from lake.silver.sql import faults, parse_sql

    if not documents:
        return {}
    lines = pa.table(
        {
            "batch_id": pa.repeat(pa.scalar("landed"), len(documents)),
            "batch_line": pa.array(documents, pa.int64()),
            "line": pa.array([as_line(one) for one in documents.values()], pa.string()),
        }
    )
    con = duckdb_connection()
    install_pseudonym(con, None)
    judged = judge(con, door, lines)
    found = {}
    for row, fault in _pairs(judged.filter(pc.is_valid(judged["fault"])), "fault"):
        rule, reason = door.rules[fault][1:]
        found[row] = RefusedRow(row, "", None, rule, reason)
    con.register("bronze", judged.filter(pc.is_null(judged["fault"])).drop_columns(["fault", "line"]))
    listed = faults(contract)
    for row, fault, value in con.execute(
        f"select batch_line, fault, fault_value from ({parse_sql(contract, feed, 'bronze')}) where fault is not null"
    ).fetchall():
        one = listed[fault]
        shown = None if value is None or contract[one.column].personal else value[:SHOWN]
        found[row] = RefusedRow(row, one.column, shown, one.rule, one.reason)
    return found


def _pairs(table: pa.Table, name: str) -> list[tuple[int, int]]:
    return list(zip(table["batch_line"].to_pylist(), table[name].to_pylist(), strict=True))
