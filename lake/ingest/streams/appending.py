"""One batch of messages into a bronze table: rows, counts and positions in one commit.

Dead letters are written first and skipped when they are there, as for landed files. A commit is accepted only on the
snapshot whose positions were read; where another consumer was faster, what it has committed is left out of the batch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from lake.bronze import COLUMNS
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, count_dead_letters, revived_at, withdraw_dead_letters, write_dead_letters
from lake.delta.commits import with_retries
from lake.delta.table import Table
from lake.delta.views import duckdb_connection
from lake.ingest.balance import STREAMED, position_app
from lake.ingest.bronze import DEAD, counts_of_dead, without
from lake.ingest.envelopes import Door, refusals
from lake.ingest.epochs import Epochs, extent, note_epochs, read_epochs
from lake.ingest.held import Holding
from lake.ingest.streams.messages import Batch, Decoder, Partition, batch_of, lines_of, parse
from lake.ingest.streams.positions import StreamGapError, positions
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

# Called with the name of each step that is done; a crash campaign kills there.
Step = Callable[[str], None]
STEPS = ("fetched", "parsed", "refused", "committed")


@dataclass(frozen=True)
class Appended:
    """What a batch came to.

    Attributes:
        rows, dead: taken in and refused.
        known: messages that another consumer had committed.
        version: the table's version afterwards.
        positions: by partition, the next offset.
    """

    rows: int
    dead: int
    known: int
    version: int
    positions: Mapping[Partition, int]


class StreamTable:
    """A bronze table that messages are appended to. One batch at a time.

    Args:
        lake: where to.
        contract: of the bronze table.
        door: how lines are parsed.
        decode: how a message becomes a line.
        step: told of each step; see :data:`STEPS`.
    """

    def __init__(
        self,
        lake: Lake,
        contract: Contract,
        door: Door,
        *,
        decode: Decoder = lines_of,
        step: Step = lambda name: None,
    ) -> None:
        self.table = lake.table(contract)
        self._letters = lake.table(DEAD_LETTERS)
        self._door, self._decode, self._step = door, decode, step
        self._lake = lake
        self._epochs: Epochs | None = None
        self._holding: Holding | None = None
        self._attempted: Batch | None = None
        self._snapshot: DeltaTable | None = None
        self._con: duckdb.DuckDBPyConnection | None = None
        self.table.create()
        self._letters.create()

    def positions(self, partitions: list[Partition]) -> dict[Partition, int]:
        """How far the table has read each partition now."""
        return positions(self.table.snapshot(), partitions)

    def append(self, batch: Batch) -> Appended:
        """Append what the table does not have yet.

        Raises:
            StreamGapError: the batch begins after the table's position, so that messages would be left out.
            CommitConflictError: other writers were faster every time.
        """
        done = with_retries(self.table.path, partial(self._attempt, batch), self._snapshot)
        self._step("committed")
        return done

    def _attempt(self, batch: Batch, snapshot: DeltaTable) -> Appended:
        import pyarrow.compute as pc

        self._snapshot = snapshot
        standing = positions(snapshot, batch.begins)
        _check_continuous(self.table, batch, standing)
        new = batch.after(standing)
        known = len(batch) - len(new)
        if not new.ends:
            return Appended(0, 0, known, snapshot.version(), standing)
        parsed = parse(self._connection(), self._door, new.messages, self._decode)
        parsed = self._without_held(batch, snapshot, parsed)
        self._step("parsed")
        refused = pc.is_valid(parsed.column("fault"))
        rows = without(parsed.select([column.name for column in COLUMNS]), refused)
        dead = refusals(self.table.name, self._door, parsed.filter(refused))
        self._put_dead_letters(snapshot, new, dead)
        self._step("refused")
        rows = self._in_epochs(batch, snapshot, rows)
        assert self.table.contract is not None
        taken = {
            **counts_of_dead(snapshot, dead),
            STREAMED: (snapshot.transaction_version(STREAMED) or 0) + len(new),
            **{position_app(*at): end for at, end in new.ends.items()},
        }
        version = self.table.append(rows.cast(self.table.contract.arrow_schema), taken, snapshot=snapshot)
        return Appended(rows.num_rows, dead.num_rows, known, version, {**standing, **new.ends})

    def _without_held(self, batch: Batch, snapshot: DeltaTable, parsed: pa.Table) -> pa.Table:
        """The lines, with a fault for those that are held back."""
        if self._holding is None or self._attempted is batch:
            self._holding = Holding(self._lake, self.table.name, self._connection(), self._door, snapshot)
        self._attempted = batch
        parsed = self._holding.held_back(parsed)
        self._holding.note()
        return parsed

    def _in_epochs(self, batch: Batch, snapshot: DeltaTable, rows: pa.Table) -> pa.Table:
        """The rows with the positions of their epochs, which are on record; a second attempt counts none twice."""
        if not self._door.restarts:
            return rows
        if self._epochs is None or self._attempted is batch:
            self._epochs = read_epochs(self._lake, self.table.name, partial(extent, self._connection(), snapshot))
        self._attempted = batch
        rows = self._epochs.renumbered(rows)
        note_epochs(self._lake, self.table.name, self._epochs)
        return rows

    def _connection(self) -> duckdb.DuckDBPyConnection:
        self._con = self._con or duckdb_connection()
        return self._con

    def _put_dead_letters(self, snapshot: DeltaTable, batch: Batch, dead: pa.Table) -> None:
        """Write what was refused; an attempt at these offsets may have been killed, behind another door."""
        counted = snapshot.transaction_version(DEAD) or 0
        con = self._connection()
        if count_dead_letters(con, self._letters, self.table.name, revived=revived_at(snapshot)) > counted:
            among = places_of(batch)
            withdraw_dead_letters(self._letters, self.table.name, among, dead.select(["batch_id", "batch_line"]))
        write_dead_letters(self._letters, dead)


def places_of(batch: Batch) -> pa.Table:
    """``batch_id`` and ``batch_line`` of each message."""
    import pyarrow as pa

    topics, numbers = batch.messages.column("topic").to_pylist(), batch.messages.column("partition").to_pylist()
    names = {at: batch_of(*at) for at in batch.begins}
    ids = pa.array([names[at] for at in zip(topics, numbers, strict=True)], pa.string())
    return pa.table({"batch_id": ids, "batch_line": batch.messages.column("offset")})


def _check_continuous(table: Table, batch: Batch, standing: Mapping[Partition, int]) -> None:
    for at, begin in batch.begins.items():
        if (position := standing.get(at)) is not None and position < begin:
            raise StreamGapError(
                f"{table.name} stands at offset {position} of {at[0]}/{at[1]}, but the batch begins at {begin}: the "
                "table was restored to an older version while it was read; start again, and reading goes on from there"
            )
