"""From what a damaged table is made again: its layer below, or only what can still be read of it."""

from collections.abc import Collection, Iterable
from pathlib import Path

from assets.bronze import STREAMS
from assets.checks import every_contract
from assets.contracts import declared_contracts
from assets.derived import DERIVED
from assets.silver import FEEDS
from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS
from lake.delta.sessions import PINS
from lake.gold.models import delta_models
from lake.gold.passed import GOLD_TESTS
from lake.ingest.landing.ledger import LANDED_FILES
from lake.lakehouse import PUBLISHED, Lake
from lake.repair.anew import Shape
from lake.repair.mending import LETTERS_KEY, Job, Source
from resources.dbt.project import load_manifest

# What the lake keeps for itself and makes again as it needs it.
OWN = {f"lake/{contract.name}": contract for contract in (PINS, GOLD_TESTS, PUBLISHED, LANDED_FILES)}


def jobs_for(lake: Lake, keys: Iterable[str]) -> dict[str, Job]:
    """How each damaged table is made again, with the tables that go along."""
    streams = landing_folders(lake)
    return {key: Job(source_of(key), shape_of(key), streams.get(key)) for key in sorted(with_companions(set(keys)))}


def landing_folders(lake: Lake) -> dict[str, Path]:
    """Every bronze table that landed files fill, with their folder."""
    return {f"bronze/{name}": lake.root / "landing" / stream for name, stream in STREAMS.items()}


def source_of(key: str) -> Source:
    """What the table is made again from; whatever is no other table's result keeps only what can be read."""
    layer, _, name = key.partition("/")
    if key == LETTERS_KEY or (layer == "bronze" and name in STREAMS):
        return Source.landing
    if layer == "silver" and name in silver_of_bronze():
        return Source.bronze
    if key in OWN:
        return Source.lake
    if name in {model.name for model in delta_models(load_manifest())} and layer == "gold":
        return Source.inputs
    made = DERIVED.get(key)
    # Origins that stand are no longer computed, so those that can be read are kept.
    is_whole = made is not None and not (made.keeps_partitions or made.by_origin)
    return Source.inputs if is_whole else Source.rows


def silver_of_bronze() -> dict[str, str]:
    """Silver tables that are read from bronze, histories included, each with the table that it goes with."""
    contracts = declared_contracts("assets.silver")
    histories = {f"{one.name}_history": one.name for one in contracts if one.history == "scd2"}
    return {**{name: name for name in FEEDS}, **histories}


def with_companions(keys: Collection[str]) -> set[str]:
    """The tables, and those that only make sense beside them: bronze with its dead letters, silver with its history."""
    found = set(keys)
    if LETTERS_KEY in found:
        found |= {f"bronze/{name}" for name in STREAMS}
    pairs = silver_of_bronze()
    bases = {
        pairs[name] for key in found if (name := key.removeprefix("silver/")) in pairs and key.startswith("silver/")
    }
    return found | {f"silver/{name}" for name, base in pairs.items() if base in bases}


def contract_of(key: str) -> Contract | None:
    """The contract of a table that has one; gold's dbt models have none here."""
    if key == LETTERS_KEY:
        return DEAD_LETTERS
    return OWN.get(key) or every_contract().get(key)


def shape_of(key: str) -> Shape | None:
    """What the table is created from, by its contract or by dbt's; None where neither is known."""
    if (contract := contract_of(key)) is not None:
        return Shape.of(contract)
    for model in delta_models(load_manifest()):
        if model.key == key:
            return _shape_of_columns(model.columns, model.partition_by)
    return None


def _shape_of_columns(columns: Collection[tuple[str, str]], partition_by: str | None) -> Shape:
    from lake.delta.views import duckdb_connection, quoted
    from lake.gold.build import in_utc

    nulls = ", ".join(f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns)
    schema = in_utc(duckdb_connection().sql(f"select {nulls} where false").to_arrow_table()).schema
    return Shape(schema, (partition_by,) if partition_by else ())
