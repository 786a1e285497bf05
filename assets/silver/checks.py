"""What is checked right after the refresh of a silver table: its balance of rows, its size, its dead letters.

Row rules live in the table's SQL and nowhere else; these test what a filter cannot. What a contract promises is checked
for every table alike in :mod:`assets.checks`.
"""

from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec

from assets.bronze import BAD_SHARE, BALANCE, bad_share
from lake.contract import Contract
from lake.ingest.withdrawn import withdrawn_dead
from lake.silver.sql import Feed
from resources.lake import LakeResource

if TYPE_CHECKING:
    from lake.silver.refresh import Refreshed

BLOCKING = {
    BALANCE: "each bronze row has one fate: applied, deleted, superseded, duplicate or dead letter",
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
        BALANCE: integrity.balance(store, table, contract, feed, done.version),
        "not_emptied": integrity.not_emptied(table, done.version, published),
    }
    key = ["silver", contract.name]
    bad = max(unseen.dead - withdrawn_dead(store, f"bronze/{feed.bronze}", table.name), 0)
    results = [
        AssetCheckResult(
            check_name=name, asset_key=key, passed=found.passed, description=found.words, metadata=found.numbers
        )
        for name, found in findings.items()
    ]
    unknown = ", ".join(done.unknown)
    return [
        *results,
        bad_share(key, bad, unseen.read, lake),
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
