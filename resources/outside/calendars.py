"""Events of public calendars, iCalendar files as RFC 5545 has them: record store days, fairs, festivals.

An event occurs when it begins, and is known from the moment it was made (`CREATED`), or was first seen here. One that
is cancelled or moved is an event of its own, `…_cancelled`, at the time that no longer holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from lake.journals.standings import Standing
from resources.outside.source import Event, Family, Fetched, FormatError, Source, Visit, instant, signal


class Calendar(BaseModel):
    """One calendar and the region that its events are about."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    url: str = Field(pattern=r"^https?://[^\s]+$")
    region: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")
    kind: str = Field("event", pattern=r"^[a-z][a-z0-9_]{0,50}$")


class ICalendar(Source):
    """Dates that others publish."""

    family: ClassVar[Family] = "calendars"
    type: Literal["icalendar"]
    calendars: Sequence[Calendar] = Field(min_length=1)

    def items(self) -> Sequence[str]:
        """The calendars' addresses."""
        return [one.url for one in self.calendars]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A calendar that has changed: events that are new, moved or cancelled."""
        calendar = next(one for one in self.calendars if one.url == item)
        before = visit.standing(item)
        conditions = {"If-None-Match": before.etag, "If-Modified-Since": before.last_modified}
        response = visit.web.get(item, headers={name: value for name, value in conditions.items() if value})
        if response.status_code == 304:
            return Fetched(standings={item: before})
        standings = {item: Standing(response.headers.get("ETag"), response.headers.get("Last-Modified"))}
        events: list[Event] = []
        notes: list[str] = []
        for entry in _entries(response.content):
            uid, begins = str(entry.get("UID") or ""), _begin(entry)
            if begins is None or not uid or entry.get("RRULE"):
                why = "recurs, which is not expanded" if entry.get("RRULE") else "has no UID or no beginning"
                notes.append(f"{item}: an event is left out: {str(entry.get('SUMMARY') or uid)[:80]} {why}")
                continue
            name = f"{item} {uid}"
            told = "cancelled" if str(entry.get("STATUS") or "").upper() == "CANCELLED" else instant(begins)
            known = visit.standing(name).fingerprint
            if known != told:
                events += _changes(calendar, entry, uid, known, told, visit.now)
            standings[name] = Standing(fingerprint=told)
        return Fetched(events, standings, notes)


def _changes(
    calendar: Calendar, entry: Any, uid: str, known: str | None, told: str, now: dt.datetime
) -> Iterator[Event]:
    """What has become of an event: it no longer begins when it was known to, and begins when it is told to now."""
    title = " ".join(str(entry.get("SUMMARY") or "").split())[:200] or None
    about = ("region", calendar.region)
    if known not in (None, "cancelled"):
        assert known is not None
        yield signal(
            f"calendar:{uid}:{known}:cancelled:{instant(now)}",
            f"{calendar.kind}_cancelled",
            about,
            1,
            "events",
            dt.datetime.fromisoformat(known),
            calendar.url,
            title=title,
            known_at=instant(now),
        )
    if told != "cancelled":
        begins = dt.datetime.fromisoformat(told)
        known_at = now if known else min(now, _moment(entry.get("CREATED")) or now)
        yield signal(
            f"calendar:{uid}:{told}",
            calendar.kind,
            about,
            1,
            "events",
            begins,
            calendar.url,
            title=title,
            known_at=instant(known_at),
        )


def _entries(content: bytes) -> Sequence[Any]:
    import icalendar

    try:
        found = icalendar.Calendar.from_ical(content)
    except (ValueError, IndexError, RecursionError) as error:
        raise FormatError(f"the answer is no calendar: {str(error)[:120]}") from None
    return list(found.walk("VEVENT"))


def _begin(entry: Any) -> dt.datetime | None:
    return _moment(entry.get("DTSTART"))


def _moment(stated: Any) -> dt.datetime | None:
    """The moment of a date or time property; a day begins at midnight, a time without a zone counts as UTC."""
    value = getattr(stated, "dt", None)
    if isinstance(value, dt.datetime):
        return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return dt.datetime.combine(value, dt.time(), dt.UTC) if isinstance(value, dt.date) else None
