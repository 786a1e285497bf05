"""Spotify, YouTube, X and search trends as they document themselves."""

import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.unit.outside.test_api_client import JSON, answer, token
from tests.web_server import Answer, Asked, WebServer


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_SECRET", "s3cret-of-the-app")


def configure(outside: Outside, server: WebServer, kind: str, **options: Any) -> None:
    outside.configure({"name": kind, "type": kind, "url": server.url, **options})


def facts(outside: Outside) -> list[tuple[Any, ...]]:
    return [(one["kind"], one["entity_id"], one["value"], one["source"]) for one in outside.events()]


def spotify(outside: Outside, server: WebServer, *playlists: str) -> None:
    subjects = [{"artist": "A1", "id": "art"}, {"release": "R1", "id": "alb"}, {"track": "T1", "id": "trk"}]
    keys = {"client_id": "app", "client_secret": "${APP_SECRET}", "token_url": f"{server.url}/token"}
    configure(outside, server, "spotify", subjects=subjects, playlists=list(playlists), **keys)
    server.on("/token", token("t0ken-of-one-hour"))
    artist = {"id": "art", "name": "Ann", "popularity": 61, "followers": {"href": None, "total": 1204}}
    server.on("/artists/art", answer(artist), answer({**artist, "popularity": 62}))
    server.on("/albums/alb", answer({"id": "alb", "popularity": 40}))
    server.on("/tracks/trk", answer({"id": "trk", "popularity": 0}))


def entry(track: str, album: str = "x", artist: str = "y") -> dict[str, Any]:
    found = {"id": track, "album": {"id": album}, "artists": [{"id": artist}]}
    return {"added_at": "2026-03-01T00:00:00Z", "added_by": {"id": "some-user"}, "track": found}


def test_popularity_and_followers_are_events_when_they_change(outside: Outside, server: WebServer) -> None:
    spotify(outside, server)
    assert [outside.fetch()["spotify"].events for _ in range(3)] == [4, 1, 0]
    assert sorted(facts(outside)) == [
        ("followers", "A1", 1204, "spotify"),
        ("popularity", "A1", 61, "spotify"),
        ("popularity", "A1", 62, "spotify"),
        ("popularity", "R1", 40, "spotify"),
        ("popularity", "T1", 0, "spotify"),
    ]


def test_a_playlist_is_read_by_all_its_pages_and_leaving_it_is_an_event(outside: Outside, server: WebServer) -> None:
    spotify(outside, server, "PL")
    server.on("/playlists/PL", answer({"name": "Fresh vinyl", "followers": {"total": 9000}}))
    gone = {"added_at": None, "added_by": None, "track": None}
    first = answer({"items": [entry("other"), gone], "next": f"{server.url}/playlists/PL/tracks?offset=2&limit=100"})
    second = answer({"items": [entry("trk", artist="art"), entry("trk")], "next": None})
    server.on("/playlists/PL/tracks", first, second, answer({"items": [entry("more", album="alb")], "next": None}))
    outside.fetch()
    placed = [one for one in facts(outside) if one[0].startswith("playlist")]
    assert placed == [
        ("playlist_position", "A1", 3, "spotify:PL"),
        ("playlist_position", "T1", 3, "spotify:PL"),
        ("playlist_reach", "A1", 9000, "spotify:PL"),
        ("playlist_reach", "T1", 9000, "spotify:PL"),
    ]
    assert b"some-user" not in b"".join(file.read_bytes() for file in outside.files())
    outside.fetch()
    placed = [one[:3] for one in facts(outside) if one[0].startswith("playlist")][4:]
    assert placed == [
        ("playlist_left", "A1", 1),
        ("playlist_left", "T1", 1),
        ("playlist_position", "R1", 1),
        ("playlist_reach", "R1", 9000),
    ]


def test_a_next_page_on_another_server_is_not_followed(outside: Outside, server: WebServer) -> None:
    spotify(outside, server, "PL")
    server.on("/playlists/PL", answer({"name": "Fresh vinyl", "followers": {"total": 9000}}))
    server.on("/playlists/PL/tracks", answer({"items": [], "next": "https://example.com/steal"}))
    (fault,) = outside.fetch()["spotify"].faults
    assert "the next page is on another server" in fault


def youtube(outside: Outside, server: WebServer, *videos: str, **more: Any) -> None:
    named = [{"release": f"R{number}", "id": video} for number, video in enumerate(videos, start=1)]
    configure(outside, server, "youtube", key="${APP_SECRET}", videos=named, **more)


def video(asked: Asked) -> Answer:
    counts = {"viewCount": "9007199254740993", "commentCount": "2"}  # likes are hidden
    return answer({"items": [{"id": asked.query["id"], "statistics": counts}]})


def comment(number: str, moment: str, text: str) -> dict[str, Any]:
    said = {"textOriginal": text, "publishedAt": moment, "authorDisplayName": "Jane", "likeCount": 0}
    return {"id": number, "snippet": {"topLevelComment": {"id": number, "snippet": said}}}


def test_views_and_new_comments_land_and_comments_that_are_off_are_a_note(outside: Outside, server: WebServer) -> None:
    youtube(outside, server, "vid", "off")
    server.on("/videos", video)
    off = {"error": {"code": 403, "errors": [{"reason": "commentsDisabled"}], "message": "commentsDisabled"}}
    first = comment("c1", "2026-03-09T10:00:00Z", "What a pressing!")
    second = comment("c2", "2026-03-09T11:00:00Z", "Sounds dull.")
    pages = [answer({"items": [second], "nextPageToken": "N"}), answer({"items": [first]}), answer({"items": [second]})]
    server.on("/commentThreads", lambda asked: answer(off, 403) if asked.query["videoId"] == "off" else pages.pop(0))
    report = outside.fetch()["youtube"]
    assert (report.faults, report.notes) == ([], ["release R2 off: its comments are turned off"])
    assert server.asked_for("/commentThreads")[1].query["pageToken"] == "N"
    assert [fact for fact in facts(outside) if fact[1] == "R1"] == [
        ("comments", "R1", 2, "youtube"),
        ("mention", "R1", 1, "youtube"),
        ("mention", "R1", 1, "youtube"),
        ("views", "R1", 9007199254740993, "youtube"),
    ]
    assert outside.fetch()["youtube"].events == 0
    assert b"Jane" not in b"".join(file.read_bytes() for file in outside.files())


def test_the_units_of_a_day_are_not_exceeded_and_come_back_the_next_day(outside: Outside, server: WebServer) -> None:
    youtube(outside, server, "a", "b", "c", units_a_day=4, comments=False)
    server.on("/videos", video)
    assert outside.fetch()["youtube"].faults == []
    report = outside.fetch()["youtube"]
    assert len(server.asked) == 4
    assert [fault.split(": ")[-1] for fault in report.faults] == [
        "4 of 4 units are spent today; the rest waits for tomorrow"
    ] * 2
    outside.now = outside.now.replace(day=11)
    assert outside.fetch()["youtube"].faults == []


def test_a_quota_that_the_server_calls_used_up_ends_the_fetch(outside: Outside, server: WebServer) -> None:
    youtube(outside, server, "a", "b", "c", comments=False)
    said = {"error": {"code": 403, "message": "quota", "errors": [{"reason": "quotaExceeded"}]}}
    server.on("/videos", answer(said, 403))
    faults = outside.fetch()["youtube"].faults
    assert len(server.asked) == 1
    assert len(faults) == 3
    assert "used up; the rest waits for the next fetch" in faults[2]
    assert "s3cret" not in "".join(faults)


def tweet(number: int, text: str) -> dict[str, Any]:
    return {"id": str(number), "text": text, "created_at": "2026-03-10T08:00:00.000Z", "author_id": "77", "lang": "en"}


def test_posts_of_x_are_read_since_the_last_one(outside: Outside, server: WebServer) -> None:
    keys = {
        "client_id": "app",
        "client_secret": "${APP_SECRET}",
        "queries": [{"artist": "A1", "query": "ann -is:retweet"}],
    }
    configure(outside, server, "x", **keys)
    server.on("/oauth2/token", answer({"token_type": "bearer", "access_token": "AAAA-app-only"}))
    first = answer({"data": [tweet(99, "old")], "meta": {"result_count": 1, "next_token": "more"}})
    second = answer({"data": [tweet(100, "new")], "meta": {"result_count": 1}})
    server.on("/2/tweets/search/recent", first, second, answer({"meta": {"result_count": 0}}))
    assert [outside.fetch()["x"].events for _ in range(2)] == [2, 0]
    queries = [one.query for one in server.asked_for("/2/tweets/search/recent")]
    assert [(one.get("since_id"), one.get("next_token")) for one in queries] == [
        (None, None),
        (None, "more"),
        ("100", None),  # by number, not by text: "99" would be the last
    ]
    assert [one["text"] for one in outside.events()] == ["new", "old"]
    assert "author_id" not in outside.events()[0]["raw"]


def test_counts_of_x_are_days_that_are_over(outside: Outside, server: WebServer) -> None:
    queries = [{"release": "R1", "query": "cut"}]
    configure(outside, server, "x", client_id="app", client_secret="${APP_SECRET}", wanted="counts", queries=queries)
    server.on("/oauth2/token", token("AAAA-app-only"))
    days = [("2026-03-08T12:31:00Z", "2026-03-09T00:00:00Z", 1), ("2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z", 7)]
    days += [("2026-03-10T00:00:00Z", "2026-03-10T12:00:00Z", 3)]
    data = [{"start": start, "end": end, "tweet_count": count} for start, end, count in days]
    server.on("/2/tweets/counts/recent", answer({"data": data, "meta": {"total_tweet_count": 11}}))
    assert [outside.fetch()["x"].events for _ in range(2)] == [1, 0]
    assert facts(outside) == [("mentions", "R1", 7, "x")]


def test_interest_lands_once_a_day_and_nothing_found_is_a_note(outside: Outside, server: WebServer) -> None:
    queries = [{"artist": "A1", "query": "ann"}, {"artist": "A2", "query": "nobody"}]
    configure(outside, server, "search-trends", key="${APP_SECRET}", region="DE", queries=queries)

    def points(*days: int) -> Answer:
        line: list[dict[str, Any]] = []
        for day in days:
            values = [{"query": "ann", "extracted_value": 50 + day}]
            line.append({"date": "x", "timestamp": str(1772928000 + day * 86400), "values": values})
        line[-1]["partial_data"] = True
        return answer({"search_metadata": {"status": "Success"}, "interest_over_time": {"timeline_data": line}})

    nothing = answer({"error": "Google hasn't returned any results for this query."})
    found = [points(0, 1, 2), points(0, 1, 2, 3)]
    server.on("/search.json", lambda asked: nothing if asked.query["q"] == "nobody" else found.pop(0))
    reports = [outside.fetch()["search-trends"] for _ in range(2)]
    assert [report.events for report in reports] == [2, 1]
    assert reports[0].notes == ["artist A2 nobody: too few searches to be counted"]
    told = [(one["value"], one["occurred_at"][:10], one["region"]) for one in outside.events()]
    assert told == [(50, "2026-03-08", "DE"), (51, "2026-03-09", "DE"), (52, "2026-03-10", "DE")]
    server.on("/search.json", Answer(json.dumps({"interest_over_time": {"lines": []}}).encode(), headers=JSON))
    assert "interest_over_time.timeline_data: Field required" in outside.fetch()["search-trends"].faults[0]
