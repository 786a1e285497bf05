"""Carrying a stored table over to a contract that contradicts it: a changed type, a renamed or lost column.

A silver table is read again from bronze, where what does not cast becomes a dead letter (:mod:`lake.silver.refresh`,
:mod:`lake.silver.history`). A table without bronze behind it, or a silver table "from a version on", is rewritten from
its rows; there nothing may be lost, so a row that does not carry over exactly stops the migration, with examples.
Either is one commit: before it the table is as it was, after it the contract's; a rerun finds nothing left to do.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.dead_letters import REPLAY, REVIVED, revived_at
from lake.delta.commits import commit_properties, with_retries
from lake.delta.evolution import difference, renamed_columns
from lake.delta.table import Table
from lake.delta.views import column_types, duckdb_connection, quoted, snapshot_sql
from lake.tally import Tally
from lake.types import duckdb_type, exact_value

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable, Schema

SHOWN = 3
STATISTICS = "delta.dataSkippingStatsColumns"


class MigrationError(RuntimeError):
    """Rows or columns would be lost; nothing was written."""


@dataclass(frozen=True)
class Misfit:
    """Values that a column cannot carry over: how many, and the first with their keys."""

    column: str
    type: str
    rows: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column}: {self.rows} values are no {self.type} exactly, first: {'; '.join(self.examples)}"


def is_due(table: Table) -> bool:
    """Whether the stored table contradicts its contract."""
    return bool(table.exists() and differences(table))


def differences(table: Table) -> list[str]:
    """Lines that say how; renamed columns are called so."""
    assert table.contract is not None
    stored, contract = table.snapshot().schema(), table.contract
    renamed = renamed_columns(stored, contract)
    others = difference(_as_renamed(stored, renamed), contract.arrow_schema)
    return [*(f"{new}: is stored as {old}" for new, old in renamed.items()), *others]


def _as_renamed(stored: Schema, renamed: Mapping[str, str]) -> Schema:
    from deltalake import Field, Schema

    names = {old: new for new, old in renamed.items()}
    return Schema([Field(names.get(one.name, one.name), one.type, nullable=one.nullable) for one in stored.fields])


def begin_migration(table: Table, position_app: str) -> bool:
    """Whether a table with bronze behind it must be read again; one that has read nothing yet is carried over here."""
    if not is_due(table):
        return False
    if table.transactions(position_app):
        return True
    rewrite(table)
    return False


def replace_all(
    snapshot: DeltaTable,
    contract: Contract,
    rows: pa.Table,
    transactions: Mapping[str, int],
    *,
    target_file_size: int | None = None,
) -> int:
    """Replace rows and schema of the table by those of the contract, in one commit; the version that holds them.

    Args:
        snapshot: the table as read, through which is written.
        contract: the table's.
        rows: all of them.
        transactions: that the commit takes.
        target_file_size: bytes from which on another file is begun; None: the library's.
    """
    from deltalake import write_deltalake

    kept = ",".join(contract.statistics) or contract.columns[0].name
    if snapshot.metadata().configuration.get(STATISTICS) != kept:
        snapshot.alter.set_table_properties({STATISTICS: kept})
    properties = commit_properties(snapshot, transactions, serial=True)
    write_deltalake(
        snapshot,
        rows,
        mode="overwrite",
        schema_mode="overwrite",
        partition_by=list(contract.partition_by) or None,
        target_file_size=target_file_size,
        commit_properties=properties,
    )
    return snapshot.version()


def misfits(table: Table, version: int | None = None) -> list[Misfit]:
    """The stored values that do not carry over exactly."""
    assert table.contract is not None
    snapshot, contract = table.snapshot(version), table.contract
    con, types = duckdb_connection(), column_types(snapshot)
    renamed = renamed_columns(snapshot.schema(), contract)
    found = []
    for column in contract.stored_columns:
        old = renamed.get(column.name, column.name)
        if types.get(old, duckdb_type(column.type)) == duckdb_type(column.type):
            continue
        text = f"{quoted(old)} is not null and not coalesce({_exact(column, quoted(old), types[old])}, false)"
        named = [quoted(renamed.get(key, key)) for key in contract.key]
        shown = "'(' || concat_ws(', ', " + ", ".join(named) + ") || ') ' || " + f"{quoted(old)}"
        wrong = f"from ({snapshot_sql(snapshot, tombstones=True)}) where {text}"
        count = int(con.execute(f"select count(*) {wrong}").fetchall()[0][0])
        if count:
            examples = con.execute(f"select left({shown}, 120) {wrong} order by all limit {SHOWN}").fetchall()
            said = () if column.personal else tuple(one for (one,) in examples)
            found.append(Misfit(column.name, column.type, count, said))
    return found


def _exact(column: Column, old: str, kind: str) -> str:
    """The condition that a value carries over: text by the rules of silver, others without losing a digit."""
    if kind == "VARCHAR":
        return f"{exact_value(column.type, old)} is not null"
    return f"try_cast(try_cast({old} as {duckdb_type(column.type)}) as {kind}) is not distinct from {old}"


def rewrite(
    table: Table,
    *,
    drop: Collection[str] = (),
    version: int | None = None,
    transactions: Mapping[str, int] | None = None,
) -> int:
    """Rewrite the table from its own rows, as its contract has it now.

    Args:
        table: with its contract.
        drop: stored columns that may go with their values; those that can be computed again need no leave.
        version: take the rows as they stood then.
        transactions: application transactions for the commit, those of the version for instance.

    Raises:
        MigrationError: a column or a row would be lost, or a required one has no values.
    """
    contract = table.contract
    assert contract is not None

    def attempt(snapshot: DeltaTable) -> int:
        source = table.snapshot(version) if version is not None else snapshot
        refuse_losses(table, drop, version)
        rows = duckdb_connection().sql(_carried_sql(contract, source)).to_arrow_table().cast(contract.arrow_schema)
        return replace_all(snapshot, contract, rows, transactions or {})

    return with_retries(table.path, attempt)


def rewrite_from(table: Table, version: int, position_app: str) -> int:
    """Take a silver table's rows as they stood at a version, carried over, and its reading position of then.

    What bronze has got since is then read anew, under the contract of today.

    Raises:
        MigrationError: rows would be lost, or the version cannot be gone back to.
    """
    then = table.snapshot(version)
    position = then.transaction_version(position_app)
    if position is None:
        raise MigrationError(f"{table.name}: version {version} had read nothing; leave out --from-version")
    if (then.transaction_version(REPLAY) or 0) != table.transactions(REPLAY).get(REPLAY, 0):
        raise MigrationError(
            f"{table.name}: dead letters were taken in since version {version}, which would be lost; leave out "
            "--from-version, and all of bronze is read again"
        )
    totals = Tally.standing(then).transactions()
    return rewrite(table, version=version, transactions={position_app: position, REVIVED: revived_at(then), **totals})


def _carried_sql(contract: Contract, source: DeltaTable) -> str:
    types, renamed = column_types(source), renamed_columns(source.schema(), contract)
    columns = []
    for column in contract.stored_columns:
        old = renamed.get(column.name, column.name)
        value = quoted(old) if old in types else "null"
        columns.append(f"cast({value} as {duckdb_type(column.type)}) as {quoted(column.name)}")
    return f"select {', '.join(columns)} from ({snapshot_sql(source, tombstones=True)})"


def refuse_losses(table: Table, drop: Collection[str] = (), version: int | None = None) -> None:
    """Raise where :func:`rewrite` would lose something.

    Raises:
        MigrationError: columns, rows, or required values that would be lost or missing, all of them.
    """
    assert table.contract is not None
    contract, source = table.contract, table.snapshot(version)
    renamed = renamed_columns(source.schema(), contract)
    stored = {field.name for field in source.schema().fields} - set(renamed.values())
    wanted = {field.name: field for field in contract.arrow_schema}
    lost = sorted(stored - wanted.keys() - set(drop))
    empty = sorted(name for name in wanted if not wanted[name].nullable and name not in stored | renamed.keys())
    lines = [
        f"{name}: would be lost; say renamed_from in the contract, or allow it with --drop {name}" for name in lost
    ]
    lines += [f"{name}: is required, and no stored row has it; make it nullable" for name in empty]
    lines += [f"{misfit}; mend them, or choose a type that holds them" for misfit in misfits(table, version)]
    if lines:
        raise MigrationError(f"{table.name}: nothing was written:\n  " + "\n  ".join(lines))
