"""Whether a table holds what its contract promises: schema, keys, nulls, bounds, allowed values.

One pass over the table for all of it. Each finding states what was expected, what was found and the first key that
breaks it. References between tables are in :mod:`lake.silver.integrity`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from lake.contract import CONTRACT_CHECKS, Column, Contract
from lake.delta.storage import commit_info
from lake.delta.table import Table
from lake.delta.views import column_types, literal, quoted, reading_connection, snapshot_sql
from lake.silver.integrity import Finding, stored_schema, unique_keys
from lake.types import duckdb_type


@dataclass(frozen=True)
class _Condition:
    """What a column must fulfil: the check it belongs to, the SQL of a violation, and the rule in words."""

    check: str
    column: str
    violation: str
    rule: str


def contract_findings(table: Table, contract: Contract, version: int) -> dict[str, Finding]:
    """The finding of each check in :data:`lake.contract.CONTRACT_CHECKS` for one version of the table."""
    schema = stored_schema(table, contract, version)
    found = {"schema": schema, "unique_keys": unique_keys(table, contract, version)}
    return found | _value_findings(table, contract, version)


def _value_findings(table: Table, contract: Contract, version: int) -> dict[str, Finding]:
    stored = column_types(table.shared(version))
    # A column of another type breaks the schema; its values cannot be compared.
    fitting = [column for column in contract.columns if stored.get(column.name) == duckdb_type(column.type)]
    conditions = [one for column in fitting for one in _conditions(column)]
    broken: dict[str, list[str]] = {"nulls": [], "bounds": [], "allowed_values": []}
    if conditions:
        key = "(" + ", ".join(f"cast({quoted(name)} as varchar)" for name in contract.key) + ")"
        counts = ", ".join(
            f"count(*) filter ({one.violation}), min({key}) filter ({one.violation})" for one in conditions
        )
        query = f"select {counts} from ({snapshot_sql(table.shared(version))})"
        values = reading_connection().execute(query).fetchall()[0]
        for one, rows, first in zip(conditions, values[::2], values[1::2], strict=True):
            if rows:
                broken[one.check].append(f"{one.column}: expected {one.rule}, {rows} rows are not, first key {first}")
    return {
        check: Finding(
            not lines, f"{contract.name}: {'; '.join(lines) or CONTRACT_CHECKS[check]}", {"columns": len(lines)}
        )
        for check, lines in broken.items()
    }


def _conditions(column: Column) -> Iterator[_Condition]:
    name = quoted(column.name)
    if not column.nullable:
        yield _Condition("nulls", column.name, f"{name} is null", "a value")
    if column.type == "float64":
        yield _Condition("bounds", column.name, f"not isfinite({name})", "a finite number")
    if column.minimum is not None:
        yield _Condition("bounds", column.name, f"{name} < {column.minimum}", f"at least {column.minimum}")
    if column.maximum is not None:
        yield _Condition("bounds", column.name, f"{name} > {column.maximum}", f"at most {column.maximum}")
    if column.allowed:
        listed = ", ".join(literal(value) for value in column.allowed)
        yield _Condition("allowed_values", column.name, f"{name} not in ({listed})", f"one of {listed}")


def last_changed(table: Table, version: int) -> dt.datetime:
    """The moment (UTC) of the commit that made the version."""
    return dt.datetime.fromtimestamp(commit_info(table.path, version)["timestamp"] / 1000, dt.UTC)
