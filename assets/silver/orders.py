"""Orders as the ERP last stated them.

One row per order. A cancellation is an order of its own whose lines give units back. Bad-debt adjustments share
the ERP's number range but are no orders: they go to the dead letters.
"""

from assets.silver import silver_table
from assets.silver.calendar import not_in_future
from assets.silver.currencies import CURRENCY_CODE
from assets.silver.order_types import NO_BAD_DEBT, ORDER_TYPE
from lake.contract import Column, Contract

ORDERS = Contract(
    name="orders",
    grain="one row per order",
    key=("order_id",),
    latest_by="source_position",
    partition_by=("order_month",),
    columns=(
        Column("order_id", "string", "order number in the ERP", source="order_id"),
        Column(
            "buyer_id", "string", "who ordered; refers to buyers; null for cash sales", source="buyer_id", nullable=True
        ),
        Column("ordered_at", "timestamp", "moment of the order", source="created_at"),
        ORDER_TYPE,
        Column("status", "string", "state of the order in the ERP", source="status"),
        Column("currency", "string", "currency of the order, ISO 4217", source="currency"),
        Column("country", "string", "country the order ships to", source="country", nullable=True),
        Column("channel", "string", "how the order came in", source="channel", nullable=True),
        Column("order_month", "date", "first day of the order's month", sql="date_trunc('month', ordered_at)"),
    ),
    rules=(NO_BAD_DEBT, CURRENCY_CODE, not_in_future("ordered_at")),
    references={"buyer_id": "buyers"},
)

orders = silver_table(ORDERS, __doc__, changes_of="orders")
