"""Buyers as the ERP last stated them: shops, chains, streaming services, wholesalers.

One row per buyer. A company's name is no personal data; its contact's name, e-mail, phone and address are, and
stand here as keyed pseudonyms, or not at all while no key is set.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

BUYERS = Contract(
    name="buyers",
    grain="one row per buyer",
    key=("buyer_id",),
    latest_by="source_position",
    history="scd2",
    columns=(
        Column("buyer_id", "string", "buyer number in the ERP", source="buyer_id"),
        Column("company_name", "string", "name of the company", source="company_name"),
        Column(
            "kind",
            "string",
            "what the buyer is",
            source="kind",
            allowed=("shop", "chain", "streaming", "wholesale"),
        ),
        Column("country", "string", "country of the registered office", source="country"),
        Column("region", "string", "sales region", source="region", nullable=True),
        Column("contact_name", "string", "who orders", source="contact_name", nullable=True, personal=True),
        Column("email", "string", "e-mail of the contact", source="email", nullable=True, personal=True),
        Column("phone", "string", "phone of the contact", source="phone", nullable=True, personal=True),
        Column("address", "string", "address of the contact", source="address", nullable=True, personal=True),
        Column("created_at", "timestamp", "moment the buyer was first entered", source="created_at"),
    ),
)


def personal_fields() -> dict[str, str | None]:
    """What names a buyer beside its number, by column and by field of the ERP, and what it is emptied to.

    A company's name may be its owner's, so it goes with the contact when a buyer is forgotten.
    """
    found: dict[str, str | None] = {}
    for column in BUYERS.columns:
        if column.personal or column.name == "company_name":
            empty = None if column.nullable else "forgotten"
            found |= {column.name: empty, column.source or column.name: empty}
    return found


buyers = silver_table(BUYERS, __doc__, changes_of="buyers")
