"""`lacquer bench ingest`: how fast topics become bronze, beside bare loops of the Kafka client in the same run.

Three questions: events a second of a backlog, with all checks, against a loop that only reads every field of every
message and one that also appends them to a Delta table as they came, without a check or a position; how old an event
is when its commit stands, at a fixed rate; files and memory over many small commits. The broker is a process of its
own, whose CPU does not count.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assets.bronze.streaming import read_into_bronze
from benchmarks.ingest_runs import (
    PARTITIONS,
    ROWS_OF_SMALL,
    Small,
    bare_loop,
    fresh_ages,
    signal_line,
    small_commits,
    streams_of,
)
from benchmarks.report import Part
from benchmarks.servers.kafka import Broker
from lake.ingest.streams.ingest import Bounds
from lake.lakehouse import Lake

# Scale -> events of the backlog, seconds at the fixed rate, small commits.
SIZES = {"tiny": (50_000, 3, 30), "full": (1_000_000, 60, 2_000)}
READS, WRITES, OURS = "bare loop", "bare loop into Delta", "lacquer ingest"
RATE = {"tiny": 2_000, "full": 20_000}
BAR_RATE, BAR_RATIO, BAR_FRESH_S = 150_000, 1.5, 5.0
Told = Callable[[str], None]


@dataclass
class Reading:
    """One way of reading a backlog."""

    name: str
    events: int
    wall_s: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Events a second of wall time."""
        return self.events / self.wall_s

    @property
    def cpu_rate(self) -> float:
        """Events a second of CPU."""
        return self.events / self.cpu_s


def ingest_parts(scale: str, repetitions: int, told: Told) -> list[Part]:
    """The three tables."""
    events, seconds, commits = SIZES[scale]
    with tempfile.TemporaryDirectory(prefix="lacquer-bench-ingest-") as folder:
        root = Path(folder)
        broker = Broker(root / "kafka").start()
        try:
            topic = broker.create("backlog", PARTITIONS)
            told(f"ingest: {events:,} events to a topic of {PARTITIONS} partitions")
            for number in range(PARTITIONS):
                lines = (signal_line(one, one % 97) for one in range(number, events, PARTITIONS))
                broker.send(topic, lines, partition=number)
            readings = list(_backlog(broker, topic, events, root, repetitions, told))
            told(f"ingest: {RATE[scale]:,} events a second for {seconds} s")
            ages = fresh_ages(broker, root / "fresh", RATE[scale], seconds)
            told(f"ingest: {commits:,} commits of {ROWS_OF_SMALL} rows")
            small = small_commits(broker, topic, root / "small", commits)
        finally:
            broker.stop()
    return [_rates(readings), _freshness(ages, RATE[scale]), _small(small)]


def _backlog(broker: Broker, topic: str, events: int, root: Path, repetitions: int, told: Told) -> Iterator[Reading]:
    """The bare loop and ours, in turn."""
    for repetition in range(repetitions):
        for name in (READS, WRITES, OURS):
            wall, cpu = time.perf_counter(), time.process_time()
            if name == READS:
                read = bare_loop(broker, topic)
            elif name == WRITES:
                read = bare_loop(broker, topic, root / f"bare-{repetition}")
            else:
                lake = Lake(root / f"backlog-{repetition}")
                read = read_into_bronze(streams_of(broker, topic), lake, "signals", Bounds()).rows
            done = Reading(name, read, time.perf_counter() - wall, time.process_time() - cpu)
            if read != events:
                raise AssertionError(f"{name} read {read:,} of {events:,} events")
            told(f"ingest: {name} {done.rate:,.0f}/s, {done.cpu_rate:,.0f} per CPU second")
            yield done


def percentile(values: Iterable[float], share: float) -> float:
    """The smallest value that so many of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _rates(readings: list[Reading]) -> Part:
    best = {
        name: min((one for one in readings if one.name == name), key=lambda one: one.cpu_s)
        for name in (READS, WRITES, OURS)
    }
    ours = best[OURS]
    two = 2 * ours.cpu_rate
    rows = [
        (
            one.name,
            f"{one.events:,}",
            f"{one.wall_s:.1f}",
            f"{one.cpu_s:.1f}",
            f"{one.rate:,.0f}",
            f"{one.cpu_rate:,.0f}",
        )
        for one in readings
    ]
    verdicts = [
        f"{ours.cpu_s / best[name].cpu_s:.2f} times the CPU of the {name}, {ours.wall_s / best[name].wall_s:.2f} times "
        f"its time (bar: {BAR_RATIO})"
        for name in (READS, WRITES)
    ]
    verdicts.append(f"{ours.rate:,.0f} events a second (bar: {BAR_RATE:,}); two free cores would do at most {two:,.0f}")
    columns = ("reader", "events", "wall s", "CPU s", "events/s", "events/CPU s")
    return Part("ingest: a backlog into bronze", columns, rows, verdicts, [vars(one) for one in readings])


def _freshness(ages: list[float], rate: int) -> Part:
    shown = {name: percentile(ages, share) for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}
    row = tuple(f"{one:.2f}" for one in shown.values())
    verdict = f"p95 {shown['p95']:.2f} s (bar: {BAR_FRESH_S:.0f})"
    title = f"ingest: age of an event when its commit stands, at {rate:,} a second"
    return Part(title, ("packets", *shown), [(f"{len(ages):,}", *row)], [verdict], shown)


def _small(small: Small) -> Part:
    memory = " ".join(f"{one:.0f}" for one in small.memory_mib)
    row = (f"{small.commits:,}", f"{small.most_files:,}", f"{small.files:,}", memory)
    grown = small.memory_mib[-1] - small.memory_mib[0] if small.memory_mib else 0.0
    columns = ("commits", "most files", "files at the end", "MiB after each quarter")
    verdict = f"memory {grown:+.0f} MiB from the first quarter to the last"
    return Part("ingest: many small commits", columns, [row], [verdict], vars(small))
