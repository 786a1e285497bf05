"""Webhooks that were taken, and how far each has come: on record before they are answered, so that none is lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract

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
    lake.journal(WEBHOOKS).note([{**vars(hook), "state": state, "noted_at": now, "said": said} for hook in hooks])


def known_ids(lake: Lake, since: dt.datetime) -> set[str]:
    """The identities of the webhooks that were taken since."""
    query = "select distinct webhook_id from journal where noted_at >= $since"
    return {webhook_id for (webhook_id,) in lake.journal(WEBHOOKS).select(query, {"since": since})}


def unfinished(lake: Lake) -> list[Webhook]:
    """The webhooks that were taken and are not done, oldest first."""
    rows = lake.journal(WEBHOOKS).select(
        "select webhook_id, any_value(classname), any_value(object_id), any_value(event) "
        f"from journal group by webhook_id having not bool_or(state = '{DONE}') order by min(noted_at)"
    )
    return [Webhook(*row) for row in rows]
