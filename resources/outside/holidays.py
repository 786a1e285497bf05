"""Public holidays of countries and their regions, computed here by the package `holidays`; nobody is called.

A holiday occurs at the beginning of its day, UTC. Calendars are law and known ahead, up to the rare day that is
declared at short notice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from hashlib import sha256
from typing import ClassVar, Literal

from pydantic import Field

from lake.journals.standings import Standing
from resources.outside.source import Family, Fetched, FormatError, Source, Visit, signal


class Holidays(Source):
    """The days on which shops are closed and parcels wait."""

    family: ClassVar[Family] = "calendars"
    type: Literal["holidays"]
    regions: Sequence[str] = Field(min_length=1, description="ISO 3166 codes of countries or subdivisions, DE or DE-BY")
    since: int = Field(ge=1970, le=2200, description="first year that is wanted")

    def items(self) -> Sequence[str]:
        """The regions."""
        return self.regions

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """The years from the first to the next one; a year again only when its days have changed."""
        import holidays

        country, _, subdivision = item.partition("-")
        events, standings = [], {}
        for year in range(self.since, visit.now.year + 2):
            try:
                days = holidays.country_holidays(country, subdiv=subdivision or None, years=year, language="en_US")
            except NotImplementedError:
                raise FormatError(
                    f"the package holidays knows no region {item}; its documentation lists them"
                ) from None
            named = sorted(days.items())
            name, told = f"{item} {year}", sha256(repr(named).encode()).hexdigest()[:16]
            standings[name] = Standing(fingerprint=told)
            if visit.standing(name).fingerprint != told:
                events += [self._event(item, day, title) for day, title in named]
        return Fetched(events, standings)

    def _event(self, region: str, day: dt.date, title: str) -> dict[str, object]:
        begins = dt.datetime.combine(day, dt.time(), dt.UTC)
        event_id = f"holidays:{region}:{day}"
        return signal(event_id, "holiday", ("region", region), 1, "days", begins, "holidays", title=title)
