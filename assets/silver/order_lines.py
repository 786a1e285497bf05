"""Order lines as the ERP last stated them.

One row per order and line. A cancellation is an order of its own with negative quantity; it is kept and marked, so
that sums are net. Lines of services (postage, fees, discounts) are kept and marked too.
"""

from assets.silver import silver_table
from assets.silver.calendar import in_calendar, not_in_future
from assets.silver.currencies import CURRENCY_CODE
from assets.silver.order_types import NO_BAD_DEBT, ORDER_TYPE
from lake.contract import Column, Contract, Rule

ORDER_LINES = Contract(
    name="order_lines",
    grain="one row per order and line",
    key=("order_id", "line_number"),
    latest_by="source_position",
    freshness_hours=72,  # a weekend without orders is no fault
    partition_by=("order_month",),
    columns=(
        Column("order_id", "string", "order number in the ERP; refers to orders", source="order_id"),
        Column("line_number", "int32", "position within the order, from 1", source="line_no", minimum=1),
        Column("release_id", "string", "the release sold; refers to releases", source="sku"),
        Column("item_category", "string", "goods or service", source="item_category", allowed=("product", "service")),
        ORDER_TYPE,
        Column("ordered_at", "timestamp", "moment of the order", source="created_at"),
        Column("quantity", "int32", "units, negative for returns", source="qty", unit="units"),
        Column("unit_price", "decimal(12, 4)", "net price per unit", source="price", minimum=0),
        Column("currency", "string", "currency of the price, ISO 4217", source="currency"),
        Column("is_product", "bool", "goods, not postage, fees or discounts", sql="item_category = 'product'"),
        Column("is_return", "bool", "whether the line gives units back", sql="quantity < 0"),
        Column("order_month", "date", "first day of the order's month", sql="date_trunc('month', ordered_at)"),
    ),
    rules=(
        NO_BAD_DEBT,
        CURRENCY_CODE,
        in_calendar("ordered_at"),
        not_in_future("ordered_at"),
        Rule(
            "cancellations_are_negative",
            "order_type <> 'cancellation' or item_category <> 'product' or quantity <= 0",
            "a cancellation gives units back, so its quantity is negative; this one is positive (an extract "
            "may declare `returns: positive` in extract.yml)",
            ("quantity",),
        ),
        # As floats, for the product of the two has no room as a decimal: that is what is asked.
        Rule(
            "amount_has_room",
            "abs(cast(quantity as double) * cast(unit_price as double)) < 1e12",
            "quantity times unit_price is a million million or more, which sums have no room for",
            ("quantity",),
        ),
    ),
    references={"order_id": "orders", "release_id": "releases"},
)

order_lines = silver_table(ORDER_LINES, __doc__, changes_of="order_lines")
