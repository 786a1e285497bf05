"""How far a bronze table has read each partition: application transactions in its own commits.

They never expire, so that a table whose log was cleaned up goes on where it stopped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from lake.ingest.balance import position_app
from lake.ingest.streams.messages import Partition

if TYPE_CHECKING:
    from deltalake import DeltaTable


class StreamGapError(RuntimeError):
    """Messages between what the table has read and what the broker still has are gone."""


def positions(snapshot: DeltaTable, partitions: Iterable[Partition]) -> dict[Partition, int]:
    """The next offset of each partition of which the snapshot has read any."""
    found = {at: snapshot.transaction_version(position_app(*at)) for at in partitions}
    return {at: offset for at, offset in found.items() if offset is not None}


def check_reaches(
    table_name: str, standing: Mapping[Partition, int], low: Mapping[Partition, int], high: Mapping[Partition, int]
) -> None:
    """Refuse to read on where the broker no longer has, or never had, the table's position.

    Raises:
        StreamGapError: with topic, partition and both offsets.
    """
    for (topic, partition), offset in sorted(standing.items()):
        at = (topic, partition)
        if at in high and offset > high[at]:
            raise StreamGapError(
                f"{table_name} has read {topic}/{partition} up to offset {offset}, but the topic ends at {high[at]}: "
                "it was deleted and made anew, or the lake belongs to another cluster; send the messages to a new topic"
            )
        if at in low and offset < low[at]:
            raise StreamGapError(
                f"{topic}/{partition}: offsets {offset} to {low[at] - 1} have expired before {table_name} read them; "
                "lengthen the topic's retention, and run `lacquer ingest --skip-expired` to go on without them"
            )
