"""The ECB's reference rates: a history once, then what is new, each rate with the digits that were published."""

import datetime as dt

import pytest

from tests.unit.outside.conftest import Outside
from tests.web_server import Answer, WebServer

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates</gesmes:subject><Cube>'
)


def rates(**days: dict[str, str]) -> bytes:
    cubes = "".join(
        f'<Cube time="{day[1:5]}-{day[5:7]}-{day[7:]}">'
        + "".join(f'<Cube currency="{currency}" rate="{rate}"/>' for currency, rate in values.items())
        + "</Cube>"
        for day, values in days.items()
    )
    return f"{HEAD}{cubes}</Cube></gesmes:Envelope>".encode()


FRIDAY = {"USD": "1.0823", "GBP": "0.85590", "JPY": "163.02"}
MONDAY = {"USD": "1.0930", "GBP": "0.85010"}


@pytest.fixture
def ecb(outside: Outside, server: WebServer) -> WebServer:
    outside.configure(
        {"name": "ecb", "type": "ecb-rates", "currencies": ["USD", "GBP"], "since": "2026-03-06", "url": server.url}
    )
    return server


def test_a_history_then_a_day_then_nothing(outside: Outside, ecb: WebServer) -> None:
    ecb.on("/eurofxref-hist-90d.xml", rates(d20260309=MONDAY, d20260306=FRIDAY, d20260305={"USD": "9"}))
    assert outside.fetch()["ecb"].events == 4
    assert outside.events()[0] == {
        "event_id": "ecb:exchange_rate:GBP:2026-03-06",
        "kind": "exchange_rate",
        "entity_type": "currency",
        "entity_id": "GBP",
        "value": "0.85590",
        "unit": "GBP/EUR",
        "occurred_at": "2026-03-06T15:00:00Z",  # 16:00 in Frankfurt, in winter
        "source": "ecb",
    }
    assert [event["value"] for event in outside.events()] == ["0.85590", "0.85010", "1.0823", "1.0930"]

    tuesday = Answer(rates(d20260310={"USD": "1.0912", "GBP": "0.8499"}), headers={"ETag": '"t"'})
    ecb.on("/eurofxref-daily.xml", tuesday, Answer(status=304))
    assert outside.fetch()["ecb"].events == 2
    assert outside.fetch()["ecb"].events == 0
    assert [one.headers.get("if-none-match") for one in ecb.asked_for("/eurofxref-daily.xml")] == [None, '"t"']
    assert len(outside.files()) == 2

    outside.now += dt.timedelta(days=4)  # a long weekend: the daily file alone would leave a hole
    ecb.on("/eurofxref-hist-90d.xml", rates(d20260313=MONDAY, d20260312=FRIDAY, d20260311=FRIDAY, d20260310=FRIDAY))
    assert outside.fetch()["ecb"].events == 6
    assert len({event["event_id"] for event in outside.events()}) == 12


def test_summer_time_moves_the_moment_of_publication(outside: Outside, ecb: WebServer) -> None:
    ecb.on("/eurofxref-hist-90d.xml", rates(d20260330={"USD": "1.1"}))
    outside.now = dt.datetime(2026, 3, 31, tzinfo=dt.UTC)
    outside.fetch()
    assert [event["occurred_at"] for event in outside.events()] == ["2026-03-30T14:00:00Z"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html><body>Wartung</body></html>", "no day in it"),
        (b'{"error": "moved"}', "no XML"),
        (rates(d20260309=MONDAY)[:-30], "no XML"),
        (rates(d20260309={"USD": "1,09"}), "cannot be read"),
        (rates(d20260309={"USD": "0"}), "no positive number: USD"),
        (rates(d20260309={"USD": "-1.1"}), "no positive number: USD"),
        (rates(d20260309={"USD": "NaN"}), "no positive number: USD"),
        (rates(d20269999={"USD": "1.1"}), "cannot be read"),
    ],
)
def test_an_answer_of_another_shape_lands_nothing_and_is_named(
    body: bytes, said: str, outside: Outside, ecb: WebServer
) -> None:
    ecb.on("/eurofxref-hist-90d.xml", body, rates(d20260309=MONDAY))
    report = outside.fetch()["ecb"]
    assert (report.events, len(report.faults), outside.files()) == (0, 1, [])
    assert report.faults[0].startswith("ecb: eurofxref: ")
    assert said in report.faults[0]
    assert outside.fetch()["ecb"].events == 2  # nothing was noted as fetched


def test_a_rate_that_is_not_available_is_left_out(outside: Outside, ecb: WebServer) -> None:
    ecb.on("/eurofxref-hist-90d.xml", rates(d20260309={"USD": "1.1", "GBP": "N/A"}))
    assert outside.fetch()["ecb"].events == 1


def test_entities_that_blow_up_are_refused(outside: Outside, ecb: WebServer) -> None:
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 50}">' for i in range(8)
    )
    ecb.on("/eurofxref-hist-90d.xml", f"{laughs}]><x>&i;</x>".encode())
    assert "no XML" in outside.fetch()["ecb"].faults[0]
