"""The price list keeps the latest change by position and refuses what is no price."""

from pathlib import Path
from typing import Any

from assets.bronze.erp_changes import erp_changes
from assets.silver.prices import prices
from tests.unit.silver.landed import ask, change, letters, take_in


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
