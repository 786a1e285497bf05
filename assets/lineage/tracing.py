"""A row of a published table, traced to rows of bronze and to landed files."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from assets.contracts import declared_contracts
from assets.lineage.links import LINEAGES
from assets.silver import FEEDS
from lake.delta.views import create_view, snapshot_sql
from lake.lineage.bronze import Origin, origins
from lake.lineage.landed import file_state
from lake.lineage.steps import Traced, choose, follow, key_values
from lake.silver.history import history_contract

if TYPE_CHECKING:
    from lake.contract import Contract
    from lake.lakehouse import Lake


@dataclass(frozen=True)
class SilverOrigin:
    """The bronze rows behind the rows of one silver table, and the state of each landed file by (path, batch)."""

    silver: str
    bronze: str
    bronze_version: int
    rows: tuple[Origin, ...]
    files: dict[tuple[str, str], str]


@dataclass(frozen=True)
class Trace:
    """What was found: sets of rows from table to table, the published versions, and the rows of bronze."""

    steps: tuple[Traced, ...]
    versions: dict[str, int]
    origins: tuple[SilverOrigin, ...]


def traceable() -> dict[str, tuple[str, ...]]:
    """The key columns of every table that can be traced, by ``layer/name``."""
    silver = {f"silver/{name}": one.key for name, one in {**_silver(), **_histories()}.items()}
    return {table: lineage.key for table, lineage in LINEAGES.items()} | silver


def trace_row(store: "Lake", table: str, key: str) -> Trace:
    """Trace the row of a published table that has the key, written as CSV.

    Raises:
        ValueError: the table cannot be traced or is not published, or no row has the key.
    """
    known = traceable()
    found = [name for name in known if table in (name, name.split("/")[1])]
    if not found:
        raise ValueError(
            f"{table}: rows of this table cannot be traced; leave KEY out for the tables and files behind it. "
            f"Rows of these can: {', '.join(sorted(known))}"
        )
    versions = store.published()
    if found[0] not in versions:
        raise ValueError(f"{found[0]}: not published in {store.root}; finish a run with lacquer run")
    con = store.connect(versions)
    contracts = _silver()
    for name, contract in contracts.items():
        if (silver := f"silver/{name}") in versions:
            snapshot = store.table(contract).shared(versions[silver])
            query = snapshot_sql(snapshot, tombstones=True)
            create_view(con, "silver", name, f"select * from ({query}) where not is_deleted")
    steps = follow(con, choose(con, found[0], key_values(key, known[found[0]])), LINEAGES)
    origins_of = []
    for step in steps:
        layer, name = step.table.split("/")
        if layer == "silver" and step.rows:
            base = name.removesuffix("_history")
            feed = FEEDS[base]
            # A version does not keep whether values were carried into it; `origins` sees it in the changes.
            chosen = step.relation if name in FEEDS else f"(select *, true as is_carried from {step.relation})"
            rows = tuple(origins(con, contracts[base], feed, chosen))
            batches = {(row.landed_path, row.batch_id) for row in rows}
            files = {batch: file_state(store.root / "landing", *batch) for batch in sorted(batches)}
            bronze = f"bronze/{feed.bronze}"
            origins_of.append(SilverOrigin(step.table, bronze, versions[bronze], rows, files))
    return Trace(tuple(steps), versions, tuple(origins_of))


def _histories() -> dict[str, "Contract"]:
    """The contracts of their histories, by name."""
    return {f"{name}_history": history_contract(one) for name, one in _silver().items() if one.history == "scd2"}


def _silver() -> dict[str, "Contract"]:
    """The contracts of the silver tables that follow bronze, by name."""
    return {one.name: one for one in declared_contracts("assets.silver") if one.name in FEEDS}
