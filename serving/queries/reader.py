"""A reader: one published state of the lake, as one scope of people may see it.

Each reader has a DuckDB of its own that holds nothing outside its scope. A request takes one reader and keeps it, so
all that it answers comes from one state. Raw layers (bronze, the lake's system tables) are no business of readers:
bronze holds personal data as it came.
"""

import datetime as dt
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from lake.delta.views import create_view, duckdb_instance, literal, quoted, version_sql
from serving.queries.scopes import OWN, OWN_BUYERS, OWN_TRACKS, WHOLE, Scope

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake

LAYERS = ("gold", "silver")
Row = dict[str, Any]


@dataclass(frozen=True)
class PublishedState:
    """What readers see: a number that grows with each publication, the version of each table, and when."""

    number: int
    versions: Mapping[str, int]
    published_at: dt.datetime | None


class Reader:
    """Answers questions about one published state.

    Args:
        lake: whose state it is.
        state: the published state.
        scope: the rows that may be seen.
    """

    def __init__(self, lake: "Lake", state: PublishedState, scope: Scope = WHOLE) -> None:
        self.state, self.scope = state, scope
        self._con = duckdb_instance()
        self._con.execute("set threads = 2; set parquet_metadata_cache = true")
        self._lock = threading.Lock()
        self.columns: dict[str, dict[str, str]] = {}
        self._open(lake)

    def _open(self, lake: "Lake") -> None:
        sources = {
            key: version_sql(lake.path(key), version)
            for key, version in self.state.versions.items()
            if key.split("/")[0] in LAYERS
        }
        if not self.scope.is_whole:
            self._materialise_scope(sources)
        for key, sql in sorted(sources.items()):
            layer, name = key.split("/")
            types = {str(c[0]): str(c[1]) for c in self._con.execute(f"describe {sql}").fetchall()}
            if "BLOB" in types.values():
                continue
            shown = self.scope.restrict(name, types, sql)
            if shown is not None:
                create_view(self._con, layer, name, shown)
                self.columns[f"{layer}.{name}"] = types

    def _materialise_scope(self, sources: Mapping[str, str]) -> None:
        nothing = "select null::varchar as release_id, null::varchar as label_id, null::varchar as buyer_id where false"
        releases = sources.get("gold/dim_release") or sources.get("silver/releases") or nothing
        lines = sources.get("gold/fct_order_line") or nothing
        tracks = sources.get("silver/tracks") or "select null::varchar as track_id, null as release_id where false"
        self._con.execute("create schema scope")
        self._con.execute(f"create table {OWN} as {self.scope.own_releases_sql(releases)}")
        self._con.execute(
            f"create table {OWN_BUYERS} as select distinct buyer_id from ({lines}) where release_id in (from {OWN})"
        )
        self._con.execute(
            f"create table {OWN_TRACKS} as select track_id from ({tracks}) where release_id in (from {OWN})"
        )

    def has(self, *tables: str) -> bool:
        """Whether each of the tables, `gold.forecasts`, is published and visible in the scope."""
        return all(table in self.columns for table in tables)

    def rows(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> list[Row]:
        """The answer to a query of ours, a dictionary per row."""
        found = self.cursor().execute(sql, parameters)
        names = [str(column[0]) for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def one(self, sql: str, parameters: Mapping[str, Any] | Sequence[Any] | None = None) -> Row:
        """The first row of the answer; empty when there is none."""
        return next(iter(self.rows(sql, parameters)), {})

    def cursor(self) -> "duckdb.DuckDBPyConnection":
        """A connection of the caller's own to the reader's views."""
        return self._con.cursor()

    def lock(self, directories: Sequence[str], memory: str) -> None:
        """Close the database to all files but those of some directories, limit its memory, and lock its settings."""
        listed = ", ".join(literal(one) for one in directories)
        self._con.execute(f"set memory_limit = {literal(memory)}; set allowed_directories = [{listed}]")
        self._con.execute("set enable_external_access = false; set lock_configuration = true")

    def materialise(self, name: str, sql: str) -> str:
        """Keep the answer of a query in memory under a name, made at first use; the name to select from."""
        with self._lock:
            known = self._con.execute("select 1 from duckdb_tables() where table_name = ?", [name]).fetchone()
            if not known:
                self._con.execute(f"create table main.{quoted(name)} as {sql}")
        return f"main.{quoted(name)}"

    @cached_property
    def origin(self) -> dt.date | None:
        """The newest forecast origin; None where nothing is forecast."""
        if not self.has("gold.forecasts"):
            return None
        value: dt.date | None = self.one("select max(origin) as origin from gold.forecasts")["origin"]
        return value

    @cached_property
    def last_day(self) -> dt.date | None:
        """The last day with sales; None where there are none."""
        if not self.has("gold.fct_sales_day"):
            return None
        value: dt.date | None = self.one("select max(sales_date) as day from gold.fct_sales_day")["day"]
        return value

    @cached_property
    def house_currency(self) -> str:
        """The currency that sums are in; empty where there are no orders."""
        if not self.has("gold.fct_order_line"):
            return ""
        return str(self.one("select any_value(house_currency) as c from gold.fct_order_line").get("c") or "")

    def close(self) -> None:
        """Close the database; requests that still hold a cursor finish with it."""
        self._con.close()
