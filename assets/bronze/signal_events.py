"""Market signals as they were sent: plays, chart positions, mentions.

One row per event that landed; `source` is the kind of signal.
"""

from assets.bronze import bronze_table
from lake.bronze import bronze_contract
from lake.ingest.envelopes import Door

SIGNAL_EVENTS = bronze_contract(
    "signal_events", "one row per signal event that landed", "Events as they came; `source` is their kind."
)

DOOR = Door(
    schema='{"kind": "VARCHAR", "occurred_at": "VARCHAR"}',
    source="doc.kind",
    op="'c'",
    position="epoch_us(try_cast(doc.occurred_at as timestamptz))",
    changed_at="try_cast(doc.occurred_at as timestamptz)",
)

signal_events = bronze_table(SIGNAL_EVENTS, "signals", DOOR)
