"""Letting the lines that a door of bronze refused try again, after the door was mended.

A line that passes becomes a row of bronze at its old place (file and line), which silver then reads like any other. A
letter whose place is a row of bronze has been taken in: by that a replay tells, after a kill, what is left to do.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from lake.bronze import COLUMNS
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, REVIVED, expired_app, letters_sql, revived_at, rewrite_letters
from lake.delta.commits import commit_properties, with_retries
from lake.delta.sessions import Session
from lake.delta.storage import only_one
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest.bronze import DEAD, HELD, Landed, Taken, standing
from lake.ingest.envelopes import Door, judge, refusals
from lake.ingest.held import Holding, held_count
from lake.lakehouse import Lake
from lake.silver.replay import WORK

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


def replay_door(lake: Lake, session: Session, contract: Contract, door: Door) -> Landed:
    """Take in the lines that the door refused and would let pass now; the others get their reason of today.

    Returns:
        ``rows``: taken in after all; ``dead``: refused still.
    """
    began = time.perf_counter()
    table, letters = lake.table(contract), lake.table(DEAD_LETTERS)
    table.create()
    letters.create()
    with only_one(lake.root, WORK):
        with_retries(letters.path, partial(_settle, table, None))
        taken, refused = with_retries(table.path, partial(_take, lake, table, door))
        with_retries(letters.path, partial(_settle, table, refused))
    return standing(lake, session, table, taken, time.perf_counter() - began)


def rehearse_door(lake: Lake, contract: Contract, door: Door) -> tuple[int, pa.Table]:
    """What a replay would do, without doing it: how many lines would pass, and the letters of the others."""
    table = lake.table(contract)
    rows, refused = _judged(lake, table, door, lake.table(DEAD_LETTERS).snapshot(), table.snapshot())
    return rows.num_rows, refused


def _judged(
    lake: Lake, table: Table, door: Door, letters: DeltaTable, snapshot: DeltaTable
) -> tuple[pa.Table, pa.Table]:
    """The letters that are no rows yet: those that pass as rows, the others as letters."""
    import pyarrow as pa
    import pyarrow.compute as pc

    con = duckdb_connection()
    lines = con.sql(
        f"select batch_id, batch_line, landed_path, raw from ({letters_sql(letters, table.name)}) "
        f"anti join ({_places(snapshot, letters, table.name)}) using (batch_id, batch_line)"
    ).to_arrow_table()
    text = pa.array([_decoded(raw) for raw in lines.column("raw").to_pylist()], pa.string())
    # By its number the door finds a line again; letters of several files share numbers.
    numbered = lines.rename_columns(["batch_id", "place", "landed_path", "raw"]).append_column("line", text)
    numbered = numbered.append_column("batch_line", pa.array(range(len(text)), pa.int64()))
    judged = Holding(lake, table.name, con, door, snapshot).held_back(judge(con, door, numbered))
    judged = judged.drop_columns(["batch_line"]).rename_columns({"place": "batch_line"})
    refused = pc.is_valid(judged.column("fault"))
    good = judged.filter(pc.invert(refused)).select([column.name for column in COLUMNS])
    return good, refusals(table.name, door, judged.filter(refused))


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _places(snapshot: DeltaTable, letters: DeltaTable, name: str) -> str:
    """The SELECT of the places that are rows of bronze, in the files that have letters."""
    refused = f"select batch_id from ({letters_sql(letters, name)})"
    return f"select batch_id, batch_line from ({snapshot_sql(snapshot)}) where batch_id in ({refused})"


def _take(lake: Lake, table: Table, door: Door, snapshot: DeltaTable) -> tuple[Taken, pa.Table]:
    """Append the lines that pass, with the counts, in one commit."""
    from deltalake import write_deltalake

    rows, refused = _judged(lake, table, door, lake.table(DEAD_LETTERS).snapshot(), snapshot)
    if rows.num_rows:
        assert table.contract is not None
        dead = (snapshot.transaction_version(DEAD) or 0) - rows.num_rows
        counts = {DEAD: dead, HELD: held_count(refused), REVIVED: revived_at(snapshot) + rows.num_rows}
        properties = commit_properties(snapshot, counts, serial=True)
        data = rows.cast(table.contract.arrow_schema)
        write_deltalake(snapshot, data, mode="append", commit_properties=properties)
    return Taken(rows.num_rows, refused.num_rows), refused


def _settle(table: Table, refused: pa.Table | None, letters: DeltaTable) -> None:
    """Let the letters go whose places are rows by now; those refused again get their reason of today."""
    con = duckdb_connection()
    every = letters_sql(letters, table.name)
    count = f"select count(*) from ({every})"
    before = int(con.execute(count).fetchall()[0][0])
    if not before:
        return
    places = _places(table.snapshot(), letters, table.name)
    con.execute(f"create temp table rest as from ({every}) anti join ({places}) using (batch_id, batch_line)")
    gone = before - int(con.execute("select count(*) from rest").fetchall()[0][0])
    changed = 0
    if refused is not None and refused.num_rows:
        con.register("refused", refused)
        same = "rest.batch_id = r.batch_id and rest.batch_line = r.batch_line and rest.reason <> r.reason"
        con.execute(f"update rest set rule = r.rule, reason = r.reason from refused r where {same}")
        changed = int(con.execute(f"select count(*) from ({every}) rest join refused r on {same}").fetchall()[0][0])
    if gone or changed:
        expired = (letters.transaction_version(expired_app(table.name)) or 0) + gone
        rewrite_letters(letters, con.sql("from rest").to_arrow_table(), table.name, {expired_app(table.name): expired})
