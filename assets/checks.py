"""Blocking checks that every table has by its contract, whether SQL or Python wrote it.

One step per table reads the version that the run wrote and compares it with the contract; a failed check stops what is
downstream, and so the publication. Silver and audio tables also check their balance of rows next to their assets; the
tests of dbt models are dbt's.
"""

import datetime as dt
from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from assets.contracts import declared_contracts
from assets.snoozing import with_snoozes
from lake.contract import CONTRACT_CHECKS, Contract
from lake.silver.history import history_contract
from lake.silver.integrity import table_key
from resources.lake import LakeParam, LakeResource

FRESH = "fresh"


def contract_checks(tables: Iterable[AssetKey]) -> list[AssetChecksDefinition]:
    """One step per table that has a contract, with all of its checks.

    Args:
        tables: the keys of all assets.
    """
    contracts = every_contract()
    found = [contracts["/".join(key.path)] for key in sorted(tables) if "/".join(key.path) in contracts]
    return check_steps(found)


def check_steps(contracts: Iterable[Contract]) -> list[AssetChecksDefinition]:
    """One step per contract."""
    return [_contract_check(contract) for contract in contracts]


def every_contract() -> dict[str, Contract]:
    """Every contract of the asset graph by the table's key, the histories of silver tables included."""
    declared = declared_contracts("assets")
    declared += [history_contract(contract) for contract in declared if contract.history == "scd2"]
    return {f"{contract.layer}/{contract.name}": contract for contract in declared}


def _contract_check(contract: Contract) -> AssetChecksDefinition:
    key = AssetKey([contract.layer, contract.name])
    specs = [
        AssetCheckSpec(name, asset=key, blocking=True, description=words) for name, words in CONTRACT_CHECKS.items()
    ]
    specs += [
        AssetCheckSpec(
            reference_name(column, target),
            asset=key,
            additional_deps=[AssetKey(table_key(contract, target).split("/"))],
            blocking=True,
            description=f"{column} refers to a row of {target}",
        )
        for column, target in contract.references.items()
    ]
    if contract.freshness_hours is not None:
        words = f"the table changed within {contract.freshness_hours} hours"
        specs.append(AssetCheckSpec(FRESH, asset=key, description=words))

    @multi_asset_check(name=f"{contract.layer}__{contract.name}__contract", specs=specs)
    def check_contract(context: AssetCheckExecutionContext, lake: LakeParam) -> Iterator[AssetCheckResult]:
        session = lake.session(context.run)
        yield from with_snoozes(lake.lake(), results(lake, contract, session.versions))

    return check_contract


def results(lake: LakeResource, contract: Contract, versions: dict[str, int]) -> Iterator[AssetCheckResult]:
    """The results for the table at its version; a table that was never written breaks nothing."""
    from lake.contract_checks import contract_findings
    from lake.silver.integrity import references

    store, key = lake.lake(), AssetKey([contract.layer, contract.name])
    table = store.table(contract)
    version = versions.get(table.name, -1)
    found = contract_findings(table, contract, version) if version >= 0 else {}
    for name, words in CONTRACT_CHECKS.items():
        one = found.get(name)
        yield AssetCheckResult(
            check_name=name,
            asset_key=key,
            passed=one is None or one.passed,
            description=one.words if one else f"not written yet; {words}",
            metadata=one.numbers if one else {},
        )
    for column, target in contract.references.items():
        finding = references(store, versions, contract, column, target)
        share = finding.numbers["dangling"] / finding.numbers["rows"] if finding.numbers["rows"] else 0.0
        is_empty = not finding.numbers["known"]  # a table that nobody delivers makes no row wrong
        more = f"{target} has no rows at all" if is_empty else f"allowed: {lake.allowed_bad_share:.1%}"
        yield AssetCheckResult(
            check_name=reference_name(column, target),
            asset_key=key,
            passed=share <= lake.allowed_bad_share,
            severity=AssetCheckSeverity.WARN if is_empty else AssetCheckSeverity.ERROR,
            description=f"{finding.words} ({more})",
            metadata=finding.numbers,
        )
    if contract.freshness_hours is not None:
        yield _freshness(lake, contract, version)


def reference_name(column: str, target: str) -> str:
    """The name of the check of a reference."""
    return f"{column}_in_{target.rpartition('/')[2]}"


def _freshness(lake: LakeResource, contract: Contract, version: int) -> AssetCheckResult:
    """Whether the table changed lately; a warning, for a source may have nothing new to send."""
    from lake.contract_checks import last_changed

    hours = None
    if version >= 0:
        hours = (dt.datetime.now(dt.UTC) - last_changed(lake.lake().table(contract), version)).total_seconds() / 3600
    return AssetCheckResult(
        check_name=FRESH,
        asset_key=AssetKey([contract.layer, contract.name]),
        passed=hours is None or hours <= (contract.freshness_hours or 0),
        severity=AssetCheckSeverity.WARN,
        description="not written yet"
        if hours is None
        else f"changed {hours:.1f} hours ago; expected at most {contract.freshness_hours}",
    )
