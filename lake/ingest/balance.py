"""Whether each line that was read is a row or a dead letter, over the whole past of a bronze table.

Lines come from landed files, which the ledger counts, and from topics, whose messages the table's own commits count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lake.dead_letters import DEAD_LETTERS, count_dead_letters, letters_sql, revived_at
from lake.delta.table import Table
from lake.delta.views import duckdb_connection, literal, reading_connection, snapshot_sql
from lake.ingest.landing.ledger import Ledger
from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb
    from deltalake import DeltaTable

# The application transaction that counts every message that was read from topics.
STREAMED = "count:streamed"
# What the batch of a topic's partition begins with: kafka:topic/partition.
BATCH_PREFIX = "kafka:"


def position_app(topic: str, partition: int) -> str:
    """The application transaction that holds the offset of the next message of a partition."""
    return f"kafka:{topic}:{partition}"


def balance(lake: Lake, table: Table, version: int, ledger: Ledger) -> tuple[int, int, int]:
    """Lines, rows and dead letters of the files that the ledger knows and of the messages up to the positions."""
    import pyarrow as pa

    letters, snapshot = lake.table(DEAD_LETTERS), table.shared(version)
    rows, revived = table.row_count(version), revived_at(snapshot)
    lines = ledger.lines + (snapshot.transaction_version(STREAMED) or 0)
    dead = count_dead_letters(reading_connection(), letters, table.name, revived=revived)
    if rows + dead == lines:
        return lines, rows, dead
    # Another writer is between its dead letters, its rows and its line in the ledger: what it has in hand is left out.
    con = duckdb_connection()
    con.register("known", pa.table({"batch_id": pa.array(sorted(ledger.shas), pa.string())}))
    streamed = f"starts_with(batch_id, {literal(BATCH_PREFIX)})"
    sql = f"select count(*) from ({snapshot_sql(snapshot)}) where {streamed} or batch_id in (from known)"
    rows = con.execute(sql).fetchall()[0][0]
    _put_committed(con, letters, table.name, snapshot)
    refused = letters_sql(letters.shared(), table.name)
    con.execute(
        f"create temp view counted as select l.batch_id, l.batch_line from ({refused}) l "
        "left join committed c using (batch_id) where l.batch_id in (from known) or l.batch_line < c.until"
    )
    return lines, rows, count_dead_letters(con, letters, table.name, revived=revived, among="counted")


def _put_committed(con: duckdb.DuckDBPyConnection, letters: Table, name: str, snapshot: DeltaTable) -> None:
    """Put the position of each partition that has dead letters into the table ``committed``."""
    con.execute("create temp table committed (batch_id varchar, until bigint)")
    found = con.execute(
        f"select distinct batch_id from ({letters_sql(letters.shared(), name)}) "
        f"where starts_with(batch_id, {literal(BATCH_PREFIX)})"
    ).fetchall()
    for (batch,) in found:
        topic, _, partition = batch.removeprefix(BATCH_PREFIX).rpartition("/")
        until = snapshot.transaction_version(position_app(topic, int(partition)))
        con.execute("insert into committed values ($1, $2)", [batch, until])


def rows_by_source(table: Table, version: int) -> dict[str, int]:
    """Rows of a bronze table by source, as its log counts them."""
    import pyarrow as pa

    found: dict[str, int] = {}
    for action in pa.table(table.shared(version).get_add_actions(flatten=True)).to_pylist():
        source = str(action["partition.source"])
        found[source] = found.get(source, 0) + action["num_records"]
    return found
