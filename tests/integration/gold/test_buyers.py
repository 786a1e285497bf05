"""Recency, frequency and money of the real wholesaler's buyers, against SQL over the raw file."""

from decimal import Decimal

import duckdb

from lake.lakehouse import Lake
from tests.integration.gold.building import FACTS, build_gold, rows
from tests.integration.gold.test_figures import cancelled_in_full
from tests.integration.gold.test_wholesaler import MONTHS, ORDER_LINES, ORDERS, put, raw

__all__ = ["raw"]


def test_rfm_equals_sql_over_the_raw_lines(lake: Lake, raw: duckdb.DuckDBPyConnection) -> None:
    put(lake, raw, "order_lines", ORDER_LINES, MONTHS)
    put(lake, raw, "orders", ORDERS, MONTHS)
    build_gold(lake, "all", [*FACTS, "mart_buyer_rfm"])
    lines = raw.sql(ORDER_LINES).to_arrow_table().to_pylist()
    played = cancelled_in_full(lines, dict(raw.sql("select distinct Invoice, buyer from raw").fetchall()))
    raw.execute("create table cancelled (Invoice varchar, order_month date)")
    raw.executemany("insert into cancelled values (?, ?)", list(played))
    expected = raw.execute(
        "select buyer, (select max(InvoiceDate)::date from raw where is_goods) - max(InvoiceDate)::date, "
        "count(distinct Invoice), sum(Quantity * price4) from raw anti join cancelled using (Invoice, order_month) "
        "where is_goods and Quantity > 0 and buyer is not null group by buyer order by buyer"
    ).fetchall()
    found = rows(lake, "mart_buyer_rfm", "buyer_id, recency_days, frequency, monetary")
    assert found == expected
    assert len(found) > 1_000
    assert {type(row[3]) for row in found} == {Decimal}
    assert rows(lake, "mart_buyer_rfm", "distinct currency") == [("GBP",)]


def test_scores_are_fifths_in_which_equals_are_together(lake: Lake, raw: duckdb.DuckDBPyConnection) -> None:
    put(lake, raw, "order_lines", ORDER_LINES, MONTHS)
    put(lake, raw, "orders", ORDERS, MONTHS)
    build_gold(lake, "all", [*FACTS, "mart_buyer_rfm"])
    measures = ("recency", "recency_days"), ("frequency", "frequency"), ("monetary", "monetary")
    found = rows(lake, "mart_buyer_rfm", ", ".join(f"{column}, {name}_score" for name, column in measures))
    for value, score, sign in ((0, 1, -1), (2, 3, 1), (4, 5, 1)):
        ordered = sorted(sign * row[value] for row in found)
        for row in found:
            below = ordered.index(sign * row[value])
            assert row[score] == min(5, 1 + 5 * below // (len(found) - 1))
