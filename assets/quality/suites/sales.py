"""Whether single order lines look like a distributor's."""

from lake.quality.suites import Suite, expect

SALES = Suite(
    name="sales",
    table="gold/fct_order_line",
    question="Do single order lines look like a distributor's?",
    query="""
select order_id, line_number, order_month, abs(quantity) as units, unit_price::double as unit_price,
  abs(net_revenue - quantity * unit_price)::double as deviation,
  date_diff('day', order_date, current_date) as age_days, house_revenue is not null as is_counted
from gold.fct_order_line where is_product
""",
    row=("order_id", "line_number"),
    partition="order_month",
    expectations=(
        expect(
            "column_values_to_be_between",
            "more than 10,000 units in a line are a slip of the keyboard, or pieces where boxes were meant",
            column="units",
            min_value=1,
            max_value=10_000,
        ),
        expect(
            "column_values_to_be_between",
            "a record costs cents to hundreds; higher prices are cents taken for euros",
            column="unit_price",
            min_value=0.01,
            max_value=1_000,
            mostly=0.99,
        ),
        expect(
            "column_values_to_be_between",
            "revenue is quantity times price",
            column="deviation",
            max_value=0.01,
        ),
        expect(
            "column_values_to_be_between",
            "nobody orders tomorrow; a date in the future is a clock or a date format gone wrong",
            column="age_days",
            min_value=-1,
        ),
        expect(
            "column_values_to_be_in_set",
            "revenue without a rate is missing from every sum in the house currency",
            column="is_counted",
            value_set=[True],
            mostly=0.99,
        ),
    ),
)
