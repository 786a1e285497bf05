"""X's API v2: posts that mention us, or how many there were a day.

Documented at docs.x.com/x-api: an app-only token by client credentials (`POST /oauth2/token`, HTTP Basic, no end);
`GET /2/tweets/search/recent?query=…&max_results=100&since_id=…` answers `data` (absent without posts) and `meta` with
`newest_id` and `next_token`; `GET /2/tweets/counts/recent?granularity=day` answers `data[].{start,end,tweet_count}`.
`x-rate-limit-remaining` and `-reset` (an epoch) say what is left of 15 minutes; 429 has no `Retry-After`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import ApiSource, Quota
from resources.outside.apis.login import Login
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import Query, by_item, mention
from resources.outside.source import Event, Family, Fetched, Visit, revealed, signal
from resources.web.policy import Policy

DAY = dt.timedelta(days=1)


class Post(Shape):
    """A post."""

    id: str = Field(pattern=r"^[0-9]{1,30}$")
    text: str
    created_at: dt.datetime


class Meta(Shape):
    """How a page leads on."""

    next_token: str | None = None


class Posts(Shape):
    """A page of posts, the newest first."""

    data: list[Post] = Field(default_factory=list)
    meta: Meta


class Count(Shape):
    """How many posts there were from `start` to `end`."""

    start: dt.datetime
    end: dt.datetime
    tweet_count: int = Field(ge=0)


class Counts(Shape):
    """A page of counts."""

    data: list[Count]
    meta: Meta


class X(ApiSource):
    """What is said of us on X."""

    family: ClassVar[Family] = "social"
    policy: ClassVar[Policy] = Policy(interval_s=1.0, reset_header="x-rate-limit-reset")
    quota: ClassVar[Quota] = Quota(remaining="x-rate-limit-remaining", reset="x-rate-limit-reset")
    type: Literal["x"]
    client_id: str = Field(min_length=1, description="API key")
    client_secret: SecretStr = Field(description="API key secret, as ${NAME} of the environment")
    queries: Sequence[Query] = Field(min_length=1, description="subjects and the words that mean them")
    wanted: Literal["posts", "counts"] = Field("posts", description="texts, or only their number a day")
    url: str = "https://api.x.com"

    def login(self) -> Login:
        """Client credentials, app only."""
        pair = (self.client_id, revealed(self.client_secret))
        return Login(f"{self.url}/oauth2/token", {"grant_type": "client_credentials"}, basic=pair)

    def items(self) -> Sequence[str]:
        """The queries."""
        return [one.item for one in self.queries]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """Posts since the last fetch, or the days that are over."""
        query = by_item(self.queries, item)
        return self._counts(query, visit) if self.wanted == "counts" else self._posts(query, visit)

    def _posts(self, query: Query, visit: Visit) -> Fetched:
        last = visit.standing(query.item).fingerprint or ""
        pages = self.api(visit).pages(
            f"{self.url}/2/tweets/search/recent",
            Posts,
            lambda page: {"next_token": page.meta.next_token} if page.meta.next_token else None,
            {
                "query": query.query,
                "max_results": 100,
                "since_id": last or None,
                "tweet.fields": "created_at,lang,public_metrics",
            },
        )
        posts = {post.id: post for page in pages for post in page.data}
        new = [post for post in posts.values() if int(post.id) > int(last or 0)]
        events = [
            mention("x", query.about, one.id, one.created_at, one.text, visit, raw=one.raw(("author_id",)))
            for one in new
        ]
        newest = max((one.id for one in new), key=int, default=last)
        return Fetched(events, {query.item: Standing(fingerprint=newest or None)})

    def _counts(self, query: Query, visit: Visit) -> Fetched:
        pages = self.api(visit).pages(
            f"{self.url}/2/tweets/counts/recent",
            Counts,
            lambda page: {"next_token": page.meta.next_token} if page.meta.next_token else None,
            {"query": query.query, "granularity": "day"},
        )
        through = visit.standing(query.item).through
        events: list[Event] = []
        for count in (one for page in pages for one in page.data):
            day = count.start.date()
            is_over = count.end - count.start == DAY and count.end <= visit.now
            if is_over and (through is None or day > through):
                named = f"x:mentions:{query.item}:{day}"
                entry = signal(named, "mentions", query.about, count.tweet_count, "posts", count.start, "x")
                events.append(entry | {"raw": count.raw()})
        last = max((dt.date.fromisoformat(one["occurred_at"][:10]) for one in events), default=through)
        return Fetched(events, {query.item: Standing(through=last)})
