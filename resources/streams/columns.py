"""Messages of the client as Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from lake.ingest.streams.messages import Partition, messages_schema
from resources.streams.headers import headers_text

if TYPE_CHECKING:
    import pyarrow as pa
    from confluent_kafka import Message


def columns_of(found: Sequence[Message], topics: Sequence[str]) -> tuple[pa.Table, dict[Partition, int]]:
    """The messages as :func:`messages_schema` says, and the last offset of each partition among them.

    Args:
        found: messages without an error, of each partition in its order.
        topics: those that are read; of a single one no message is asked for its name.
    """
    import pyarrow as pa

    numbers = cast("list[int]", [one.partition() for one in found])
    offsets = cast("list[int]", [one.offset() for one in found])
    headers = [one.headers() for one in found]
    if len(topics) == 1:
        names = pa.repeat(pa.scalar(topics[0]), len(found))
        last = {(topics[0], at): offset for at, offset in dict(zip(numbers, offsets, strict=True)).items()}
    else:
        listed = cast("list[str]", [one.topic() for one in found])
        names = pa.array(listed, pa.string())
        last = dict(zip(zip(listed, numbers, strict=True), offsets, strict=True))
    columns = [
        names,
        pa.array(numbers, pa.int32()),
        pa.array(offsets, pa.int64()),
        pa.array([one.key() for one in found], pa.binary()),
        pa.array([one.value() for one in found], pa.binary()),
        pa.array([headers_text(one) for one in headers], pa.string())
        if any(headers)
        else pa.nulls(len(found), pa.string()),
    ]
    return pa.table(columns, schema=messages_schema()), last
