"""Concerts of our artists, from Ticketmaster's Discovery API.

Documented at developer.ticketmaster.com, Discovery API v2: `GET /discovery/v2/events.json?attractionId=…&apikey=…`
answers `_embedded.events` with `id`, `name`, `dates.start.dateTime`, `dates.status.code` and
`_embedded.venues[].country.countryCode`, and `page` with `number` and `totalPages`; at most 1,000 events can be paged
through, five requests a second are allowed.

A concert occurs when it begins and is known from when it was first seen here. One that is cancelled or moved is an
event of its own, `concert_cancelled`, at the time that no longer holds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.source import (
    Event,
    Family,
    Fetched,
    FormatError,
    Source,
    Visit,
    document,
    instant,
    revealed,
    signal,
)
from resources.web.policy import Policy

PAGE_SIZE = 200
MOST_PAGES = 5
GONE = ("cancelled", "canceled", "postponed")


class Ticketmaster(Source):
    """When our artists play, and where."""

    family: ClassVar[Family] = "calendars"
    policy: ClassVar[Policy] = Policy(interval_s=0.25)
    type: Literal["ticketmaster"]
    key: SecretStr = Field(description="consumer key, as ${NAME} of the environment")
    artists: Mapping[str, str] = Field(min_length=1, description="our artist_id -> Ticketmaster's attraction id")
    url: str = "https://app.ticketmaster.com/discovery/v2"

    def items(self) -> Sequence[str]:
        """Our artists."""
        return list(self.artists)

    def secret_params(self) -> Mapping[str, str]:
        """The consumer key."""
        return {"apikey": revealed(self.key)}

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """Every page of an artist's coming concerts; those that are new, moved or cancelled are events."""
        events: list[Event] = []
        standings: dict[str, Standing] = {}
        for concert in self._concerts(item, visit):
            try:
                number, status = concert["id"], concert["dates"].get("status", {}).get("code", "")
                begins = concert["dates"]["start"].get("dateTime")
                told = "cancelled" if status in GONE or begins is None else instant(_moment(begins))
            except (KeyError, TypeError, AttributeError, ValueError) as error:
                raise FormatError(f"not Ticketmaster's documented shape: {error!r} is missing or odd") from None
            name = f"{item} {number}"
            known = visit.standing(name).fingerprint
            standings[name] = Standing(fingerprint=told)
            if known != told:
                events += self._changes(item, concert, known, told, visit.now)
        return Fetched(events, standings)

    def _concerts(self, item: str, visit: Visit) -> Iterator[Any]:
        """The concerts of all pages; one that moves from page to page between two requests comes once."""
        seen = set()
        params = {"attractionId": self.artists[item], "size": PAGE_SIZE, "sort": "date,asc"}
        for number in range(MOST_PAGES):
            answer = document(visit.web.get(f"{self.url}/events.json", params={**params, "page": number}))
            try:
                concerts, pages = answer.get("_embedded", {}).get("events", []), answer["page"]["totalPages"]
                new = [one for one in concerts if one["id"] not in seen]
            except (KeyError, TypeError, AttributeError) as error:
                raise FormatError(f"not Ticketmaster's documented shape: {error!r} is missing or odd") from None
            seen |= {one["id"] for one in new}
            yield from new
            if number + 1 >= pages:
                return

    def _changes(self, item: str, concert: Any, known: str | None, told: str, now: dt.datetime) -> Iterator[Event]:
        more = {
            "title": str(concert.get("name") or "")[:200] or None,
            "region": _country(concert),
            "known_at": instant(now),
        }
        about, event_id = ("artist", item), f"ticketmaster:{item}:{concert['id']}"
        if known not in (None, "cancelled"):
            assert known is not None
            was = dt.datetime.fromisoformat(known)
            named = f"{event_id}:{known}:cancelled:{instant(now)}"
            yield signal(named, "concert_cancelled", about, 1, "concerts", was, "ticketmaster", **more)
        if told != "cancelled":
            begins = dt.datetime.fromisoformat(told)
            yield signal(f"{event_id}:{told}", "concert", about, 1, "concerts", begins, "ticketmaster", **more)


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _country(concert: Any) -> str | None:
    venues = (concert.get("_embedded") or {}).get("venues") or [{}]
    code = ((venues[0] or {}).get("country") or {}).get("countryCode")
    return code if isinstance(code, str) and len(code) == 2 else None
