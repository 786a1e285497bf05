"""What a campaign sends: upserts and deletes of a few keys, repeated, out of order, one in a hundred malformed.

Each message that the broker has acknowledged stands in the ledger with its place, and the ledger is on disk before the
campaign goes on.
"""

import json
import os
import random
from collections.abc import Iterator
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.servers.java import ServerFailedError
from benchmarks.servers.kafka import Broker
from lake.bronze import bronze_contract
from lake.contract import Column, Contract
from lake.ingest.envelopes import Door
from lake.silver.sql import Feed

if TYPE_CHECKING:
    from confluent_kafka import KafkaError, Message

PARTITIONS, KEYS = 8, 5_000
MALFORMED, REPEATED, LATE = 0.01, 0.02, 0.05
EVENTS = bronze_contract("chaos_events", "one row per message", "What a campaign sends.")
DOOR = Door(
    schema='{"op": "VARCHAR", "position": "VARCHAR"}',
    source="'chaos'",
    op="doc.op",
    position="try_cast(doc.position as bigint)",
    changed_at="null",
    faults=(("op is null or op not in ('u', 'd')", "operation", "unknown operation"),),
)
STATE = Contract(
    name="chaos_state",
    grain="one row per key",
    key=("id",),
    latest_by="source_position",
    columns=(Column("id", "string", "the key", source="id"), Column("value", "int64", "its value", source="value")),
)
FEED = Feed("chaos_events", "chaos", ("",), ("",))


def messages(count: int, seed: int) -> Iterator[tuple[int, bytes, str]]:
    """Partition, value, and what the ledger says of it: key, op, position, value; of a malformed one nothing."""
    draw = random.Random(seed)
    late: list[tuple[int, bytes, str]] = []
    position = 0
    while position < count or late:
        if late and (position >= count or len(late) > 400):
            yield late.pop(draw.randrange(len(late)))
            continue
        position += 1
        key = draw.randrange(KEYS)
        op = "d" if draw.random() < 0.1 else "u"
        document = {"op": op, "position": position, "id": f"K{key:05}", "value": draw.randrange(10**9)}
        text = json.dumps(document, separators=(",", ":")).encode()
        one = key % PARTITIONS, text, f"{document['id']},{op},{position},{document['value']}"
        chance = draw.random()
        if chance < MALFORMED:
            broken = (text[: len(text) // 2], b"\xff\xfe" + text, text.replace(b'"op"', b'"no"'), b"[]")
            yield one[0], draw.choice(broken), ",,,"
        elif chance < MALFORMED + LATE:
            late.append(one)
        else:
            yield one
            if chance > 1 - REPEATED:
                yield one


class Ledger:
    """Sends messages and writes down those that the broker has."""

    def __init__(self, file: Path, broker: Broker, topic: str) -> None:
        from confluent_kafka import Producer

        self.file, self._out, self._topic = file, file.open("w", encoding="utf-8"), topic
        self.sent = 0
        self._fault: str | None = None
        options: dict[str, Any] = {**broker.options, "enable.idempotence": True, "linger.ms": 20}
        self._producer = Producer(options | {"compression.type": "lz4", "message.timeout.ms": 120_000})

    def send(self, found: Iterator[tuple[int, bytes, str]], count: int) -> None:
        """Send so many of the messages and put them on record.

        Raises:
            ServerFailedError: the broker did not take them.
        """
        for _, (partition, value, row) in zip(range(count), found, strict=False):
            while True:
                try:
                    self._producer.produce(
                        self._topic, value, partition=partition, on_delivery=self._noting(value, row)
                    )
                    break
                except BufferError:
                    self._producer.poll(0.1)
            self.sent += 1
        if self._producer.flush(120) or self._fault:
            raise ServerFailedError(f"the broker did not take every message: {self._fault}")
        self._out.flush()
        os.fsync(self._out.fileno())

    def close(self) -> None:
        """Close the file."""
        self._out.close()

    def _noting(self, value: bytes, row: str) -> Any:
        def note(error: "KafkaError | None", message: "Message[Any, Any]") -> None:
            if error is not None:
                self._fault = error.str()
                return
            self._out.write(f"{message.partition()},{message.offset()},{md5(value).hexdigest()},{row}\n")

        return note
