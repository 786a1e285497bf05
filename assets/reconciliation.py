"""Silver against the ERP's database: counts and sums by day, and the keys that differ.

One row per reconciliation and table of the ERP. The keys are in `reconciled_keys`. Only tables with `reconcile` in the
list of tables are compared; a database that does not answer is reported, and stops nothing.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    MarkdownMetadataValue,
    MaterializeResult,
    asset,
)

from assets.contracts import asset_metadata, declared_contracts, grain_first, owners
from assets.silver import FEEDS
from lake.reconciliation.results import RECONCILIATIONS
from resources.erp import Erp, ErpParam
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.contract import Contract
    from lake.ingest.pulls.source import SourceTable
    from lake.lakehouse import Lake
    from lake.reconciliation.compare import Reconciliation

KEY = AssetKey([RECONCILIATIONS.layer, RECONCILIATIONS.name])
AGREES = "agrees_with_source"


def erp_contracts() -> "dict[str, Contract]":
    """The silver tables that follow a table of the ERP, by the name of that table."""
    found = {contract.name: contract for contract in declared_contracts("assets.silver")}
    feeds = {name: feed for name, feed in FEEDS.items() if feed.bronze == "erp_changes"}
    return {str(feed.source): found[name] for name, feed in feeds.items() if name in found}


def reconcile_tables(
    store: "Lake",
    versions: Mapping[str, int],
    erp: Erp,
    tables: "Iterable[SourceTable]",
    *,
    pseudonym_key: str | None,
    limit: int = 1_000,
    every_row: bool = False,
) -> "list[tuple[Reconciliation, SourceTable]]":
    """Compare the tables, in one snapshot of the database, with these versions of silver.

    Raises:
        ErpUnreachableError: the database does not answer.
        ValueError: a declared column feeds no column of silver.
    """
    from lake.ingest.pulls.state import read_state
    from lake.reconciliation.compare import reconcile

    contracts, done = erp_contracts(), []
    pulled = read_state(store).watermarks
    with erp.snapshot() as source:
        for table in tables:
            contract = contracts[table.name]
            silver = store.table(contract)
            version, feed = versions[silver.name], FEEDS[contract.name]
            found = reconcile(
                silver,
                version,
                contract,
                feed,
                source,
                table,
                pulled.get(table.name),
                pseudonym_key=pseudonym_key,
                limit=limit,
                every_row=every_row,
            )
            done.append((found, table))
    return done


def comparable(erp: Erp, versions: Mapping[str, int]) -> "list[SourceTable]":
    """The declared tables that say how they are reconciled and that silver has."""
    known = {name for name, contract in erp_contracts().items() if f"silver/{contract.name}" in versions}
    return [table for table in erp.tables if table.day is not None and table.name in known]


@asset(
    key=KEY,
    deps=sorted(AssetKey(["silver", contract.name]) for contract in erp_contracts().values()),
    group_name="silver",
    kinds={"delta", "postgres"},
    owners=owners(RECONCILIATIONS),
    description=grain_first(RECONCILIATIONS, __doc__),
    metadata=asset_metadata(RECONCILIATIONS),
    code_version="1",
    check_specs=[AssetCheckSpec(AGREES, asset=KEY, description="silver holds what the ERP's database holds")],
)
def reconciliations(context: AssetExecutionContext, lake: LakeParam, erp: ErpParam) -> MaterializeResult:
    """Compare what the run has made of the ERP's tables with the ERP."""
    from lake.reconciliation.results import record
    from resources.erp_snapshot import ErpUnreachableError

    store = lake.lake()
    session = lake.session(context.run)
    if erp.missing:
        return _skipped(erp.missing)
    tables = comparable(erp, session.versions)
    if not tables:
        return _skipped(f"no table in {erp.tables_file} says how it is reconciled: `reconcile: {{day: …, sums: […]}}`")
    try:
        found = reconcile_tables(store, session.versions, erp, tables, pseudonym_key=lake.pseudonym_key)
    except ErpUnreachableError as error:
        return _result(False, f"nothing was compared: {error}", {})
    for name, version in record(store, [(one, table.sums) for one, table in found]).items():
        session.advance(name, version)
    lines = ["| table | days | rows in the ERP | rows here | " + " | ".join(found[0][0].counts) + " |"]
    lines += ["|" + "---|" * (4 + len(found[0][0].counts))]
    for one, _ in found:
        cells = (one.table, one.days, one.there.rows, one.here.rows, *one.counts.values())
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    words = "; ".join(in_words(one) for one, _ in found)
    metadata = {"tables": MarkdownMetadataValue("\n".join(lines)), "rows_out": len(found)}
    return _result(all(one.agrees for one, _ in found), words, metadata)


def in_words(one: "Reconciliation") -> str:
    """What the comparison of one table came to, in a line."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in one.counts.items() if count) or "every key the same"
    stopped = "" if one.is_complete else ", and there are more"
    return f"{one.table}: {one.there.rows} rows in the ERP, {one.here.rows} here; {counts}{stopped}"


def _skipped(why: str) -> MaterializeResult:
    return _result(True, f"not compared: {why}", {"skipped": why})


def _result(passed: bool, words: str, metadata: dict) -> MaterializeResult:
    check = AssetCheckResult(check_name=AGREES, passed=passed, severity=AssetCheckSeverity.WARN, description=words)
    return MaterializeResult(metadata=metadata, check_results=[check])
