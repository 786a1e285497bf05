"""Messages of a real broker end in bronze once, whatever happens between."""

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.bronze.streaming import read_into_bronze, table_of
from lake.dead_letters import DEAD_LETTERS
from lake.ingest.balance import balance
from lake.ingest.landing.ledger import read_ledger
from lake.ingest.streams.ingest import Bounds, Progress
from lake.ingest.streams.positions import StreamGapError
from lake.lakehouse import Lake
from resources.streams.connecting import Streams
from resources.streams.reader import BrokersUnreachableError

pytestmark = pytest.mark.heavy
ONCE = Bounds(rows=700)


def reading(broker, topic: str, **more: object) -> Streams:
    return Streams(
        {"signals": (topic,)}, {name: str(value) for name, value in (broker.options | more).items()}, group=f"g-{topic}"
    )


def ids(lake: Lake) -> Counter[str]:
    con = lake.connect({"bronze/signal_events": lake.table(table_of("signals")[0]).version()})
    rows = con.execute("select payload ->> 'event_id' from bronze.signal_events").fetchall()
    return Counter(row[0] for row in rows)


def test_messages_become_rows_and_dead_letters_with_their_places(
    broker, topic: Callable[..., str], event: Callable[[int], bytes], tmp_path: Path
) -> None:
    lake, name = Lake(tmp_path), topic(3)
    for number in range(3):
        broker.send(name, [event(index) for index in range(number, 3000, 3)], partition=number)
    broker.send(name, [b"\xff\xfe", b"{half", None], partition=1, headers={"trace": b"a1", "raw": b"\xff"})

    done = read_into_bronze(reading(broker, name), lake, "signals", ONCE)

    assert (done.messages, done.rows, done.dead, done.lag) == (3003, 3000, 3, 0)
    assert set(ids(lake).values()) == {1}
    table = lake.table(table_of("signals")[0])
    con = lake.connect({table.name: table.version(), "bronze/dead_letters": lake.table(DEAD_LETTERS).version()})
    places = con.execute(
        "select batch_id, min(batch_line), max(batch_line), count(*) from bronze.signal_events group by 1 order by 1"
    ).fetchall()
    assert places == [(f"kafka:{name}/{number}", 0, 999, 1000) for number in range(3)]
    letters = con.execute(
        "select batch_id, batch_line, rule, raw, headers from bronze.dead_letters order by batch_line"
    ).fetchall()
    headers = '{"trace": "a1", "raw": "\ufffd"}'
    assert letters == [
        (f"kafka:{name}/1", 1000, "utf8", b"\xff\xfe", headers),
        (f"kafka:{name}/1", 1001, "json", b"{half", headers),
        (f"kafka:{name}/1", 1002, "source", b"", headers),
    ]
    assert balance(lake, table, table.version(), read_ledger(lake, table)) == (3003, 3000, 3)


def test_reading_again_takes_only_what_has_come_since(
    broker, topic: Callable[..., str], event: Callable[[int], bytes], tmp_path: Path
) -> None:
    lake, name = Lake(tmp_path), topic(2)
    streams = reading(broker, name)
    broker.send(name, map(event, range(500)), partition=0)
    assert read_into_bronze(streams, lake, "signals", ONCE).rows == 500
    assert read_into_bronze(streams, lake, "signals", ONCE).messages == 0
    broker.send(name, map(event, range(500, 600)), partition=1)
    assert read_into_bronze(streams, lake, "signals", ONCE).rows == 100
    assert ids(lake) == Counter({f"e{number:07}": 1 for number in range(600)})


def test_bounds_end_the_reading(broker, topic, event, tmp_path: Path) -> None:
    lake, name = Lake(tmp_path), topic(1)
    broker.send(name, map(event, range(900)))
    done = read_into_bronze(reading(broker, name), lake, "signals", Bounds(rows=200, most_rows=500))
    assert (done.messages, done.commits) == (500, 3)
    small = Bounds(bytes=10_000, most_seconds=30)
    rest = read_into_bronze(reading(broker, name), lake, "signals", small)
    assert rest.messages == 400


def test_two_readers_of_the_same_partitions_double_nothing(broker, topic, event, tmp_path: Path) -> None:
    """Neither knows of the other: both read everything, and each message is committed by the faster."""
    lake, name = Lake(tmp_path), topic(4)
    for number in range(4):
        broker.send(name, map(event, range(number, 8000, 4)), partition=number)
    done: list[Progress] = []
    streams = reading(broker, name)

    def read() -> None:
        done.append(read_into_bronze(streams, lake, "signals", Bounds(rows=500)))

    threads = [threading.Thread(target=read) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert len(done) == 2
    assert sum(one.rows for one in done) == 8000
    assert sum(one.messages for one in done) == 8000 + sum(one.known for one in done)
    assert ids(lake) == Counter({f"e{number:07}": 1 for number in range(8000)})


def test_partitions_that_are_dealt_anew_lose_and_double_nothing(broker, topic, event, tmp_path: Path) -> None:
    """Three followers come and go while messages are sent; a micro-batch by hand runs beside them."""
    lake, name = Lake(tmp_path), topic(4)
    streams, sent = reading(broker, name), 0
    followers: list[tuple[threading.Thread, threading.Event]] = []

    def follow() -> None:
        ended = threading.Event()
        bounds = Bounds(rows=300, seconds=0.2, to_the_end=False, most_seconds=90)
        thread = threading.Thread(
            target=read_into_bronze,
            args=(streams, lake, "signals", bounds),
            kwargs={"shared": True, "ends": ended.is_set},
        )
        thread.start()
        followers.append((thread, ended))

    for turn in range(3):
        follow()
        for number in range(4):
            broker.send(name, map(event, range(sent + number, sent + 1200, 4)), partition=number)
        sent += 1200
        if turn == 1:
            read_into_bronze(streams, lake, "signals", ONCE)
            followers[0][1].set()
            followers[0][0].join()
    for _, ended in followers:
        ended.set()
    for thread, _ in followers:
        thread.join()
    read_into_bronze(streams, lake, "signals", ONCE)

    assert ids(lake) == Counter({f"e{number:07}": 1 for number in range(sent)})


def test_transactions_are_read_whole_or_not_at_all(broker, topic, event, tmp_path: Path) -> None:
    from confluent_kafka import Producer

    lake, name = Lake(tmp_path), topic(1)
    producer = Producer({**broker.options, "transactional.id": name})
    producer.init_transactions(30)
    for first, commits in ((0, True), (100, False), (200, True)):
        producer.begin_transaction()
        for number in range(first, first + 100):
            producer.produce(name, event(number))
        (producer.commit_transaction if commits else producer.abort_transaction)(30)

    done = read_into_bronze(reading(broker, name), lake, "signals", ONCE)

    assert (done.rows, done.lag) == (200, 0)
    assert sorted(ids(lake)) == [f"e{number:07}" for number in (*range(100), *range(200, 300))]


def test_a_topic_that_no_longer_has_the_position_is_refused(broker, topic, event, tmp_path: Path) -> None:
    from confluent_kafka import TopicPartition
    from confluent_kafka.admin import AdminClient

    lake, name = Lake(tmp_path), topic(1)
    streams = reading(broker, name)
    broker.send(name, map(event, range(50)))
    read_into_bronze(streams, lake, "signals", ONCE)
    broker.send(name, map(event, range(50, 120)))
    admin = AdminClient(dict(broker.options))
    partition = TopicPartition(name, 0, 90)
    admin.delete_records([partition])[partition].result(30)

    with pytest.raises(StreamGapError, match=f"{name}/0: offsets 50 to 89 have expired"):
        read_into_bronze(streams, lake, "signals", ONCE)
    assert read_into_bronze(streams, lake, "signals", ONCE, skip_expired=True).rows == 30

    admin.delete_topics([name])[name].result(30)
    broker.create(name, 1)
    with pytest.raises(StreamGapError, match="up to offset 120, but the topic ends at 0"):
        read_into_bronze(streams, lake, "signals", ONCE)


def test_what_cannot_be_reached_is_named(broker, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"topic nowhere: .*create it"):
        read_into_bronze(reading(broker, "nowhere"), Lake(tmp_path), "signals", ONCE)
    down = Streams({"signals": ("t",)}, {"bootstrap.servers": "127.0.0.1:1", "log_level": "0"}, "g")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("resources.streams.reader.ANSWER_S", 1.0)
        with pytest.raises(BrokersUnreachableError, match="did not list topic t"):
            read_into_bronze(down, Lake(tmp_path), "signals", ONCE)
