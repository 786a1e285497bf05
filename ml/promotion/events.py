"""The state of a model from its events, what served when, and the next event of each kind.

Rows are those of `promotions` (lake/journals/models.py). Every function is pure: rows in, state or one new row out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
SERVES = ("first", "refit", "promote", "rollback")  # events after which their version is the champion


class PromotionError(ValueError):
    """An event that the state of the model does not allow."""


@dataclass(frozen=True)
class State:
    """Who holds which alias. `share` is the canary share of the challenger; 0: it only predicts beside the champion."""

    champion: int | None = None
    challenger: int | None = None
    shadow: int | None = None
    share: float = 0.0


@dataclass(frozen=True)
class Served:
    """A version and the moments between which it was the champion; `until` is None while it still is."""

    version: int
    since: dt.datetime
    until: dt.datetime | None


def of_model(events: Iterable[Mapping[str, Any]], model: str) -> list[Row]:
    """The events of one model in order."""
    return sorted((dict(row) for row in events if row["model"] == model), key=lambda row: int(row["sequence"]))


def state_of(events: Iterable[Mapping[str, Any]], model: str) -> State:
    """The aliases after all events of the model."""
    state = State()
    for row in of_model(events, model):
        state = _after(state, row)
    return state


def _after(state: State, row: Mapping[str, Any]) -> State:
    version, event = int(row["version"]), row["event"]
    if event in SERVES:
        free = state.challenger == version or event == "promote"
        challenger, share = (None, 0.0) if free else (state.challenger, state.share)
        return State(version, challenger, None if state.shadow == version else state.shadow, share)
    if event in ("challenge", "canary"):
        shadow = None if state.shadow == version else state.shadow
        return State(state.champion, version, shadow, float(row["share"] or 0.0))
    if event == "shadow":
        return State(state.champion, state.challenger, version, state.share)
    if event == "discard":
        challenger, share = (None, 0.0) if state.challenger == version else (state.challenger, state.share)
        return State(state.champion, challenger, None if state.shadow == version else state.shadow, share)
    return state


def reigns(events: Iterable[Mapping[str, Any]], model: str) -> list[Served]:
    """Every period during which one version was the champion, oldest first; they follow each other without gaps."""
    changes = [row for row in of_model(events, model) if row["event"] in SERVES]
    ends = [row["at"] for row in changes[1:]] + [None]
    return [Served(int(row["version"]), row["at"], end) for row, end in zip(changes, ends, strict=True)]


def served_on(events: Iterable[Mapping[str, Any]], model: str, day: dt.date) -> list[Served]:
    """The versions that were champion at some moment of the day (UTC), in order; the last one at its end.

    >>> at = dt.datetime(2026, 1, 1, 5, tzinfo=dt.UTC)
    >>> row = {"model": "m", "sequence": 1, "event": "first", "version": 1, "at": at}
    >>> served_on([row], "m", dt.date(2025, 12, 31)), served_on([row], "m", dt.date(2026, 1, 9))[0].version
    ([], 1)
    """
    start = dt.datetime.combine(day, dt.time(), dt.UTC)
    end = start + dt.timedelta(days=1)
    return [
        one
        for one in reigns(events, model)
        if one.since < end and (one.until is None or (one.until > start and one.until > one.since))
    ]


def rolled_back_from(events: Iterable[Mapping[str, Any]], model: str) -> set[int]:
    """Versions that a rollback removed; no rule makes them champion again, a person can."""
    removed: set[int] = set()
    champion: int | None = None
    for row in of_model(events, model):
        if row["event"] == "rollback" and champion is not None:
            removed.add(champion)
        if row["event"] in SERVES:
            champion = int(row["version"])
            removed -= {champion} if row["event"] == "promote" else set()
    return removed


def rollback_target(events: Iterable[Mapping[str, Any]], model: str) -> int | None:
    """The version that a rollback returns to; None where there is none.

    The last champion of another recipe that no rollback removed; where the champions were all of one recipe, the
    last champion that is another fit.
    """
    rows = of_model(events, model)
    champions = [row for row in rows if row["event"] in SERVES]
    if not champions:
        return None
    now, removed = champions[-1], rolled_back_from(events, model)
    earlier = [row for row in champions[::-1] if row["version"] != now["version"] and row["version"] not in removed]
    other = [row for row in earlier if row["recipe"] != now["recipe"]]
    found = (other or earlier)[:1]
    return int(found[0]["version"]) if found else None


def last_change_was_rollback(events: Iterable[Mapping[str, Any]], model: str) -> bool:
    """Whether the champion of today was put there by a rollback."""
    champions = [row for row in of_model(events, model) if row["event"] in SERVES]
    return bool(champions) and champions[-1]["event"] == "rollback"


def next_event(
    events: Iterable[Mapping[str, Any]],
    model: str,
    event: str,
    version: int,
    recipe: str,
    *,
    by: str,
    why: str,
    at: dt.datetime,
    report: str | None = None,
    share: float | None = None,
) -> Row:
    """The row of the model's next event.

    Raises:
        PromotionError: the champion is to be promoted or discarded again, a rule would restore a version that a
            rollback removed, or the event lies before the last one.
    """
    rows = of_model(events, model)
    state = state_of(rows, model)
    if event in ("promote", "rollback", "challenge", "discard", "canary", "shadow") and version == state.champion:
        raise PromotionError(f"{model} version {version} is the champion; {event} needs another version")
    if event == "refit" and version in rolled_back_from(rows, model):
        raise PromotionError(f"{model} version {version} was rolled back; only a person can promote it again")
    if event == "first" and state.champion is not None:
        raise PromotionError(f"{model} has a champion already, version {state.champion}; promote replaces it")
    if rows and at < rows[-1]["at"]:
        at = rows[-1]["at"]  # a clock that was set back must not reorder what served when
    row: Row = {"model": model, "sequence": len(rows) + 1, "event": event, "version": version, "recipe": recipe}
    row |= {"share": share, "by": by, "why": why, "report": report, "at": at}
    return row | {"champion": _after(state, row).champion}
