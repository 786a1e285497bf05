"""`make stream-demo`: a broker, demo signals sent live, and `lacquer ingest --follow` that brings them into bronze.

Once a second a line tells how many were sent, how many are rows of bronze, the lag, the rate, the dead letters, and how
old the newest row is. At the end everything is stopped, and what arrived is listed. One message in a hundred is
malformed on purpose.

Usage: python -m benchmarks.stream_demo [--seconds 30] [--rate 300] [--lake FOLDER]
"""

import argparse
import datetime as dt
import json
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.servers.java import missing
from benchmarks.servers.kafka import Broker
from resources.settings import PROJECT_ROOT

ROWS, DEAD = "bronze/signal_events", "bronze/dead_letters"
PARTITIONS = 4
BAD_EVERY = 100
KINDS = ("plays", "mentions", "searches")
END_WAIT_S = 60.0


@dataclass(frozen=True)
class Arrived:
    """What bronze holds of the topic: rows, rows that are there twice, dead letters, moment of the newest signal."""

    rows: int = 0
    twice: int = 0
    dead: int = 0
    newest: dt.datetime | None = None

    @property
    def messages(self) -> int:
        """Messages that ended as a row or as a dead letter."""
        return self.rows + self.dead


def message(number: int, now: dt.datetime) -> bytes:
    """Signal number n as it occurs now; one in a hundred is cut in the middle."""
    document = {
        "event_id": f"demo-{number:07}",
        "kind": KINDS[number % len(KINDS)],
        "entity_type": "release",
        "entity_id": f"R{number % 40:06}",
        "value": number % 97,
        "occurred_at": now.isoformat().replace("+00:00", "Z"),
        "source": "stream-demo",
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    return text[: len(text) // 2] if number % BAD_EVERY == BAD_EVERY - 1 else text


def arrived(lake: Path, topic: str) -> Arrived:
    """What a lake holds of the topic by now, asked of its tables."""
    from lake.lakehouse import Lake

    store = Lake(lake)
    found = {key: version for key, version in store.versions().items() if key in (ROWS, DEAD) and version >= 0}
    con = store.connect(found)
    rows, twice, newest, dead = 0, 0, None, 0
    if ROWS in found:
        sql = (
            "select count(*), count(*) - count(distinct payload ->> 'event_id'), max(changed_at) "
            f"from bronze.signal_events where batch_id like 'kafka:{topic}/%'"
        )
        rows, twice, newest = con.execute(sql).fetchall()[0]
    if DEAD in found:
        sql = f"select count(*) from bronze.dead_letters where batch_id like 'kafka:{topic}/%'"
        dead = con.execute(sql).fetchall()[0][0]
    return Arrived(rows, twice, dead, newest)


class Sender(threading.Thread):
    """Sends so many signals a second for so long.

    Args:
        broker: where to.
        topic: of the broker.
        rate: signals a second.
        seconds: how long.
    """

    def __init__(self, broker: Broker, topic: str, rate: int, seconds: float) -> None:
        super().__init__(name="demo signals", daemon=True)
        self._broker, self.topic, self._rate, self.seconds = broker, topic, rate, seconds
        self.sent = 0

    def run(self) -> None:
        """Send ten packets a second, to one partition after the other."""
        from confluent_kafka import Producer

        producer = Producer({**self._broker.options, "linger.ms": 5, "enable.idempotence": True})
        begin = time.monotonic()
        for packet in range(int(self.seconds * 10)):
            time.sleep(max(0.0, begin + packet / 10 - time.monotonic()))
            until = round(self._rate * (packet + 1) / 10)
            now = dt.datetime.now(dt.UTC)
            for number in range(self.sent, until):
                producer.produce(self.topic, message(number, now), partition=packet % PARTITIONS)
            if producer.flush(30):
                return  # the broker did not take them: `sent` tells what it has
            self.sent = until


def follower(broker: Broker, topic: str, lake: Path, log: Path) -> subprocess.Popen[bytes]:
    """`lacquer ingest signals --follow` on the topic, as a process of its own."""
    told = {"LACQUER_KAFKA_BROKERS": broker.address, "LACQUER_KAFKA_SIGNALS": topic, "LACQUER_LAKE": str(lake)}
    path = os.pathsep.join(one for one in (str(PROJECT_ROOT), os.environ.get("PYTHONPATH", "")) if one)
    command = [sys.executable, "-P", "-m", "serving.cli", "ingest", "signals", "--follow", "--lake", str(lake)]
    with log.open("wb") as output:
        return subprocess.Popen(
            command, env=os.environ | told | {"PYTHONPATH": path}, cwd=PROJECT_ROOT, stdout=output, stderr=output
        )


def line(seconds: float, sent: int, found: Arrived, rate: float, now: dt.datetime) -> str:
    """One line of the view."""
    age = "–" if found.newest is None else f"{(now - found.newest).total_seconds():.1f} s"
    lag = max(0, sent - found.messages)
    return (
        f"{seconds:5.0f} s   sent {sent:7,}   rows {found.rows:7,}   dead letters {found.dead:4,}   lag {lag:6,}   "
        f"{rate:7,.0f}/s   newest {age} old"
    )


def demo(topic: str, seconds: float, rate: int, lake: Path, show: Callable[[str], None] = print) -> tuple[int, Arrived]:
    """Run the demonstration on a lake; how many signals were sent, and what arrived.

    Raises:
        RuntimeError: the reader ended before everything had arrived; the message ends with its output.
    """
    with tempfile.TemporaryDirectory(prefix="lacquer-stream-demo-") as folder:
        broker = Broker(Path(folder) / "kafka").start()
        log = Path(folder) / "ingest.log"
        show(f"a broker listens on {broker.address}; lacquer ingest signals --follow reads {topic} into {lake}")
        try:
            broker.create(topic, PARTITIONS)
            reader = follower(broker, topic, lake, log)
            try:
                return _watched(Sender(broker, topic, rate, seconds), reader, lake, log, show)
            finally:
                reader.send_signal(signal.SIGINT)
                reader.wait(60)
        finally:
            broker.stop()


def _watched(
    sender: Sender, reader: subprocess.Popen[bytes], lake: Path, log: Path, show: Callable[[str], None]
) -> tuple[int, Arrived]:
    sender.start()
    begin, before, found = time.monotonic(), 0, Arrived()
    until = begin + END_WAIT_S + sender.seconds
    while sender.is_alive() or found.messages < sender.sent:
        if reader.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the signals did not arrive; the reader's output:\n{log.read_text(errors='replace')}")
        time.sleep(1.0)
        found = arrived(lake, sender.topic)
        passed, now = time.monotonic() - begin, dt.datetime.now(dt.UTC)
        show(line(passed, sender.sent, found, found.messages - before, now))
        before = found.messages
    return sender.sent, found


def main() -> int:
    """Run it from a shell."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30.0, help="how long signals are sent (default: 30)")
    parser.add_argument("--rate", type=int, default=300, help="signals a second (default: 300)")
    parser.add_argument("--lake", type=Path, help="keep the lake here (default: a folder that goes away at the end)")
    asked = parser.parse_args()
    if lack := missing():
        parser.exit(1, f"error: {lack}\n")
    with tempfile.TemporaryDirectory(prefix="lacquer-stream-lake-") as folder:
        lake = (asked.lake or Path(folder) / "lake").absolute()
        lake.mkdir(parents=True, exist_ok=True)
        topic = f"demo.signals.{secrets.token_hex(3)}"
        sent, found = demo(topic, asked.seconds, asked.rate, lake)
        lost = sent - found.messages
        told = f"{found.rows:,} rows and {found.dead:,} dead letters in bronze"
        print(f"\n{sent:,} sent: {told}, {lost:,} lost, {found.twice:,} twice")
        for words, count in summary(lake, topic):
            print(f"  {count:7,}  {words}")
    if asked.lake:
        print(f'\nLook further: lacquer sql --lake {lake} "from bronze.signal_events limit 5"')
    return 0 if lost == found.twice == 0 else 1


def summary(lake: Path, topic: str) -> list[tuple[str, int]]:
    """What arrived: rows by kind, and dead letters by the rule that they broke."""
    from lake.lakehouse import Lake

    store = Lake(lake)
    con = store.connect({key: version for key, version in store.versions().items() if key in (ROWS, DEAD)})
    return con.execute(
        "select 'rows of ' || source, count(*) from bronze.signal_events "
        f"where batch_id like 'kafka:{topic}/%' group by all "
        "union all select 'dead letters by rule ' || rule, count(*) from bronze.dead_letters "
        f"where batch_id like 'kafka:{topic}/%' group by all order by 1"
    ).fetchall()


if __name__ == "__main__":
    sys.exit(main())
