"""Economic figures by SDMX: one series each, as CSV.

Documented at data.ecb.europa.eu/help/api/data (`format=csvdata`) and, the same standard, at Eurostat's SDMX 2.1 service
(`format=SDMX-CSV`): `GET {url}/data/{flow}/{key}?startPeriod=…` answers a row per observation with `TIME_PERIOD` and
`OBS_VALUE` among its columns; `If-Modified-Since` is answered with 304, a key without observations with 404.

Figures are revised. A figure counts as first published; a later one for the same period is of the kind `…_revised`, so
that nobody trains on what was not known.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal, InvalidOperation
from io import StringIO
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from lake.journals.standings import Standing
from resources.outside.source import Event, Family, Fetched, FormatError, Source, Visit, instant, learnt_at, signal

_PERIODS = {
    "year": re.compile(r"(\d{4})(?:-A1)?"),
    "half": re.compile(r"(\d{4})-[SB]([12])"),
    "quarter": re.compile(r"(\d{4})-Q([1-4])"),
    "month": re.compile(r"(\d{4})-M?(0[1-9]|1[0-2])"),
    "week": re.compile(r"(\d{4})-W(\d{2})"),
}
_MONTHS = {"year": 12, "half": 6, "quarter": 3, "month": 1}


class Series(BaseModel):
    """One series and what it is called here."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    flow: str = Field(pattern=r"^[A-Za-z0-9_,.]+$", description="dataflow, `ICP`")
    key: str = Field(pattern=r"^[A-Za-z0-9_.+]+$", description="series key, `M.U2.N.000000.4.ANR`")
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,54}$", description="kind of signal, `inflation`")
    region: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="ISO 3166 code, or EU, EA")
    unit: str | None = None
    published_after_days: int = Field(ge=0, description="days from a period's end until its figure usually comes out")

    @property
    def item(self) -> str:
        """How it is called among the items."""
        return f"{self.flow}/{self.key}"


class Sdmx(Source):
    """Economic figures of a statistical office."""

    family: ClassVar[Family] = "economy"
    type: Literal["sdmx"]
    series: Sequence[Series] = Field(min_length=1)
    since: str = Field(pattern=r"^\d{4}(-\d{2})?$", description="first period that is wanted, 2015 or 2015-01")
    url: str = "https://data-api.ecb.europa.eu/service"
    format: Literal["csvdata", "SDMX-CSV"] = "csvdata"

    def items(self) -> Sequence[str]:
        """The series."""
        return [one.item for one in self.series]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A series in full where it has changed: new periods, and figures that differ from those known."""
        series = next(one for one in self.series if one.item == item)
        before = visit.standing(item)
        headers = {"If-Modified-Since": before.last_modified} if before.last_modified else {}
        params = {"startPeriod": self.since, "format": self.format}
        response = visit.web.get(f"{self.url}/data/{item}", params=params, headers=headers)
        if response.status_code == 304:
            return Fetched(standings={item: before})
        events, standings = [], {item: Standing(last_modified=response.headers.get("Last-Modified"))}
        for period, value in _observations(response.text):
            name, told = f"{item} {period}", str(value)
            known = visit.standing(name).fingerprint
            standings[name] = Standing(fingerprint=told)
            if told != known:
                events.append(self._event(series, period, value, known is not None, visit.now))
        return Fetched(events, standings)

    def _event(self, series: Series, period: str, value: Decimal, is_revision: bool, now: dt.datetime) -> Event:
        ended = period_end(period)
        usual = dt.timedelta(days=series.published_after_days)
        event_id = f"{self.name}:{series.item}:{period}"
        return signal(
            f"{event_id}:{instant(now)}" if is_revision else event_id,
            f"{series.kind}_revised" if is_revision else series.kind,
            ("region", series.region),
            value,
            series.unit,
            ended,
            self.name,
            known_at=instant(now) if is_revision else learnt_at(ended, usual, now),
        )


def period_end(period: str) -> dt.datetime:
    """The first moment after a period of SDMX: a year, half, quarter, month, week or day.

    Raises:
        FormatError: it is none of these.
    """
    try:
        for name, months in _MONTHS.items():
            if found := _PERIODS[name].fullmatch(period):
                number = int(found[2]) if found.lastindex == 2 else 1
                year, month = divmod(int(found[1]) * 12 + number * months, 12)
                return dt.datetime(year, month + 1, 1, tzinfo=dt.UTC)
        if found := _PERIODS["week"].fullmatch(period):
            monday = dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return dt.datetime.combine(monday + dt.timedelta(days=7), dt.time(), dt.UTC)
        return dt.datetime.combine(dt.date.fromisoformat(period) + dt.timedelta(days=1), dt.time(), dt.UTC)
    except (ValueError, OverflowError):
        raise FormatError(f"{period!r} is no period of SDMX that is understood here") from None


def _observations(text: str) -> Iterator[tuple[str, Decimal]]:
    """Period and value of each observation that has one."""
    reader = csv.DictReader(StringIO(text))
    if missing := {"TIME_PERIOD", "OBS_VALUE"} - set(reader.fieldnames or ()):
        raise FormatError(f"the answer is no SDMX-CSV: no column {', '.join(sorted(missing))}; it begins {text[:60]!r}")
    seen = set()
    for row in reader:
        period, stated = row["TIME_PERIOD"], row["OBS_VALUE"]
        if period is None or stated is None or None in row:
            raise FormatError(f"line {reader.line_num} has not as many fields as the header")
        if period in seen:
            raise FormatError(f"period {period} is there twice: the key matches several series; name every dimension")
        seen.add(period)
        if stated.strip() in ("", "NaN", ":"):
            continue
        try:
            value = Decimal(stated.strip())
        except InvalidOperation:
            raise FormatError(f"period {period}: {stated!r} is no number") from None
        if not value.is_finite():
            raise FormatError(f"period {period}: {stated!r} is no number")
        yield period, value
