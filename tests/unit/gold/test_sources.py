"""The dbt sources say what the contracts say."""

from typing import Any

import pytest
import yaml

from assets.contracts import declared_contracts
from assets.dbt_sources import contracts, sources_document, write_sources
from lake.contract import Column, Contract

GOLD = Contract(
    name="scores",
    layer="gold",
    grain="one row per model",
    description="Trap: overlapping windows.",
    key=("model",),
    columns=(Column("model", "string", "the model"), Column("loss", "decimal(12, 4)", "its loss", nullable=True)),
)
MERGED = Contract(
    name="orders",
    grain="one row per order",
    key=("order_id",),
    latest_by="source_position",
    columns=(Column("order_id", "string", "order number"),),
)


def test_each_layer_is_a_source_with_typed_and_described_columns(tmp_path):
    write_sources([GOLD, MERGED], tmp_path / "sources.yml")
    document = yaml.safe_load((tmp_path / "sources.yml").read_text())
    assert document == sources_document([GOLD, MERGED])
    assert [(source["name"], source["schema"]) for source in document["sources"]] == [
        ("gold", "gold"),
        ("silver", "silver"),
    ]
    scores = document["sources"][0]["tables"][0]
    assert scores["description"] == "One row per model. Trap: overlapping windows."
    assert scores["columns"] == [
        {"name": "model", "data_type": "VARCHAR", "description": "the model"},
        {"name": "loss", "data_type": "DECIMAL(12,4)", "description": "its loss"},
    ]


def test_a_merged_table_shows_its_position_and_hides_its_tombstones():
    document: Any = sources_document([MERGED])
    table = document["sources"][0]["tables"][0]
    assert [column["name"] for column in table["columns"]] == ["order_id", "source_position", "source_changed_at"]


def test_every_silver_table_is_found():
    found = {contract.name for contract in contracts() if contract.layer == "silver"}
    assert found >= {"artists", "buyers", "order_lines", "orders", "releases", "signals"}


def test_two_contracts_for_one_table_are_refused(tmp_path, monkeypatch):
    folder = tmp_path / "doubled_contracts"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    for name in ("one", "two"):
        (folder / f"{name}.py").write_text(
            "from lake.contract import Column, Contract\n"
            f"T = Contract('t', '{name} row', (Column('a', 'string', 'a'),), ('a',))\n"
        )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match="silver/t: two contracts declare this table"):
        declared_contracts("doubled_contracts")
