"""Reports of tables: their figures are those of the lines, to the cent and in the reader's scope."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from lake.lakehouse import Lake
from serving.exports.buyer_sheet import bought
from serving.exports.royalties import last_whole_month, royalties
from serving.exports.sheets import NothingToReportError, cents, whole
from serving.exports.stock_risk import order_rows
from serving.exports.templates import TEMPLATES, Details
from serving.queries.publications import Publications
from serving.queries.reader import Reader
from serving.queries.scopes import Scope
from tests import serving_lake
from tests.needs import need_packages


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return serving_lake.build(tmp_path / "lake")


@pytest.fixture
def reader(lake: Lake) -> Reader:
    return Publications(lake).reader()


def plan() -> pa.Table:
    rows: list[dict[str, Any]] = [
        {
            "release_id": release,
            "origin": origin,
            "horizon_days": 30,
            "available": 5,
            "incoming": 0,
            "plan_units": 10.0 * place,
            "units_p50": 10.0 * place,
            "units_p90": 20.0 * place,
            "chance_above_stock": 0.5,
            "service_order": 7.0 * place,
        }
        for origin in (date(2026, 1, 1), serving_lake.ORIGIN)
        for place, release in enumerate(("R1", "R2", "R3"), 1)
    ]
    return pa.Table.from_pylist(rows)


def test_a_statement_has_the_royalties_of_the_mart_in_the_readers_scope(reader: Reader, lake: Lake) -> None:
    found = royalties(reader, date(2026, 1, 1))
    told = {row["release_id"]: (row["sold"], row["returned"], row["revenue"], row["royalty"]) for row in found}
    assert told == {
        "R3": (6, 0, Decimal("30.10"), Decimal("6.02")),
        "R4": (1, 0, Decimal("9.99"), Decimal("2.00")),
    }
    first = Publications(lake).reader(Scope(frozenset({"L1"})))
    assert royalties(first, date(2026, 1, 1)) == []
    with pytest.raises(NothingToReportError, match=r"none of the 1 releases.*LACQUER_ROYALTY_RATES"):
        TEMPLATES["royalty-statement"].render(first, Details(month=date(2026, 1, 1)))


def test_the_newest_whole_month_is_the_default(reader: Reader) -> None:
    assert (reader.last_day, last_whole_month(reader)) == (date(2026, 1, 30), date(2025, 12, 1))


def test_a_buyer_sheet_lists_what_the_buyer_bought(reader: Reader, lake: Lake) -> None:
    found = [(row["title"], row["units"], row["revenue"]) for row in bought(reader, "B1")]
    assert found == [("Blue Hours", 8, Decimal("80.00")), ("blue <b>Sky</b>", 4, Decimal("20.50"))]
    own = Publications(lake).reader(Scope(frozenset({"L1"})))
    assert [row["title"] for row in bought(own, "B1")] == ["Blue Hours"]


def test_orders_are_those_of_the_newest_origin_by_label(lake: Lake) -> None:
    serving_lake.republish(lake, "gold/mart_plan", plan())
    found = [(row["label"], row["title"], row["service_order"]) for row in order_rows(Publications(lake).reader())]
    assert found == [
        ("First Label", "Café Noir", 14.0),
        ("First Label", "Blue Hours", 7.0),
        ("Second Label", "blue <b>Sky</b>", 21.0),
    ]


def test_numbers_are_rounded_half_up_and_grouped() -> None:
    assert [cents(Decimal(one)) for one in ("1234567.005", "-0.125", "0")] == ["1,234,567.01", "-0.13", "0.00"]
    assert [whole(one) for one in (12345.5, -2, None)] == ["12,346", "-2", "–"]


@pytest.mark.heavy
def test_each_report_is_a_pdf_or_says_why_not(lake: Lake) -> None:
    need_packages("typst", target="serve-tools")
    serving_lake.republish(lake, "gold/mart_plan", plan())
    details = Details("B1", date(2026, 1, 1))
    for labels in (None, frozenset({"L2"})):
        reader = Publications(lake).reader(Scope(labels))
        for name, one in TEMPLATES.items():
            assert one.render(reader, details).startswith(b"%PDF-"), name
    nobody = Publications(lake).reader(Scope(frozenset({"none"})))
    for name in ("weekly-sales", "order-list", "stock-risk", "buyer-sheet", "royalty-statement"):
        with pytest.raises(NothingToReportError):
            TEMPLATES[name].render(nobody, details)
    with pytest.raises(NothingToReportError, match="no buyer None"):
        TEMPLATES["buyer-sheet"].render(nobody, Details())
