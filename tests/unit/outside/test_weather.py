"""Weather: days that are complete, in the zone of the place; and forecasts, which are no observations."""

import datetime as dt
import json
from typing import Any

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, WebServer

UNITS = {"time": "iso8601", "temperature_2m_mean": "°C", "precipitation_sum": "mm"}


def answer(days: dict[str, tuple[Any, Any]], **units: str) -> bytes:
    daily = {
        "time": list(days),
        "temperature_2m_mean": [temperature for temperature, _ in days.values()],
        "precipitation_sum": [rain for _, rain in days.values()],
    }
    return json.dumps({"latitude": 52.52, "daily_units": UNITS | units, "daily": daily}).encode()


def configure(outside: Outside, server: WebServer, **more: Any) -> None:
    place = {"region": "DE", "latitude": 52.52, "longitude": 13.41, "timezone": "Europe/Berlin"}
    outside.configure(
        {
            "name": "weather",
            "type": "open-meteo",
            "places": [place],
            "since": "2026-03-06",
            "archive_url": f"{server.url}/archive",
            "forecast_url": f"{server.url}/forecast",
            **more,
        }
    )


def test_days_land_as_far_as_they_are_known(outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    known = {"2026-03-06": (7.45, 0.0), "2026-03-07": (-0.5, 12.3)}
    server.on("/archive", answer({**known, "2026-03-08": (8.1, None), "2026-03-09": (None, None)}))
    assert outside.fetch()["weather"].events == 4
    asked = server.asked[0].query
    assert (asked["start_date"], asked["end_date"], asked["timezone"]) == ("2026-03-06", "2026-03-09", "Europe/Berlin")
    assert asked["daily"] == "temperature_2m_mean,precipitation_sum"
    # In winter a day in Berlin ends at 23:00 UTC. The archive knew it at the latest when it was asked.
    assert outside.events()[0] == {
        "event_id": "open-meteo:precipitation:DE:2026-03-06",
        "kind": "precipitation",
        "entity_type": "region",
        "entity_id": "DE",
        "value": "0.0",
        "unit": "mm",
        "occurred_at": "2026-03-06T23:00:00Z",
        "source": "open-meteo",
        "known_at": "2026-03-10T12:00:00Z",
    }
    assert [event["value"] for event in outside.events()] == ["0.0", "12.3", "7.45", "-0.5"]

    server.on("/archive", answer({"2026-03-08": (8.1, 1.0), "2026-03-09": (None, None)}))
    assert outside.fetch()["weather"].events == 2
    assert server.asked[1].query["start_date"] == "2026-03-08"


def test_history_became_known_when_the_archive_usually_has_it(outside: Outside, server: WebServer) -> None:
    configure(outside, server, since="2025-07-01")
    server.on("/archive", answer({"2025-07-01": (21.0, 0.0)}))
    outside.fetch()
    first = outside.events()[0]
    assert (first["occurred_at"], first["known_at"]) == ("2025-07-01T22:00:00Z", "2025-07-06T22:00:00Z")


def test_a_hole_of_long_ago_does_not_hold_up_what_follows(outside: Outside, server: WebServer) -> None:
    configure(outside, server, since="2026-01-01")
    server.on("/archive", answer({"2026-01-01": (1.0, None), "2026-01-02": (2.0, 0.0), "2026-03-09": (None, 0.0)}))
    outside.fetch()
    assert [event["value"] for event in outside.events()] == ["0.0", "1.0", "2.0"]


def test_a_forecast_is_its_own_kind_and_occurs_when_it_is_made(outside: Outside, server: WebServer) -> None:
    configure(outside, server, forecast_days=2, since="2026-03-10")
    days = {"2026-03-10": (5.0, 0.0), "2026-03-11": (6.0, 0.4), "2026-03-12": (7.0, None)}
    server.on("/forecast", answer(days))
    assert outside.fetch()["weather"].events == 3
    assert server.asked_for("/forecast")[0].query["forecast_days"] == "3"
    told = {(event["kind"], event["value"], event["occurred_at"]) for event in outside.events()}
    assert told == {
        ("temperature_mean_forecast_1d", "6.0", "2026-03-10T12:00:00Z"),
        ("precipitation_forecast_1d", "0.4", "2026-03-10T12:00:00Z"),
        ("temperature_mean_forecast_2d", "7.0", "2026-03-10T12:00:00Z"),
    }
    outside.now += dt.timedelta(hours=3)
    assert outside.fetch()["weather"].events == 0  # once a day
    outside.now += dt.timedelta(hours=9)
    server.on("/archive", answer({"2026-03-10": (None, None)}))
    server.on("/forecast", answer({"2026-03-12": (7.5, 0.0)}))
    assert outside.fetch()["weather"].events == 2
    # The same day expected anew is a new event; what was expected before stays known.
    assert len({event["event_id"] for event in outside.events()}) == 5


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Sorry</html>", "no JSON"),
        (answer({"2026-03-06": (1.0, 0.0)})[:-9], "no JSON"),
        (b'{"daily": {"time": [NaN]}}', "NaN is no JSON number"),
        (b'{"hourly": {}}', "documented shape"),
        (b"[]", "documented shape"),
        (b"null", "documented shape"),
        (answer({"2026-03-06": (1.0, 0.0)}, temperature_2m_mean="°F"), "temperature_2m_mean in °F, not °C"),
        (answer({"2026-03-06": ("mild", 0.0)}), "'mild', which is no number"),
        (answer({"2026-03-06": (True, 0.0)}), "no number"),
        (answer({"6 March": (1.0, 0.0)}), "documented shape"),
    ],
)
def test_an_answer_of_another_shape_lands_nothing(body: bytes, said: str, outside: Outside, server: WebServer) -> None:
    configure(outside, server)
    server.on("/archive", Answer(body, headers={"Content-Type": "text/html"}))
    report = outside.fetch()["weather"]
    assert (report.events, outside.files()) == (0, [])
    assert said in report.faults[0]


def test_a_refused_request_says_what_the_service_says_and_no_key(
    outside: Outside, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METEO_KEY", "pa1d")
    configure(outside, server, key="${METEO_KEY}")
    words = b'{"error": true, "reason": "Daily API request limit exceeded for pa1d"}'
    server.on("/archive", Answer(words, 400, {"Content-Type": "application/json"}))
    fault = outside.fetch()["weather"].faults[0]
    assert server.asked[0].query["apikey"] == "pa1d"
    assert "400 Bad Request" in fault
    assert "limit exceeded for ***" in fault
    assert "pa1d" not in fault
