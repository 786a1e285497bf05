"""Holidays, calendars and concerts: known before they occur, and sometimes cancelled."""

import datetime as dt
import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, Asked, WebServer


def told(outside: Outside, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(one.get(name) for name in names) for one in outside.events()]


def test_holidays_of_a_country_and_of_a_region_need_nobody_outside(outside: Outside) -> None:
    outside.configure({"name": "days", "type": "holidays", "regions": ["DE", "DE-BY", "XX"], "since": 2026})
    report = outside.fetch()["days"]
    assert report.faults == ["days: XX: the package holidays knows no region XX; its documentation lists them"]
    found = told(outside, "entity_id", "occurred_at", "title", "value", "kind")
    assert ("DE", "2026-12-25T00:00:00Z", "Christmas Day", 1, "holiday") in found
    # Gauss's Easter gives 5 April 2026, Good Friday two days before. Epiphany is kept in Bavaria, not in all Germany.
    assert ("DE", "2026-04-03T00:00:00Z", "Good Friday", 1, "holiday") in found
    epiphany = {one[0] for one in found if one[2] == "Epiphany"}
    assert epiphany == {"DE-BY"}
    assert {one[1][:4] for one in found} == {"2026", "2027"}
    assert outside.fetch()["days"].events == 0
    outside.now = dt.datetime(2027, 1, 2, tzinfo=dt.UTC)
    outside.fetch()
    assert {one["occurred_at"][:4] for one in outside.events()[len(found) :]} == {"2028"}


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{body}END:VCALENDAR\n".replace("\n", "\r\n").encode()


DAY = "UID:1@x\nDTSTART;VALUE=DATE:20260418\nCREATED:20251101T080000Z\nSUMMARY:Record Store Day"
FAIR = "UID:2@x\nDTSTART;TZID=Europe/Berlin:20260501T100000\nSUMMARY:Plattenbörse"


def test_a_calendar_s_events_are_known_ahead_moved_and_cancelled(outside: Outside, server: WebServer) -> None:
    entry = {"url": f"{server.url}/events.ics", "region": "DE", "kind": "fair"}
    outside.configure({"name": "fairs", "type": "icalendar", "calendars": [entry]})
    recurring = "UID:3@x\nDTSTART:20260301T100000Z\nRRULE:FREQ=WEEKLY\nSUMMARY:Stammtisch"
    nameless = "DTSTART:20260301T100000Z\nSUMMARY:Nobody"
    moved = FAIR.replace("20260501", "20260502")
    server.on(
        "/events.ics",
        Answer(calendar(DAY, FAIR, recurring, nameless), headers={"ETag": '"1"'}),
        Answer(status=304),
        Answer(calendar(DAY, moved)),
        Answer(calendar(f"{DAY}\nSTATUS:CANCELLED", moved)),
    )
    report = outside.fetch()["fairs"]
    assert [note.split("left out: ")[1] for note in report.notes] == [
        "Stammtisch recurs, which is not expanded",
        "Nobody has no UID or no beginning",
    ]
    assert told(outside, "kind", "entity_id", "occurred_at", "known_at", "title") == [
        ("fair", "DE", "2026-04-18T00:00:00Z", "2025-11-01T08:00:00Z", "Record Store Day"),
        ("fair", "DE", "2026-05-01T08:00:00Z", "2026-03-10T12:00:00Z", "Plattenbörse"),
    ]
    assert outside.fetch()["fairs"].events == 0
    outside.now += dt.timedelta(days=1)
    outside.fetch()
    outside.fetch()
    assert told(outside, "kind", "occurred_at", "known_at")[2:] == [
        ("fair_cancelled", "2026-05-01T08:00:00Z", "2026-03-11T12:00:00Z"),
        ("fair", "2026-05-02T08:00:00Z", "2026-03-11T12:00:00Z"),
        ("fair_cancelled", "2026-04-18T00:00:00Z", "2026-03-11T12:00:00Z"),
    ]


@pytest.mark.parametrize("body", [b"<html>", b"", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:2026", b"\xff\xfe\x00"])
def test_what_is_no_calendar_lands_nothing(body: bytes, outside: Outside, server: WebServer) -> None:
    entry = {"url": server.on("/events.ics", body), "region": "DE"}
    outside.configure({"name": "fairs", "type": "icalendar", "calendars": [entry]})
    report = outside.fetch()["fairs"]
    assert (outside.files(), len(report.faults)) == ([], 1)
    assert "no calendar" in report.faults[0]


def concert(number: str, begins: str | None = "2026-06-01T18:00:00Z", status: str = "onsale") -> dict[str, Any]:
    start = {"dateTime": begins} if begins else {"localDate": "2026-06-01"}
    venue = {"country": {"countryCode": "ES"}}
    dates = {"start": start, "status": {"code": status}}
    return {"id": number, "name": "The Lathes live", "dates": dates, "_embedded": {"venues": [venue]}}


@pytest.fixture
def ticketmaster(outside: Outside, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> WebServer:
    monkeypatch.setenv("TM_KEY", "k3y")
    artists = {"A0007": "K8v1"}
    outside.configure(
        {"name": "tours", "type": "ticketmaster", "key": "${TM_KEY}", "artists": artists, "url": server.url}
    )
    return server


def listing(*pages: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Answer:
        number = int(asked.query["page"])
        embedded = {"_embedded": {"events": pages[number]}} if pages and pages[number] else {}
        return Answer(json.dumps({**embedded, "page": {"number": number, "totalPages": len(pages)}}).encode())

    return answer


def test_concerts_of_all_pages_come_once(outside: Outside, ticketmaster: WebServer) -> None:
    ticketmaster.on("/events.json", listing([concert("a"), concert("b")], [concert("b"), concert("c", None)]))
    assert outside.fetch()["tours"].events == 2
    assert ticketmaster.asked[0].query["attractionId"] == "K8v1"
    assert ticketmaster.asked[0].query["apikey"] == "k3y"
    assert told(outside, "event_id", "kind", "entity_type", "entity_id", "region", "occurred_at", "known_at")[0] == (
        *("ticketmaster:A0007:a:2026-06-01T18:00:00Z", "concert", "artist", "A0007", "ES"),
        *("2026-06-01T18:00:00Z", "2026-03-10T12:00:00Z"),
    )
    outside.now += dt.timedelta(days=1)
    ticketmaster.on("/events.json", listing([concert("a", status="cancelled"), concert("b", "2026-06-03T18:00:00Z")]))
    outside.fetch()
    assert sorted(told(outside, "kind", "occurred_at", "known_at")[2:]) == [
        ("concert", "2026-06-03T18:00:00Z", "2026-03-11T12:00:00Z"),
        ("concert_cancelled", "2026-06-01T18:00:00Z", "2026-03-11T12:00:00Z"),
        ("concert_cancelled", "2026-06-01T18:00:00Z", "2026-03-11T12:00:00Z"),
    ]
    assert outside.fetch()["tours"].events == 0


def test_an_artist_without_concerts_is_no_fault(outside: Outside, ticketmaster: WebServer) -> None:
    ticketmaster.on("/events.json", listing([]))
    report = outside.fetch()["tours"]
    assert (report.events, report.faults) == (0, [])


def test_of_a_listing_that_breaks_off_nothing_lands(outside: Outside, ticketmaster: WebServer) -> None:
    whole = listing([concert("a")], [concert("b")])
    ticketmaster.on("/events.json", whole, Answer(b'{"fault": {"faultstring": "Rate limit"}}'), whole)
    report = outside.fetch()["tours"]
    assert (report.events, outside.files()) == (0, [])
    assert "documented shape" in report.faults[0]
    assert outside.fetch()["tours"].events == 2
