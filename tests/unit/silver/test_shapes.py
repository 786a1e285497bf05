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
