"""Shipments as the ERP last stated them: what was sent of an order, by whom, and when it arrived.

One row per shipment. An order may have several. A shipment that is under way has no `delivered_at`.
"""

from assets.silver import silver_table
from assets.silver.calendar import in_calendar, not_in_future
from lake.contract import Column, Contract, Rule

SHIPMENTS = Contract(
    name="shipments",
    grain="one row per shipment",
    key=("shipment_id",),
    latest_by="source_position",
    columns=(
        Column("shipment_id", "string", "shipment number in the ERP", source="shipment_id"),
        Column("order_id", "string", "the order; refers to orders", source="order_id"),
        Column("carrier_id", "string", "who brings it; refers to carriers", source="carrier_id"),
        Column("shipped_at", "timestamp", "moment it left the warehouse", source="shipped_at"),
        Column("promised_on", "date", "day it was promised for", source="promised_on", nullable=True),
        Column("delivered_at", "timestamp", "moment it arrived", source="delivered_at", nullable=True),
        Column("parcels", "int32", "parcels or pallets", source="parcels", nullable=True, minimum=1),
        Column("cost", "decimal(12, 4)", "what the carrier charges", source="cost", nullable=True, minimum=0),
        Column("currency", "string", "currency of the cost, ISO 4217", source="currency", nullable=True),
    ),
    rules=(
        in_calendar("shipped_at"),
        not_in_future("shipped_at"),
        Rule(
            "arrives_after_it_leaves",
            "delivered_at >= shipped_at",
            "the shipment arrives before it leaves",
            ("delivered_at",),
        ),
    ),
    references={"order_id": "orders", "carrier_id": "carriers"},
)

shipments = silver_table(SHIPMENTS, __doc__, changes_of="shipments")
