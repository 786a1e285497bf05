"""Dead letters: what could not be taken in, with the reason, where it came from, and its raw bytes.

They are written before the commit that leaves them out, and skipped when they are there already, so that a kill between
the two neither loses nor doubles one. Of every state of a table: its dead letters = kept + no longer kept - taken in
after all; the first two are counted here, the last in the table's own commits, so that the sum is exact at each moment.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.delta.commits import commit_properties, with_retries
from lake.delta.table import Table, partition_predicate
from lake.delta.views import duckdb_connection, literal, snapshot_sql

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
        Column("batch_id", "string", "SHA-256 of the landed file, or kafka:topic/partition"),
        Column("batch_line", "int64", "line in the file from 1, or offset"),
        Column("landed_path", "string", "the landed file", nullable=True),
        Column("rule", "string", "the rule that was broken"),
        Column("column_name", "string", "the column concerned", nullable=True),
        Column("value", "string", "the text found there; null for personal data", nullable=True),
        Column("reason", "string", "what is wrong, in words"),
        Column("entity_key", "string", "whose data it is, where that is known", nullable=True, personal=True),
        Column("raw", "binary", "the bytes as they came"),
        Column("found_at", "timestamp", "moment of the refusal"),
        Column(
            "replay", "int64", "number of the replay that is taking it in at this moment; null: refused", nullable=True
        ),
        Column("headers", "string", "headers of a message of Kafka, a JSON object", nullable=True),
    ),
)


# The application transaction by which a table's commit says how many of its dead letters it has taken in after all.
REVIVED = "count:revived"
# The application transaction that counts the replays of a table's dead letters, in its own commits and its history's.
REPLAY = "replay"


def revived_at(snapshot: DeltaTable) -> int:
    """How many dead letters the snapshot of the refusing table has taken in after all."""
    return snapshot.transaction_version(REVIVED) or 0


def expired_app(refused_by: str) -> str:
    """The application transaction that counts a table's dead letters that are no longer kept, for whatever reason."""
    return f"expired:{refused_by}"


def letters_sql(snapshot: DeltaTable, refused_by: str) -> str:
    """The SELECT of the dead letters of one table."""
    return f"select * from ({snapshot_sql(snapshot)}) where table_name = {literal(refused_by)}"


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
            f"select batch_id, batch_line from ({letters_sql(snapshot, refused_by)}) "
            "where batch_id in (select distinct batch_id from found)"
        )
        new = con.sql(f"select * from found anti join ({known}) using (batch_id, batch_line)").to_arrow_table()
        if new.num_rows:
            app = f"dead:{refused_by}"
            taken = {app: (snapshot.transaction_version(app) or 0) + 1}
            table.append(new.cast(DEAD_LETTERS.arrow_schema), taken, snapshot=snapshot)
        return int(new.num_rows)

    return with_retries(table.path, attempt)


def replace_dead_letters(table: Table, rows: pa.Table, refused_by: str, counted: int) -> int:
    """Make the dead letters of one table those of ``rows``, as a table that is rebuilt judges all of its rows anew.

    One that stood already keeps the moment at which it was found.

    Args:
        table: the table of :data:`DEAD_LETTERS`.
        rows: columns of the contract.
        refused_by: the table that refuses them.
        counted: how many the table has counted so far, those included that it took in after all. Their number stays
            as it is, so that the balance of the state before the rebuild holds until it is done, and after a kill.

    Returns:
        How many of those counted are not among the rows: what the rebuilt state has to say that it took in.
    """
    table.create()

    def attempt(snapshot: DeltaTable) -> int:
        con = duckdb_connection()
        con.register("found", rows)
        data = con.sql(
            "select f.* replace (coalesce(s.found_at, f.found_at) as found_at) from found f "
            f"left join ({letters_sql(snapshot, refused_by)}) s "
            "on f.batch_id = s.batch_id and f.batch_line = s.batch_line"
        ).to_arrow_table()
        gone = counted - int(data.num_rows)
        rewrite_letters(snapshot, data, refused_by, {expired_app(refused_by): gone})
        return gone

    return with_retries(table.path, attempt)


def withdraw_dead_letters(table: Table, refused_by: str, among: pa.Table, still: pa.Table) -> None:
    """Remove what an earlier attempt at these rows refused, was killed, and is not refused by this one.

    Args:
        table: the table of :data:`DEAD_LETTERS`.
        refused_by: the table that reads the rows.
        among: what is being read: ``batch_id``, and ``batch_line`` unless all lines of these batches are.
        still: ``batch_id``, ``batch_line`` of what is refused now.
    """

    def attempt(snapshot: DeltaTable) -> None:
        con = duckdb_connection()
        con.register("read_now", among)
        con.register("still", still)
        con.execute(
            f"create temp table stray as select batch_id, batch_line from ({letters_sql(snapshot, refused_by)}) "
            f"semi join read_now using ({', '.join(among.column_names)}) anti join still using (batch_id, batch_line)"
        )
        if con.execute("select count(*) from stray").fetchall()[0][0]:
            kept = f"from ({letters_sql(snapshot, refused_by)}) anti join stray using (batch_id, batch_line)"
            rewrite_letters(snapshot, con.sql(kept).to_arrow_table(), refused_by, {})

    with_retries(table.path, attempt)


def rewrite_letters(snapshot: DeltaTable, rows: pa.Table, refused_by: str, transactions: Mapping[str, int]) -> None:
    """Replace the dead letters of one table through the snapshot."""
    from deltalake import write_deltalake

    write_deltalake(
        snapshot,
        rows.select(DEAD_LETTERS.arrow_schema.names).cast(DEAD_LETTERS.arrow_schema),
        mode="overwrite",
        predicate=partition_predicate("table_name", [refused_by]),
        commit_properties=commit_properties(snapshot, transactions, serial=True),
    )


def count_dead_letters(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    refused_by: str,
    *,
    revived: int,
    among: str | None = None,
    by: tuple[str, ...] = ("batch_id", "batch_line"),
) -> int:
    """How many dead letters a state of a table has, those included that are no longer kept.

    Args:
        con: a connection.
        table: the table of :data:`DEAD_LETTERS`.
        refused_by: the table that refused them.
        revived: how many that state has taken in after all, :func:`revived_at`.
        among: a relation with the columns ``by``: of those that are kept, only what stands there counts.
        by: the columns to compare.
    """
    if not table.exists():
        return 0
    snapshot = table.shared()
    chosen = f" semi join {among} using ({', '.join(by)})" if among else ""
    sql = f"select count(*) from ({letters_sql(snapshot, refused_by)}){chosen}"
    expired = snapshot.transaction_version(expired_app(refused_by)) or 0
    return int(con.execute(sql).fetchall()[0][0]) + expired - revived
