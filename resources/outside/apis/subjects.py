"""What of ours an item of an interface is about, and the events that most of them make: figures and mentions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lake.journals.standings import Standing
from resources.outside.source import Event, Visit, instant, signal

ENTITIES = ("release", "artist", "label", "track", "genre")
LONGEST_TEXT = 10_000


class Subject(BaseModel):
    """One thing of ours: exactly one of release, artist, label, track, genre."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    release: str | None = None
    artist: str | None = None
    label: str | None = None
    track: str | None = None
    genre: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len([name for name in ENTITIES if getattr(self, name)]) != 1:
            raise ValueError(f"name one of {', '.join(ENTITIES)}")
        return self

    @property
    def about(self) -> tuple[str, str]:
        """Type and number of the entity."""
        return next((name, value) for name in ENTITIES if (value := getattr(self, name)))


class Query(Subject):
    """A subject and the words by which it is searched."""

    query: str = Field(min_length=1, max_length=500)

    @property
    def item(self) -> str:
        """The item's name among standings."""
        return f"{' '.join(self.about)} {self.query}"


class Numbered(Subject):
    """A subject and its number in the interface."""

    id: str = Field(pattern=r"^[A-Za-z0-9_.~-]{1,100}$")

    @property
    def item(self) -> str:
        """The item's name among standings."""
        return f"{' '.join(self.about)} {self.id}"


S = TypeVar("S", bound=Query | Numbered)


def by_item(subjects: Sequence[S], item: str) -> S:
    """The subject of an item."""
    return next(one for one in subjects if one.item == item)


def figures(
    source: str,
    item: str,
    about: tuple[str, str],
    values: Mapping[str, tuple[Decimal | int | None, str]],
    visit: Visit,
    **more: Any,
) -> tuple[list[Event], dict[str, Standing]]:
    """Events for the figures that differ from those last seen.

    Args:
        source: who observed them.
        item: prefix of their standings.
        about: the entity.
        values: kind -> value and unit; None where the interface states none.
        visit: of the fetch.
        more: further fields of the events.
    """
    events: list[Event] = []
    standings: dict[str, Standing] = {}
    for kind, (value, unit) in values.items():
        if value is None:
            continue
        name, said = f"{item} {kind}", f"{value} {unit}"
        standings[name] = Standing(fingerprint=said)
        if visit.standing(name).fingerprint != said:
            event_id = f"{source}:{kind}:{item}:{instant(visit.now)}"
            events.append(signal(event_id, kind, about, value, unit, visit.now, source, **more))
    return events, standings


def mention(
    source: str,
    about: tuple[str, str],
    number: str,
    published: dt.datetime,
    text: str,
    visit: Visit,
    **more: Any,
) -> Event:
    """A post, comment or video that mentions the entity. Who wrote it is not kept."""
    event_id = f"{source}:mention:{':'.join(about)}:{number}"
    known_at, when = instant(visit.now), min(published, visit.now)
    said = text.strip()[:LONGEST_TEXT] or None
    return signal(event_id, "mention", about, 1, "posts", when, source, text=said, known_at=known_at, **more)


def newer(events: Sequence[tuple[dt.datetime, str, Event]], seen: Standing) -> Iterator[tuple[str, Event]]:
    """Those that were not there at the last fetch, by moment and number: what was seen last is ``seen.fingerprint``."""
    last = seen.fingerprint or ""
    for moment, number, event in sorted(events, key=lambda one: (one[0], one[1])):
        mark = f"{instant(moment)} {number}"
        if mark > last:
            yield mark, event
