"""What a filter cannot see about a table: doubled keys, dangling references, lost rows, a table that shrank.

Each function answers with numbers and, where something is wrong, the first examples; whoever asks decides what blocks.
"""

from __future__ import annotations

from dataclasses import dataclass

from lake.contract import Contract
from lake.dead_letters import DEAD_LETTERS, count_dead_letters, revived_at
from lake.delta.evolution import added_columns, difference
from lake.delta.table import Table
from lake.delta.views import quoted, reading_connection, snapshot_sql
from lake.lakehouse import Lake
from lake.silver.bronze_files import files_at, position_app
from lake.silver.merge import keys_of
from lake.silver.sql import Feed
from lake.silver.staging import bronze_files_sql
from lake.tally import Tally


@dataclass(frozen=True)
class Finding:
    """The answer of one check: whether it holds, in words, and its numbers."""

    passed: bool
    words: str
    numbers: dict[str, int | float]


def tally_at(table: Table, version: int) -> Tally:
    """The table's totals at a version; zero for -1, when it was not there."""
    return Tally.standing(table.shared(version)) if version >= 0 else Tally()


def unique_keys(table: Table, contract: Contract, version: int) -> Finding:
    """No key stands twice."""
    con, keys = reading_connection(), keys_of(contract)
    doubled = con.execute(
        f"select {keys}, count(*) from ({snapshot_sql(table.shared(version), tombstones=True)}) "
        f"group by {keys} having count(*) > 1 order by all limit 3"
    ).fetchall()
    words = f"key ({', '.join(contract.key)}) stands more than once, first: {doubled}" if doubled else "every key once"
    return Finding(not doubled, f"{contract.name}: {words}", {"doubled_keys_shown": len(doubled)})


def balance(lake: Lake, table: Table, contract: Contract, feed: Feed, version: int) -> Finding:
    """Read = applied + deleted + superseded + duplicate + tied + dead, read and dead counted independently."""
    snapshot = table.shared(version)
    tally = Tally.standing(snapshot)
    position = snapshot.transaction_version(position_app(feed))
    bronze = Table(lake.path(f"bronze/{feed.bronze}"))
    files = [] if position is None else files_at(bronze, position, feed)
    landed = sum(file.rows for file in files)
    letters, revived = lake.table(DEAD_LETTERS), revived_at(snapshot)
    dead = count_dead_letters(reading_connection(), letters, table.name, revived=revived)
    if dead > tally.dead:
        # Dead letters are written before the commit that counts them: those of a refresh under way are not ours.
        among = bronze_files_sql(files)
        dead = count_dead_letters(reading_connection(), letters, table.name, revived=revived, among=among)
    numbers: dict[str, int | float] = {"bronze_rows": landed, "dead_letters": dead, **vars(tally)}
    passed = tally.is_balanced and tally.read == landed and tally.dead == dead
    words = (
        f"{landed} bronze rows: {tally.applied} applied + {tally.deleted} deleted + {tally.superseded} superseded "
        f"+ {tally.duplicate} duplicates + {tally.tied} ties + {tally.dead} dead letters ({dead} written)"
    )
    return Finding(passed, words, numbers)


def stored_schema(table: Table, contract: Contract, version: int) -> Finding:
    """The stored schema is the contract's."""
    stored = table.shared(version).schema()
    lines = difference(stored, contract.arrow_schema)
    lines += [f"{column.name}: not stored" for column in added_columns(stored, contract.arrow_schema)]
    return Finding(not lines, "; ".join(lines) or "as in the contract", {"differences": len(lines)})


def not_emptied(table: Table, version: int, before: int) -> Finding:
    """The table neither lost all of its rows nor half of them since the version ``before`` (-1: it was not there)."""
    now = _rows(table, version)
    then = _rows(table, before) if before >= 0 else 0
    passed = now >= then / 2
    return Finding(passed, f"{now} rows, {then} before", {"rows": now, "rows_before": then})


def _rows(table: Table, version: int) -> int:
    sql = f"select count(*) from ({snapshot_sql(table.shared(version))})"
    return int(reading_connection().execute(sql).fetchall()[0][0])


def table_key(contract: Contract, target: str) -> str:
    """The key of the table that a reference names: ``releases`` in the contract's layer, or ``silver/releases``."""
    return target if "/" in target else f"{contract.layer}/{target}"


def references(lake: Lake, versions: dict[str, int], contract: Contract, column: str, target: str) -> Finding:
    """How many rows refer to a key that ``target`` has never had. Null refers to nothing.

    What was withdrawn since is known: its orders and prices stay what they were. The number ``known`` is that of the
    rows of ``target``, withdrawn ones included.
    """
    other_key = table_key(contract, target)
    table, other = Table(lake.path(f"{contract.layer}/{contract.name}")), Table(lake.path(other_key))
    if other_key not in versions or table.name not in versions:
        return Finding(True, f"{target} is not there yet", {"dangling": 0, "rows": 0, "known": 0})
    known = other.row_count(versions[other.name])
    con = reading_connection()
    key = quoted(other.shared().schema().fields[0].name)
    ever_stated = snapshot_sql(other.shared(versions[other.name]), tombstones=True)
    dangling, rows, first = con.execute(
        f"select count(*) filter (where o.{key} is null), count(*), "
        f"min(t.{quoted(column)}) filter (where o.{key} is null) "
        f"from (from ({snapshot_sql(table.shared(versions[table.name]))}) where {quoted(column)} is not null) t "
        f"left join ({ever_stated}) o on t.{quoted(column)} = o.{key}"
    ).fetchall()[0]
    words = f"{dangling} of {rows} rows refer to unknown {target}" + (f", first: {first}" if dangling else "")
    return Finding(not dangling, words, {"dangling": dangling, "rows": rows, "known": known})
