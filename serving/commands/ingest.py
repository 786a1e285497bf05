"""`lacquer ingest`: read Kafka's topics into bronze, once to their end or for as long as the command runs."""

import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings, make_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from lake.ingest.streams.ingest import Bounds, Progress
    from lake.lakehouse import Lake
    from resources.streams.connecting import Streams

StreamsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[STREAM]...", help="signals, feedback, erp. Default: all that have topics."),
]
FollowOption = Annotated[bool, typer.Option("--follow", help="Go on reading what comes, until Ctrl-C.")]
RowsOption = Annotated[int, typer.Option("--rows", min=1, help="A batch is committed at this many messages,")]
BytesOption = Annotated[int, typer.Option("--bytes", min=1, help="or at about this many bytes,")]
SecondsOption = Annotated[float, typer.Option("--seconds", min=0.01, help="or after this many seconds.")]
MostOption = Annotated[int | None, typer.Option("--most", min=1, help="End each stream after so many messages.")]
ForOption = Annotated[float | None, typer.Option("--for", min=0.1, metavar="SECONDS", help="End after so long.")]
SkipOption = Annotated[
    bool, typer.Option("--skip-expired", help="Go on where messages have expired before they were read.")
]
PROGRESS_S = 1.0


def ingest(
    names: StreamsArgument = None,
    follow: FollowOption = False,
    rows: RowsOption = 50_000,
    size: BytesOption = 64 * 1024 * 1024,
    seconds: SecondsOption = 1.0,
    most: MostOption = None,
    seconds_in_all: ForOption = None,
    skip_expired: SkipOption = False,
    lake: LakeOption = None,
) -> None:
    """Read the topics of LACQUER_KAFKA_SIGNALS, _FEEDBACK and _ERP into bronze, each message exactly once.

    The commit that holds the rows holds the offsets too, so a killed reader goes on where it was, and two readers
    take nothing twice. With --follow, several processes share the partitions. What is malformed becomes a dead letter
    with topic, partition, offset, headers and bytes. `lacquer run` reads the topics too, before it goes on.

    [bold]Examples[/bold]

    lacquer ingest

    lacquer ingest signals --follow

    lacquer ingest --follow --rows 20000 --seconds 0.5 --lake lakes/mine
    """
    import definitions  # noqa: F401  (declares every table, whose types decode the ERP's messages)
    from lake.ingest.streams.ingest import Bounds
    from lake.lakehouse import Lake
    from resources.streams.connecting import Streams

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
        streams = Streams.from_settings(current_settings(lake=store.root))
    chosen = _chosen(streams, names)
    make_folder(store.root)
    bounds = Bounds(rows, size, seconds, most, seconds_in_all, to_the_end=not follow)
    ended = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ():
        signal.signal(one, lambda *_: ended.set())
    work = [_Reading(store, streams, name, bounds, follow, skip_expired, ended) for name in chosen]
    for reading in work:
        reading.start()
        if not follow:
            reading.join()
    for reading in work:
        reading.join()
    if faults := [reading.fault for reading in work if reading.fault]:
        fail("\n       ".join(faults))


def _chosen(streams: "Streams", names: list[str] | None) -> list[str]:
    known = ("signals", "feedback", "erp")
    if unknown := [name for name in names or () if name not in known]:
        fail(f"no stream is called {', '.join(unknown)}: there are {', '.join(known)}")
    chosen = names or [name for name in known if streams.topics.get(name)]
    missing = [missing for name in chosen or known[:1] if (missing := streams.missing(name))]
    if missing:
        fail(missing[0])
    return chosen


class _Reading(threading.Thread):
    """The reading of one stream; a fault ends it, and the others with it."""

    def __init__(
        self,
        lake: "Lake",
        streams: "Streams",
        name: str,
        bounds: "Bounds",
        follow: bool,
        skip_expired: bool,
        ended: threading.Event,
    ) -> None:
        super().__init__(name=f"ingest-{name}", daemon=True)
        self._lake, self._streams, self._name, self._bounds = lake, streams, name, bounds
        self._follow, self._skip, self._ended = follow, skip_expired, ended
        self.fault: str | None = None

    def run(self) -> None:
        """Read until the bounds are met or the command ends."""
        from assets.bronze.streaming import read_into_bronze
        from lake.delta.commits import CommitConflictError
        from lake.ingest.streams.positions import StreamGapError
        from resources.streams.reader import BrokersUnreachableError

        try:
            done = read_into_bronze(
                self._streams,
                self._lake,
                self._name,
                self._bounds,
                shared=self._follow,
                skip_expired=self._skip,
                on_progress=_reporter(self._name),
                ends=self._ended.is_set,
            )
            print(_line(self._name, done), flush=True)
        except (BrokersUnreachableError, CommitConflictError, StreamGapError, ValueError) as error:
            self.fault = f"{self._name}: {error}"
            self._ended.set()


def _reporter(name: str) -> "Callable[[Progress], None]":
    """Prints how far a stream has come, once a second while something comes."""
    last, shown = time.monotonic(), 0

    def report(progress: "Progress") -> None:
        nonlocal last, shown
        if progress.messages > shown and time.monotonic() - last >= PROGRESS_S:
            last, shown = time.monotonic(), progress.messages
            print(_line(name, progress), file=sys.stderr, flush=True)

    return report


def _line(name: str, progress: "Progress") -> str:
    rate = progress.messages / progress.seconds if progress.seconds else 0.0
    known = f", {progress.known:,} known" if progress.known else ""
    return (
        f"{name}: {progress.messages:,} messages in {progress.commits:,} commits, {progress.rows:,} rows, "
        f"{progress.dead:,} dead letters{known}, lag {progress.lag:,}, {rate:,.0f}/s"
    )
