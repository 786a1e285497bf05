"""The rows of bronze that rows of a silver table were made of.

Silver keeps the position of the change that won, and not its batch. A bronze row is found by its source, the key that
its payload states, and that position. A row with carried values rests on earlier changes of the same key too, back to
its last deletion.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from lake.contract import Contract
from lake.delta.views import literal
from lake.personal import install_pseudonym
from lake.silver.merge import keys_of
from lake.silver.sql import Feed, parse_sql

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Origin:
    """A row of bronze that a silver row was made of.

    Attributes:
        key: the values of the silver row's key.
        is_winner: whether it is the change that won; else some of its values were carried over.
        op, position, changed_at, batch_id, batch_line, landed_path: as in the bronze table.
    """

    key: tuple[object, ...]
    is_winner: bool
    op: str
    position: int
    changed_at: datetime | None
    batch_id: str
    batch_line: int
    landed_path: str


def origins(con: duckdb.DuckDBPyConnection, contract: Contract, feed: Feed, chosen: str) -> list[Origin]:
    """The bronze rows behind silver rows, ordered by key, position and batch.

    A change that landed twice is listed twice: both state the row.

    Args:
        con: a connection in which ``bronze.<name>`` is a view of the version that silver has read.
        contract: the silver table's.
        feed: where its rows come from.
        chosen: a relation of silver rows with ``source_position`` and ``is_carried``.
    """
    install_pseudonym(con, None)
    keys = keys_of(contract)
    con.execute(f"create or replace temp table traced as select {keys}, source_position, is_carried from {chosen}")
    con.execute(f"create or replace temp table candidates as {_candidates(contract, feed)}")
    con.execute(
        f"create or replace temp table stated as select batch_id, batch_line, {keys}, source_position as position, "
        f"is_deleted, has_unavailable from ({parse_sql(contract, feed, 'candidates')}) where fault is null"
    )
    # Of one key several versions may be traced, each by its own position.
    rows = con.execute(f"""
with lives as (
  select {keys}, traced.source_position, max(stated.position) as deleted_at from stated join traced using ({keys})
  where stated.is_deleted and stated.position < traced.source_position group by all
), carrying as (
  select distinct {keys}, traced.source_position
  from stated join traced using ({keys}) left join lives using ({keys}, source_position)
  where stated.has_unavailable and stated.position <= traced.source_position
    and stated.position > coalesce(deleted_at, -9223372036854775808)
)
select distinct {keys}, stated.position = traced.source_position as is_winner, op, stated.position, changed_at,
  batch_id, batch_line, landed_path
from stated join traced using ({keys}) left join lives using ({keys}, source_position)
  left join carrying using ({keys}, source_position) join candidates using (batch_id, batch_line)
where stated.position = traced.source_position or (
  traced.is_carried and carrying.source_position is not null and stated.position < traced.source_position
  and stated.position > coalesce(deleted_at, -9223372036854775808))
order by all
""").fetchall()
    width = len(contract.key)
    return [Origin(row[:width], *row[width:]) for row in rows]


def _candidates(contract: Contract, feed: Feed) -> str:
    """The SELECT of the bronze rows that may be among them: only their keys are parsed."""
    sources = f"source = {literal(feed.source)}" if feed.source is not None else "true"
    where = (
        f"{sources} and (position in (select source_position from traced) or "
        "position < (select max(source_position) from traced where is_carried))"
    )
    near = f"(select * from bronze.{feed.bronze} where {where})"
    only_key = tuple(contract[name] for name in contract.key)
    if any(column.sql for column in only_key):
        return f"select * from {near}"
    bare = replace(contract, columns=only_key, rules=(), partition_by=(), references={})
    named = f"select batch_id, batch_line from ({parse_sql(bare, feed, near)}) semi join traced using ({keys_of(bare)})"
    return f"select * from {near} semi join ({named}) using (batch_id, batch_line)"
