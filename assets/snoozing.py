"""Snoozed checks: a failure that somebody knows is shown as one, with who and why, and does not stop the run."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSeverity

if TYPE_CHECKING:
    from lake.lakehouse import Lake

# What may not be put off: rows that are lost, and tables that nobody can read.
NEVER = ("balance", "schema")


def with_snoozes(store: "Lake", results: Iterable[AssetCheckResult]) -> Iterator[AssetCheckResult]:
    """The results, those that fail and are snoozed as warnings that say so."""
    from lake.journals.snoozes import standing_snoozes

    standing = None
    for one in results:
        if one.passed or one.severity != AssetCheckSeverity.ERROR or one.check_name in NEVER or one.asset_key is None:
            yield one
            continue
        if standing is None:
            standing = standing_snoozes(store, dt.datetime.now(dt.UTC).date())
        snooze = standing.get(("/".join(one.asset_key.path), one.check_name or ""))
        if snooze is None:
            yield one
            continue
        yield AssetCheckResult(
            asset_key=one.asset_key,
            check_name=one.check_name,
            passed=False,
            severity=AssetCheckSeverity.WARN,
            description=f"{one.description}; {snooze}",
            metadata={**one.metadata, "snoozed_until": str(snooze.until), "snoozed_by": snooze.by},
        )
