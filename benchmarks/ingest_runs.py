"""What `lacquer bench ingest` runs: bare loops of the Kafka client, a stream at a fixed rate, many small commits."""

import json
import os
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from assets.bronze.streaming import read_into_bronze, table_of
from benchmarks.servers.kafka import Broker
from lake.ingest.streams.ingest import Bounds, Progress
from lake.ingest.streams.messages import Partition
from lake.lakehouse import Lake
from resources.streams.connecting import CLIENT_OPTIONS, Streams

PARTITIONS = 8
ROWS_OF_SMALL = 50


@dataclass
class Small:
    """Many small commits: the most files that the table had, and memory after each quarter."""

    commits: int
    most_files: int = 0
    files: int = 0
    memory_mib: list[float] = field(default_factory=list)


def signal_line(number: int, value: float) -> bytes:
    """A signal about as large as those of shops and streaming services."""
    document = {
        "event_id": f"plays-{number:010}",
        "kind": "plays",
        "entity_type": "release",
        "entity_id": f"R{number % 5000:06}",
        "value": value,
        "unit": "plays",
        "region": "DE",
        "occurred_at": f"2026-03-{1 + number % 28:02}T12:{number % 60:02}:{number % 60:02}Z",
        "source": "streaming-report",
    }
    return json.dumps(document, separators=(",", ":")).encode()


def streams_of(broker: Broker, topic: str) -> Streams:
    """The topic as the stream of signals."""
    options = {name: str(value) for name, value in broker.options.items()}
    return Streams({"signals": (topic,)}, options, group=f"bench-{topic}")


def bare_loop(broker: Broker, topic: str, table: Path | None = None) -> int:
    """Read every field of every message of the topic with the client and nothing else; how many there were.

    Args:
        broker: where from.
        topic: of eight partitions.
        table: a Delta table that they are appended to, 50,000 in a commit.
    """
    import pyarrow as pa
    from confluent_kafka import Consumer, KafkaError, TopicPartition
    from deltalake import write_deltalake

    columns = ("topic", "partition", "offset", "key", "value")

    def flush() -> None:
        fields = zip(*held, strict=True)
        rows = pa.table({name: pa.array(one) for name, one in zip(columns, fields, strict=True) if name != "key"})
        assert table is not None
        write_deltalake(table, rows.set_column(3, "value", rows.column("value").cast(pa.string())), mode="append")
        held.clear()

    consumer = Consumer({**CLIENT_OPTIONS, **broker.options, "group.id": "bare"})
    consumer.assign([TopicPartition(topic, number, 0) for number in range(PARTITIONS)])
    read, ended, held = 0, 0, list[tuple[object, ...]]()
    while ended < PARTITIONS:
        for message in consumer.consume(10_000, 0.2):
            error = message.error()
            if error is None:
                row = (message.topic(), message.partition(), message.offset(), message.key(), message.value())
                read += 1
                if table is not None:
                    held.append(row)
                    if len(held) == Bounds().rows:
                        flush()
            elif error.code() == KafkaError._PARTITION_EOF:
                ended += 1
    consumer.close()
    if held:
        flush()
    return read


def fresh_ages(broker: Broker, root: Path, rate: int, seconds: int) -> list[float]:
    """Seconds from the sending of each event to the moment at which its commit stood."""
    from confluent_kafka import Producer

    topic = broker.create("fresh", PARTITIONS)
    producer = Producer({**broker.options, "linger.ms": 5, "enable.idempotence": True})
    sent: list[tuple[Partition, int, float]] = []  # a packet: its partition, the offset after it, when it was sent
    stood: list[tuple[float, dict[Partition, int]]] = []
    is_over = threading.Event()

    def send() -> None:
        counts, begin, number = [0] * PARTITIONS, time.monotonic(), 0
        for packet in range(seconds * 10):
            time.sleep(max(0.0, begin + packet / 10 - time.monotonic()))
            moment, partition = time.monotonic(), packet % PARTITIONS
            size = rate // 10
            for one in range(number, number + size):
                producer.produce(topic, signal_line(one, 1), partition=partition)
            producer.flush(60)
            number, counts[partition] = number + size, counts[partition] + size
            sent.append(((topic, partition), counts[partition], moment))
        is_over.set()

    def note(progress: Progress) -> None:
        stood.append((time.monotonic(), dict(progress.positions)))

    def ends() -> bool:
        return is_over.is_set() and bool(stood) and sum(stood[-1][1].values()) >= seconds * 10 * (rate // 10)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    bounds = Bounds(to_the_end=False, most_seconds=seconds * 4 + 60)
    read_into_bronze(streams_of(broker, topic), Lake(root), "signals", bounds, on_progress=note, ends=ends)
    sender.join()
    return [
        next(moment for moment, positions in stood if positions.get(at, 0) >= end) - sent_at
        for at, end, sent_at in sent
    ]


def small_commits(broker: Broker, topic: str, root: Path, commits: int) -> Small:
    """Files of the table and memory of the process over many commits."""
    lake, small = Lake(root), Small(commits)
    table = lake.table(table_of("signals")[0])

    def look(progress: Progress) -> None:
        if progress.commits % max(1, commits // 20) == 0 or progress.commits == commits:
            small.files = len(table.snapshot().file_uris())
            small.most_files = max(small.most_files, small.files)
        if progress.commits % max(1, commits // 4) == 0:
            small.memory_mib.append(_resident_mib())

    bounds = Bounds(rows=ROWS_OF_SMALL, most_rows=commits * ROWS_OF_SMALL)
    read_into_bronze(streams_of(broker, topic), lake, "signals", bounds, on_progress=look)
    return small


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
