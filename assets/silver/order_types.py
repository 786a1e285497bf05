"""The kind of an order, shared by its header and its lines, and the kind that is no order."""

from lake.contract import Column, Rule

BAD_DEBT = "bad_debt_adjustment"

ORDER_TYPE = Column(
    "order_type",
    "string",
    "sale, or a cancellation that gives units back",
    source="order_type",
    allowed=("sale", "cancellation", BAD_DEBT),
)

NO_BAD_DEBT = Rule(
    name="no_bad_debt_adjustment",
    sql=f"order_type <> '{BAD_DEBT}'",
    reason="a bad-debt adjustment is no order",
    columns=("order_type",),
)
