"""One pull of the ERP: two passes over each table, all of them in one snapshot of the database.

The first pass takes the rows beyond the watermark. The second looks back, as a watermark cannot show three things: a
row committed late with an older watermark, a row changed without it, and a row that is gone. It compares the rows of
the look-back window (or, with ``all_keys``, the keys of the whole table) with what bronze knows, and lands only what
differs; a key that the database no longer has becomes a deletion.

**Position.** Everything that a pull states carries the pull's own position: the database's clock at its snapshot in
microseconds, or one more than the last position where that clock went back. Not the watermark: a row that changed
without its watermark, and one that was deleted and came back with its old one, would lose against what they correct.
Pulls run one at a time and each reads one snapshot taken after the one before, so a greater position is a later truth
for every key; within one pull a key is stated once. The watermark is the moment of the change, no more.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lake.delta.table import Table
from lake.delta.views import duckdb_connection
from lake.ingest.bronze import PULLED_FOLDER
from lake.ingest.pulls.envelopes import PulledFiles, clear_leavings, deleted, stated
from lake.ingest.pulls.known import remember, statement_sql
from lake.ingest.pulls.source import Key, Row, SourceSnapshot, SourceTable, Window
from lake.ingest.pulls.state import note, read_state
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb

KEYS_AT_ONCE = 500
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass
class Pulled:
    """What one pull found in one table."""

    table: str
    position: int
    watermark: str | None = None
    new: int = 0
    late: int = 0
    deleted: int = 0
    files: list[Path] = field(default_factory=list)


def pull(lake: Lake, bronze: Table, source: SourceSnapshot, tables: Iterable[SourceTable]) -> list[Pulled]:
    """Land what the snapshot has and bronze does not know; call it within :func:`lake.delta.storage.only_one`.

    The source's snapshot must have been taken within the lock.

    Raises:
        ValueError: a declared key stands on several rows, of which silver would keep one.
    """
    state, now = read_state(lake), source.now()
    position = max((now - _EPOCH) // dt.timedelta(microseconds=1), state.position + 1)
    folder = lake.root / "landing" / "erp" / PULLED_FOLDER
    clear_leavings(folder)
    passes = [
        _Passes(bronze, source, table, state.watermarks.get(table.name), now, position, folder) for table in tables
    ]
    try:
        done = [one.run() for one in passes]
        moved = [one for one in done if one.new or one.late or one.deleted or _has_moved(one, state.watermarks)]
        if moved:
            note(lake, [_row(one, "begun") for one in moved])
            for one in passes:
                one.pulled.files = one.files.land()
            note(lake, [_row(one, "landed") for one in moved])
        return done
    finally:
        for one in passes:
            one.files.drop()


def _has_moved(one: Pulled, before: Mapping[str, str]) -> bool:
    return one.watermark != before.get(one.table)


def _row(one: Pulled, step: str) -> dict[str, object]:
    counts = {"new_rows": one.new, "late_rows": one.late, "deleted_rows": one.deleted}
    mark = one.watermark if step == "landed" else None
    return {"table_name": one.table, "position": one.position, "step": step, "watermark": mark, **counts}


class _Passes:
    """The two passes over one table."""

    def __init__(
        self,
        bronze: Table,
        source: SourceSnapshot,
        table: SourceTable,
        last: str | None,
        now: dt.datetime,
        position: int,
        folder: Path,
    ) -> None:
        self.bronze, self.source, self.table, self.last, self.now = bronze, source, table, last, now
        self.pulled = Pulled(table.name, position)
        self.files = PulledFiles(folder, table.name, now)
        self._con: duckdb.DuckDBPyConnection | None = None

    @property
    def con(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB that knows what bronze knows; made when the first row asks for it."""
        if self._con is None:
            self._con = duckdb_connection()
            remember(self._con, self.bronze, self.table.name, self.table.key, watermark=self.table.watermark)
            self._con.execute("create temp table seen (key varchar, is_whole boolean)")
        return self._con

    def run(self) -> Pulled:
        """Write what is new and what differs; nothing of it is visible yet."""
        table, source, last = self.table, self.source, self.last
        for batch in source.rows(table, Window(after=last, with_unmarked=last is None)):
            self.pulled.new += self._take(batch)
        if last is not None:
            since = source.earlier(table, last)
            for batch in source.rows(table, Window(since, last, with_unmarked=True)):
                self.pulled.late += self._take(batch)
            self._settle(self._differing_keys() if table.all_keys else self._unseen_since(since))
        else:  # no row has had a watermark yet, so the first pass has read them all
            self._settle(self._unseen_since(None if table.all_keys else self.now.isoformat(sep=" ")))
        self._must_be_keys()
        self.pulled.watermark = source.newest(table, self.now) or last
        return self.pulled

    def _take(self, batch: list[Row]) -> int:
        """Keep of the rows those that bronze does not know just so; how many."""
        import pyarrow as pa

        position = self.pulled.position
        name, mark = self.table.name, self.table.watermark
        lines = [stated(name, row, position, self._changed_ms(row), mark) for row in batch]
        self.con.register("batch", pa.table({"payload": lines, "op": ["r"] * len(lines)}))
        statements = statement_sql(self.table.key, "batch")
        wanted = f"select payload, key, content, is_whole from {statements}"
        self.con.execute(f"create or replace temp table stated as {wanted}")
        differing = self.con.execute(
            "select payload from stated s left join known k using (key) "
            "where k.is_alive is not true or k.content is distinct from s.content"
        ).fetchall()
        self.con.execute("insert into seen select key, is_whole from stated")
        self.files.write([payload for (payload,) in differing])
        return len(differing)

    def _changed_ms(self, row: Row) -> int:
        """The moment of the row's watermark in milliseconds; the pull's where it states none."""
        text = row.get(self.table.watermark)
        try:
            moment = dt.datetime.fromisoformat(text or "")
        except ValueError:
            moment = self.now
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return (moment - _EPOCH) // dt.timedelta(milliseconds=1)

    def _must_be_keys(self) -> None:
        """A pull reads each row once: a key that came twice is none."""
        twice = "select key, count(*) from seen where is_whole group by key having count(*) > 1 order by key limit 1"
        for key, rows in self.con.execute(twice).fetchall() if self._con else []:
            named = ", ".join(f"{name} {part}" for name, part in zip(self.table.key, json.loads(key), strict=True))
            raise ValueError(
                f"{self.table.name}: {named} stands on {rows} rows of {self.table.relation}, of which one would be "
                "kept; declare the key columns that tell them apart"
            )

    def _unseen_since(self, since: str | None) -> list[Key]:
        """Keys that bronze holds for alive and that should have been seen in the window, by their watermark."""
        moment, counter = "try_cast({0} as timestamptz)", "try_cast({0} as bigint)"
        later = " or ".join(f"{kind.format('watermark')} > {kind.format('$since')}" for kind in (moment, counter))
        found = self.con.execute(
            "select key from known anti join seen using (key) "
            f"where is_alive and is_whole and ($since is null or watermark is null or {later})",
            {"since": since},
        )
        return [tuple(json.loads(key)) for (key,) in found.fetchall()]

    def _settle(self, keys: list[Key]) -> None:
        """Ask for the keys: what is there has only moved out of the window, what is not was deleted."""
        names = self.table.key
        for start in range(0, len(keys), KEYS_AT_ONCE):
            asked = keys[start : start + KEYS_AT_ONCE]
            found: set[Key] = set()
            for batch in self.source.rows_of(self.table, asked):
                found |= {tuple(str(row[name]) for name in names) for row in batch}
                self.pulled.late += self._take(batch)
            position, changed = self.pulled.position, (self.now - _EPOCH) // dt.timedelta(milliseconds=1)
            gone = [dict(zip(names, key, strict=True)) for key in asked if key not in found]
            self.files.write([deleted(self.table.name, key, position, changed) for key in gone])
            self.pulled.deleted += len(gone)

    def _differing_keys(self) -> list[Key]:
        """Keys that only one side has, and those whose watermark is another one, anywhere in the table."""
        import pyarrow as pa

        con, places = self.con, range(len(self.table.key))
        con.execute("create temp table there (key varchar, watermark varchar)")
        columns = (*self.table.key, self.table.watermark)
        as_key = ", ".join(f'"{at}"' for at in places)
        for batch in self.source.keys(self.table):
            texts = {str(at): pa.array([row[name] for row in batch], pa.string()) for at, name in enumerate(columns)}
            con.register("batch", pa.table(texts))
            whole = " and ".join(f'"{at}" is not null' for at in places)
            keys = f'select to_json([{as_key}])::varchar, "{len(places)}" from batch where {whole}'
            con.execute(f"insert into there {keys}")
        differing = con.execute(
            "select coalesce(t.key, k.key) as key from there t full join (from known where is_alive and is_whole) k "
            "on t.key = k.key where (t.key is null or k.key is null or t.watermark is distinct from k.watermark) "
            "and coalesce(t.key, k.key) not in (select key from seen)"
        ).fetchall()
        return [tuple(json.loads(key)) for (key,) in differing if key is not None]
