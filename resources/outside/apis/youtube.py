"""YouTube's Data API v3: views, likes and comments of videos, and what the comments say.

Documented at developers.google.com/youtube/v3: `GET /videos?part=statistics&id=…` answers `items[].statistics` with
counts as text, some left out where they are hidden; `GET /commentThreads?part=snippet&videoId=…&order=time` answers
`items[].snippet.topLevelComment.snippet` and `nextPageToken`. Each call costs one of 10,000 units a day, which are
renewed at midnight in California; 403 with `quotaExceeded` says that they are used up, `commentsDisabled` that a video
has no comments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import ApiSource, Quota
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import Numbered, by_item, figures, mention, newer
from resources.outside.source import Event, Family, Fetched, FormatError, Visit, instant, revealed
from resources.web.errors import RefusedError

AUTHORS = (
    "authorDisplayName",
    "authorProfileImageUrl",
    "authorChannelUrl",
    "authorChannelId",
    "channelId",
)


class Statistics(Shape):
    """Counts of a video, as text; hidden ones are left out."""

    views: int | None = Field(None, alias="viewCount", ge=0)
    likes: int | None = Field(None, alias="likeCount", ge=0)
    comments: int | None = Field(None, alias="commentCount", ge=0)


class Video(Shape):
    """A video."""

    id: str
    statistics: Statistics


class Videos(Shape):
    """Answer of `/videos`."""

    items: list[Video]


class CommentText(Shape):
    """What a comment says."""

    text: str = Field(alias="textOriginal")
    published_at: dt.datetime = Field(alias="publishedAt")


class Comment(Shape):
    """A comment."""

    snippet: CommentText


class ThreadSnippet(Shape):
    """What stands at the top of a thread."""

    comment: Comment = Field(alias="topLevelComment")


class Thread(Shape):
    """A comment with its answers."""

    id: str
    snippet: ThreadSnippet


class Threads(Shape):
    """A page of comments, the newest first."""

    items: list[Thread]
    next_page: str | None = Field(None, alias="nextPageToken")


class YouTube(ApiSource):
    """What our videos are watched, and what is said below them."""

    family: ClassVar[Family] = "social"
    type: Literal["youtube"]
    key: SecretStr = Field(description="API key, as ${NAME} of the environment")
    videos: Sequence[Numbered] = Field(min_length=1, description="releases, artists, … with the id of a video")
    comments: bool = Field(True, description="whether comments are read")
    units_a_day: int = Field(10_000, ge=1, description="quota of the project")
    url: str = "https://www.googleapis.com/youtube/v3"

    def limits(self) -> Quota:
        """The units of the day."""
        return Quota(units_a_day=self.units_a_day, zone="America/Los_Angeles")

    def items(self) -> Sequence[str]:
        """The videos."""
        return [one.item for one in self.videos]

    def secret_params(self) -> Mapping[str, str]:
        """The key."""
        return {"key": revealed(self.key)}

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A video's counts that have changed, and its new comments."""
        subject, api = by_item(self.videos, item), self.api(visit)
        found = api.get(f"{self.url}/videos", Videos, {"part": "statistics", "id": subject.id}).items
        if not found:
            raise FormatError(f"there is no video {subject.id}, or it is private")
        counts = found[0].statistics
        values = {
            "views": (counts.views, "views"),
            "likes": (counts.likes, "likes"),
            "comments": (counts.comments, "comments"),
        }
        events, standings = figures("youtube", item, subject.about, values, visit, raw=found[0].raw())
        notes: list[str] = []
        if self.comments:
            name = f"{item} comments read"
            said, mark, notes = self._comments(subject, visit.standing(name), visit)
            events += said
            standings[name] = mark
        return Fetched(events, {**standings, **api.standings()}, notes)

    def _comments(self, subject: Numbered, seen: Standing, visit: Visit) -> tuple[list[Event], Standing, list[str]]:
        found = []
        params = {
            "part": "snippet",
            "videoId": subject.id,
            "order": "time",
            "maxResults": 100,
            "textFormat": "plainText",
        }
        pages = self.api(visit).pages(
            f"{self.url}/commentThreads",
            Threads,
            lambda page: {"pageToken": page.next_page} if page.next_page else None,
            params,
        )
        try:
            for page in pages:
                for thread in page.items:
                    text = thread.snippet.comment.snippet
                    raw = thread.raw(AUTHORS)
                    event = mention("youtube", subject.about, thread.id, text.published_at, text.text, visit, raw=raw)
                    found.append((text.published_at, thread.id, event))
                if found and seen.fingerprint and instant(min(one[0] for one in found)) < seen.fingerprint:
                    break  # older ones have been read
        except RefusedError as refusal:
            if refusal.response is None or "commentsDisabled" not in refusal.response.text:
                raise
            return [], seen, [f"{subject.item}: its comments are turned off"]
        new = list(newer(found, seen))
        return [event for _, event in new], Standing(fingerprint=new[-1][0]) if new else seen, []
