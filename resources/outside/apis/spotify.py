"""Spotify's Web API: popularity of artists, albums and tracks, followers, and our tracks' places in playlists.

Documented at developer.spotify.com/documentation/web-api: a token by client credentials (`POST accounts.spotify.com/
api/token`, HTTP Basic); `GET /v1/artists|albums|tracks/{id}` with `popularity` from 0 to 100; `GET /v1/playlists/{id}`
with `followers.total`; `GET /v1/playlists/{id}/tracks` in pages of 100 with `next`, an address or null. 429 carries
`Retry-After`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field, SecretStr

from lake.journals.standings import Standing
from resources.outside.apis.client import ApiSource
from resources.outside.apis.login import Login
from resources.outside.apis.shapes import Shape
from resources.outside.apis.subjects import Numbered, by_item, figures
from resources.outside.source import Event, Family, Fetched, Visit, instant, revealed, signal

PATHS = {"artist": "artists", "release": "albums", "track": "tracks"}
PLAYLIST = "playlist "


class Followers(Shape):
    """How many follow an artist or a playlist."""

    total: int = Field(ge=0)


class Thing(Shape):
    """An artist, an album, a track, or a reference to one; `popularity` and `followers` where it is told in full."""

    id: str | None
    popularity: int | None = Field(None, ge=0, le=100)
    followers: Followers | None = None


class Track(Thing):
    """A track of a playlist with its album and artists."""

    album: Thing | None = None
    artists: list[Thing] = Field(default_factory=list)


class Entry(Shape):
    """A place in a playlist; empty where its track is gone."""

    track: Track | None


class Entries(Shape):
    """A page of a playlist."""

    items: list[Entry]
    next: str | None


class Playlist(Shape):
    """A playlist, its entries apart."""

    name: str
    followers: Followers


class Spotify(ApiSource):
    """How popular we are on Spotify, and in which playlists."""

    family: ClassVar[Family] = "social"
    type: Literal["spotify"]
    client_id: str = Field(min_length=1)
    client_secret: SecretStr = Field(description="as ${NAME} of the environment")
    subjects: Sequence[Numbered] = Field(
        min_length=1, description="artists, releases (albums) and tracks with their id"
    )
    playlists: Sequence[str] = Field((), description="ids of playlists in which the subjects are looked for")
    url: str = "https://api.spotify.com/v1"
    token_url: str = "https://accounts.spotify.com/api/token"

    def login(self) -> Login:
        """Client credentials."""
        pair = (self.client_id, revealed(self.client_secret))
        return Login(self.token_url, {"grant_type": "client_credentials"}, basic=pair)

    def items(self) -> Sequence[str]:
        """The subjects and the playlists."""
        return [*(one.item for one in self.subjects), *(PLAYLIST + one for one in self.playlists)]

    def fetch(self, item: str, visit: Visit) -> Fetched:
        """A subject's popularity, or a playlist's places."""
        if item.startswith(PLAYLIST):
            return self._playlist(item.removeprefix(PLAYLIST), visit)
        subject = by_item(self.subjects, item)
        entity, _ = subject.about
        thing = self.api(visit).get(f"{self.url}/{PATHS.get(entity, 'tracks')}/{subject.id}", Thing)
        followers = thing.followers.total if thing.followers else None
        values = {"popularity": (thing.popularity, "points/100"), "followers": (followers, "followers")}
        return Fetched(*figures("spotify", item, subject.about, values, visit, raw=thing.raw()))

    def _playlist(self, number: str, visit: Visit) -> Fetched:
        """Where the subjects stand in a playlist: an event for a new place, and one when they have left it."""
        api = self.api(visit)
        playlist = api.get(f"{self.url}/playlists/{number}", Playlist, {"fields": "name,followers.total"})
        pages = api.pages(f"{self.url}/playlists/{number}/tracks", Entries, lambda page: page.next, {"limit": 100})
        places: dict[str, tuple[int, Entry]] = {}
        for place, entry in enumerate((entry for page in pages for entry in page.items), start=1):
            for name in _ids(entry):
                places.setdefault(name, (place, entry))
        events: list[Event] = []
        standings: dict[str, Standing] = {}
        for subject in self.subjects:
            name = f"{PLAYLIST}{number} {subject.item}"
            known, found = visit.standing(name).fingerprint, places.get(subject.id)
            place = found[0] if found else 0
            standings[name] = Standing(fingerprint=str(place))
            if str(place) == (known or "0"):
                continue
            kind, unit = ("playlist_position", "place") if place else ("playlist_left", "playlists")
            event_id = f"spotify:{kind}:{number}:{subject.item}:{instant(visit.now)}"
            more = {"title": playlist.name[:200], "raw": found[1].raw(("added_by",)) if found else None}
            about, source = subject.about, f"spotify:{number}"
            events.append(signal(event_id, kind, about, place or 1, unit, visit.now, source, **more))
            reach = playlist.followers.total
            if place:
                named = f"spotify:playlist_reach:{number}:{subject.item}:{instant(visit.now)}"
                events.append(signal(named, "playlist_reach", about, reach, "followers", visit.now, source))
        return Fetched(events, standings)


def _ids(entry: Entry) -> set[str]:
    """Everything that a place is about: its track, its album, its artists."""
    track = entry.track
    things = [] if track is None else [track, *([track.album] if track.album else []), *track.artists]
    return {one.id for one in things if one.id}
