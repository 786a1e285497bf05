"""From bronze files to one row per key: parsing in slices, setting faults aside, keeping the latest.

Slices bound the memory by the slice and the distinct keys, not by the backlog.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.bronze import COLUMNS
from lake.contract import Contract
from lake.delta.changes import AddedFile
from lake.delta.views import files_sql, literal, quoted
from lake.grouping import grouped
from lake.silver.merge import content_of, keys_of, order_of
from lake.silver.partial import partial_columns
from lake.silver.sql import Feed, faults, parse_sql
from lake.types import duckdb_type

if TYPE_CHECKING:
    import duckdb

SLICE_ROWS = 8_000_000
BRONZE_PARTITION = {"source": "VARCHAR"}


@dataclass
class Staged:
    """What a batch of bronze rows came to.

    Attributes:
        read: bronze rows of the feed's source.
        dead: rows with a fault, in the temporary table ``dead``.
        duplicate: rows that repeat a change of the same batch.
        superseded: rows older than another of the same batch.
        tied: rows that state something else than another one of their key and position.

    The others are in the temporary table ``winners``, one per key; the keys that are tied in ``tied``; the texts of
    days that state none in ``partial``.
    """

    read: int = 0
    dead: int = 0
    duplicate: int = 0
    superseded: int = 0
    tied: int = 0


def bronze_files_sql(files: Sequence[AddedFile]) -> str:
    """The relation over bronze files; over none of them, one without rows."""
    if not files:
        nulls = ", ".join(f"cast(null as {duckdb_type(column.type)}) as {column.name}" for column in COLUMNS)
        return f"(select {nulls} where false)"
    return files_sql([str(file.path) for file in files], BRONZE_PARTITION)


def file_groups(files: Sequence[AddedFile]) -> list[list[AddedFile]]:
    """The files in groups of bounded size; none of them as one group without files."""
    return [list(group) for group in grouped(files, lambda file: file.rows, SLICE_ROWS)] or [[]]


def slices(files: Sequence[AddedFile]) -> list[str]:
    """The files as relations of bounded size; none of them as one without rows."""
    return [bronze_files_sql(group) for group in file_groups(files)]


def stage(
    con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, groups: Sequence[str], parsed: Sequence[str] = ()
) -> Staged:
    """Parse relations of bronze rows, at least one, into the temporary tables ``winners`` and ``dead``.

    ``parsed``: relations with the parsed rows of the groups, where another engine has parsed them.
    """
    staged = Staged()
    columns = ", ".join(quoted(column.name) for column in contract.columns)
    kept = f"{columns}, source_position, source_changed_at, is_deleted, has_unavailable as is_carried"
    stored = f"{columns}, source_position, source_changed_at, is_deleted, is_carried"
    con.execute(f"create or replace temp table tied as {_no_keys(contract)}")
    con.execute("create or replace temp table partial (text varchar, rows bigint)")
    for number, group in enumerate(groups):
        rows = parsed[number] if parsed else f"({parse_sql(contract, feed, group)})"
        con.execute(
            f"create or replace temp table parsed as select {kept}, fault, {_of_dead('batch_id', 'batch_line')}, "
            f"{_of_dead('fault_value')}, partial from {rows}"
        )
        _set_dead_aside(con, contract, group, first=number == 0)
        if partial_columns(contract):
            con.execute("insert into partial select partial, count(*) from parsed where partial is not null group by 1")
        target = "winners" if len(groups) == 1 else f"winners_{number}"
        con.execute(f"create or replace temp view good as select {stored} from parsed where fault is null")
        _add(staged, con, contract, "good", target)
        staged.read += _count(con, "parsed")
    if len(groups) != 1:
        parts = " union all ".join(f"from winners_{number}" for number in range(len(groups)))
        con.execute(f"create or replace temp view good as {parts}")
        _add(staged, con, contract, "good", "winners")
        for number in range(len(groups)):
            con.execute(f"drop table winners_{number}")
    staged.dead = _count(con, "dead")
    return staged


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _of_dead(*names: str) -> str:
    """Columns that only faulty rows need: null, hence nearly free, in the others."""
    return ", ".join(f"case when fault is not null then {name} end as {name}" for name in names)


def _add(staged: Staged, con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, target: str) -> None:
    """Keep the latest row per key of the relation in ``target`` and count the others."""
    con.execute(f"create temp table if not exists tied as {_no_keys(contract)}")
    total, positions = con.execute(f"select count(*), count(distinct source_position) from {relation}").fetchall()[0]
    if positions == total:
        _keep_newest(con, contract, relation, target)
        staged.superseded += total - _count(con, target)
    else:
        _settle(staged, con, contract, relation, target)


def _keep_newest(con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, target: str) -> None:
    """The latest row per key where no position stands twice, so that the position alone says which row it is."""
    con.execute(
        "create or replace temp table newest as select max(source_position) as source_position, "
        f"bool_or(is_carried) as any_carried from {relation} group by {keys_of(contract)}"
    )
    con.execute(
        f"create or replace temp table {target} as select r.* replace (n.any_carried as is_carried) "
        f"from {relation} r join newest n using (source_position)"
    )


def _settle(staged: Staged, con: duckdb.DuckDBPyConnection, contract: Contract, relation: str, target: str) -> None:
    """The latest row per key where changes are doubled or several share a position; the rows decide between them."""
    keys, order = keys_of(contract), order_of(contract)
    con.execute(
        f"create or replace temp table positions as select {keys}, source_position, count(*) as copies, "
        f"count(distinct {content_of(contract)}) as contents, bool_or(is_carried) as is_carried "
        f"from {relation} group by all"
    )
    con.execute(
        f"create or replace temp table newest as select {keys}, max(source_position) as source_position, "
        "sum(copies)::bigint as changes, sum(contents)::bigint as contents, count(*) as distinct_changes, "
        "bool_or(is_carried) as any_carried "
        f"from positions group by {keys}"
    )
    con.execute(
        f"create or replace temp table {target} as select r.* replace (n.any_carried as is_carried) "
        f"from {relation} r join newest n using ({keys}, source_position)"
    )
    con.execute(f"insert into tied select {keys} from newest where contents > distinct_changes except from tied")
    total, repeated, tied, alone = con.execute(
        "select coalesce(sum(changes), 0)::bigint, coalesce(sum(changes - contents), 0)::bigint, "
        "coalesce(sum(contents - distinct_changes), 0)::bigint, count(*) from newest"
    ).fetchall()[0]
    if _count(con, target) > alone:
        con.execute(
            f"create or replace temp table {target} as select distinct on ({keys}) * from {target} "
            f"order by {keys}, {order} desc"
        )
    staged.duplicate += repeated
    staged.tied += tied
    staged.superseded += total - repeated - tied - alone


def _no_keys(contract: Contract) -> str:
    names = [f"null::{duckdb_type(contract[name].type)} as {quoted(name)}" for name in contract.key]
    return f"select {', '.join(names)} where false"


def _set_dead_aside(con: duckdb.DuckDBPyConnection, contract: Contract, bronze: str, *, first: bool) -> None:
    """Add the slice's faulty rows to the temporary table ``dead``, shaped as dead letters."""
    listed = faults(contract)
    personal = [index for index, fault in enumerate(listed) if _is_personal(contract, fault.column)]
    values = ", ".join(
        f"({index}, {literal(fault.rule)}, {literal(fault.column)}, {literal(fault.reason)})"
        for index, fault in enumerate(listed)
    )
    hidden = (
        f"case when fault not in ({', '.join(map(str, personal))}) then fault_value end" if personal else "fault_value"
    )
    found = (
        f"select {literal(f'{contract.layer}/{contract.name}')} as table_name, batch_id, batch_line, b.landed_path, "
        f"f.rule, f.column_name, left({hidden}, 200) as value, f.reason, b.entity_key, encode(b.payload) as raw, "
        "now() as found_at, cast(null as bigint) as replay, cast(null as varchar) as headers "
        "from (from parsed where fault is not null) p "
        f"join {bronze} b using (batch_id, batch_line) "
        f"join (values {values}) f(fault, rule, column_name, reason) using (fault)"
    )
    if first:
        con.execute(f"create or replace temp table dead as {found} limit 0")
    if _count(con, "parsed where fault is not null"):
        con.execute(f"insert into dead {found}")


def _is_personal(contract: Contract, name: str) -> bool:
    return any(column.name == name and column.personal for column in contract.columns)
