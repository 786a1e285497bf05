"""Whether stock moves as warehouses move it."""

from lake.quality.suites import Suite, expect

STOCK = Suite(
    name="stock",
    table="gold/fct_inventory_snapshot",
    question="Does stock move as a warehouse moves it?",
    query="""
select release_id, warehouse, stock_date, stock_month, on_hand, reserved,
  abs(opening + received - shipped + returned - on_hand) as unexplained
from gold.fct_inventory_snapshot
where stock_date > (select max(stock_date) from gold.fct_inventory_snapshot) - 92
""",
    row=("release_id", "warehouse", "stock_date"),
    partition="stock_month",
    expectations=(
        expect(
            "column_values_to_be_between",
            "what is on hand is what was there, came in and went out; the rest is stolen, broken or not booked",
            column="unexplained",
            max_value=0,
            mostly=0.98,
        ),
        expect(
            "column_values_to_be_between",
            "nobody ships what is not there: negative stock is a booking in the wrong order",
            column="on_hand",
            min_value=0,
            max_value=1_000_000,
            mostly=0.99,
        ),
        expect("column_values_to_be_between", "a reservation takes nothing away", column="reserved", min_value=0),
    ),
)
