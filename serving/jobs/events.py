"""How far a job is, as it happens: the lines of its output, then its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from serving.jobs.work import RUNNING, job, log_of

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from resources.database import Database

LOOK_S = 0.5
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Event:
    """One event of a stream.

    Attributes:
        place: bytes of the output up to it; a client that comes back goes on behind it.
        name: a line of output, or the end.
        text: the line, or how the job ended.
    """

    place: int
    name: Literal["line", "end"]
    text: str


async def follow(database: "Database", lake: "Lake", job_id: str, place: int = 0) -> AsyncIterator[Event]:
    """The events of a job behind a place of its output, until it has ended."""
    from starlette.concurrency import run_in_threadpool

    while True:
        found = await run_in_threadpool(job, database, job_id)
        if found is None:
            return
        # The state is read before the output, so that the output of a job that has ended is whole.
        while lines := await run_in_threadpool(_lines, lake, job_id, place, found.status != RUNNING):
            for line in lines:
                place += len(line)
                yield Event(place, "line", line.decode("utf-8", "replace").rstrip())
        if found.status != RUNNING:
            yield Event(place, "end", found.status)
            return
        await asyncio.sleep(LOOK_S)


def _lines(lake: "Lake", job_id: str, place: int, is_whole: bool) -> list[bytes]:
    """Whole lines behind a place; the last line of an output that is whole need not end."""
    path = log_of(lake, job_id)
    if not path.is_file():
        return []
    with path.open("rb") as log:
        log.seek(place)
        block = log.read(MOST_BYTES)
    lines = block.splitlines(keepends=True)
    is_cut = bool(lines) and not lines[-1].endswith((b"\n", b"\r"))
    return lines[:-1] if is_cut and not is_whole and len(block) < MOST_BYTES else lines
