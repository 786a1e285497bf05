"""Economic figures: as first published, with their revisions apart, known when they came out."""

import datetime as dt

import pytest

from resources.outside.indicators import period_end
from resources.outside.source import FormatError
from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, WebServer

ITEM = "/data/ICP/M.DE.N.000000.4.ANR"


@pytest.fixture
def office(outside: Outside, server: WebServer) -> WebServer:
    series = {"flow": "ICP", "key": "M.DE.N.000000.4.ANR", "kind": "inflation", "region": "DE", "unit": "%"}
    outside.configure(
        {
            "name": "ecb-data",
            "type": "sdmx",
            "since": "2025-12",
            "url": server.url,
            "series": [series | {"published_after_days": 20}],
        }
    )
    return server


def figures(**values: str) -> bytes:
    rows = [f"ICP.M.DE,M,{period[1:5]}-{period[5:]},{value},A,," for period, value in values.items()]
    return "\r\n".join(["KEY,FREQ,TIME_PERIOD,OBS_VALUE,OBS_STATUS,TITLE,X", *rows]).encode()


def test_a_figure_counts_as_first_published_and_a_revision_is_another_kind(outside: Outside, office: WebServer) -> None:
    modified = {"Last-Modified": "Mon, 02 Mar 2026 10:00:00 GMT"}
    first = figures(p202512="2.0", p202601="2.1", p202602="2.30", p202603="")
    later = figures(p202512="2.0", p202601="2.2", p202602="2.30", p202603="2.4")
    office.on(ITEM, Answer(first, headers=modified), Answer(status=304), Answer(later))
    assert outside.fetch()["ecb-data"].events == 3
    assert office.asked[0].query == {"startPeriod": "2025-12", "format": "csvdata"}
    told = [(one["kind"], one["value"], one["occurred_at"], one["known_at"]) for one in outside.events()]
    assert told == [
        ("inflation", "2.0", "2026-01-01T00:00:00Z", "2026-01-21T00:00:00Z"),  # twenty days after its month
        ("inflation", "2.1", "2026-02-01T00:00:00Z", "2026-02-21T00:00:00Z"),
        ("inflation", "2.30", "2026-03-01T00:00:00Z", "2026-03-10T12:00:00Z"),  # earlier than usual: known now
    ]
    assert outside.fetch()["ecb-data"].events == 0
    assert office.asked[1].headers["if-modified-since"] == "Mon, 02 Mar 2026 10:00:00 GMT"
    outside.now += dt.timedelta(days=40)
    assert outside.fetch()["ecb-data"].events == 2
    told = [(one["kind"], one["value"], one["occurred_at"], one["known_at"]) for one in outside.events()[3:]]
    assert told == [
        ("inflation_revised", "2.2", "2026-02-01T00:00:00Z", "2026-04-19T12:00:00Z"),
        ("inflation", "2.4", "2026-04-01T00:00:00Z", "2026-04-19T12:00:00Z"),
    ]
    assert len({one["event_id"] for one in outside.events()}) == 5


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2025", "2026-01-01"),
        ("2025-S1", "2025-07-01"),
        ("2025-Q4", "2026-01-01"),
        ("2025-Q1", "2025-04-01"),
        ("2024-02", "2024-03-01"),
        ("2025-12", "2026-01-01"),
        ("2020-W53", "2021-01-04"),
        ("2024-02-29", "2024-03-01"),
    ],
)
def test_a_period_ends_where_the_next_begins(period: str, end: str) -> None:
    assert period_end(period) == dt.datetime.fromisoformat(f"{end}T00:00:00+00:00")


@pytest.mark.parametrize("period", ["", "2025-13", "2025-Q5", "2025-W54", "2025-02-30", "9999", "March", "2025-Q4x"])
def test_what_is_no_period_is_refused(period: str) -> None:
    with pytest.raises(FormatError, match="is no period"):
        period_end(period)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>Sorry</html>", "no column OBS_VALUE, TIME_PERIOD"),
        (b"", "no column OBS_VALUE, TIME_PERIOD"),
        (figures(p202512="two"), "'two' is no number"),
        (figures(p202512="Infinity"), "'Infinity' is no number"),
        (figures(p202512="2.0") + figures(p202512="2.1")[49:], "matches several series"),
        (figures(p202512="2.0")[:-12], "not as many fields"),
        (figures(p202517="2.0"), "is no period"),
    ],
)
def test_an_answer_of_another_shape_lands_nothing(body: bytes, said: str, outside: Outside, office: WebServer) -> None:
    office.on(ITEM, body)
    report = outside.fetch()["ecb-data"]
    assert (report.events, outside.files()) == (0, [])
    assert said in report.faults[0]


def test_a_key_that_matches_nothing_is_a_fault(outside: Outside, office: WebServer) -> None:
    office.on(ITEM, Answer(status=404))
    assert "404 Not Found" in outside.fetch()["ecb-data"].faults[0]
