"""Follow rows from a table to the rows of other tables that they were computed from, set by set."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lake.delta.views import quoted

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Step:
    """A table that rows were computed from.

    Attributes:
        parent: the table, ``layer/name``.
        joined: SQL condition between ``child`` (a row that is traced) and ``parent`` (a row that it rests on).
    """

    parent: str
    joined: str


@dataclass(frozen=True)
class Lineage:
    """A table's key, and the tables that its rows were computed from."""

    key: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Traced:
    """Rows of one table on the way: ``rows`` of ``table`` stand in the temporary table ``relation``."""

    table: str
    child: str | None
    relation: str
    rows: int


def key_values(text: str, key: Sequence[str]) -> dict[str, str]:
    """The values of a key that is written as CSV, in the order of the key's columns.

    Raises:
        ValueError: another number of values than columns.
    """
    (values,) = list(csv.reader([text]))
    if len(values) != len(key):
        raise ValueError(f"key {text!r} has {len(values)} values, but the key is {','.join(key)}; give one for each")
    return dict(zip(key, values, strict=True))


def choose(con: duckdb.DuckDBPyConnection, table: str, values: Mapping[str, str]) -> Traced:
    """Put the row of the key into a temporary table; each value is cast to its column's type.

    Raises:
        ValueError: a value does not cast, or no row has the key.
    """
    import duckdb

    where = " and ".join(f"{quoted(name)} = $value_{number}" for number, name in enumerate(values))
    given = {f"value_{number}": value for number, value in enumerate(values.values())}
    try:
        con.execute(f"create or replace temp table trace_0 as select * from {_view(table)} where {where}", given)
    except duckdb.ConversionException as error:
        raise ValueError(f"{table}: {','.join(values.values())!r} is no key: {str(error).splitlines()[0]}") from error
    found = _count(con, "trace_0")
    if not found:
        raise ValueError(f"{table}: no row has {', '.join(f'{name} {value!r}' for name, value in values.items())}")
    return Traced(table, None, "trace_0", found)


def follow(con: duckdb.DuckDBPyConnection, begin: Traced, lineages: Mapping[str, Lineage]) -> list[Traced]:
    """Every set of rows that the first set rests on, itself included, down to tables that declare no steps.

    Args:
        con: a connection in which every table that may be reached is the view ``layer.name``.
        begin: the rows to begin with.
        lineages: by table.
    """
    found, ahead = [begin], [begin]
    while ahead:
        child = ahead.pop(0)
        for step in lineages[child.table].steps if child.table in lineages else ():
            relation = f"trace_{len(found)}"
            con.execute(
                f"create or replace temp table {relation} as select parent.* from {_view(step.parent)} as parent "
                f"where exists (select 1 from {child.relation} as child where {step.joined})"
            )
            reached = Traced(step.parent, child.table, relation, _count(con, relation))
            found.append(reached)
            ahead.append(reached)
    return found


def _view(table: str) -> str:
    layer, name = table.split("/")
    return f"{quoted(layer)}.{quoted(name)}"


def _count(con: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(con.execute(f"select count(*) from {relation}").fetchall()[0][0])
