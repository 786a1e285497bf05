"""Carriers as the ERP last stated them: who brings goods to buyers.

One row per carrier and service, where the ERP tells the services of a carrier apart by their number.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

CARRIERS = Contract(
    name="carriers",
    grain="one row per carrier",
    key=("carrier_id",),
    latest_by="source_position",
    columns=(
        Column("carrier_id", "string", "carrier number in the ERP", source="carrier_id"),
        Column("name", "string", "name of the carrier", source="name"),
        Column(
            "service", "string", "parcel, express, pallet, …, in the ERP's own words", source="service", nullable=True
        ),
        Column("country", "string", "country it ships from", source="country", nullable=True),
    ),
)

carriers = silver_table(CARRIERS, __doc__, changes_of="carriers")
