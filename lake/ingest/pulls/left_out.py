"""What a declared snapshot leaves out is deleted: found once per snapshot, landed as a file of deletions.

A snapshot says what was true at the moment in its name, so it deletes the keys that were stated before that moment and
that it has not. A snapshot that is not whole deletes nothing: one without rows, or with a row that the door refused,
whose key nobody knows. The file is visible before the snapshot is noted as compared; a kill between the two compares
again, and finds nothing more.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lake.contract import Column, Contract
from lake.dead_letters import DEAD_LETTERS
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, literal, snapshot_sql
from lake.ingest.bronze import LEFT_OUT_FOLDER, Landed, take_in
from lake.ingest.envelopes import Door
from lake.ingest.landing.extracts.file import CONNECTOR, FOLDER, ExtractFile, microseconds
from lake.ingest.landing.extracts.options import SIDECAR, read_options
from lake.ingest.landing.ledger import LANDED_FILES
from lake.ingest.landing.listing import landed_files
from lake.ingest.pulls.envelopes import PulledFiles, deleted
from lake.ingest.pulls.known import remember, statement_sql
from lake.lakehouse import Lake
from lake.silver.bronze_files import files_at
from lake.silver.sql import Feed
from lake.silver.staging import bronze_files_sql

COMPARED_SNAPSHOTS = Contract(
    name="compared_snapshots",
    layer="lake",
    grain="one row per snapshot extract whose left-out keys were looked for",
    key=("batch_id",),
    columns=(
        Column("batch_id", "string", "identity of the snapshot"),
        Column("table_name", "string", "table of the ERP"),
        Column("landed_path", "string", "the file, relative to the landing folder"),
        Column("deleted_rows", "int64", "keys that it left out", unit="rows"),
        Column("note", "string", "why it deleted nothing, where it was not whole", nullable=True),
        Column("compared_at", "timestamp", "moment of the comparison"),
    ),
)


@dataclass(frozen=True)
class _Snapshot:
    batch_id: str
    file: ExtractFile
    moment: dt.datetime


def take_in_with_left_out(
    lake: Lake,
    session: Session,
    contract: Contract,
    door: Door,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Landed:
    """Take in what has landed, then the deletions that its snapshots imply; see :func:`lake.ingest.bronze.take_in`."""
    landed = take_in(lake, session, contract, door, folder, progress)
    table, notes = lake.table(contract), list(landed.notes)
    for snapshot in _new_snapshots(lake, table, folder):
        gone, note = _left_out(lake, table, snapshot)
        _land(folder, snapshot, gone)
        _record(lake, snapshot, len(gone), note)
        notes += [f"{snapshot.file.name}: {note}"] if note else []
        if gone:  # before the next snapshot, which must know of them
            more = take_in(lake, session, contract, door, folder, progress)
            rows, dead = landed.rows + more.rows, landed.dead + more.dead
            seconds = landed.seconds + more.seconds
            landed = replace(more, files=landed.files + more.files, rows=rows, dead=dead, seconds=seconds)
    return replace(landed, notes=tuple(notes))


def _new_snapshots(lake: Lake, table: Table, folder: Path) -> Iterator[_Snapshot]:
    """Snapshots that bronze has and that were not compared yet, by table and moment."""
    declared = [path.parent for path in sorted((folder / FOLDER).glob(f"*/{SIDECAR}"))]
    if not (declared := [place for place in declared if read_options(place).is_snapshot]):
        return
    compared = {batch_id for (batch_id,) in lake.journal(COMPARED_SNAPSHOTS).select("select batch_id from journal")}
    taken_in = lake.journal(LANDED_FILES).select(
        "select landed_path, bytes, modified_ns, batch_id, landed_at from journal where table_name = $name",
        {"name": table.name},
    )
    taken_at = {batch_id: (landed_at, path) for path, _, _, batch_id, landed_at in taken_in}
    batches = {(path, size, at): batch_id for path, size, at, batch_id, _ in taken_in if batch_id not in compared}
    found = []
    for file in landed_files(folder) if batches else []:
        batch_id = batches.get((file.name, file.bytes, file.modified_ns))
        if batch_id and isinstance(file, ExtractFile) and file.options.is_snapshot and file.moment:
            found.append(_Snapshot(batch_id, file, file.moment))
    found.sort(key=lambda one: (one.file.table_name, one.moment, taken_at[one.batch_id]))
    last = {(one.file.table_name, one.moment): one.batch_id for one in found}
    for one in found:
        if last[one.file.table_name, one.moment] != one.batch_id:
            _record(lake, one, 0, "another snapshot of its moment was delivered later, and counts")
        else:
            yield one


def _left_out(lake: Lake, table: Table, snapshot: _Snapshot) -> tuple[list[dict[str, str | None]], str | None]:
    """The keys that the snapshot leaves out, and why none is looked for where it is not whole."""
    name, key = snapshot.file.table_name, snapshot.file.options.key
    con = duckdb_connection()
    files = files_at(table, table.version(), Feed(table.path.name, name, (), ()))
    stated = f"(select payload, op from {bronze_files_sql(files)} where batch_id = {literal(snapshot.batch_id)})"
    con.execute(f"create temp table kept as select key, is_whole from {statement_sql(key, stated)}")
    refused = (
        f"select count(*) from ({snapshot_sql(lake.table(DEAD_LETTERS).shared())}) "
        f"where table_name = {literal(table.name)} and batch_id = {literal(snapshot.batch_id)}"
    )
    counts = f"select count(*), count(*) filter (where is_whole), ({refused}) from kept"
    rows, whole, dead = con.execute(counts).fetchall()[0]
    if not rows:
        return [], "a snapshot without rows deletes nothing"
    if dead or whole < rows:
        return [], f"{dead + rows - whole} rows cannot be read or lack a key, so nobody knows what is left out"
    # A snapshot replaces what was delivered of its moment before.
    this = f"from {bronze_files_sql(files)} where batch_id = {literal(snapshot.batch_id)}"
    arrived = f"arrived_at < (select min(arrived_at) {this})"
    remember(con, table, name, key, before=microseconds(snapshot.moment), and_at=arrived)
    gone = con.execute("select key from known k anti join kept using (key) where is_alive and k.is_whole order by key")
    return [dict(zip(key, json.loads(one), strict=True)) for (one,) in gone.fetchall()], None


def _land(folder: Path, snapshot: _Snapshot, gone: list[dict[str, str | None]]) -> None:
    name, position = snapshot.file.table_name, microseconds(snapshot.moment)
    files = PulledFiles(folder / LEFT_OUT_FOLDER, name, snapshot.moment)
    try:
        files.write([deleted(name, key, position, position // 1000, connector=CONNECTOR) for key in gone])
        files.land()
    finally:
        files.drop()


def _record(lake: Lake, snapshot: _Snapshot, count: int, note: str | None) -> None:
    row = {
        "batch_id": snapshot.batch_id,
        "table_name": snapshot.file.table_name,
        "landed_path": snapshot.file.name,
        "deleted_rows": count,
        "note": note,
        "compared_at": dt.datetime.now(dt.UTC),
    }
    lake.journal(COMPARED_SNAPSHOTS).note_new([row])
