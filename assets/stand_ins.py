"""A connection in which every named table exists: those that no run has written yet are empty, in their types.

A lake without reviews, audio or a backtest lacks their tables; what reads them sees no rows.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from assets.checks import every_contract
from lake.delta.views import create_view, empty_sql, quoted
from lake.gold.models import delta_models
from resources.dbt.project import load_manifest

if TYPE_CHECKING:
    import duckdb

    from lake.lakehouse import Lake


def connect_with_stand_ins(
    store: "Lake", versions: Mapping[str, int], tables: Iterable[str]
) -> "duckdb.DuckDBPyConnection":
    """A database with a view per table ``layer/name``, at its version or empty.

    Raises:
        ValueError: neither a contract nor a dbt model declares one of the tables.
    """
    wanted = list(tables)
    there = {key: versions[key] for key in wanted if versions.get(key, -1) >= 0}
    con = store.connect(there)
    for key in wanted:
        if key not in there:
            layer, name = key.split("/")
            create_view(con, layer, name, _empty(key))
            con.execute(f"create or replace view main.{quoted(name)} as select * from {quoted(layer)}.{quoted(name)}")
    return con


def _empty(key: str) -> str:
    """The SELECT of the table's columns without a row."""
    if contract := _contracts().get(key):
        return empty_sql(contract)
    if columns := _models().get(key):
        return (
            "select " + ", ".join(f"cast(null as {kind}) as {quoted(name)}" for name, kind in columns) + " where false"
        )
    raise ValueError(f"{key}: no contract and no dbt model declares this table; is the name right?")


_contracts = cache(every_contract)


def _models() -> dict[str, tuple[tuple[str, str], ...]]:
    return {one.key: one.columns for one in delta_models(load_manifest())}
