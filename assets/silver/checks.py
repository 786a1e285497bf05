"""The checks that every silver table has, generated from its contract.

Row rules live in the table's SQL and nowhere else; these test what a filter cannot. A failed blocking check stops what
is downstream and nothing else.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    asset_check,
)

from assets.bronze import BAD_SHARE, BALANCE, bad_share
from lake.contract import Contract
from lake.silver.sql import Feed
from resources.lake import LakeParam, LakeResource

if TYPE_CHECKING:
    from lake.silver.refresh import Refreshed

BLOCKING = {
    "schema": "the stored schema is the contract's",
    BALANCE: "each bronze row has one fate: applied, deleted, superseded, duplicate or dead letter",
    "unique_keys": "no key stands twice",
    "not_emptied": "the table did not lose half of its rows",
    BAD_SHARE: "dead letters of this refresh stay within the allowed share",
}
KNOWN_FIELDS = "known_fields"


def check_specs(contract: Contract) -> list[AssetCheckSpec]:
    """What is checked right after a refresh."""
    key = ["silver", contract.name]
    specs = [AssetCheckSpec(name, asset=key, blocking=True, description=words) for name, words in BLOCKING.items()]
    return [*specs, AssetCheckSpec(KNOWN_FIELDS, asset=key, description="the source sends no field that is unknown")]


def run_checks(lake: LakeResource, contract: Contract, feed: Feed, done: "Refreshed") -> list[AssetCheckResult]:
    """Check the version that the refresh left, against what readers see where a check compares."""
    from lake.silver import integrity

    store = lake.lake()
    table = store.table(contract)
    published = store.published().get(table.name, -1)
    unseen = done.totals - integrity.tally_at(table, published)
    findings = {
        "schema": integrity.stored_schema(table, contract, done.version),
        BALANCE: integrity.balance(store, table, contract, feed, done.version),
        "unique_keys": integrity.unique_keys(table, contract, done.version),
        "not_emptied": integrity.not_emptied(table, done.version, published),
    }
    key = ["silver", contract.name]
    results = [
        AssetCheckResult(
            check_name=name, asset_key=key, passed=found.passed, description=found.words, metadata=found.numbers
        )
        for name, found in findings.items()
    ]
    unknown = ", ".join(done.unknown)
    return [
        *results,
        bad_share(key, max(unseen.dead, 0), unseen.read, lake.allowed_bad_share),
        AssetCheckResult(
            check_name=KNOWN_FIELDS,
            asset_key=key,
            passed=not unknown,
            severity=AssetCheckSeverity.WARN,
            description=f"the source sends {unknown}; a line in the contract takes it in"
            if unknown
            else "none unknown",
        ),
    ]


def reference_checks(contracts: Iterable[Contract]) -> list[AssetChecksDefinition]:
    """One blocking check per reference: it runs when both tables are there, and allows the share of bad rows."""
    return [
        _reference_check(contract, column, target)
        for contract in contracts
        for column, target in contract.references.items()
    ]


def _reference_check(contract: Contract, column: str, target: str) -> AssetChecksDefinition:
    @asset_check(
        asset=["silver", contract.name],
        name=f"{column}_in_{target}",
        additional_deps=[["silver", target]],
        blocking=True,
        description=f"{column} refers to a row of {target}",
    )
    def reference_check(context: AssetCheckExecutionContext, lake: LakeParam) -> AssetCheckResult:
        from lake.silver.integrity import references

        store = lake.lake()
        found = references(store, store.session(context.run.run_id).versions, contract, column, target)
        share = found.numbers["dangling"] / found.numbers["rows"] if found.numbers["rows"] else 0.0
        return AssetCheckResult(
            passed=share <= lake.allowed_bad_share,
            description=f"{found.words} (allowed: {lake.allowed_bad_share:.1%})",
            metadata=found.numbers,
        )

    return reference_check
