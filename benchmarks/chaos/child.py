"""A reader as a process of its own: reads every partition until a file says that no more will come.

``python -m benchmarks.chaos.child LAKE BROKERS TOPIC STOP [STEP TIMES]``: where a step is named, the process kills
itself when that step is done for so many times.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.chaos.events import DOOR, EVENTS
from lake.ingest.streams.ingest import Bounds
from lake.lakehouse import Lake
from resources.streams.connecting import Streams
from resources.streams.reader import BrokersUnreachableError
from resources.streams.reading import read_stream

STREAM = "chaos"


def crash_at(wanted: str, times: int) -> Callable[[str], None]:
    """What ends the process the hard way when the step is done for so many times."""
    left = times

    def step(name: str) -> None:
        nonlocal left
        left -= name == wanted
        if name == wanted and left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return step


def main(root: str, brokers: str, topic: str, stop: str, wanted: str = "", times: str = "0") -> None:
    """Read until the file ``stop`` is there and the topic is read to its end."""
    streams = Streams({STREAM: (topic,)}, {"bootstrap.servers": brokers}, "chaos")
    bounds = Bounds(rows=5_000, seconds=0.3)
    step = crash_at(wanted, int(times))
    while True:
        last = Path(stop).exists()
        try:
            done = read_stream(streams, Lake(root), STREAM, EVENTS, DOOR, bounds, step=step)
        except BrokersUnreachableError:
            time.sleep(0.5)
            continue
        if last and not done.messages:
            return
        time.sleep(0.05)


if __name__ == "__main__":
    main(*sys.argv[1:])
