"""Subscriptions: new publications, changes of alerts, and the output of jobs, as server-sent events of a POST.

A subscription follows the newest published state with what its subscriber may see by then. It ends after an hour, after
`first` events, or as soon as the subscriber may not read any more; a client then subscribes again.
"""

import asyncio
import datetime as dt
import time
from collections.abc import AsyncGenerator
from typing import Annotated

import strawberry
from strawberry.types import Info

from serving.graphql.context import context_of
from serving.queries.reader import Reader
from serving.queries.sections import section

LOOK_S = 0.2
LASTS_S = 3600.0
MOST_ALERTS = 1000
First = Annotated[int | None, strawberry.argument(description="end after so many events")]


@strawberry.type
class Publication:
    """A published state."""

    number: int
    published_at: dt.datetime | None


@strawberry.type
class JobEvent:
    """A line of a job's output, or its end.

    `place` counts the bytes of the output up to it.
    """

    place: int
    name: str
    text: str


@strawberry.type
class Alert:
    """An alert that is new, or whose state or priority changed."""

    alert_id: str
    release_id: str
    priority: str
    state: str
    message: str
    next_step: str | None
    stake: float | None


async def _states(info: Info) -> AsyncGenerator[Reader]:
    """The reader of the newest state, and of each that follows, while the subscriber may read."""
    newest, known, until = context_of(info).newest, None, time.monotonic() + LASTS_S
    while time.monotonic() < until:
        reader = await asyncio.to_thread(newest)
        if reader is None:
            return
        if reader.state.number != known:
            known = reader.state.number
            yield reader
        await asyncio.sleep(LOOK_S)


def _alerts(reader: Reader) -> dict[str, Alert]:
    """The alerts of a state, by number."""
    found = section(reader, "alerts", limit=MOST_ALERTS)
    alerts = {}
    for row in found.rows if found else ():
        stake = None if row.get("stake") is None else float(row["stake"])
        alerts[str(row["alert_id"])] = Alert(
            alert_id=str(row["alert_id"]),
            release_id=str(row["release_id"]),
            priority=str(row["priority"]),
            state=str(row["state"]),
            message=str(row["message"]),
            next_step=row.get("next_step"),
            stake=stake,
        )
    return alerts


@strawberry.type
class Subscription:
    """What can be followed."""

    @strawberry.subscription
    async def publication(self, info: Info, first: First = None) -> AsyncGenerator[Publication]:
        """The published state, and each new one."""
        count = 0
        async for reader in _states(info):
            yield Publication(number=reader.state.number, published_at=reader.state.published_at)
            count += 1
            if first is not None and count >= first:
                return

    @strawberry.subscription
    async def alerts(self, info: Info, first: First = None) -> AsyncGenerator[Alert]:
        """Alerts that open or change from now on."""
        known: dict[str, Alert] | None = None
        count = 0
        async for reader in _states(info):
            found = await asyncio.to_thread(_alerts, reader)
            for number, one in found.items() if known is not None else ():
                before = (known or {}).get(number)
                if before is None or (before.state, before.priority) != (one.state, one.priority):
                    yield one
                    count += 1
                    if first is not None and count >= first:
                        return
            known = found

    @strawberry.subscription
    async def job(self, info: Info, job_id: str) -> AsyncGenerator[JobEvent]:
        """The output of a job, line by line, and its end."""
        async for event in context_of(info).follow_job(job_id):
            yield JobEvent(place=event.place, name=event.name, text=event.text)
