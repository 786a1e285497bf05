"""Prices at which others sell our releases, as they were observed.

One row per observed price. Each stands in signals too, as an event of the kind competitor_price; only here is its money
a decimal. Traps: a marketplace tells the lowest, median and highest of its offers, three rows with a `statistic`, where
a shop has one price and none; a release unknown to the PIM may be among them; a competitor that ran out of stock has a
row too, with the price last asked and `availability` out_of_stock: leave those out of prices to compare with.
"""

from assets.silver import silver_table
from assets.silver.currencies import CURRENCY_CODE
from lake.contract import Column, Contract

COMPETITOR_PRICES = Contract(
    name="competitor_prices",
    grain="one row per observed price",
    key=("price_id",),
    latest_by="source_position",
    rules=(CURRENCY_CODE,),
    columns=(
        Column("price_id", "string", "identity of the observation in its source", source="event_id"),
        Column("entity_type", "string", "what has the price", source="entity_type", allowed=("release",)),
        Column("release_id", "string", "the release; refers to releases", source="entity_id"),
        Column("price", "decimal(12, 4)", "price per unit, in `currency`", source="value", minimum=0),
        Column("currency", "string", "currency of the price, ISO 4217", source="unit"),
        Column("region", "string", "market it was observed in", source="region", nullable=True),
        Column("observed_at", "timestamp", "moment it was observed", source="occurred_at"),
        Column("source", "string", "who sells", source="source"),
        Column("condition", "string", "new, used, … where the seller says", source="condition", nullable=True),
        Column(
            "statistic",
            "string",
            "which of a marketplace's offers; null for a single offer",
            source="statistic",
            nullable=True,
            allowed=("lowest", "median", "highest"),
        ),
        Column(
            "availability",
            "string",
            "whether it could be had at that price; null: it could",
            source="availability",
            nullable=True,
            allowed=("in_stock", "out_of_stock"),
        ),
    ),
)

competitor_prices = silver_table(COMPETITOR_PRICES, __doc__, events_of="competitor_price")
