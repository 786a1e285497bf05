"""Bronze: landed lines as they came, plus source, operation, position, batch and arrival.

The door looks at the envelope only: is it JSON, what does it concern, where in its source does it stand. What does not
pass becomes a dead letter with its raw bytes. A file enters whole or not at all, once, whatever its name.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from lake.bronze import COLUMNS
from lake.contract import Contract
from lake.dead_letters import (
    DEAD_LETTERS,
    count_dead_letters,
    revived_at,
    withdraw_dead_letters,
    write_dead_letters,
)
from lake.delta.commits import with_retries
from lake.delta.sessions import Session
from lake.delta.table import Table
from lake.delta.views import duckdb_connection
from lake.grouping import grouped
from lake.ingest.balance import balance
from lake.ingest.envelopes import Door, judge, refusals
from lake.ingest.epochs import extent, note_epochs, read_epochs
from lake.ingest.held import Holding, held_count, held_notes
from lake.ingest.landing.extracts.file import ExtractFile
from lake.ingest.landing.file import LandedFile
from lake.ingest.landing.ledger import read_ledger, write_ledger
from lake.ingest.landing.listing import landed_files
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

PULLED_FOLDER = "pulled"  # what we asked a database for, below the stream's folder
LEFT_OUT_FOLDER = "left-out"  # deletions that follow from what has landed, below the stream's folder
GROUP_BYTES = 96 * 1024 * 1024
# The application transaction that counts the dead letters of all files so far.
DEAD = "count:dead"
# The application transaction that counts those of them that are held back.
HELD = "count:held"


@dataclass(frozen=True)
class Landed:
    """What taking in files did: counts of this time, then the balance of all time.

    Attributes:
        version: bronze's version afterwards.
        files, rows, dead: taken in this time.
        total_lines: lines of every file in the ledger, and messages of every topic.
        total_rows, total_dead: bronze rows and dead letters of these.
        notes: what a person should know about the files, in words.
    """

    version: int
    files: int
    rows: int
    dead: int
    total_lines: int
    total_rows: int
    total_dead: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def is_balanced(self) -> bool:
        """Whether each landed line is a row or a dead letter."""
        return self.total_lines == self.total_rows + self.total_dead


def take_in(
    lake: Lake,
    session: Session,
    contract: Contract,
    door: Door,
    folder: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Landed:
    """Append the landed files that bronze does not have yet.

    Args:
        lake: where to.
        session: the run that it is done for.
        contract: of the bronze table.
        door: how lines are understood.
        folder: the stream's landing folder.
        progress: called with the bytes done and the bytes in all.
    """
    began = time.perf_counter()
    table = lake.table(contract)
    table.create()
    lake.table(DEAD_LETTERS).create()
    ledger = read_ledger(lake, table)
    candidates = [file for file in landed_files(folder) if not ledger.knows(file)]
    total, done, taken = sum(file.bytes for file in candidates), 0, Taken()
    for group in grouped(candidates, lambda file: file.bytes, GROUP_BYTES):
        named = [(file.sha256(), file) for file in group]
        unknown: dict[str, LandedFile] = {}  # in the order of the names, under the first name of each content
        for sha, file in named:
            if sha not in ledger.shas:
                unknown.setdefault(sha, file)
        taken += with_retries(table.path, partial(_append, lake, table, door, unknown))
        write_ledger(lake, table, named, taken.lines)
        done += sum(file.bytes for file in group)
        progress(done, total)
    return standing(lake, session, table, taken, time.perf_counter() - began)


def standing(lake: Lake, session: Session, table: Table, taken: Taken, seconds: float) -> Landed:
    """Where a bronze table stands, with its balance, after files or dead letters were taken in; the run takes it up."""
    ledger = read_ledger(lake, table)  # before the version, which then holds every file that the ledger knows
    version = table.version()
    session.advance(table.name, version)
    total_lines, total_rows, total_dead = balance(lake, table, version, ledger)
    return Landed(
        version=version,
        files=len(taken.lines),
        rows=taken.rows,
        dead=taken.dead,
        total_lines=total_lines,
        total_rows=total_rows,
        total_dead=total_dead,
        seconds=seconds,
        notes=taken.notes,
    )


@dataclass(frozen=True)
class Taken:
    """Rows taken in, lines refused, lines by file."""

    rows: int = 0
    dead: int = 0
    # SHA-256 of each file -> its lines.
    lines: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __add__(self, other: Taken) -> Taken:
        rows, dead = self.rows + other.rows, self.dead + other.dead
        return Taken(rows, dead, {**self.lines, **other.lines}, self.notes + other.notes)


def without(rows: pa.Table, refused: pa.ChunkedArray) -> pa.Table:
    """The rows that are not refused. Between a few that are, the others are taken as they lie and not copied."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    places = np.flatnonzero(refused.to_numpy())
    if len(places) > len(rows) // 500:
        return rows.filter(pc.invert(refused))
    edges = [-1, *places.tolist(), len(rows)]
    return pa.concat_tables(rows.slice(before + 1, after - before - 1) for before, after in pairwise(edges))


def _put_dead_letters(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    table: Table,
    snapshot: DeltaTable,
    shas: Iterable[str],
    refused: pa.Table,
) -> None:
    """Write what was refused of the files; another attempt at them may have been killed, behind another door."""
    import pyarrow as pa

    letters, counted = lake.table(DEAD_LETTERS), snapshot.transaction_version(DEAD) or 0
    if count_dead_letters(con, letters, table.name, revived=revived_at(snapshot)) > counted:
        among = pa.table({"batch_id": pa.array(shas, pa.string())})
        withdraw_dead_letters(letters, table.name, among, refused.select(["batch_id", "batch_line"]))
    write_dead_letters(letters, refused)


def _append(lake: Lake, table: Table, door: Door, files: Mapping[str, LandedFile], snapshot: DeltaTable) -> Taken:
    """Append the files that the snapshot does not know, in one commit that names them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = [column.name for column in COLUMNS]
    new = {sha: file for sha, file in files.items() if snapshot.transaction_version(sha) is None}
    if not new:
        return Taken()
    con = duckdb_connection()
    epochs = read_epochs(lake, table.name, partial(extent, con, snapshot))
    holding = Holding(lake, table.name, con, door, snapshot)
    good: list[pa.Table] = []
    dead, counts, notes = [], dict.fromkeys(new, 0), list[str]()
    for sha, file in new.items():
        began, blank = len(good), 0
        for block in file.blocks():
            judged = holding.held_back(judge(con, door, block.table(sha, file.name)))
            counts[sha] += judged.num_rows
            blank += block.blank
            refused = pc.is_valid(judged.column("fault"))
            good.append(without(judged.select(names), refused))
            dead.append(refusals(table.name, door, judged.filter(refused)))
        notes += [f"{file.name}: {blank:,} blank rows are skipped"] if blank else []
        # Positions that we state ourselves, of extracts, pulls and deletions, never begin anew.
        ours = isinstance(file, ExtractFile) or {LEFT_OUT_FOLDER, PULLED_FOLDER} & set(file.path.parts)
        if door.restarts and not ours:
            good[began:] = [epochs.renumbered(pa.concat_tables(good[began:]))] if good[began:] else []
    rows, refused = pa.concat_tables(good), pa.concat_tables(dead)
    _put_dead_letters(con, lake, table, snapshot, new, refused)
    note_epochs(lake, table.name, epochs)
    holding.note()
    assert table.contract is not None
    total_dead = counts_of_dead(snapshot, refused)
    table.append(rows.cast(table.contract.arrow_schema), total_dead, snapshot=snapshot, expiring=dict.fromkeys(new, 1))
    return Taken(rows.num_rows, refused.num_rows, counts, (*notes, *epochs.notes, *held_notes(refused)))


def counts_of_dead(snapshot: DeltaTable, refused: pa.Table) -> dict[str, int]:
    """The application transactions that count dead letters, after those that are refused now."""
    held = held_count(refused)
    return {name: (snapshot.transaction_version(name) or 0) + n for name, n in ((DEAD, len(refused)), (HELD, held))}
