"""Values of another shape than documented are refused with the column, never read as missing or as their opposite."""

from pathlib import Path

import pytest

from assets.bronze.erp_changes import erp_changes
from assets.bronze.pim_objects import pim_objects
from assets.silver.order_lines import order_lines
from assets.silver.releases import releases
from tests.unit.silver.landed import Document, ask, change, letters, take_in


def release(number: int, artist: object) -> Document:
    said: Document = {"id": str(number), "classname": "Release", "modificationDate": 1772400000, "published": True}
    return said | {"releaseId": f"X{number}", "title": "T", "artist": artist}


def test_a_relation_that_is_a_list_a_text_or_a_number_is_refused(tmp_path: Path) -> None:
    artists: list[object] = [[{"artistId": "A1"}, {"artistId": "A2"}], "A1", 71, None, {"artistId": "A1"}]
    take_in(tmp_path, "pim", [release(number, one) for number, one in enumerate(artists)], pim_objects, releases)

    assert ask(tmp_path, "select release_id, artist_id from silver.releases order by 1") == [("X3", None), ("X4", "A1")]
    assert {reason for reason, _ in letters(tmp_path)} == {
        "artist is a list, a text or a number and no document, so artist_id cannot be read from it"
    }
    assert len(letters(tmp_path)) == 3


def test_a_release_date_without_a_day_is_left_empty_and_noted(tmp_path: Path) -> None:
    dates = ["2024", "2024-05", "2024-05-00", "0000-00-00", "2024-05-17", None, "2024-13", "soon"]
    documents = [release(number, None) | {"releaseDate": text} for number, text in enumerate(dates)]
    take_in(tmp_path, "pim", documents, pim_objects, releases)

    found = ask(tmp_path, "select release_id, release_date::varchar from silver.releases order by 1")
    assert found == [(f"X{n}", "2024-05-17" if n == 4 else None) for n in range(6)]
    assert letters(tmp_path) == [("release_date is no date", "2024-13"), ("release_date is no date", "soon")]


def test_a_required_day_is_never_taken_from_a_part(tmp_path: Path) -> None:
    line = {"order_id": "RE1", "line_no": 1, "sku": "R1", "item_category": "product", "order_type": "sale"}
    line |= {"qty": 1, "price": "11.50", "currency": "EUR", "created_at": "2026-03"}
    take_in(tmp_path, "erp", [change("order_lines", line, 1)], erp_changes, order_lines)

    assert ask(tmp_path, "select count(*) from silver.order_lines") == [(0,)]
    assert [value for _, value in letters(tmp_path)] == ["2026-03"]


@pytest.mark.parametrize(("kind", "category", "quantity", "is_read"), [
    ("cancellation", "product", 5, False),
    ("cancellation", "product", -5, True),
    ("cancellation", "service", 1, True),
    ("sale", "product", -5, True),
])  # fmt: skip
def test_a_cancellation_has_a_negative_quantity(
    tmp_path: Path, kind: str, category: str, quantity: int, *, is_read: bool
) -> None:
    line = {"order_id": "RE1", "line_no": 1, "sku": "R1", "item_category": category, "order_type": kind}
    line |= {"qty": quantity, "price": "11.50", "currency": "EUR", "created_at": "2026-03-01T10:15:00Z"}
    take_in(tmp_path, "erp", [change("order_lines", line, 1)], erp_changes, order_lines)

    assert ask(tmp_path, "select count(*) from silver.order_lines") == [(int(is_read),)]
