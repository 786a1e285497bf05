"""Reading a stream into its bronze table: the one way, for the command, for Dagster's runs and for the benchmarks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from resources.streams.connecting import Streams

if TYPE_CHECKING:
    import datetime as dt

    from lake.contract import Contract
    from lake.ingest.envelopes import Door
    from lake.ingest.streams.appending import Step
    from lake.ingest.streams.ingest import Bounds, Progress
    from lake.ingest.streams.messages import Decoder, Partition
    from lake.ingest.streams.reading_again import ReadAgain
    from lake.lakehouse import Lake

# A bronze table that messages are appended to for ever is compacted after so many commits.
COMPACT_COMMITS = 200


def read_stream(
    streams: Streams,
    lake: "Lake",
    stream: str,
    contract: "Contract",
    door: "Door",
    bounds: "Bounds",
    *,
    decode: "Decoder | None" = None,
    shared: bool = False,
    skip_expired: bool = False,
    on_progress: "Callable[[Progress], None]" = lambda progress: None,
    ends: Callable[[], bool] = lambda: False,
    step: "Step" = lambda name: None,
) -> "Progress":
    """Append the messages of a stream's topics that its bronze table does not have.

    Args:
        streams: brokers and topics.
        lake: where to.
        stream: ``signals``, ``feedback`` or ``erp``.
        contract: of the bronze table.
        door: how lines are parsed.
        bounds: of a batch and of the reading.
        decode: how a message becomes a line; default: its value as it came.
        shared: whether partitions are shared with other readers of the group.
        skip_expired: whether to go on where messages have expired unread.
        on_progress: called after each batch.
        ends: asked between batches whether to end.
        step: told of each step that is done.

    Raises:
        StreamGapError: messages that were not read are gone.
        BrokersUnreachableError: the brokers do not answer.
    """
    from lake.ingest.streams.appending import StreamTable
    from lake.ingest.streams.ingest import ingest
    from lake.ingest.streams.messages import lines_of
    from lake.maintenance import compact

    table = StreamTable(lake, contract, door, decode=decode or lines_of, step=step)
    compacted = 0

    def progressed(progress: "Progress") -> None:
        nonlocal compacted
        if progress.commits >= compacted + COMPACT_COMMITS:
            compacted = progress.commits
            compact(table.table)
        on_progress(progress)

    reader = streams.open(stream, table.positions, shared=shared, skip_expired=skip_expired)
    try:
        return ingest(reader, table, bounds, on_progress=progressed, ends=ends, step=step)
    finally:
        reader.close()


def reread_topic(
    streams: Streams,
    lake: "Lake",
    topic: str,
    contract: "Contract",
    door: "Door",
    begin: "int | dt.datetime",
    *,
    decode: "Decoder | None" = None,
) -> "ReadAgain":
    """Read one topic again from an offset or a moment on, and take in what its bronze table lacks.

    Raises:
        BrokersUnreachableError: the brokers do not answer.
    """
    from dataclasses import replace

    from lake.ingest.streams.appending import StreamTable
    from lake.ingest.streams.messages import lines_of
    from lake.ingest.streams.reading_again import read_again

    table, until = StreamTable(lake, contract, door), dict["Partition", int]()

    def positions(partitions: "list[Partition]") -> "dict[Partition, int]":
        until.update(table.positions(partitions))
        return dict.fromkeys(partitions, begin if isinstance(begin, int) else 0)

    reader = replace(streams, topics={topic: (topic,)}).open(topic, positions, skip_expired=True)
    try:
        if not isinstance(begin, int):
            reader.seek_time(begin)
        return read_again(lake, reader, contract, door, until, decode=decode or lines_of)
    finally:
        reader.close()
