"""Price list of the ERP as it last stated it.

One row per release, country and first day of the price. A price is valid until the next one of the same release and
country begins. Buyers pay less by their discount, so order lines lie at or below it. What the list said when, a price
announced ahead and a correction made later, stands in `prices_history`.
"""

from assets.silver import silver_table
from assets.silver.currencies import CURRENCY_CODE
from lake.contract import Column, Contract

PRICES = Contract(
    name="prices",
    grain="one row per release, country and first day of the price",
    key=("release_id", "country", "valid_from"),
    latest_by="source_position",
    history="scd2",
    columns=(
        Column("release_id", "string", "the release; refers to releases", source="sku"),
        Column("country", "string", "country that the price is for, as on the orders", source="country"),
        Column("valid_from", "date", "first day of the price", source="valid_from"),
        Column("price", "decimal(12, 4)", "net price per unit", source="price", minimum=0),
        Column("currency", "string", "currency of the price, ISO 4217", source="currency"),
    ),
    rules=(CURRENCY_CODE,),
    references={"release_id": "releases"},
)

prices = silver_table(PRICES, __doc__, changes_of="prices")
