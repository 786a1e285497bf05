"""Reddit's API: posts that mention us.

Documented at reddit.com/dev/api and github.com/reddit-archive/reddit/wiki/OAuth2: a token by client credentials (`POST
/api/v1/access_token`, HTTP Basic), `GET oauth.reddit.com/search?q=…&sort=new&limit=100&after=…` answers a `Listing`
whose `data.children[].data` are posts and whose `data.after` leads on. `X-Ratelimit-Remaining` and `-Reset` (seconds)
say what is left of the quota. `raw_json=1` keeps `&` as it is.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import ApiSource, Quota
from resources.outside.apis.login import Login
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import Query, by_item, mention, newer
from resources.outside.source import Family, Fetched, Visit, revealed
from resources.web.policy import Policy

AUTHORS = ("author", "author_fullname", "author_flair_text", "author_flair_richtext", "author_cakeday")


class Post(Shape):
    """A post; `selftext` is empty where it is a link."""

    id: str
    title: str
    text: str = Field(alias="selftext")
    created: Decimal = Field(alias="created_utc")
    subreddit: str


class Child(Shape):
    """A post in its wrapper."""

    data: Post


class Page(Shape):
    """The posts of a page; `after` leads to the next."""

    children: list[Child]
    after: str | None


class Listing(Shape):
    """A page in its wrapper."""

    kind: Literal["Listing"]
    data: Page


class Reddit(ApiSource):
    """What is said of us on Reddit."""

    family: ClassVar[Family] = "social"
    policy: ClassVar[Policy] = Policy(interval_s=1.0, reset_header="x-ratelimit-reset")
    quota: ClassVar[Quota] = Quota(remaining="x-ratelimit-remaining", reset="x-ratelimit-reset")
    type: Literal["reddit"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(description="as ${NAME} of the environment")
    queries: Sequence[Query] = Field(min_length=1, description="subjects and the words that mean them")
    within: Literal["day", "week", "month"] = "week"
    url: str = "https://oauth.reddit.com"
    token_url: str = "https://www.reddit.com/api/v1/access_token"

    def login(self) -> Login:
        """Client credentials."""
        pair = (self.client_id, revealed(self.client_secret))
        return Login(self.token_url, {"grant_type": "client_credentials"}, basic=pair)

    def items(self) -> Sequence[str]:
        """The queries."""
        return [one.item for one in self.queries]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """Posts that are newer than those of the last fetch."""
        query, seen = by_item(self.queries, item), visit.standing(item)
        pages = self.api(visit).pages(
            f"{self.url}/search",
            Listing,
            lambda page: {"after": page.data.after} if page.data.after else None,
            {"q": query.query, "sort": "new", "limit": 100, "t": self.within, "raw_json": 1},
        )
        found = []
        for post in (child.data for page in pages for child in page.data.children):
            moment = dt.datetime.fromtimestamp(float(post.created), dt.UTC)
            more = {"title": post.title[:300], "raw": post.raw(AUTHORS)}
            text = post.text or post.title
            found.append((moment, post.id, mention("reddit", query.about, post.id, moment, text, visit, **more)))
        new = list(newer(found, seen))
        return Fetched([event for _, event in new], {item: Standing(fingerprint=new[-1][0]) if new else seen})
