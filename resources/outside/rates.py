"""Euro reference rates of the European Central Bank.

Documented at ecb.europa.eu, "Euro foreign exchange reference rates": `eurofxref-daily.xml` holds the last working day,
`eurofxref-hist-90d.xml` ninety days, `eurofxref-hist.xml` all since 1999, each a `Cube` per day with `time` and in it
one per currency with `currency` and `rate`, units of the currency per euro. They come out at about 16:00 in Frankfurt.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import ClassVar, Literal
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

from pydantic import Field

from lake.journals.standings import Standing
from resources.outside.source import Event, Family, Fetched, FormatError, Source, Visit, signal

CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
PUBLISHED = dt.time(16, tzinfo=ZoneInfo("Europe/Berlin"))


class EcbRates(Source):
    """What a euro was worth on each working day."""

    family: ClassVar[Family] = "economy"
    type: Literal["ecb-rates"]
    currencies: Sequence[str] = Field(min_length=1, description="ISO 4217 codes")
    since: dt.date = Field(dt.date(1999, 1, 4), description="first day that is wanted")
    url: str = "https://www.ecb.europa.eu/stats/eurofxref"

    def items(self) -> Sequence[str]:
        """All currencies come in one file."""
        return ["eurofxref"]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """The days after the last that landed, from the smallest file that holds them all."""
        before = visit.standing(item)
        file = self._file(before, visit.now.date())
        headers = {"If-None-Match": before.etag} if before.etag and file.endswith("daily.xml") else {}
        response = visit.web.get(f"{self.url}/{file}", headers=headers)
        if response.status_code == 304:
            return Fetched(standings={item: before})
        after = before.through or self.since - dt.timedelta(days=1)
        days = [(day, rates) for day, rates in _days(response.content, file) if day > after]
        events = [event for day, rates in sorted(days) for event in self._events(day, rates, file)]
        through = max((day for day, _ in days), default=before.through)
        etag = response.headers.get("ETag") if file.endswith("daily.xml") else None
        return Fetched(events, {item: Standing(etag=etag, through=through)})

    def _file(self, before: Standing, today: dt.date) -> str:
        """The smallest file without a gap to what has landed; the daily one only where no day can be missing."""
        missing = (today - before.through).days if before.through else None
        if missing is None or missing > 85:
            return "eurofxref-hist.xml" if (today - self.since).days > 85 else "eurofxref-hist-90d.xml"
        return "eurofxref-daily.xml" if missing <= 1 else "eurofxref-hist-90d.xml"

    def _events(self, day: dt.date, rates: dict[str, Decimal], file: str) -> Iterator[Event]:
        for currency in self.currencies:
            if currency not in rates:
                continue  # some currencies came later, or are suspended
            yield signal(
                f"ecb:exchange_rate:{currency}:{day}",
                "exchange_rate",
                ("currency", currency),
                rates[currency],
                f"{currency}/EUR",
                dt.datetime.combine(day, PUBLISHED),
                "ecb",
            )


def _days(content: bytes, file: str) -> Iterator[tuple[dt.date, dict[str, Decimal]]]:
    """Day and rates by currency. Expat refuses entities that blow up; no external one is ever loaded."""
    try:
        root = ElementTree.fromstring(content)
    except ElementTree.ParseError as error:
        raise FormatError(f"{file}: the answer is no XML of reference rates: {error}") from None
    days = [cube for cube in root.iter(CUBE) if "time" in cube.attrib]
    if not days:
        raise FormatError(f"{file}: no day in it; see the ECB's page on its reference rates for the present format")
    for cube in days:
        try:
            rates = {one.attrib["currency"]: Decimal(one.attrib["rate"]) for one in cube if one.get("rate") != "N/A"}
            day = dt.date.fromisoformat(cube.attrib["time"])
        except (KeyError, ValueError, InvalidOperation) as error:
            raise FormatError(f"{file}: day {cube.attrib['time']}: a rate that cannot be read: {error!r}") from None
        if bad := sorted(name for name, rate in rates.items() if not rate.is_finite() or rate <= 0):
            raise FormatError(f"{file}: day {day}: a rate is no positive number: {', '.join(bad)}")
        yield day, rates
