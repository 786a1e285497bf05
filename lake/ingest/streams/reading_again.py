"""Reading a topic again: what bronze has stays, what it lacks is taken in.

A message that is a row or a dead letter is left alone, so the same call again changes nothing. Bronze lacks a message
where its dead letter has expired and the parser takes it now, or where rows were lost with a disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lake.bronze import COLUMNS
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, REVIVED, letters_sql, revived_at, write_dead_letters
from lake.delta.commits import commit_properties, with_retries
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, snapshot_sql
from lake.ingest.balance import balance
from lake.ingest.bronze import DEAD, without
from lake.ingest.envelopes import Door, refusals
from lake.ingest.landing.ledger import read_ledger
from lake.ingest.streams.appending import places_of
from lake.ingest.streams.ingest import Reader
from lake.ingest.streams.messages import Batch, Decoder, Partition, lines_of, parse
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


@dataclass(frozen=True)
class ReadAgain:
    """What came of it: messages read, those that bronze had, taken in and refused."""

    messages: int = 0
    known: int = 0
    rows: int = 0
    dead: int = 0

    def __add__(self, other: ReadAgain) -> ReadAgain:
        return ReadAgain(
            self.messages + other.messages, self.known + other.known, self.rows + other.rows, self.dead + other.dead
        )


def read_again(
    lake: Lake,
    reader: Reader,
    contract: Contract,
    door: Door,
    until: Mapping[Partition, int],
    *,
    decode: Decoder = lines_of,
    rows: int = 50_000,
) -> ReadAgain:
    """Take in what bronze lacks of the messages that the reader fetches, up to the table's positions.

    Args:
        lake: where to.
        reader: begins where the reading is to begin.
        contract: of the bronze table.
        door: how lines are parsed.
        until: how far the table has read each partition; what lies beyond is for the ordinary reading.
        decode: how a message becomes a line.
        rows: of a batch.
    """
    table, done = lake.table(contract), ReadAgain()
    lake.table(DEAD_LETTERS).create()
    while True:
        batch = reader.fetch(rows, 64 * 1024 * 1024, 1.0)
        if len(batch):
            known = _up_to(batch, until)
            done += with_retries(table.path, partial(_append, lake, table, door, decode, known))
        elif reader.is_at_end():
            return done


def _up_to(batch: Batch, until: Mapping[Partition, int]) -> Batch:
    """The batch without messages that the table has yet to read."""
    import pyarrow as pa

    columns = (batch.messages.column(name).to_pylist() for name in ("topic", "partition", "offset"))
    kept = [offset < until.get((topic, number), 0) for topic, number, offset in zip(*columns, strict=True)]
    return Batch(batch.messages.filter(pa.array(kept, pa.bool_())), batch.begins, batch.ends)


def _append(lake: Lake, table: Table, door: Door, decode: Decoder, batch: Batch, snapshot: DeltaTable) -> ReadAgain:
    import pyarrow.compute as pc
    from deltalake import write_deltalake

    missing = _missing(lake, table, batch, snapshot)
    if not missing.num_rows:
        return ReadAgain(len(batch), len(batch))
    parsed = parse(duckdb_connection(), door, missing, decode)
    refused = pc.is_valid(parsed.column("fault"))
    rows = without(parsed.select([column.name for column in COLUMNS]), refused)
    dead = refusals(table.name, door, parsed.filter(refused))
    # Lines that are neither row nor dead letter were lost; the others were counted as dead letters, and are so no more.
    lines, standing, letters = balance(lake, table, snapshot.version(), read_ledger(lake, table))
    lost = min(max(lines - standing - letters, 0), missing.num_rows)
    revived = max(rows.num_rows - lost, 0)
    write_dead_letters(lake.table(DEAD_LETTERS), dead)
    counts = {
        DEAD: (snapshot.transaction_version(DEAD) or 0) - revived,
        REVIVED: revived_at(snapshot) + revived,
    }
    assert table.contract is not None
    data = rows.cast(table.contract.arrow_schema)
    write_deltalake(snapshot, data, mode="append", commit_properties=commit_properties(snapshot, counts, serial=True))
    return ReadAgain(len(batch), len(batch) - missing.num_rows, rows.num_rows, dead.num_rows)


def _missing(lake: Lake, table: Table, batch: Batch, snapshot: DeltaTable) -> pa.Table:
    """The messages that are neither row nor dead letter."""
    import pyarrow as pa

    con = duckdb_connection()
    con.register("places", places_of(batch))
    known = (
        f"select batch_id, batch_line from ({snapshot_sql(snapshot)}) where batch_id in (select batch_id from places) "
        "union all select batch_id, batch_line from "
        f"({letters_sql(lake.table(DEAD_LETTERS).snapshot(), table.name)})"
    )
    lacking = con.sql(
        f"select batch_id, batch_line from places anti join ({known}) using (batch_id, batch_line)"
    ).to_arrow_table()
    wanted = set(zip(lacking.column(0).to_pylist(), lacking.column(1).to_pylist(), strict=True))
    places = places_of(batch)
    here = zip(places.column(0).to_pylist(), places.column(1).to_pylist(), strict=True)
    return batch.messages.filter(pa.array([place in wanted for place in here], pa.bool_()))
