"""Merging the latest change per key into a table; the greatest source position wins, whatever arrived first.

The bound of the merge is looked up, never taken from the batch: the partitions in which the batch's keys stand now,
read from the snapshot that is written through. A key may have moved between partitions, and a deletion has none.
Keys whose equal positions state different rows are collected in the table ``tied``; :mod:`lake.silver.refresh` decides
them by the order of delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.commits import commit_properties
from lake.delta.table import partition_predicate
from lake.delta.views import quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

SHOWN_TIES = 3


@dataclass(frozen=True)
class Outcome:
    """What becomes of the batch's rows, one per key.

    Attributes:
        applied: rows that become the key's state.
        deleted: deletions that become the key's state.
        superseded: rows older than the key's state.
        duplicate: rows that are the key's state already.
        tied: rows that state something else at the position of the key's state.
    """

    applied: int
    deleted: int
    superseded: int
    duplicate: int
    tied: int = 0


def keys_of(contract: Contract, alias: str = "") -> str:
    """The key columns as a SQL list."""
    dot = f"{alias}." if alias else ""
    return ", ".join(f"{dot}{quoted(name)}" for name in contract.key)


def order_of(contract: Contract, alias: str = "") -> str:
    """What decides between two changes of one key, as a SQL row: nothing that is stored is left to arrival."""
    dot = f"{alias}." if alias else ""
    names = ["source_position", "is_deleted", *(column.name for column in contract.columns), "source_changed_at"]
    return "row(" + ", ".join(f"{dot}{quoted(name)}" for name in names) + ")"


def content_of(contract: Contract, alias: str = "") -> str:
    """What a change states, as a SQL hash: a deletion, or the values."""
    dot = f"{alias}." if alias else ""
    values = ", ".join(f"{dot}{quoted(column.name)}" for column in contract.columns if column.name not in contract.key)
    return f"case when {dot}is_deleted then 0 else hash(row({values or 'null'})) end"


def classify(con: duckdb.DuckDBPyConnection, contract: Contract, standing_sql: str, batch: str) -> Outcome:
    """Compare the relation ``batch`` (one row per key, stored columns) with what stands.

    Args:
        con: where ``batch`` is.
        contract: the table's.
        standing_sql: a SELECT of the rows that stand, tombstones included.
        batch: a relation name; keys that are tied within it are in the temporary table ``tied``.

    Returns:
        The verdicts, counted. The rows that are to be written are left in the temporary table ``to_write``, what
        stood under the batch's keys in ``standing``; further tied keys are added to ``tied``.
    """
    keys = keys_of(contract)
    partition = contract.partition
    stands_in = quoted(partition.name) if partition else "null"
    con.execute(
        f"create or replace temp table standing as select {keys}, source_position, is_carried, "
        f"{stands_in} as stands_in from ({standing_sql}) semi join {batch} using ({keys})"
    )
    if _is_all_new(con, batch):
        return _take_all(con, contract, batch)
    con.execute(
        f"create or replace temp table verdicts as select {keys_of(contract, 'b')}, b.is_deleted, "
        "case when s.source_position is null or b.source_position > s.source_position then 'new' "
        "when b.source_position < s.source_position then 'superseded' else 'equal' end as verdict "
        f"from {batch} b left join standing s using ({keys})"
    )
    _settle_equals(con, contract, standing_sql, batch)
    con.execute(
        f"create or replace temp table to_write as select {stored_columns(contract)} from {batch} b "
        f"semi join (from verdicts where verdict = 'new') v using ({keys})"
    )
    tally = dict(
        con.execute(
            "select case when verdict = 'new' and is_deleted then 'deleted' else verdict end, count(*) "
            "from verdicts group by 1"
        ).fetchall()
    )
    return Outcome(
        applied=tally.get("new", 0),
        deleted=tally.get("deleted", 0),
        superseded=tally.get("superseded", 0),
        duplicate=tally.get("equal", 0),
        tied=tally.get("tied", 0),
    )


def _is_all_new(con: duckdb.DuckDBPyConnection, batch: str) -> bool:
    """Whether nothing stands under the batch's keys, nothing is carried over into them, and none is tied."""
    sql = f"select not exists(from standing) and not exists(from {batch} where is_carried) and not exists(from tied)"
    return bool(con.execute(sql).fetchall()[0][0])


def _take_all(con: duckdb.DuckDBPyConnection, contract: Contract, batch: str) -> Outcome:
    """Every row of the batch is written, as when a table is filled for the first time; none is copied for it."""
    con.execute(f"create or replace temp view to_write as select {stored_columns(contract)} from {batch} b")
    deleted, every = con.execute(f"select count(*) filter (where is_deleted), count(*) from {batch}").fetchall()[0]
    return Outcome(applied=every - deleted, deleted=deleted, superseded=0, duplicate=0)


def stored_columns(contract: Contract) -> str:
    """The columns of ``b`` as they are stored.

    A tombstone keeps its key and position only, so that its content does not depend on what came before it.
    """
    kept = {*contract.key, "source_position", "source_changed_at", "is_deleted", "is_carried"}
    return ", ".join(
        f"b.{quoted(name)}"
        if name in kept
        else f"case when not b.is_deleted then b.{quoted(name)} end as {quoted(name)}"
        for name in (column.name for column in contract.stored_columns)
    )


def _settle_equals(con: duckdb.DuckDBPyConnection, contract: Contract, standing_sql: str, batch: str) -> None:
    """Rows that state something else at the same position are tied; of equal ones the later moment stands."""
    keys = keys_of(contract)
    if not con.execute("select count(*) from verdicts where verdict = 'equal'").fetchall()[0][0]:
        return
    con.execute(
        f"create or replace temp table equals as select {stored_columns(contract)} from {batch} b "
        f"semi join (from verdicts where verdict = 'equal') v using ({keys})"
    )
    con.execute(
        f"create or replace temp table winning as select {keys} from equals b "
        f"join ({standing_sql}) s using ({keys}) where {order_of(contract, 'b')} > {order_of(contract, 's')}"
    )
    con.execute(
        f"create or replace temp table other as select {keys} from equals b join ({standing_sql}) s using ({keys}) "
        f"where not b.is_carried and not s.is_carried and {content_of(contract, 'b')} <> {content_of(contract, 's')}"
    )
    con.execute("insert into tied from other except from tied")
    con.execute(f"update verdicts set verdict = 'tied' where ({keys}) in (select ({keys}) from other)")
    con.execute(
        f"update verdicts set verdict = 'new' where verdict = 'equal' and ({keys}) in (select ({keys}) from winning)"
    )


def bound_of(con: duckdb.DuckDBPyConnection, contract: Contract) -> str:
    """The condition on ``target`` of the partitions in which the keys of ``to_write`` stand; empty: they are new."""
    stand_in = con.execute(
        f"select distinct stands_in from standing semi join to_write using ({keys_of(contract)})"
    ).fetchall()
    if not stand_in or not contract.partition:
        return "true" if stand_in else ""
    return partition_predicate(contract.partition.name, [row[0] for row in stand_in], "target.")


def same_key(contract: Contract, bound: str) -> str:
    """The condition under which a row of ``source`` meets one of ``target``."""
    keys = [f"target.{name} = source.{name}" for name in contract.key]
    return " and ".join([*keys, *([f"({bound})"] if contract.partition else [])])


def write(
    con: duckdb.DuckDBPyConnection,
    contract: Contract,
    snapshot: DeltaTable,
    rows: pa.Table,
    transactions: Mapping[str, int],
) -> int:
    """Commit the rows of ``to_write`` through the snapshot, with the transactions; with no rows, these alone.

    Returns:
        The version that holds the rows.
    """
    from deltalake import write_deltalake

    properties = commit_properties(snapshot, transactions, serial=True)
    if not (bound := bound_of(con, contract)):
        write_deltalake(snapshot, rows, mode="append", commit_properties=properties)
        return snapshot.version()
    (
        snapshot.merge(
            rows,
            same_key(contract, bound),
            source_alias="source",
            target_alias="target",
            streamed_exec=False,
            commit_properties=properties,
        )
        .when_matched_update_all()
        .when_not_matched_insert_all()
        .execute()
    )
    return snapshot.version()


def tied_keys(con: duckdb.DuckDBPyConnection, contract: Contract) -> tuple[str, ...]:
    """The first keys that are tied, as ``order_id X1, line_number 1``; personal ones by number of rows only."""
    if any(contract[name].personal for name in contract.key):
        return ()
    rows = con.execute(f"select {keys_of(contract)} from tied order by all limit {SHOWN_TIES}").fetchall()
    return tuple(", ".join(f"{n} {value}" for n, value in zip(contract.key, row, strict=True)) for row in rows)
