"""From a published table to everything that it was computed from, down to the landed files: table by table.

Rows are traced where their joins are declared (``tracing``). That a table rests on others is known of every table, from
the asset graph.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from lake.lineage.landed import file_state

if TYPE_CHECKING:
    from lake.lakehouse import Lake

LAYERS = ("bronze", "silver", "gold", "lake")
# What reads the published state rather than the tables of its run.
READS_PUBLISHED = {
    "gold/writebacks": frozenset({"gold/forecasts", "gold/forecast_overrides"}),
    "gold/writeback_conflicts": frozenset({"gold/writebacks"}),
}


@dataclass(frozen=True)
class BronzeFiles:
    """Landed files of a bronze table: how many are in which state, and an example of each."""

    table: str
    rows: int
    states: dict[str, int]
    examples: dict[str, str]


@dataclass(frozen=True)
class TableTrace:
    """The tables that a table was computed from, itself first, by published version; None: not published."""

    tables: dict[str, int | None]
    files: tuple[BronzeFiles, ...]


@cache
def parents() -> dict[str, frozenset[str]]:
    """By table and view, ``layer/name``, what it is computed from, as the assets declare it."""
    from dagster import AssetsDefinition, load_assets_from_package_module

    import assets

    found = {}
    for one in load_assets_from_package_module(assets):
        if isinstance(one, AssetsDefinition):
            for spec in one.specs:
                found["/".join(spec.key.path)] = frozenset("/".join(dep.asset_key.path) for dep in spec.deps)
    return found | READS_PUBLISHED


def above(table: str) -> list[str]:
    """The table, then every table that it was computed from, directly or not; views are looked through."""
    known, found, ahead = parents(), [table], [table]
    while ahead:
        for parent in sorted(known.get(ahead.pop(0), ())):
            if parent not in found:
                found.append(parent)
                ahead.append(parent)
    return [name for name in found if name.split("/")[0] in LAYERS and name != "lake/published"]


def trace_table(store: "Lake", table: str) -> TableTrace:
    """Trace a published table, by ``layer/name`` or by name.

    Raises:
        ValueError: nothing of that name is published.
    """
    published = store.published()
    named = [key for key in published if table in (key, key.split("/")[1])]
    if not named:
        raise ValueError(f"{table}: not published in {store.root}; lacquer sql .tables lists what is")
    tables = {name: published.get(name) for name in above(named[0])}
    bronze = [name for name, version in tables.items() if name.startswith("bronze/") and version is not None]
    return TableTrace(tables, tuple(one for name in bronze if (one := _files(store, name, published[name]))))


def _files(store: "Lake", table: str, version: int) -> BronzeFiles | None:
    con, view = store.connect({table: version}), table.replace("/", ".")
    if not {"landed_path", "batch_id"} <= set(con.table(view).columns):
        return None
    rows = con.execute(f"select landed_path, batch_id, count(*) from {view} group by all order by all").fetchall()
    if not rows:
        return None
    states: dict[str, int] = defaultdict(int)
    examples: dict[str, str] = {}
    for path, batch, _ in rows:
        state = file_state(store.root / "landing", path, batch)
        states[state] += 1
        examples.setdefault(state, path)
    return BronzeFiles(table, sum(count for _, _, count in rows), dict(states), examples)
