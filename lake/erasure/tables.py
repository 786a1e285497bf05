"""Rewriting Delta tables without a buyer, and purging every older version of them.

The partitions that name the buyer are rewritten in one commit a table. Afterwards the older versions' files, log
entries and checkpoints are deleted at once, because statistics in the log hold values too; retention does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.delta.commits import commit_properties, with_retries
from lake.delta.storage import log_files
from lake.delta.table import Table, partition_predicate
from lake.delta.views import duckdb_connection, literal, quoted, snapshot_sql
from lake.erasure.identity import Identity, holds_a_buyer

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable


RAW = "raw"  # the column of dead letters that holds a line as it came


@dataclass(frozen=True)
class Rewriting:
    """How one table is rewritten.

    Attributes:
        identity: who is forgotten.
        batches: batch -> the batch that its rows belong to from now on, as its landed file has another content.
    """

    identity: Identity
    batches: Mapping[str, str] = field(default_factory=dict)


def rewrite_table(
    table: Table, rewriting: Rewriting, transactions: Mapping[str, int], expiring: Mapping[str, int]
) -> int:
    """Rewrite the partitions that name the buyer; how many rows changed.

    Args:
        table: the table.
        rewriting: whom to forget, and which batches get another name.
        transactions: what the commit says beside its rows, if there is one.
        expiring: the same, for what a checkpoint may drop.
    """
    return with_retries(table.path, lambda snapshot: _rewrite(snapshot, rewriting, transactions, expiring))


def _rewrite(
    snapshot: DeltaTable, rewriting: Rewriting, transactions: Mapping[str, int], expiring: Mapping[str, int]
) -> int:
    from deltalake import write_deltalake

    con = duckdb_connection()
    con.execute(f"create view stored as {snapshot_sql(snapshot, tombstones=True)}")
    partitioned = list(snapshot.metadata().partition_columns)
    condition = _condition(con, rewriting)
    if partitioned:
        column = partitioned[0]
        hit = [
            row[0] for row in con.execute(f"select distinct {quoted(column)} from stored where {condition}").fetchall()
        ]
        if not hit:
            return 0
        where = partition_predicate(column, hit)
    else:
        where = "true"
        if not con.execute(f"select exists(from stored where {condition})").fetchall()[0][0]:
            return 0
    rows, changed = rewritten(con.sql(f"select * from stored where {where}").to_arrow_table(), rewriting)
    if not changed:
        return 0
    properties = commit_properties(snapshot, transactions, serial=True, expiring=expiring)
    predicate: dict[str, Any] = {"predicate": where} if partitioned else {}
    write_deltalake(snapshot, _as_stored(rows, snapshot), mode="overwrite", commit_properties=properties, **predicate)
    return changed


def _as_stored(rows: pa.Table, snapshot: DeltaTable) -> pa.Table:
    """The rows in the table's own types, required columns as such."""
    import pyarrow as pa

    return rows.cast(pa.schema(snapshot.schema().to_arrow()))


def _condition(con: Any, rewriting: Rewriting) -> str:
    """The SQL condition that a row may name the buyer or belongs to a renamed batch."""
    parts = []
    for name, kind in con.execute("select column_name, column_type from (describe stored)").fetchall():
        for needle in rewriting.identity.needles:
            if kind.startswith("VARCHAR"):
                parts.append(f"contains(lower({quoted(name)}::varchar), lower({literal(needle)}))")
            elif name == RAW:
                parts.append(f"contains(hex({quoted(name)}), '{needle.encode().hex().upper()}')")
        if name == "batch_id" and rewriting.batches:
            parts.append(f"batch_id in ({', '.join(map(literal, rewriting.batches))})")
    return " or ".join(parts) or "false"


def rewritten(rows: pa.Table, rewriting: Rewriting) -> tuple[pa.Table, int]:
    """The rows without the buyer, and how many of them changed.

    A row whose ``buyer_id`` is the buyer's is the buyer's: its personal columns are emptied.
    """
    import numpy as np
    import pyarrow as pa

    identity, changed = rewriting.identity, np.zeros(rows.num_rows, bool)
    holders = [name for name in rows.column_names if _is_text(rows, name) and holds_a_buyer(name)]
    own = np.zeros(rows.num_rows, bool)
    for name in holders:
        own |= np.array([value == identity.buyer_id for value in rows.column(name).to_pylist()], bool)
    for place, column in enumerate(rows.schema):
        values = rows.column(place)
        new: list[Any]
        if _is_text(rows, column.name):
            new = _texts(column.name, values.to_pylist(), own, rewriting, is_holder=column.name in holders)
        elif column.name == RAW:  # other bytes are artefacts, whose insides are not text
            new = [one if one is None else _bytes(one, identity) for one in values.to_pylist()]
        elif pa.types.is_list(column.type) and pa.types.is_string(column.type.value_type):
            new = [one if one is None else [_value(text, identity) for text in one] for one in values.to_pylist()]
        else:
            continue
        differs = np.array([a != b for a, b in zip(values.to_pylist(), new, strict=True)], bool)
        if differs.any():
            changed |= differs
            rows = rows.set_column(place, column, pa.array(new, column.type))
    return rows, int(changed.sum())


def _is_text(rows: pa.Table, name: str) -> bool:
    import pyarrow as pa

    kind = rows.schema.field(name).type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _texts(
    name: str, values: Sequence[str | None], own: Any, rewriting: Rewriting, *, is_holder: bool
) -> list[str | None]:
    identity = rewriting.identity
    if is_holder:
        return [value if value is None else identity.renumber(value) for value in values]
    if name == "batch_id":
        return [rewriting.batches.get(value, value) if value else value for value in values]
    if name in identity.personal_fields:
        empty = identity.personal_fields[name]
        return [
            value if value is None else empty if is_own else _value(value, identity)
            for value, is_own in zip(values, own, strict=True)
        ]
    return [value if value is None else _value(value, identity) for value in values]


def _value(value: str | None, identity: Identity) -> str | None:
    return None if value is None else identity.rewrite(value)


def _bytes(value: bytes, identity: Identity) -> bytes:
    return identity.rewrite_lines(value) if any(needle.encode() in value for needle in identity.needles) else value


def note_read(table: Table, app: str, before: int, after: int) -> None:
    """Say that a table has read its source's rewritten version, if it had read all of it before."""

    def attempt(snapshot: DeltaTable) -> None:
        if snapshot.transaction_version(app) == before:
            import pyarrow as pa

            empty = pa.schema(snapshot.schema().to_arrow()).empty_table()
            table.append(empty, {app: after}, snapshot=snapshot)

    with_retries(table.path, attempt)


def purge(table: Table) -> int:
    """Delete all that only older versions need: data files, log entries, checkpoints; the bytes that went.

    The newest version stays readable under its number.
    """
    before, snapshot = _size(table.path), table.snapshot()
    kept = snapshot.version()
    snapshot.create_checkpoint()
    snapshot.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False, full=True)
    for entry in log_files(table.path, kept - 1):
        entry.unlink()
    return before - _size(table.path)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
