"""What sellers said about forecasts: which one was wrong, and what really sold.

One row per message that landed.
"""

from assets.bronze import bronze_table
from lake.bronze import bronze_contract
from lake.ingest.envelopes import Door

FEEDBACK_EVENTS = bronze_contract(
    "feedback_events", "one row per feedback message that landed", "Messages of sellers about forecasts, as they came."
)

DOOR = Door(
    schema='{"created_at": "VARCHAR", "reported_by": "VARCHAR"}',
    source="'sales_feedback'",
    op="'c'",
    position="epoch_us(try_cast(doc.created_at as timestamptz))",
    changed_at="try_cast(doc.created_at as timestamptz)",
    entity_key="doc.reported_by",
)

feedback_events = bronze_table(FEEDBACK_EVENTS, "feedback", DOOR)
