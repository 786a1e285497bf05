"""Duplicate keys, missing values, values out of range and wrong types are found in each derived table."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.checks import check_steps
from assets.derived import DERIVED
from definitions import defs
from lake.contract import Column, Contract
from lake.contract_checks import contract_findings
from lake.delta.table import Table

KNOWN = {"/".join(key.path) for key in defs.resolve_all_asset_keys()}
CONTRACTS = {key: made.contract for key, made in DERIVED.items() if key in KNOWN}


def value_of(column: Column) -> Any:
    """A value that the contract allows."""
    if column.allowed:
        return column.allowed[0]
    number = column.minimum if column.minimum is not None else column.maximum or 0
    values = {
        "string": "a",
        "date": dt.date(2024, 1, 1),
        "bool": True,
        "timestamp": dt.datetime(2024, 1, 1, tzinfo=dt.UTC),
    }
    return values.get(column.type, float(number) if column.type == "float64" else int(number))


def failed(path: Path, contract: Contract, rows: pa.Table) -> set[str]:
    table = Table(path)
    version = table.overwrite(rows)
    return {name for name, found in contract_findings(table, contract, version).items() if not found.passed}


@pytest.mark.parametrize("key", sorted(CONTRACTS))
def test_each_planted_fault_fails_a_blocking_check(key: str, tmp_path: Path) -> None:
    contract = CONTRACTS[key]
    plain = {column.name: column for column in contract.columns if "[" not in column.type and "(" not in column.type}
    row = {name: value_of(column) for name, column in plain.items()}
    loose = pa.schema([field.with_nullable(True) for field in contract.arrow_schema])
    path = tmp_path / "gold" / contract.name

    def rows(*changed: dict[str, Any]) -> pa.Table:
        return pa.Table.from_pylist([row | one for one in changed], loose)

    assert failed(path, contract, rows({})) <= {"schema", "nulls"}  # lists are left out, and nullability is loose
    assert "unique_keys" in failed(path, contract, rows({}, {}))
    required = next(name for name, column in plain.items() if not column.nullable)
    assert "nulls" in failed(path, contract, rows({required: None}))
    for column in plain.values():
        if column.type == "float64":
            assert "bounds" in failed(path, contract, rows({column.name: float("inf")}))
            break
    for column in plain.values():
        if column.minimum is not None:
            assert "bounds" in failed(path, contract, rows({column.name: type(row[column.name])(column.minimum - 1)}))
            break
    for column in plain.values():
        if column.allowed:
            assert "allowed_values" in failed(path, contract, rows({column.name: "no such value"}))
            break
    wrong = rows({}).drop_columns([required]).append_column(required, pa.array([b"x"]))
    assert "schema" in failed(path, contract, wrong)
    (step,) = check_steps([contract])
    assert all(spec.blocking for spec in step.check_specs if spec.name in ("schema", "unique_keys", "nulls", "bounds"))
