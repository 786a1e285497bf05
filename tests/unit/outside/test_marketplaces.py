"""Discogs' statistics: what changes is an event, and its pace is kept."""

import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, WebServer


def stats(price: Any = "2.09", copies: Any = 26, currency: str = "EUR", **headers: str) -> Answer:
    lowest = "null" if price is None else f'{{"currency": "{currency}", "value": {price}}}'
    body = f'{{"lowest_price": {lowest}, "num_for_sale": {json.dumps(copies)}, "blocked_from_sale": false}}'
    return Answer(body.encode(), headers={"Content-Type": "application/json", **headers})


def configure(outside: Outside, server: WebServer, **more: Any) -> None:
    options = {"currency": "EUR", "url": server.url, "releases": {"R1": 77, "R2": 88}} | more
    outside.configure({"name": "discogs", "type": "discogs", **options})


def test_price_and_copies_are_events_when_they_change(outside: Outside, server: WebServer) -> None:
    configure(outside, server, releases={"R1": 77})
    server.on("/marketplace/stats/77", stats(), stats(), stats("2.10"), stats(None, None), stats("2.10", 1))
    assert [outside.fetch()["discogs"].events for _ in range(5)] == [2, 0, 1, 2, 2]
    assert server.asked[0].query == {"curr_abbr": "EUR"}
    told = [(one["kind"], one["value"], one["unit"], one.get("statistic")) for one in outside.events()]
    assert told[:2] == [("copies_for_sale", 26, "copies", None), ("competitor_price", "2.09", "EUR", "lowest")]
    assert [one[1] for one in told[2:]] == ["2.10", 0, "2.10", 1, "2.10"]
    assert [one.get("availability") for one in outside.events()[2:]] == [None, None, "out_of_stock", None, None]


def test_requests_are_spread_over_the_minute_that_is_allowed(
    outside: Outside, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCOGS_TOKEN", "t0ken")
    configure(outside, server, token="${DISCOGS_TOKEN}", releases={"R1": 77, "R2": 88, "R3": 99})
    left = {"X-Discogs-Ratelimit": "60", "X-Discogs-Ratelimit-Remaining": "1"}
    server.on("/marketplace/stats/77", stats(**left))
    server.on("/marketplace/stats/88", stats(**left | {"X-Discogs-Ratelimit-Remaining": "0"}))
    server.on("/marketplace/stats/99", stats())
    outside.fetch()
    assert outside.slept == [1.0, 60.0]
    assert {one.headers["authorization"] for one in server.asked} == {"Discogs token=t0ken"}
    assert not [path for path in (outside.root / "lake").rglob("*") if path.is_file() and b"t0ken" in path.read_bytes()]


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (stats(currency="USD"), "the price is in USD, not in EUR"),
        (stats(0), "the lowest price is 0"),
        (stats("-1.5"), "the lowest price is -1.5"),
        (stats('"cheap"'), "documented shape"),
        (stats(copies="many"), "'many', which is no number of copies"),
        (Answer(b'{"message": "Release not found."}', 404, {"Content-Type": "application/json"}), "Release not found"),
        (Answer(b'{"lowest_price": 3}'), "documented shape"),
        (Answer(b'{"lowest_price": {"value'), "no JSON"),
    ],
)
def test_one_release_that_cannot_be_read_leaves_the_others(
    answer: Answer, said: str, outside: Outside, server: WebServer
) -> None:
    configure(outside, server)
    server.on("/marketplace/stats/77", answer)
    server.on("/marketplace/stats/88", stats())
    report = outside.fetch()["discogs"]
    assert (report.events, len(report.faults)) == (2, 1)
    assert said in report.faults[0]


def test_many_releases_stand_in_a_file_and_land_in_portions(outside: Outside, server: WebServer) -> None:
    file = outside.root / "discogs.csv"
    file.write_text("release_id,discogs_id\n" + "".join(f"R{number},{number}\n" for number in range(450)))
    for number in range(450):
        server.on(f"/marketplace/stats/{number}", stats())
    source = {"name": "discogs", "type": "discogs", "currency": "EUR", "url": server.url}
    outside.configure(source | {"releases_file": str(file)})
    report = outside.fetch()["discogs"]
    assert (report.items, report.events, len(report.files)) == (450, 900, 3)
    file.write_text("release,discogs\nR1,x\n")
    assert "release_id,discogs_id are wanted" in outside.fetch()["discogs"].faults[0]
