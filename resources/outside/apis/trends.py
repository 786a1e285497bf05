"""Search trends: how often words are searched, by day, through SerpApi's Google Trends interface.

Documented at serpapi.com/google-trends-api: `GET /search.json?engine=google_trends&data_type=TIMESERIES&q=…&geo=…&date=
today 3-m` answers `interest_over_time.timeline_data[]` with `timestamp` (an epoch as text), `values[].extracted_value`
from 0 to 100 and `partial_data` for what is not over; `error` where nothing was found. Google's own interface is in a
closed trial.

Trap: 100 is the most of the time that was asked for, so figures of different fetches have different scales; each fetch
lands only days that have not landed, and `raw` keeps the point.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import ApiSource, Quota
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import Query, by_item
from resources.outside.source import Event, Family, Fetched, FormatError, Visit, revealed, signal

NOTHING_FOUND = "hasn't returned any results"


class Value(Shape):
    """Interest in one query."""

    extracted_value: int = Field(ge=0, le=100)


class Point(Shape):
    """A day or week of the time line."""

    timestamp: int
    values: list[Value] = Field(min_length=1)
    partial_data: bool = False


class TimeLine(Shape):
    """The points, the oldest first."""

    timeline_data: list[Point]


class Answer(Shape):
    """The time line, or why there is none."""

    interest_over_time: TimeLine | None = None
    error: str | None = None


class SearchTrends(ApiSource):
    """How often we are searched."""

    family: ClassVar[Family] = "social"
    type: Literal["search-trends"]
    key: SecretStr = Field(description="key of SerpApi, as ${NAME} of the environment")
    queries: Sequence[Query] = Field(min_length=1, description="subjects and the words that are searched")
    region: str | None = Field(None, pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", description="where; the world by default")
    span: str = Field("today 3-m", description="time that is asked for, as Google Trends names it")
    searches_a_month: int = Field(250, ge=1, description="of the plan; a thirtieth is spent a day")
    url: str = "https://serpapi.com"

    def limits(self) -> Quota:
        """The searches of a day."""
        return Quota(units_a_day=max(1, self.searches_a_month // 30))

    def items(self) -> Sequence[str]:
        """The queries."""
        return [one.item for one in self.queries]

    def secret_params(self) -> Mapping[str, str]:
        """The key."""
        return {"api_key": revealed(self.key)}

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """The points that are over and have not landed."""
        query, api, through = by_item(self.queries, item), self.api(visit), visit.standing(item).through
        answer = api.get(
            f"{self.url}/search.json",
            Answer,
            {
                "engine": "google_trends",
                "data_type": "TIMESERIES",
                "q": query.query,
                "date": self.span,
                "geo": self.region,
            },
        )
        if answer.interest_over_time is None:
            if answer.error and NOTHING_FOUND in answer.error:
                return Fetched((), api.standings(), [f"{item}: too few searches to be counted"])
            raise FormatError(f"no time line: {answer.error or 'and no error either'}")
        events: list[Event] = []
        last = through
        for point in answer.interest_over_time.timeline_data:
            moment = dt.datetime.fromtimestamp(point.timestamp, dt.UTC)
            if point.partial_data or (through is not None and moment.date() <= through):
                continue
            value, last = point.values[0].extracted_value, max(last or moment.date(), moment.date())
            named = f"trends:{self.region or 'world'}:{item}:{moment.date()}"
            more = {"region": self.region, "title": query.query, "raw": point.raw()}
            events.append(signal(named, "search_interest", query.about, value, "points/100", moment, "google", **more))
        return Fetched(events, {item: Standing(through=last), **api.standings()})
