"""The loop that reads a stream: one batch is fetched while the one before is written.

At most two batches are in memory, so a writer that is slower than the broker holds the reader back.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

from lake.ingest.streams.appending import Appended, Step, StreamTable
from lake.ingest.streams.messages import MOST_BYTES, Batch, Partition


class Reader(Protocol):
    """Reads the messages of a stream's topics."""

    def fetch(self, rows: int, size: int, seconds: float) -> Batch:
        """The next messages: at most so many rows, about so many bytes, waiting no longer than so many seconds."""

    def is_at_end(self) -> bool:
        """Whether everything that stood in the topics has been fetched."""

    def committed(self, positions: Mapping[Partition, int]) -> None:
        """Tell the broker how far the table has read, for those who watch the group's lag."""

    def lag(self) -> int:
        """Messages that the reader's partitions hold beyond what was fetched."""


@dataclass(frozen=True)
class Bounds:
    """What ends a batch, and what ends the reading.

    Attributes:
        rows, bytes, seconds: a batch is written when it has so many rows or bytes, or after so many seconds.
        most_rows: end after so many messages; None does not bound.
        most_seconds: end after so many seconds.
        to_the_end: end when everything that stood in the topics is written.
    """

    rows: int = 50_000
    bytes: int = MOST_BYTES
    seconds: float = 1.0
    most_rows: int | None = None
    most_seconds: float | None = None
    to_the_end: bool = True


@dataclass
class Progress:
    """What has been written so far.

    Attributes:
        messages, rows, dead, known: fetched; taken in; refused; left out since another consumer had them.
        commits: batches written.
        bytes: of messages.
        lag: messages that wait.
        version: the bronze table's version.
        seconds: since the beginning.
        positions: by partition, the next offset.
    """

    messages: int = 0
    rows: int = 0
    dead: int = 0
    known: int = 0
    commits: int = 0
    bytes: int = 0
    lag: int = 0
    version: int = -1
    seconds: float = 0.0
    positions: dict[Partition, int] = field(default_factory=dict)

    def add(self, batch: Batch, done: Appended) -> None:
        """Count a batch."""
        self.messages += len(batch)
        self.rows += done.rows
        self.dead += done.dead
        self.known += done.known
        self.commits += 1
        self.bytes += batch.bytes
        self.version = done.version
        self.positions |= done.positions


def ingest(
    reader: Reader,
    table: StreamTable,
    bounds: Bounds,
    *,
    on_progress: Callable[[Progress], None] = lambda progress: None,
    ends: Callable[[], bool] = lambda: False,
    step: Step = lambda name: None,
) -> Progress:
    """Read until the bounds are met or ``ends`` answers true; what was fetched by then is written.

    Args:
        reader: where messages come from.
        table: where they go.
        bounds: of a batch and of the reading.
        on_progress: called after each batch, and about once a second while nothing comes.
        ends: asked between batches.
        step: told when a batch has been fetched.

    Returns:
        What was written.
    """
    began, done = time.monotonic(), Progress()
    fetched = 0
    with ThreadPoolExecutor(1, "stream-writer") as writer:
        pending: tuple[Batch, Future[Appended]] | None = None
        while not ends():
            left = _left(bounds, fetched, time.monotonic() - began)
            if left is None:
                break
            batch = reader.fetch(left[0], bounds.bytes, left[1])
            if len(batch):
                step("fetched")
                fetched += len(batch)
            if pending is not None:
                _settle(pending, reader, done, began, on_progress)
                pending = None
            if len(batch):
                pending = batch, writer.submit(table.append, batch)
            elif bounds.to_the_end and reader.is_at_end():
                break
            else:
                done.lag, done.seconds = reader.lag(), time.monotonic() - began
                on_progress(done)
        if pending is not None:
            _settle(pending, reader, done, began, on_progress)
    done.lag, done.seconds = reader.lag(), time.monotonic() - began
    return done


def _left(bounds: Bounds, fetched: int, elapsed: float) -> tuple[int, float] | None:
    """Rows and seconds that the next batch may take; None where the reading ends."""
    rows = bounds.rows if bounds.most_rows is None else min(bounds.rows, bounds.most_rows - fetched)
    seconds = bounds.seconds if bounds.most_seconds is None else min(bounds.seconds, bounds.most_seconds - elapsed)
    return (rows, seconds) if rows > 0 and seconds > 0 else None


def _settle(
    pending: tuple[Batch, Future[Appended]],
    reader: Reader,
    done: Progress,
    began: float,
    on_progress: Callable[[Progress], None],
) -> None:
    batch, future = pending
    appended = future.result()
    reader.committed(appended.positions)
    done.add(batch, appended)
    done.lag, done.seconds = reader.lag(), time.monotonic() - began
    on_progress(done)
