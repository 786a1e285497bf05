"""Webhooks that were taken, and how far each has come: on record before they are answered, so that none is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.views import reading_connection, snapshot_sql
from lake.writebacks import add

if TYPE_CHECKING:
    from lake.lakehouse import Lake

RECEIVED, DONE, FAILED = "received", "done", "failed"
WEBHOOKS = Contract(
    name="webhooks",
    layer="lake",
    grain="one row per webhook and state that it came to",
    key=("webhook_id", "state", "noted_at"),
    columns=(
        Column("webhook_id", "string", "the sender's identity of the message"),
        Column("state", "string", "how far it has come", allowed=(RECEIVED, DONE, FAILED)),
        Column("classname", "string", "class of the object"),
        Column("object_id", "int64", "the PIM's id of the object"),
        Column("event", "string", "what happened to it", allowed=("create", "update", "delete")),
        Column("noted_at", "timestamp", "moment of the state"),
        Column("said", "string", "what went wrong", nullable=True),
    ),
)


@dataclass(frozen=True)
class Webhook:
    """One message: something happened to an object."""

    webhook_id: str
    classname: str
    object_id: int
    event: str


def note(lake: Lake, hooks: Sequence[Webhook], state: str, said: str | None = None) -> None:
    """Record that the webhooks have come to a state."""
    now = dt.datetime.now(dt.UTC)
    add(lake.table(WEBHOOKS), [{**vars(hook), "state": state, "noted_at": now, "said": said} for hook in hooks])


def known_ids(lake: Lake, since: dt.datetime) -> set[str]:
    """The identities of the webhooks that were taken since."""
    table = lake.table(WEBHOOKS)
    if not table.exists():
        return set()
    sql = f"select distinct webhook_id from ({snapshot_sql(table.snapshot())}) where noted_at >= $since"
    return {row[0] for row in reading_connection().execute(sql, {"since": since}).fetchall()}


def unfinished(lake: Lake) -> list[Webhook]:
    """The webhooks that were taken and are not done, oldest first."""
    table = lake.table(WEBHOOKS)
    if not table.exists():
        return []
    sql = (
        "select webhook_id, any_value(classname), any_value(object_id), any_value(event) "
        f"from ({snapshot_sql(table.snapshot())}) group by webhook_id "
        f"having not bool_or(state = '{DONE}') order by min(noted_at)"
    )
    return [Webhook(*row) for row in reading_connection().execute(sql).fetchall()]
