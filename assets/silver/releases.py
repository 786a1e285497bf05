"""Releases as the product information system last stated them.

One row per release. A release that is not published yet is here too, with `is_published` false: buyers order
before the release date.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

RELEASES = Contract(
    name="releases",
    grain="one row per release",
    key=("release_id",),
    latest_by="source_position",
    history="scd2",
    columns=(
        Column("release_id", "string", "release number, the same in PIM and ERP", source="releaseId"),
        Column("title", "string", "title as sold", source="title"),
        Column("artist_id", "string", "main artist; refers to artists", source="artist.artistId", nullable=True),
        Column("label_id", "string", "label; refers to labels", source="label.labelId", nullable=True),
        Column("genre", "string", "main genre", source="genre", nullable=True),
        Column("format", "string", "LP, CD, digital, …", source="format", nullable=True),
        Column("release_date", "date", "first day on sale", source="releaseDate", nullable=True),
        Column(
            "release_year",
            "int32",
            "year of first release, for releases whose day is not known",
            source="releaseYear",
            nullable=True,
        ),
        Column("list_price", "decimal(12, 4)", "list price per unit", source="listPrice", nullable=True, minimum=0),
        Column("currency", "string", "currency of the list price, ISO 4217", source="currency", nullable=True),
        Column("ean", "string", "EAN of 13 digits; a UPC has a leading zero", source="ean", nullable=True),
        Column("catalogue_number", "string", "the label's number for it", source="catalogueNumber", nullable=True),
        Column(
            "unit_cost",
            "decimal(12, 4)",
            "what a unit costs to buy, in the currency of the list price",
            source="unitCost",
            nullable=True,
            minimum=0,
        ),
        Column("supplier", "string", "who delivers it to us", source="supplier", nullable=True),
        Column(
            "lead_days",
            "int32",
            "from our order to its arrival",
            source="leadDays",
            unit="days",
            nullable=True,
            minimum=0,
            maximum=730,
        ),
        Column(
            "least_order",
            "int32",
            "least number of units that the supplier takes an order for",
            source="minimumOrder",
            unit="units",
            nullable=True,
            minimum=1,
        ),
        Column(
            "royalty_percent",
            "decimal(7, 4)",
            "what its label is owed of net revenue, in percent",
            source="royaltyPercent",
            nullable=True,
            minimum=0,
            maximum=100,
        ),
        Column(
            "marketing_budget_tier",
            "string",
            "how much is spent on it, in the PIM's own words",
            source="marketingBudgetTier",
            nullable=True,
        ),
        Column("is_published", "bool", "whether the PIM shows it to buyers", source="published"),
    ),
    references={"artist_id": "artists", "label_id": "labels"},
)

releases = silver_table(RELEASES, __doc__, objects_of="Release")
