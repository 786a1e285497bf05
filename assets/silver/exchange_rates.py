"""Exchange rates of the day, in the European Central Bank's convention: units of a currency for one euro.

One row per currency and day. They come as signals of the kind `exchange_rate`; of two for one day the later moment
wins. The euro has no row: its rate is one. Weekends and holidays have none either.
"""

from assets.silver import silver_table
from assets.silver.currencies import CURRENCY_CODE
from lake.contract import Column, Contract, Rule

EXCHANGE_RATES = Contract(
    name="exchange_rates",
    grain="one row per currency and day",
    key=("currency", "rate_date"),
    latest_by="source_position",
    partition_by=("rate_month",),
    columns=(
        Column("currency", "string", "the currency, ISO 4217", source="entity_id"),
        Column("rate_date", "date", "day of the rate, UTC", sql="stated_at"),
        Column("rate", "decimal(18, 8)", "units of the currency for one euro", source="value"),
        Column("unit", "string", "what the rate is in, such as USD/EUR", source="unit"),
        Column("stated_at", "timestamp", "moment of the rate", source="occurred_at"),
        Column("source", "string", "who stated it", source="source"),
        Column("rate_month", "date", "first day of the day's month", sql="date_trunc('month', stated_at)"),
    ),
    rules=(
        CURRENCY_CODE,
        Rule("euro_is_one", "currency <> 'EUR'", "the euro needs no rate: it is one", ("currency",)),
        Rule(
            "units_per_euro",
            "unit = currency || '/EUR'",
            "the rate is not said to be in units of the currency for one euro",
            ("unit",),
        ),
        Rule("positive", "rate > 0", "rate is not above 0", ("rate",)),
    ),
)

exchange_rates = silver_table(EXCHANGE_RATES, __doc__, events_of="exchange_rate")
