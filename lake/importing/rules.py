"""The rules of a contract beyond single columns, asked of rows before they land: a fault then names the user's row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lake.contract import Contract, Rule
from lake.delta.views import duckdb_connection, quoted
from lake.types import duckdb_type


def broken_rules(contract: Contract, fields: Mapping[str, Sequence[str | None]], size: int) -> list[tuple[int, Rule]]:
    """Which rows break which rule of the contract.

    Args:
        contract: of the table.
        fields: text by column, a list of rows each.
        size: how many rows there are.
    """
    import pyarrow as pa

    if not contract.rules or not size:
        return []
    con = duckdb_connection()
    columns = {name: pa.array(texts, pa.string()) for name, texts in fields.items()}
    con.register("made", pa.table({"row": pa.array(range(size), pa.int64()), **columns}))
    typed = [f"try_cast({quoted(name)} as {duckdb_type(contract[name].type)}) as {quoted(name)}" for name in fields]
    missing = [
        f"cast(null as {duckdb_type(one.type)}) as {quoted(one.name)}"
        for one in contract.columns
        if one.name not in fields and one.sql is None
    ]
    con.execute(f"create temp table typed as select row, {', '.join([*typed, *missing])} from made")
    found = []
    for rule in contract.rules:
        broken = con.execute(f"select row from typed where not ({rule.sql}) order by row").fetchall()
        found += [(row, rule) for (row,) in broken]
    return found
