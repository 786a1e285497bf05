"""Market signals: plays, chart positions, mentions, as they were observed.

One row per event. Events do not change; a source that sends one twice sends the same one.
"""

from assets.silver import silver_table
from lake.contract import Column, Contract

# From what is sold to the world it is sold in: weather and holidays are about a region, rates about a currency.
ENTITY_TYPES = ("release", "artist", "label", "track", "genre", "region", "currency")

SIGNALS = Contract(
    name="signals",
    grain="one row per event",
    key=("event_id",),
    latest_by="source_position",
    partition_by=("signal_month",),
    columns=(
        Column("event_id", "string", "identity of the event in its source", source="event_id"),
        Column("kind", "string", "plays, chart_position, mentions, …", source="kind"),
        Column("entity_type", "string", "what it is about", source="entity_type", allowed=ENTITY_TYPES),
        Column("entity_id", "string", "number, code or name of what it is about", source="entity_id"),
        Column("value", "float64", "the measurement", source="value"),
        Column("unit", "string", "unit of the value", source="unit", nullable=True),
        Column("region", "string", "market it was observed in", source="region", nullable=True),
        Column("occurred_at", "timestamp", "moment it was observed", source="occurred_at"),
        Column(
            "known_at",
            "timestamp",
            "moment the value became known, where that is not when it occurred: a backtest must not see it before",
            source="known_at",
            nullable=True,
        ),
        Column("source", "string", "who observed it", source="source"),
        Column("signal_month", "date", "first day of the event's month", sql="date_trunc('month', occurred_at)"),
    ),
)

signals = silver_table(SIGNALS, __doc__, events_of="*")
