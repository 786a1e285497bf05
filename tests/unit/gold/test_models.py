"""What is read out of the manifest: sources through views, the number that stands for all code of a model."""

import copy
from typing import Any

import pytest

from lake.gold.models import code_number, delta_models, views_read
from resources.dbt.project import ManifestMissingError, load_manifest


def node(name: str, *parents: str, kind: str = "delta", sql: str = "select 1", macros: tuple[str, ...] = (), **config):
    return {
        "name": name,
        "unique_id": f"model.lacquer.{name}",
        "resource_type": "model",
        "raw_code": sql,
        "config": {"materialized": kind, **config},
        "depends_on": {"nodes": list(parents), "macros": list(macros)},
        "columns": {"a": {"name": "a", "data_type": "int"}},
    }


def manifest() -> dict[str, Any]:
    nodes = [
        node("child", "model.lacquer.parent", partition_by="month", meta={"months_before": 1}),
        node("parent", "model.lacquer.stg", macros=("macro.lacquer.ours", "macro.dbt.theirs")),
        node("stg", "source.lacquer.silver.orders", kind="view", sql="select 2"),
    ]
    return {
        "nodes": {entry["unique_id"]: entry for entry in nodes},
        "sources": {
            "source.lacquer.silver.orders": {
                "source_name": "silver",
                "name": "orders",
                "columns": {"b": {"name": "b", "data_type": "text"}},
            }
        },
        "macros": {"macro.lacquer.ours": {"macro_sql": "x"}, "macro.dbt.theirs": {"macro_sql": "y"}},
    }


def test_tables_come_parents_first_and_read_through_views():
    specs = delta_models(manifest())
    assert [spec.name for spec in specs] == ["parent", "child"]
    assert [spec.sources for spec in specs] == [("silver/orders",), ("gold/parent",)]
    assert (specs[1].partition_by, specs[1].months_before) == ("month", 1)


def test_views_to_be_made_anew_stop_at_tables():
    assert views_read(manifest(), "model.lacquer.parent") == ["model.lacquer.stg"]
    assert views_read(manifest(), "model.lacquer.child") == []


@pytest.mark.parametrize(
    ("changed", "parent_moves"),
    [
        (("nodes", "model.lacquer.parent", "raw_code"), True),
        (("nodes", "model.lacquer.stg", "raw_code"), True),
        (("macros", "macro.lacquer.ours", "macro_sql"), True),
        (("macros", "macro.dbt.theirs", "macro_sql"), False),
        (("nodes", "model.lacquer.child", "raw_code"), False),
    ],
)
def test_the_code_number_moves_with_all_code_that_makes_the_model(changed: tuple[str, str, str], parent_moves: bool):
    before, after = manifest(), copy.deepcopy(manifest())
    table, unique_id, field = changed
    after[table][unique_id][field] += " -- changed"
    moved = code_number(before, "model.lacquer.parent") != code_number(after, "model.lacquer.parent")
    assert moved is parent_moves


def test_the_code_number_fits_a_delta_transaction():
    assert 0 <= code_number(manifest(), "model.lacquer.parent") < 2**63


def test_a_missing_manifest_names_the_command(tmp_path):
    with pytest.raises(ManifestMissingError, match="make manifest"):
        load_manifest(tmp_path / "manifest.json")
