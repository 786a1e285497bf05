"""The price list keeps the latest change by position and refuses what is no price."""

import math
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.forecasts.inputs import read_facts
from assets.silver.prices import prices
from lake.lakehouse import Lake
from tests.unit.silver.landed import ask, change, letters, take_in

if TYPE_CHECKING:
    from lake.delta.sessions import Session


def test_the_latest_price_wins_and_what_is_none_is_refused(tmp_path: Path) -> None:
    row: dict[str, Any] = {"sku": "R1"}
    row |= {"country": "Germany", "valid_from": "2026-03-01", "price": "9.99", "currency": "EUR"}
    other = {**row, "country": "Poland", "currency": "USD", "price": 10.5}
    changes = [(1, row), (4, {**row, "price": "11.00"}), (3, {**row, "price": "10.50"}), (2, other)]
    bad = [(5, {**row, "price": "-1"}), (6, {**row, "currency": "€"}), (7, {**row, "valid_from": "soon"})]
    take_in(tmp_path, "erp", [change("prices", after, lsn) for lsn, after in [*changes, *bad]], erp_changes, prices)
    assert ask(tmp_path, "select country, price::text, currency from silver.prices order by 1") == [
        ("Germany", "11.0000", "EUR"),
        ("Poland", "10.5000", "USD"),
    ]
    assert letters(tmp_path) == [
        ("currency is no ISO 4217 code of three capital letters", "€"),
        ("price is below 0", "-1"),
        ("valid_from is no date", "soon"),
    ]


def test_what_the_list_said_when_stands_in_its_history(tmp_path: Path) -> None:
    """11 from 1 April was announced in March and put right, to 12, in May: what was known in between stays known."""
    row: dict[str, Any] = {"sku": "R1", "country": "Germany", "currency": "EUR"}
    now, planned = (
        {**row, "valid_from": "2026-01-01", "price": "10"},
        {**row, "valid_from": "2026-04-01", "price": "11"},
    )
    moments = {1: "2026-02-01 08:00:00+00", 2: "2026-03-10 09:00:00+00", 3: "2026-05-05 10:00:00+00"}
    changes = [change("prices", now, 1, "r"), change("prices", planned, 2, "c")]
    changes += [change("prices", {**planned, "price": "12"}, 3)]
    for number, one in enumerate(changes, 1):
        one["source"]["ts_ms"] = int(datetime.fromisoformat(moments[number]).timestamp() * 1000)
    take_in(tmp_path, "erp", changes, erp_changes, prices)
    said = "select valid_from::text, price::int, known_from::date::text, known_to::date::text, is_current"
    assert ask(tmp_path, f"{said} from silver.prices_history order by known_from") == [
        ("2026-01-01", 10, "2026-02-01", None, True),
        ("2026-04-01", 11, "2026-03-10", "2026-05-05", False),
        ("2026-04-01", 12, "2026-05-05", None, True),
    ]
    # As the forecast takes it: what the list held when it was first read was known from its first day on.
    lake = Lake(tmp_path)
    facts = read_facts(lake, cast("Session", SimpleNamespace(versions=lake.versions()))).prices
    assert facts is not None
    assert [tuple(map(str, one)) for one in facts.select("ds", "known_on", "until").rows()] == [
        ("2026-01-01", "2026-01-01", "None"),
        ("2026-04-01", "2026-03-10", "2026-05-05"),
        ("2026-04-01", "2026-05-05", "None"),
    ]
    assert facts["market"].unique().to_list() == ["Germany EUR"]
    assert facts["log_price"].to_list() == pytest.approx([math.log(10), math.log(11), math.log(12)])
