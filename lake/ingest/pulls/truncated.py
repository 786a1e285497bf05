"""A truncated table: each key that was stated before its truncation is deleted, by a landed file of deletions.

The truncation itself is a row of bronze. It is looked at again whenever changes come in, for a change from before it
may come late, from another partition. A key whose deletion has landed is no longer alive, so nothing lands twice.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, reading_connection
from lake.ingest.bronze import LEFT_OUT_FOLDER, Landed, take_in
from lake.ingest.envelopes import Door
from lake.ingest.pulls.envelopes import PulledFiles, deleted
from lake.ingest.pulls.known import remember
from lake.lakehouse import Lake
from lake.silver.bronze_files import files_at
from lake.silver.sql import Feed
from lake.silver.staging import bronze_files_sql

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE, CONNECTOR = "truncation", "truncation"
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def truncations(bronze: Table) -> dict[str, tuple[int, dt.datetime | None]]:
    """By table of the ERP, position and moment of its last truncation."""
    version = bronze.version()
    files = files_at(bronze, version, Feed(bronze.path.name, SOURCE, (), ())) if version >= 0 else []
    if not files:
        return {}
    table = "coalesce(payload ->> '$.source.table', payload ->> '$.payload.source.table')"
    found = reading_connection().execute(
        f"select {table}, max(position), arg_max(changed_at, position) from {bronze_files_sql(files)} "
        f"where position is not null and {table} is not null group by 1"
    )
    return {name: (position, moment) for name, position, moment in found.fetchall()}


def land_truncated(folder: Path, bronze: Table, keys: Mapping[str, Sequence[str]]) -> int:
    """Land a deletion of each key that is alive and was stated before its table was truncated; how many.

    Args:
        folder: the landing folder of the ERP.
        bronze: its changes.
        keys: by table, the key's columns; a table that nobody follows has no keys to delete.
    """
    count, now = 0, dt.datetime.now(dt.UTC)
    for table, (position, moment) in sorted(truncations(bronze).items()):
        if table not in keys:
            continue
        con = duckdb_connection()
        remember(con, bronze, table, keys[table], before=position + 1)
        alive = con.execute("select key from known where is_alive and is_whole order by key").fetchall()
        changed = ((moment or now) - _EPOCH) // dt.timedelta(milliseconds=1)
        rows = [dict(zip(keys[table], json.loads(key), strict=True)) for (key,) in alive]
        files = PulledFiles(folder / LEFT_OUT_FOLDER, table, now)
        files.write([deleted(table, row, position, changed, connector=CONNECTOR) for row in rows])
        files.land()
        count += len(rows)
    return count


def take_in_with_truncated(
    take: Callable[..., Landed],
    keys: Mapping[str, Sequence[str]],
    lake: Lake,
    session: Session,
    contract: Contract,
    door: Door,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Landed:
    """Take in what has landed by ``take``, then the deletions that truncations imply; see :func:`take_in`."""
    landed = take(lake, session, contract, door, folder, progress)
    if not land_truncated(folder, lake.table(contract), keys):
        return landed
    more = take_in(lake, session, contract, door, folder)
    counts = {name: getattr(landed, name) + getattr(more, name) for name in ("files", "rows", "dead", "seconds")}
    return replace(more, **counts, notes=landed.notes)


def taking_in(take: Callable[..., Landed], keys: Mapping[str, Sequence[str]]) -> Callable[..., Landed]:
    """:func:`take_in_with_truncated` with these, for a bronze table's asset; ``keys`` may be filled later."""
    return partial(take_in_with_truncated, take, keys)
