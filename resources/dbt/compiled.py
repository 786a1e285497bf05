"""The SQL of every gold model as DuckDB runs it, for other engines: dbt compiles it, nothing is built or written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from lake.gold.currency import settled
from lake.gold.due import Due
from lake.gold.fiscal import CALENDAR_YEAR, FiscalCalendar
from lake.gold.models import Manifest, is_table, parents_first
from lake.gold.royalties import NO_RATES, Rates
from lake.lakehouse import Lake
from resources.dbt.published import PublishedGold
from resources.dbt.runner import compile_models

FACTS = "gold/fct_order_line"


@dataclass(frozen=True)
class CompiledModel:
    """One model of the dbt project.

    Attributes:
        layer, name: of its table or view; the SQL of others calls it so.
        is_table: whether its rows are a table of the lake.
        sql: of DuckDB, for all months.
        columns: name and DuckDB type, as the model's contract says.
        key: columns that tell rows apart; none where no test says it.
        reads: models that it reads, ``layer/name``.
    """

    layer: str
    name: str
    is_table: bool
    sql: str
    columns: Mapping[str, str]
    key: tuple[str, ...]
    reads: frozenset[str]


def compiled_models(
    lake: Lake,
    versions: Mapping[str, int],
    manifest: Manifest,
    calendar: FiscalCalendar = CALENDAR_YEAR,
    royalty_rates: Rates = NO_RATES,
) -> list[CompiledModel]:
    """Views and tables of gold, parents first.

    Args:
        lake: whose published facts say which currency money is converted to.
        versions: of the tables, published ones.
        manifest: dbt's.
        calendar: that gold was built in.
        royalty_rates: that gold was built by.
    """
    gold = PublishedGold(lake, versions, manifest)
    gold.calendar, gold.royalty_rates = calendar, royalty_rates
    gold.house_currency = settled(lake, versions, _currency(lake, versions))
    wanted = [uid for uid in parents_first(manifest) if manifest["nodes"][uid]["config"].get("enabled", True)]
    found = compile_models(gold, Due(frozenset(wanted), frozenset()))
    return [_model(manifest, uid, found[uid]) for uid in wanted if uid in found]


def _currency(lake: Lake, versions: Mapping[str, int]) -> str | None:
    """The currency that the published facts are summed up in."""
    if FACTS not in versions:
        return None
    con = lake.connect({FACTS: versions[FACTS]})
    row = con.execute("select max(house_currency) from gold.fct_order_line").fetchone()
    return row[0] if row else None


def _model(manifest: Manifest, unique_id: str, sql: str) -> CompiledModel:
    node = manifest["nodes"][unique_id]
    return CompiledModel(
        layer=node["schema"],
        name=node["name"],
        is_table=is_table(manifest, unique_id),
        sql=sql,
        columns={column["name"]: column["data_type"] for column in node["columns"].values()},
        key=_key(manifest, unique_id),
        reads=frozenset(
            f"{parent['schema']}/{parent['name']}"
            for uid in node["depends_on"]["nodes"]
            if (parent := manifest["nodes"].get(uid))
        ),
    )


def _key(manifest: Manifest, unique_id: str) -> tuple[str, ...]:
    """The columns that the model's unique_key test names."""
    for child in manifest["child_map"][unique_id]:
        test = manifest["nodes"].get(child, {}).get("test_metadata") or {}
        if test.get("name") == "unique_key":
            return tuple(cast("list[str]", test["kwargs"]["columns"]))
    return ()
