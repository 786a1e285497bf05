"""Daily weather from Open-Meteo: what was, and what was expected.

Documented at open-meteo.com/en/docs (forecast) and /en/docs/historical-weather-api (archive): `daily=<variables>`,
`timezone`, and either `start_date` and `end_date` or `forecast_days`; the answer holds `daily.time` and one list per
variable, `null` where nothing is known yet, and `daily_units`. Errors are 400 with `{"error": true, "reason": …}`.

A forecast is no observation: it is a signal of its own kind, `…_forecast_3d` being what was expected three days ahead,
and it occurred when it was made.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from lake.journals.standings import Standing
from resources.outside.source import (
    Event,
    Family,
    Fetched,
    FormatError,
    Source,
    Visit,
    document,
    learnt_at,
    revealed,
    signal,
)

# Kind of signal -> variable of the service and the unit in which it answers.
VARIABLES = {
    "temperature_mean": ("temperature_2m_mean", "°C"),
    "temperature_max": ("temperature_2m_max", "°C"),
    "temperature_min": ("temperature_2m_min", "°C"),
    "precipitation": ("precipitation_sum", "mm"),
    "snowfall": ("snowfall_sum", "cm"),
    "sunshine": ("sunshine_duration", "s"),
}
# The archive's values stand after two to five days.
ARCHIVE_LAG = dt.timedelta(days=5)
# A value that is missing after so long will not come.
GAP_LASTS = dt.timedelta(days=14)
FORECAST = " forecast"
DAY = dt.timedelta(days=1)


class Place(BaseModel):
    """A point that stands for a region."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    region: str = Field(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="ISO 3166 code of country or subdivision")
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    timezone: str = Field(description="IANA zone, whose days are meant")

    @field_validator("timezone")
    @classmethod
    def _is_known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError(f"no time zone {name}") from None
        return name


class OpenMeteo(Source):
    """Weather per region and day."""

    family: ClassVar[Family] = "weather"
    type: Literal["open-meteo"]
    places: Sequence[Place] = Field(min_length=1)
    kinds: Sequence[str] = ("temperature_mean", "precipitation")
    since: dt.date = Field(description="first day that is wanted")
    forecast_days: int = Field(0, ge=0, le=15, description="days ahead of which the forecast is kept, each day anew")
    key: SecretStr | None = Field(None, description="of a paid plan, as ${NAME} of the environment")
    archive_url: str = "https://archive-api.open-meteo.com/v1/archive"
    forecast_url: str = "https://api.open-meteo.com/v1/forecast"

    @field_validator("kinds")
    @classmethod
    def _are_known(cls, kinds: Sequence[str]) -> Sequence[str]:
        if unknown := sorted(set(kinds) - VARIABLES.keys()):
            raise ValueError(f"no weather {', '.join(unknown)}: there are {', '.join(VARIABLES)}")
        return kinds

    def items(self) -> Sequence[str]:
        """A region's past, and its forecast."""
        regions = [place.region for place in self.places]
        return [*regions, *(region + FORECAST for region in regions if self.forecast_days)]

    def secret_params(self) -> Mapping[str, str]:
        """The key of a paid plan."""
        return {"apikey": revealed(self.key)} if self.key else {}

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """The days of a region that are complete and new; or its forecast, once a day."""
        place = next(place for place in self.places if place.region == item.removesuffix(FORECAST))
        local = visit.now.astimezone(ZoneInfo(place.timezone)).date()
        through = visit.standing(item).through
        if item.endswith(FORECAST):
            if through == local:
                return Fetched()
            days = self._days(visit, self.forecast_url, place, forecast_days=self.forecast_days + 1)
            return Fetched(list(self._ahead(place, days, local, visit.now)), {item: Standing(through=local)})
        first, last = through + DAY if through else self.since, local - DAY
        if first > last:
            return Fetched()
        days = self._days(visit, self.archive_url, place, start_date=first, end_date=last)
        known = _settled(days, local - GAP_LASTS)
        events = [event for day in known for event in self._observed(place, day, days[day], visit.now)]
        return Fetched(events, {item: Standing(through=max(known))} if known else {})

    def _days(self, visit: Visit, url: str, place: Place, **more: Any) -> dict[dt.date, dict[str, Decimal | None]]:
        """Values by day and kind, in the order of the days."""
        variables = [VARIABLES[kind][0] for kind in self.kinds]
        where = {"latitude": place.latitude, "longitude": place.longitude, "timezone": place.timezone}
        response = visit.web.get(url, params={**where, "daily": ",".join(variables), **more})
        answer = document(response)
        try:
            daily, units = answer["daily"], answer["daily_units"]
            times = [dt.date.fromisoformat(day) for day in daily["time"]]
            columns = [daily[variable] for variable in variables]
            wanted = {VARIABLES[kind] for kind in self.kinds}
            wrong = [f"{name} in {units[name]}, not {unit}" for name, unit in sorted(wanted) if units[name] != unit]
        except (KeyError, TypeError, ValueError) as error:
            raise FormatError(f"not Open-Meteo's documented shape: {error!r} is missing or odd") from None
        if wrong or any(len(column) != len(times) for column in columns):
            raise FormatError(f"{'; '.join(wrong) or 'lists of different length'}; nothing of it is taken")
        rows = zip(times, *columns, strict=True)
        return {day: dict(zip(self.kinds, map(_number, values), strict=True)) for day, *values in sorted(rows)}

    def _observed(
        self, place: Place, day: dt.date, values: Mapping[str, Decimal | None], now: dt.datetime
    ) -> Iterator[Event]:
        ended = dt.datetime.combine(day + DAY, dt.time(), ZoneInfo(place.timezone))
        for kind, value in values.items():
            if value is None:
                continue
            yield signal(
                f"open-meteo:{kind}:{place.region}:{day}",
                kind,
                ("region", place.region),
                value,
                VARIABLES[kind][1],
                ended,
                "open-meteo",
                known_at=learnt_at(ended, ARCHIVE_LAG, now),
            )

    def _ahead(
        self, place: Place, days: Mapping[dt.date, Mapping[str, Decimal | None]], local: dt.date, now: dt.datetime
    ) -> Iterator[Event]:
        for day, values in days.items():
            ahead = (day - local).days
            for kind, value in values.items():
                if ahead < 1 or value is None:
                    continue
                yield signal(
                    f"open-meteo:{kind}_forecast:{place.region}:{local}:{day}",
                    f"{kind}_forecast_{ahead}d",
                    ("region", place.region),
                    value,
                    VARIABLES[kind][1],
                    now,
                    "open-meteo",
                )


def _settled(days: Mapping[dt.date, Mapping[str, Decimal | None]], old: dt.date) -> list[dt.date]:
    """The days up to the first of which something is not known yet; what is ``old`` and missing stays missing."""
    known = []
    for day, values in days.items():
        if None in values.values() and day > old:
            break
        known.append(day)
    return known


def _number(value: object) -> Decimal | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise FormatError(f"a value is {value!r}, which is no number")
    return Decimal(value)
