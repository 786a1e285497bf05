"""Rows whose key changed: an update that states another key before than after ends the key before.

The deletion of the key before is landed as a file, with the position of the update. The same deletion
may land again after a kill; silver then counts it as a duplicate.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.changes import read_changes
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, literal
from lake.ingest.bronze import LEFT_OUT_FOLDER, Landed, take_in
from lake.ingest.envelopes import Door
from lake.ingest.pulls.envelopes import PulledFiles, deleted
from lake.lakehouse import Lake
from lake.silver.bronze_files import files_at, source_files
from lake.silver.sql import Feed
from lake.silver.staging import bronze_files_sql

if TYPE_CHECKING:
    from lake.delta.changes import AddedFile

CONNECTOR = "key-change"
# What orders changes of one position, such as those of one commit; a deletion stands where its update does.
PLACE = ("commit_lsn", "change_lsn", "event_serial_no", "scn", "ssn")
KEY_CHANGES = Contract(
    name="key_changes",
    layer="lake",
    grain="one row per bronze table whose updates were searched for changed keys",
    key=("table_name",),
    columns=(
        Column("table_name", "string", "bronze table"),
        Column("read_version", "int64", "its version up to which they were searched"),
    ),
)


def land_moved(lake: Lake, folder: Path, bronze: Table, keys: Mapping[str, Sequence[str]]) -> int:
    """Land a deletion of each key that an update has left since the last search; how many.

    Args:
        lake: where the search is on record.
        folder: the landing folder of the ERP.
        bronze: its changes.
        keys: by table, the key's columns.
    """
    journal, until, count = lake.journal(KEY_CHANGES), bronze.version(), 0
    searched = journal.select("select read_version from journal where table_name = $name", {"name": bronze.name})
    since = searched[0][0] if searched else -1
    if until <= since:
        return 0
    changes = read_changes(bronze.path, since, until)
    for table, key in sorted(keys.items()):
        feed = Feed(bronze.path.name, table, (), ())
        files = source_files(changes, feed) if changes.complete else files_at(bronze, until, feed)
        rows = _left_keys(files, key) if files else []
        now = dt.datetime.now(dt.UTC)
        landed = PulledFiles(folder / LEFT_OUT_FOLDER, table, now)
        landed.write(
            [
                deleted(table, row, position, ms or 0, connector=CONNECTOR, place=place)
                for row, position, ms, place in rows
            ]
        )
        landed.land()
        count += len(rows)
    row = {"table_name": bronze.name, "read_version": until}
    journal.revise(lambda rows: [*(one for one in rows if one["table_name"] != bronze.name), row])
    return count


def _left_keys(
    files: list[AddedFile], key: Sequence[str]
) -> list[tuple[dict[str, str], int, int | None, dict[str, object]]]:
    """The keys before of updates that changed them, with position, moment in milliseconds, and place of the update."""
    before, after = (_texts(place, key) for place in ("before", "after"))
    rows = duckdb_connection().execute(f"""
with updates as (
  select position, epoch_ms(changed_at) as ms, {before} as old, {after} as new,
    cast(coalesce(payload -> '$.source', payload -> '$.payload.source') as varchar) as source
  from {bronze_files_sql(files)}
  where op = 'u' and position is not null
)
select distinct old, position, ms, source from updates
where old <> new and not list_contains([part is null for part in old], true)
  and not list_contains([part is null for part in new], true)
order by all""")
    return [
        (dict(zip(key, old, strict=True)), position, ms, _place(source))
        for old, position, ms, source in rows.fetchall()
    ]


def _place(source: str) -> dict[str, object]:
    return {name: value for name, value in json.loads(source).items() if name in PLACE and value is not None}


def _texts(place: str, key: Sequence[str]) -> str:
    fields = [
        f"coalesce(payload ->> {literal(f'$.{place}.{name}')}, payload ->> {literal(f'$.payload.{place}.{name}')})"
        for name in key
    ]
    return f"[{', '.join(fields)}]"


def taking_moved(take: Callable[..., Landed], keys: Mapping[str, Sequence[str]]) -> Callable[..., Landed]:
    """Take in what has landed by ``take``, then the deletions of the keys that updates have left."""

    def take_in_with_moved(
        lake: Lake,
        session: Session,
        contract: Contract,
        door: Door,
        folder: Path,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> Landed:
        landed = take(lake, session, contract, door, folder, progress)
        if land_moved(lake, folder, lake.table(contract), keys):
            more = take_in(lake, session, contract, door, folder)
            summed = ("files", "rows", "dead", "seconds")
            counts = {name: getattr(landed, name) + getattr(more, name) for name in summed}
            landed = replace(more, **counts, notes=landed.notes)
        return landed

    return take_in_with_moved
