"""Dead letters: what could not be taken in, with the reason, where it came from, and its raw bytes.

They are written before the commit that leaves them out, and skipped when they are there already, so that a kill between
the two neither loses nor doubles one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.commits import commit_properties, with_retries
from lake.contract import Column, Contract
from lake.table import Table, partition_predicate
from lake.views import duckdb_connection, literal, snapshot_sql

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from deltalake import DeltaTable

DEAD_LETTERS = Contract(
    name="dead_letters",
    layer="bronze",
    grain="one row per landed line and table that refused it",
    description="A line refused by two tables stands here twice; one that broke several rules, with the first.",
    key=("table_name", "batch_id", "batch_line"),
    partition_by=("table_name",),
    columns=(
        Column("table_name", "string", "table that refused the row, silver/orders"),
        Column("batch_id", "string", "SHA-256 of the landed file, or topic and partition"),
        Column("batch_line", "int64", "line in the file from 1, or offset"),
        Column("landed_path", "string", "the landed file", nullable=True),
        Column("rule", "string", "the rule that was broken"),
        Column("column_name", "string", "the column concerned", nullable=True),
        Column("value", "string", "the text found there; null for personal data", nullable=True),
        Column("reason", "string", "what is wrong, in words"),
        Column("entity_key", "string", "whose data it is, where that is known", nullable=True, personal=True),
        Column("raw", "binary", "the bytes as they came"),
        Column("found_at", "timestamp", "moment of the refusal"),
    ),
)


def write_dead_letters(table: Table, rows: pa.Table) -> int:
    """Append the dead letters that are not there yet, all of them of one ``table_name``.

    Args:
        table: the table of :data:`DEAD_LETTERS`.
        rows: columns of the contract, at most one row per ``batch_id`` and ``batch_line``.

    Returns:
        How many were new.
    """
    if not rows.num_rows:
        return 0
    table.create()
    refused_by = rows.column("table_name")[0].as_py()

    def attempt(snapshot: DeltaTable) -> int:
        con = duckdb_connection()
        con.register("found", rows)
        known = (
            f"select batch_id, batch_line from ({snapshot_sql(snapshot)}) where table_name = {literal(refused_by)} "
            "and batch_id in (select distinct batch_id from found)"
        )
        new = con.sql(f"select * from found anti join ({known}) using (batch_id, batch_line)").to_arrow_table()
        if new.num_rows:
            app = f"dead:{refused_by}"
            taken = {app: (snapshot.transaction_version(app) or 0) + 1}
            table.append(new.cast(DEAD_LETTERS.arrow_schema), taken, snapshot=snapshot)
        return int(new.num_rows)

    return with_retries(table.path, attempt)


def replace_dead_letters(table: Table, rows: pa.Table, refused_by: str) -> None:
    """Make the dead letters of one table those of ``rows``, as a table that is rebuilt judges all of its rows anew.

    One that stood already keeps the moment at which it was found; of those no longer kept none is counted any more.
    """
    from deltalake import write_deltalake

    table.create()

    def attempt(snapshot: DeltaTable) -> None:
        con = duckdb_connection()
        con.register("found", rows)
        standing = f"select * from ({snapshot_sql(snapshot)}) where table_name = {literal(refused_by)}"
        data = con.sql(
            "select f.* replace (coalesce(s.found_at, f.found_at) as found_at) "
            f"from found f left join ({standing}) s on f.batch_id = s.batch_id and f.batch_line = s.batch_line"
        ).to_arrow_table()
        write_deltalake(
            snapshot,
            data.cast(DEAD_LETTERS.arrow_schema),
            mode="overwrite",
            predicate=partition_predicate("table_name", [refused_by]),
            commit_properties=commit_properties(snapshot, {expired_app(refused_by): 0}, serial=True),
        )

    with_retries(table.path, attempt)


def expired_app(refused_by: str) -> str:
    """The application transaction that counts a table's dead letters that are no longer kept."""
    return f"expired:{refused_by}"


def count_dead_letters(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    refused_by: str,
    *,
    among: str | None = None,
    by: tuple[str, ...] = ("batch_id", "batch_line"),
) -> int:
    """How many dead letters a table has caused so far, those included that are no longer kept.

    ``among`` is a relation with the columns ``by``: of those that are kept, only what stands there counts.
    """
    if not table.exists():
        return 0
    snapshot = table.snapshot()
    chosen = f" semi join {among} using ({', '.join(by)})" if among else ""
    sql = f"select count(*) from ({snapshot_sql(snapshot)}){chosen} where table_name = {literal(refused_by)}"
    expired = snapshot.transaction_version(expired_app(refused_by)) or 0
    return int(con.execute(sql).fetchall()[0][0]) + expired
