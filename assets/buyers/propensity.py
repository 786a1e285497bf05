"""Probability that a buyer orders within 30 days.

One row per buyer and origin, the newest day with an order; earlier origins stay. Calibrated; trained on origins before
it only; scored by the registered version that serves. An order is a day on which the buyer ordered. Compare earlier
origins with what came to judge it.
"""

from assets.derived import Input, derived_table
from assets.predictions import PREDICTION_ID_COLUMN
from lake.contract import Column, Contract

BUYER_PROPENSITY = Contract(
    name="buyer_propensity",
    layer="gold",
    grain="one row per buyer and origin",
    key=("buyer_id", "origin"),
    partition_by=("origin",),
    columns=(
        Column("buyer_id", "string", "the buyer; refers to buyers"),
        Column("origin", "date", "last day whose orders were known"),
        Column("probability", "float64", "that the buyer orders within 30 days", minimum=0, maximum=1),
        Column("expected_orders", "float64", "days with orders expected within 30 days", minimum=0),
        Column("reason", "string", "the facts behind it: recent orders, the last one, the usual gap"),
        Column("model", "string", "the candidate that scored the row"),
        Column("model_version", "string", "registered version that scored it; null: the simple rule", nullable=True),
        PREDICTION_ID_COLUMN,
    ),
    references={"buyer_id": "buyers"},
)

ORDERS_SQL = """
select buyer_id, order_date as ds, sum(cast(coalesce(house_revenue, 0) as double)) as amount
from gold.fct_order_line
where is_product and not is_return and buyer_id is not null
group by all order by all
"""

buyer_propensity = derived_table(
    BUYER_PROPENSITY,
    inputs={"orders": Input.sql(ORDERS_SQL), "model": Input.model("buyer_propensity")},
    compute="ml.buyers.propensity.table:propensity_rows",
    group="buyers",
    description=__doc__,
    keeps_partitions=True,
)
