"""Objects of the product information system, as its Data Hub lists them.

One row per state of an object that landed. The moment of its last change is its position; of two states of one second
the later delivery counts. Where a second object states the key of another one (a copy has its original's number), its
lines are held back as dead letters that name both.
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

# Class -> the field of its key, as the contracts in `assets/silver` have it.
NUMBERS = {"Release": "releaseId", "Artist": "artistId", "Label": "labelId", "Track": "trackId"}
_NUMBER = "case doc.classname " + " ".join(f"when '{of}' then doc.{name}" for of, name in NUMBERS.items()) + " end"
_NAME = "case doc.classname " + " ".join(f"when '{of}' then '{name}'" for of, name in NUMBERS.items()) + " end"

DOOR = Door(
    schema=(
        '{"id": "VARCHAR", "classname": "VARCHAR", "modificationDate": "VARCHAR", "event": "VARCHAR", '
        + ", ".join(f'"{name}": "VARCHAR"' for name in NUMBERS.values())
        + "}"
    ),
    source="doc.classname",
    op="case coalesce(doc.event, 'update') when 'delete' then 'd' when 'update' then 'u' end",
    position="try_cast(doc.modificationDate as bigint)",
    changed_at="try(to_timestamp(try_cast(doc.modificationDate as bigint)))",
    claim=f"{_NAME} || ' ' || ({_NUMBER})",
    # Imported files have no objects: their rows repeat the number where the PIM has its own.
    claimant=f"case when regexp_full_match(doc.id, '[0-9]+') and doc.id is distinct from ({_NUMBER}) then doc.id end",
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
