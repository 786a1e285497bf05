"""Objects of the product information system, as its Data Hub lists them.

One row per state of an object that landed. The moment of its last change is its position; of two states of one second
the later delivery counts.
"""

from assets.bronze import bronze_table
from lake.bronze import bronze_contract
from lake.ingest.envelopes import Door

PIM_OBJECTS = bronze_contract(
    "pim_objects",
    "one row per state of an object of the PIM",
    "Pimcore Data Hub listing nodes as they came; `source` is the class.",
)

# The first second of 2100, in seconds since 1970.
LAST_SECOND = 4_102_444_800

DOOR = Door(
    schema='{"classname": "VARCHAR", "modificationDate": "VARCHAR", "event": "VARCHAR"}',
    source="doc.classname",
    op="case coalesce(doc.event, 'update') when 'delete' then 'd' when 'update' then 'u' end",
    position="try_cast(doc.modificationDate as bigint)",
    changed_at="try(to_timestamp(try_cast(doc.modificationDate as bigint)))",
    faults=(
        ("op is null", "operation", "unknown event"),
        # Milliseconds would outrank every later state in seconds, for ever.
        (
            f"try_cast(position as bigint) > {LAST_SECOND}",
            "position",
            "modificationDate lies beyond the year 2100; it counts seconds since 1970, not milliseconds",
        ),
    ),
)

pim_objects = bronze_table(PIM_OBJECTS, "pim", DOOR)
