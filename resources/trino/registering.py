"""The published tables of a lake in Trino: `catalog.layer.table` is a view of the published version.

Trino reads a Delta table's newest version, which a run may be writing. Each table is therefore registered once in the
schema `stored_LAYER`, and the schema `LAYER` holds views of the published versions without tombstones. Registering
after each publication moves the views on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lake.contract import IS_CARRIED, IS_DELETED
from lake.delta.log import shared_snapshot
from lake.delta.views import literal, quoted

Execute = Callable[[str], list[list[Any]]]


def register(execute: Execute, root: Path, versions: Mapping[str, int], catalog: str = "lake") -> int:
    """Register tables and make the views of their versions; how many views there are now.

    Args:
        execute: runs one statement and returns its rows.
        root: of the lake, as Trino's file system `local` knows it.
        versions: the published version of each table, by `layer/name`.
        catalog: of Trino's Delta Lake connector.
    """
    layers = {key.split("/")[0] for key in versions} - {"lake"}
    for schema in sorted({*layers, *(f"stored_{layer}" for layer in layers)}):
        execute(f"create schema if not exists {catalog}.{schema}")
    known = {layer: _tables(execute, f"{catalog}.stored_{layer}") for layer in layers}
    made = 0
    for key, version in sorted(versions.items()):
        layer, name = key.split("/")
        if layer == "lake":
            continue
        if name not in known[layer]:
            place = literal(f"local://{root.absolute()}/{key}")
            execute(f"call {catalog}.system.register_table({literal(f'stored_{layer}')}, {literal(name)}, {place})")
        execute(view_sql(root, key, version, catalog))
        made += 1
    return made


def view_sql(root: Path, key: str, version: int, catalog: str) -> str:
    """The statement that makes the view of one version."""
    layer, name = key.split("/")
    columns = [field.name for field in shared_snapshot(root / key, version).schema().fields]
    shown = [one for one in columns if one not in (IS_DELETED.name, IS_CARRIED.name)]
    where = f" where not {IS_DELETED.name}" if IS_DELETED.name in columns else ""
    return (
        f"create or replace view {catalog}.{layer}.{quoted(name)} as select {', '.join(map(quoted, shown))} "
        f"from {catalog}.stored_{layer}.{quoted(name)} for version as of {version}{where}"
    )


def _tables(execute: Execute, schema: str) -> set[str]:
    return {str(row[0]) for row in execute(f"show tables from {schema}")}
