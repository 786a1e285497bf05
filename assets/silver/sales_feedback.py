"""What sellers said about forecasts: which one was wrong, and what really sold.

One row per message. `actual_units` is what the seller counted over the horizon after the origin; nothing here changes
an order line.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

SALES_FEEDBACK = Contract(
    name="sales_feedback",
    grain="one row per message of a seller",
    key=("feedback_id",),
    latest_by="source_position",
    columns=(
        Column("feedback_id", "string", "number of the message in its source", source="feedback_id"),
        Column("release_id", "string", "the release; refers to releases", source="release_id"),
        Column("origin", "date", "last day that the forecast knew", source="origin"),
        Column("horizon_days", "int32", "days from the origin", source="horizon_days", unit="days", minimum=1),
        Column("actual_units", "float64", "what sold over the horizon", source="actual_units", unit="units", minimum=0),
        Column("reason", "string", "why, in the seller's words", source="reason", nullable=True, free_text=True),
        Column("reported_by", "string", "who reports it", source="reported_by", nullable=True, personal=True),
        Column("reported_at", "timestamp", "moment of the report", source="created_at"),
    ),
    references={"release_id": "releases"},
)

sales_feedback = silver_table(SALES_FEEDBACK, __doc__, messages_of="sales_feedback")
