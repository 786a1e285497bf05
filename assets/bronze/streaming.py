"""Which bronze table each stream's topics are read into."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from assets.bronze import DOORS, STREAMS
from assets.bronze.fields import FIELDS
from resources.streams.connecting import Streams
from resources.streams.reading import read_stream

if TYPE_CHECKING:
    from lake.contract import Contract
    from lake.ingest.envelopes import Door
    from lake.ingest.streams.ingest import Bounds, Progress
    from lake.ingest.streams.messages import Decoder
    from lake.lakehouse import Lake

# What one run of the graph reads at most, so that a backlog of hours is worked off in several.
MOST_ROWS, MOST_SECONDS = 5_000_000, 600.0


def table_of(stream: str) -> "tuple[Contract, Door]":
    """The bronze table that follows a stream, and how its lines are parsed."""
    from assets.bronze import erp_changes, feedback_events, signal_events  # noqa: F401  (each registers its table)

    return DOORS[next(name for name, one in STREAMS.items() if one == stream)]


def decoder_of(streams: Streams, stream: str) -> "Decoder | None":
    """What decodes the stream's messages: those of the ERP are Debezium's."""
    if stream != "erp":
        return None
    from lake.ingest.streams.debezium.decoding import Debezium
    from lake.ingest.streams.debezium.encodings import read_encodings

    return Debezium(read_encodings(streams.tables_file), FIELDS)


def read_into_bronze(streams: Streams, lake: "Lake", stream: str, bounds: "Bounds", **more: Any) -> "Progress":
    """Read a stream's topics into the table that follows it; ``more`` as for :func:`read_stream`."""
    return read_stream(streams, lake, stream, *table_of(stream), bounds, decode=decoder_of(streams, stream), **more)


def read_for_run(
    streams: Streams, lake: "Lake", stream: str, on_progress: "Callable[[Progress], None]"
) -> "Progress | None":
    """What a run of the graph reads: to the end of the topics, within bounds. None where the stream has no topics.

    Raises:
        RuntimeError: topics are set, but the client is not installed.
    """
    from lake.ingest.streams.ingest import Bounds

    if not streams.topics.get(stream):
        return None
    if missing := streams.missing(stream):
        raise RuntimeError(missing)
    bounds = Bounds(most_rows=MOST_ROWS, most_seconds=MOST_SECONDS)
    return read_into_bronze(streams, lake, stream, bounds, on_progress=on_progress)
