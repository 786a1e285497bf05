"""Given two extracts of the wholesaler made by hand, when they are landed, then what cannot count once is refused."""

from pathlib import Path

import duckdb
import pytest

from demo.online_retail.extracts import EXTRACTS
from demo.pack import PackError
from demo.packs import PACKS
from tests.unit.demo.conftest import contents

EXTRACT = """
copy (
    select '1' as Invoice, code as StockCode, 'A' as Description, 1::bigint as Quantity,
        timestamp '2010-12-01 08:00:00' as InvoiceDate, price as Price, 5::bigint as "Customer ID", 'X' as Country
    from (values {rows}) lines (code, price)
) to '{path}' (format parquet)
"""


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (
            "('a', 1.5::double), ('b', 2.0)",
            "('b', 2.0::double)",
            "invoice 1 stands in both extracts with different lines",
        ),
        ("('a', 1.5::double)", "('a', 1.25::double)", "invoice 1 stands in both extracts with different lines"),
        ("('a', 0.00001::double)", "('a', 0.00001::double)", "invoice 1 line 1 has a price of over 4 decimals"),
    ],
)
def test_extracts_that_cannot_count_once_are_refused(tmp_path: Path, first: str, second: str, message: str) -> None:
    folder = tmp_path / "online_retail_ii"
    folder.mkdir()
    for name, rows in zip(EXTRACTS, (first, second), strict=True):
        duckdb.sql(EXTRACT.format(rows=rows, path=folder / name))
    with pytest.raises(PackError, match=message):
        PACKS["online-retail"].land(tmp_path / "lake", data=tmp_path)
    assert contents(tmp_path / "lake") == {}


def test_the_same_lines_in_another_order_are_the_same_lines(tmp_path: Path) -> None:
    folder = tmp_path / "online_retail_ii"
    folder.mkdir()
    for name, rows in zip(EXTRACTS, ("('b', 2.0::double), ('a', 0.5)", "('a', 0.5::double), ('b', 2.0)"), strict=True):
        duckdb.sql(EXTRACT.format(rows=rows, path=folder / name))
    PACKS["online-retail"].land(tmp_path / "lake", data=tmp_path)
    first, second = (path.read_bytes() for path in sorted((tmp_path / "lake").glob("landing/erp/*order_lines*")))
    assert first == second
    assert b'"line_no":1,"sku":"a","item_category":"product","order_type":"sale","qty":1,"price":"0.5"' in first
