"""Contacts with buyers as the ERP or CRM last stated them: visits, calls, mails, samples, order enquiries.

One row per contact with a buyer. What was said is not kept: notes may name people.
"""

from assets.silver import silver_table
from assets.silver.calendar import in_calendar, not_in_future
from lake.contract import Column, Contract

KINDS = ("visit", "call", "mail", "sample", "order_enquiry")

BUYER_INTERACTIONS = Contract(
    name="buyer_interactions",
    grain="one row per contact with a buyer",
    key=("interaction_id",),
    latest_by="source_position",
    columns=(
        Column("interaction_id", "string", "number of the contact in its source", source="interaction_id"),
        Column("buyer_id", "string", "the buyer; refers to buyers", source="buyer_id"),
        Column("kind", "string", "what kind of contact", source="kind", allowed=KINDS),
        Column("occurred_at", "timestamp", "moment of the contact", source="occurred_at"),
        Column("release_id", "string", "the release it was about; refers to releases", source="sku", nullable=True),
        Column("outcome", "string", "what came of it, in the source's own words", source="outcome", nullable=True),
    ),
    rules=(in_calendar("occurred_at"), not_in_future("occurred_at")),
    references={"buyer_id": "buyers", "release_id": "releases"},
)

buyer_interactions = silver_table(BUYER_INTERACTIONS, __doc__, changes_of="buyer_interactions")
