"""What became of each generation request and each generated asset: states, with who, when and why.

A row is a transition; rows are only added, and the tables `generation_requests` and `generated_assets` are their fold.
The first row of a subject holds what it is; later rows may add to it. A transition is one commit, and of two that start
from the same state only the first is accepted.
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.lakehouse import Lake

Subject = Literal["request", "asset"]
PENDING, PLANNING, GENERATING, COMPLETED, FAILED = "pending", "planning", "generating", "completed", "failed"
DRAFT, APPROVED, REJECTED, PUBLISHED = "draft", "approved", "rejected", "published"
STATES = (PENDING, PLANNING, GENERATING, COMPLETED, FAILED, DRAFT, APPROVED, REJECTED, PUBLISHED)
# From a state to those that may follow; a request whose worker ended goes back to pending.
REQUEST_STATES: dict[str | None, tuple[str, ...]] = {
    None: (PENDING,),
    PENDING: (PLANNING,),
    PLANNING: (GENERATING, FAILED, PENDING),
    GENERATING: (COMPLETED, FAILED, PENDING),
    COMPLETED: (),
    FAILED: (PENDING,),
}
ASSET_STATES: dict[str | None, tuple[str, ...]] = {
    None: (DRAFT,),
    DRAFT: (APPROVED, REJECTED),
    APPROVED: (PUBLISHED, REJECTED),
    REJECTED: (),
    PUBLISHED: (),
}
NEXT: dict[str, dict[str | None, tuple[str, ...]]] = {"request": REQUEST_STATES, "asset": ASSET_STATES}

GENERATION_EVENTS = Contract(
    name="generation_events",
    layer="gold",
    grain="one row per transition of a generation request or a generated asset",
    key=("subject_id", "number"),
    columns=(
        Column("subject_id", "string", "the request or the asset"),
        Column("number", "int32", "number of the transition within its subject, from 1", minimum=1),
        Column("event_id", "string", "identity of the transition"),
        Column("subject", "string", "what it is about", allowed=("request", "asset")),
        Column("state", "string", "the state from then on", allowed=STATES),
        Column("who", "string", "the person in their own words, or a worker"),
        Column("why", "string", "why"),
        Column("details", "string", "what the transition adds to the subject, JSON"),
        Column("cost", "float64", "money that the step costs, or may have cost", unit="currency", minimum=0),
        Column("noted_at", "timestamp", "moment of the transition"),
    ),
)
EVENTS_KEY = f"{GENERATION_EVENTS.layer}/{GENERATION_EVENTS.name}"


class StateError(ValueError):
    """A transition that the state does not allow; the message says which state it is."""


@dataclass(frozen=True)
class Standing:
    """A request or an asset as its transitions left it.

    Attributes:
        subject: request or asset.
        id: of the request or asset.
        number: of the last transition.
        state: after it.
        details: everything that the transitions say of it.
        who: made the last transition.
        why: it was made.
        begun_by: who made the first one.
        begun_at: moment of the first one.
        changed_at: moment of the last one.
        attempts: times that a worker began with it.
        cost: money of all attempts.
    """

    subject: str
    id: str
    number: int
    state: str
    who: str
    why: str
    begun_by: str
    begun_at: dt.datetime
    changed_at: dt.datetime
    attempts: int = 0
    cost: float = 0.0
    details: dict[str, Any] = field(default_factory=dict)


def read_standings(lake: Lake, version: int | None = None) -> dict[str, Standing]:
    """Every request and asset by its id, in the order in which they were begun."""
    return fold(lake.journal(GENERATION_EVENTS).rows(version=version))


def fold(events: Iterable[Mapping[str, Any]]) -> dict[str, Standing]:
    """What transitions leave, by subject."""
    of: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        of.setdefault(event["subject_id"], []).append(event)
    found = [_standing(sorted(rows, key=lambda row: int(row["number"]))) for rows in of.values()]
    return {one.id: one for one in sorted(found, key=lambda one: (one.begun_at, one.id))}


def note_state(
    lake: Lake,
    subject: Subject,
    subject_id: str,
    state: str,
    who: str,
    why: str,
    *,
    details: Mapping[str, Any] | None = None,
    cost: float = 0.0,
    after: int | None = None,
) -> Standing:
    """Put a transition on record; the subject as it stands then.

    Args:
        lake: where the journal is.
        subject: request or asset.
        subject_id: its id.
        state: the new state.
        who: who makes the transition.
        why: why.
        details: what it adds to the subject.
        cost: money that it costs, or may cost.
        after: number of the transition that it must follow; None: whichever is the last.

    Raises:
        StateError: the state does not allow it, or somebody else was faster.
    """
    journal = lake.journal(GENERATION_EVENTS)
    of = "where subject_id = $id"
    last = journal.select(f"select number, state from journal {of} order by number desc limit 1", {"id": subject_id})
    number, before = last[0] if last else (0, None)
    if (after is not None and number != after) or state not in NEXT[subject][before]:
        raise StateError(f"{subject} {subject_id} is {before or 'unknown'}; it cannot become {state}")
    row = {"subject_id": subject_id, "number": number + 1, "event_id": uuid.uuid4().hex, "subject": subject}
    row |= {"state": state, "who": who, "why": why, "cost": cost, "noted_at": dt.datetime.now(dt.UTC)}
    row["details"] = json.dumps(dict(details or {}), ensure_ascii=False, sort_keys=True, default=str)
    journal.note_new([row])
    names = [column.name for column in GENERATION_EVENTS.columns]
    found = journal.select(f"select {', '.join(names)} from journal {of}", {"id": subject_id})
    rows = [dict(zip(names, values, strict=True)) for values in found]
    if not any(one["event_id"] == row["event_id"] for one in rows):
        raise StateError(f"{subject} {subject_id} was changed by somebody else just now; look at it again")
    return fold(rows)[subject_id]


def _standing(rows: list[Mapping[str, Any]]) -> Standing:
    first, last = rows[0], rows[-1]
    details: dict[str, Any] = {}
    for row in rows:
        details |= json.loads(row["details"])
    return Standing(
        subject=first["subject"],
        id=first["subject_id"],
        number=last["number"],
        state=last["state"],
        who=last["who"],
        why=last["why"],
        begun_by=first["who"],
        begun_at=first["noted_at"],
        changed_at=last["noted_at"],
        attempts=sum(row["state"] == PLANNING for row in rows),
        cost=sum(cost_of(rows).values()),
        details=details,
    )


def cost_of(rows: list[Mapping[str, Any]]) -> dict[int, float]:
    """The cost of each attempt, by the transition that noted it last.

    What a worker reserved before it asked a server counts until the attempt says what it really cost.
    """
    costs: dict[int, float] = {}
    attempt = 0
    for row in rows:
        attempt += row["state"] == PLANNING
        if row["cost"] or row["state"] in (COMPLETED, FAILED):
            costs[attempt] = row["cost"]
    return costs
