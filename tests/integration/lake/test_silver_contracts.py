"""The real doors and contracts on a few awkward documents of each source."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from assets.bronze import erp_changes, pim_objects, signal_events
from assets.silver import FEEDS
from assets.silver.order_lines import ORDER_LINES
from assets.silver.orders import ORDERS
from assets.silver.releases import RELEASES
from assets.silver.signals import SIGNALS
from lake.contract import Contract
from lake.ingest.bronze import take_in
from lake.ingest.envelopes import Door
from lake.lakehouse import Lake
from lake.silver.history import refresh_history
from lake.silver.integrity import balance
from lake.silver.refresh import refresh
from tests.lake_builders import dead_letters, erp_change, land, new_session, order_line, rows

DOORS: dict[str, tuple[Contract, Door]] = {
    "pim": (pim_objects.PIM_OBJECTS, pim_objects.DOOR),
    "erp": (erp_changes.ERP_CHANGES, erp_changes.DOOR),
    "signals": (signal_events.SIGNAL_EVENTS, signal_events.DOOR),
}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def load(lake: Lake, stream: str, contract: Contract) -> None:
    session, feed = new_session(lake), FEEDS[contract.name]
    bronze, door = DOORS[stream]
    assert take_in(lake, session, bronze, door, lake.root / "landing" / stream).is_balanced
    done = refresh(lake, session, contract, feed)
    if contract.history == "scd2":
        refresh_history(lake, session, contract, feed)
    found = balance(lake, lake.table(contract), contract, feed, done.version)
    assert found.passed, found.words


def release(changed: object, number: str = "R1", **fields: object) -> str:
    node = {
        "id": f"100{number[1:]}",
        "classname": "Release",
        "fullpath": f"/releases/{number}",
        "modificationDate": changed,
        "published": True,
        "releaseId": number,
        "title": "Blue",
        "artist": {"id": "77", "artistId": "A7"},
        "genre": "jazz",
        "format": "LP",
        "releaseDate": "2010-01-01",
        "listPrice": "12.99",
        "currency": "EUR",
    }
    return json.dumps(node | fields)


def test_releases_follow_the_pim(lake: Lake) -> None:
    gone = {"id": "1002", "classname": "Release", "releaseId": "R2", "modificationDate": 1262304005, "event": "delete"}
    lines = [
        release(1262304009, title="Red", artist=None, listPrice=" 7.00005 ", releaseDate=None, published=False),
        release(1262304000),
        json.dumps(gone),
        release(1262304004, "R2"),
        release(1262304001, "R3", published="maybe"),
        release(1262304001, "R3", releaseDate="soon"),
        release("yesterday", "R4"),
        release(1262304001, "R5", event="renamed"),
    ]
    land(lake, "1.jsonl", lines, "pim")
    load(lake, "pim", RELEASES)

    (row,) = rows(lake, "silver/releases")
    assert (row["release_id"], row["title"], row["artist_id"], row["is_published"]) == ("R1", "Red", None, False)
    assert (row["list_price"], row["release_date"]) == (Decimal("7.0001"), None)
    assert row["source_changed_at"] == datetime(2010, 1, 1, 0, 0, 9, tzinfo=UTC)
    found = [
        (letter["batch_line"], letter["rule"], letter["column_name"])
        for letter in dead_letters(lake, "silver/releases")
    ]
    assert found == [(5, "type", "is_published"), (6, "type", "release_date"), (7, "has_position", "source_position")]
    assert [(letter["batch_line"], letter["rule"]) for letter in dead_letters(lake, "bronze/pim_objects")] == [
        (8, "operation")
    ]
    versions = [
        (row["release_id"], row["title"], row["valid_to"] is None) for row in rows(lake, "silver/releases_history")
    ]
    assert sorted(versions) == [("R1", "Blue", False), ("R1", "Red", True), ("R2", "Blue", False)]


def signal(event_id: str, **fields: object) -> str:
    event = {
        "event_id": event_id,
        "kind": "plays",
        "entity_type": "release",
        "entity_id": "R1",
        "value": 3.5,
        "unit": "plays",
        "region": None,
        "occurred_at": "2010-12-31T23:59:59.999999Z",
        "source": "spins",
    }
    return json.dumps(event | fields)


def test_signals_come_once_and_belong_to_their_month(lake: Lake) -> None:
    lines = [
        signal("E1"),
        signal("E1"),
        signal("E2", occurred_at="2011-01-01T00:30:00+01:00", kind="chart_position"),
        signal("E3", value="NaN"),
        signal("E4", entity_type="weather"),
        signal("E5", occurred_at="infinity"),
        signal("E6", kind=None),
    ]
    land(lake, "1.jsonl", lines, "signals")
    load(lake, "signals", SIGNALS)

    shown = [(row["event_id"], row["kind"], row["value"], row["signal_month"]) for row in rows(lake, "silver/signals")]
    assert shown == [("E1", "plays", 3.5, date(2010, 12, 1)), ("E2", "chart_position", 3.5, date(2010, 12, 1))]
    assert [(row["batch_line"], row["rule"]) for row in dead_letters(lake, "silver/signals")] == [
        (4, "type"),
        (5, "allowed"),
        (6, "has_position"),
    ]
    assert [row["rule"] for row in dead_letters(lake, "bronze/signal_events")] == ["source"]


def test_orders_at_both_ends_of_the_calendar(lake: Lake) -> None:
    def order(lsn: int, created_at: str, **fields: object) -> str:
        after = {
            "order_id": str(lsn),
            "created_at": created_at,
            "order_type": "sale",
            "status": "open",
            "currency": "EUR",
        }
        return erp_change("orders", op="c", lsn=lsn, after=after | fields)

    moments = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z", "2010-12-01T00:00:00Z"]
    lines = [order(number, moment) for number, moment in enumerate(moments, 1)]
    lines.append(order(4, moments[2], order_type="bad_debt_adjustment", status=None))
    land(lake, "1.jsonl", lines)
    load(lake, "erp", ORDERS)
    land(lake, "2.jsonl", [erp_change("orders", op="d", lsn=9, before={"order_id": "1"})])
    load(lake, "erp", ORDERS)

    assert [(row["order_id"], row["order_month"]) for row in rows(lake, "silver/orders")] == [("3", date(2010, 12, 1))]
    assert sorted((row["rule"], row["value"]) for row in dead_letters(lake, "silver/orders")) == [
        ("no_bad_debt_adjustment", "bad_debt_adjustment"),
        ("not_in_future", moments[1]),
    ]
    assert lake.table(ORDERS).read().collect().height == 1


def test_a_return_and_a_service_are_kept_and_marked(lake: Lake) -> None:
    base = {"item_category": "product", "order_type": "sale", "sku": "R1", "currency": "EUR"}
    lines = [
        erp_change("order_lines", op="c", lsn=1, after=order_line("1", 1, **base)),
        erp_change("order_lines", op="c", lsn=2, after=order_line("1", 2, **base | {"item_category": "service"})),
        erp_change(
            "order_lines", op="c", lsn=3, after=order_line("C1", 1, **base | {"order_type": "cancellation"}, qty=-1)
        ),
    ]
    land(lake, "1.jsonl", lines)
    load(lake, "erp", ORDER_LINES)
    shown = [(row["order_id"], row["is_product"], row["is_return"]) for row in rows(lake, "silver/order_lines")]
    assert shown == [("1", True, False), ("1", False, False), ("C1", True, True)]


@pytest.mark.parametrize(
    ("qty", "price"), [(2**31 - 1, "99999999.9999"), (-2_000_000_000, "500"), (1, "99999999.9999")]
)
def test_a_line_whose_amount_has_no_room_in_gold_is_a_dead_letter(lake: Lake, qty: int, price: str) -> None:
    base = {"item_category": "product", "order_type": "sale", "sku": "R1", "currency": "EUR", "qty": qty}
    change = erp_change("order_lines", op="c", lsn=1, after=order_line("1", 1, **base | {"price": price}))
    land(lake, "1.jsonl", [change])
    load(lake, "erp", ORDER_LINES)
    found = [(row["rule"], row["value"]) for row in dead_letters(lake, "silver/order_lines")]
    assert found == ([("amount_has_room", str(qty))] if abs(qty * Decimal(price)) >= 10**12 else [])


def test_a_line_outside_of_the_calendar_is_a_dead_letter_and_stops_nothing(lake: Lake) -> None:
    base = {"item_category": "product", "order_type": "sale", "sku": "R1", "currency": "EUR"}
    moments = ["0001-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "2000-01-01", "2049-12-31T23:59:59.999Z", "2050-01-01"]
    changes = [
        erp_change("order_lines", op="c", lsn=lsn, after=order_line(str(lsn), **base | {"created_at": moment}))
        for lsn, moment in enumerate(moments, 1)
    ]
    land(lake, "1.jsonl", changes)
    load(lake, "erp", ORDER_LINES)
    assert [row["order_id"] for row in rows(lake, "silver/order_lines")] == ["3"]
    assert [(row["rule"], row["value"]) for row in dead_letters(lake, "silver/order_lines")] == [
        ("in_calendar", moments[0]),
        ("in_calendar", moments[1]),
        ("not_in_future", moments[3]),
        ("in_calendar", moments[4]),
    ]
