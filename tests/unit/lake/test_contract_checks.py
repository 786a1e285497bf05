"""Every promise of a contract is checked: one planted fault, one finding that names column, rule and first key."""

import datetime as dt
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from lake.contract import Column, Contract
from lake.contract_checks import contract_findings, last_changed
from lake.delta.table import Table

CONTRACT = Contract(
    name="scores",
    layer="gold",
    grain="one row per buyer",
    key=("buyer_id",),
    columns=(
        Column("buyer_id", "string", "the buyer"),
        Column("probability", "float64", "that the buyer orders", minimum=0, maximum=1),
        Column("band", "string", "of the probability", allowed=("low", "high")),
        Column("note", "float64", "may be missing", nullable=True),
    ),
)
GOOD: dict[str, Any] = {"buyer_id": ["a", "b"], "probability": [0.0, 1.0], "band": ["low", "high"], "note": [None, 1.0]}


def stored(path: Path, **columns: list[Any]) -> Table:
    table = Table(path / "gold" / "scores")
    table.overwrite(pl.DataFrame(GOOD | columns).to_arrow())
    return table


def failed(table: Table) -> dict[str, str]:
    found = contract_findings(table, CONTRACT, table.version())
    assert set(found) == {"schema", "unique_keys", "nulls", "bounds", "allowed_values"}
    return {name: one.words for name, one in found.items() if not one.passed}


@pytest.mark.parametrize(
    ("columns", "check", "words"),
    [
        ({"buyer_id": ["a", "a"]}, "unique_keys", "[('a', 2)]"),
        ({"probability": [None, 1.0]}, "nulls", "probability: expected a value, 1 rows are not, first key a"),
        ({"probability": [0.5, 1.5]}, "bounds", "probability: expected at most 1, 1 rows are not, first key b"),
        ({"probability": [-0.1, -0.2]}, "bounds", "probability: expected at least 0, 2 rows are not, first key a"),
        ({"note": [float("nan"), 1.0]}, "bounds", "note: expected a finite number, 1 rows are not, first key a"),
        (
            {"band": ["low", "middle"]},
            "allowed_values",
            "band: expected one of 'low', 'high', 1 rows are not, first key b",
        ),
        ({"note": ["x", "y"]}, "schema", 'note: stored as PrimitiveType("string"), the contract says'),
    ],
)
def test_a_planted_fault_is_found_by_one_check(
    columns: dict[str, list[Any]], check: str, words: str, tmp_path: Path
) -> None:
    found = failed(stored(tmp_path, **columns))
    assert words in found.pop(check)
    # Nulls in storage that the contract requires also show in the schema of an Arrow table.
    assert set(found) <= {"schema"}


def test_a_sound_table_passes_and_knows_when_it_changed(tmp_path: Path) -> None:
    table = Table(tmp_path / "gold" / "scores", CONTRACT)
    table.overwrite(pl.DataFrame(GOOD).to_arrow().cast(CONTRACT.arrow_schema))
    assert failed(table) == {}
    age = dt.datetime.now(dt.UTC) - last_changed(table, table.version())
    assert dt.timedelta(0) <= age + dt.timedelta(seconds=1) < dt.timedelta(minutes=5)
