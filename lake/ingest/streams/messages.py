"""A batch of messages as Arrow columns, and how its lines are parsed.

A message's place is its topic, partition and offset. In bronze and among the dead letters the partition is the batch,
``kafka:topic/partition``, and the offset is the line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from lake.ingest.balance import BATCH_PREFIX
from lake.ingest.envelopes import Door, judge

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Partition = tuple[str, int]
# From a table of messages to their lines: JSON as text, null for what is no text.
Decoder = Callable[["pa.Table"], "pa.Array"]
MOST_BYTES = 64 * 1024 * 1024


def batch_of(topic: str, partition: int) -> str:
    """The batch that a partition's messages have in bronze."""
    return f"{BATCH_PREFIX}{topic}/{partition}"


def messages_schema() -> pa.Schema:
    """The columns of a batch: ``value`` is null for a tombstone, ``headers`` a JSON object or null."""
    import pyarrow as pa

    return pa.schema(
        [
            ("topic", pa.string()),
            ("partition", pa.int32()),
            ("offset", pa.int64()),
            ("key", pa.binary()),
            ("value", pa.binary()),
            ("headers", pa.string()),
        ]
    )


@dataclass(frozen=True)
class Batch:
    """Messages that were fetched together.

    Attributes:
        messages: columns of :func:`messages_schema`, in the order in which they were fetched.
        begins: by partition, the offset from which on the partition was read for this batch.
        ends: by partition, the offset after the last that was read, markers of transactions included.
    """

    messages: pa.Table
    begins: Mapping[Partition, int]
    ends: Mapping[Partition, int]

    def __len__(self) -> int:
        return int(self.messages.num_rows)

    @cached_property
    def bytes(self) -> int:
        """Size of the messages in memory."""
        return int(self.messages.nbytes)

    def after(self, standing: Mapping[Partition, int]) -> Batch:
        """The batch without messages that lie before the positions, which another consumer has committed."""
        import pyarrow as pa
        import pyarrow.compute as pc

        behind = {at: standing[at] for at, begin in self.begins.items() if standing.get(at, begin) > begin}
        if not behind:
            return self
        messages = self.messages
        for (topic, partition), position in behind.items():
            known = pc.and_(
                pc.and_(pc.equal(messages["topic"], topic), pc.equal(messages["partition"], pa.scalar(partition))),
                pc.less(messages["offset"], position),
            )
            messages = messages.filter(pc.invert(known))
        ends = {at: end for at, end in self.ends.items() if end > standing.get(at, -1)}
        begins = {at: max(self.begins[at], standing.get(at, -1)) for at in ends}
        return Batch(messages, begins, ends)


def lines_of(messages: pa.Table) -> pa.Array:
    """The values as text: ``null`` for a tombstone, null where the bytes are not UTF-8."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values = messages.column("value").combine_chunks()
    if values.null_count:
        values = pc.fill_null(values, b"null")
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_decoded(value) for value in values.to_pylist()], pa.string())


def _decoded(value: bytes) -> str | None:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def parse(con: duckdb.DuckDBPyConnection, door: Door, messages: pa.Table, decode: Decoder = lines_of) -> pa.Table:
    """The messages as lines of bronze with their fault, and ``headers``; as ``judge`` returns them."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    size = len(messages)
    partition = pc.cast(messages.column("partition"), pa.string())
    batch = pc.binary_join_element_wise(
        pc.binary_join_element_wise(pa.scalar(BATCH_PREFIX), messages.column("topic"), ""), partition, "/"
    )
    numbered = pa.table(
        {
            "batch_id": batch,
            "place": messages.column("offset"),
            "landed_path": batch,
            "raw": pc.fill_null(messages.column("value"), b""),
            "line": decode(messages),
            # The door finds a line again by its number; offsets of several partitions are the same.
            "batch_line": pa.array(np.arange(size, dtype=np.int64)),
            "headers": messages.column("headers"),
        }
    )
    return judge(con, door, numbered).drop_columns(["batch_line"]).rename_columns({"place": "batch_line"})
