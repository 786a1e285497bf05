"""The suites as asset checks over the published state: their job runs after the daily one, and they only warn.

They are no part of a run: loading Great Expectations takes longer than most runs' whole day of new data. Without it
(`make quality`) the job says so, and nothing else is missing.
"""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    AssetSelection,
    MetadataValue,
    define_asset_job,
    multi_asset_check,
)

from assets.quality.suites import SUITES
from lake.quality.suites import Suite
from resources.lake import LakeParam

NAMED = 3


def _check(suite: Suite) -> AssetChecksDefinition:
    key = AssetKey(suite.table.split("/"))
    spec = AssetCheckSpec(suite.check, asset=key, description=suite.question)

    @multi_asset_check(name=suite.check, specs=[spec], can_subset=True)  # so that it may have no result
    def check_suite(context: AssetCheckExecutionContext, lake: LakeParam) -> Iterator[AssetCheckResult]:
        from resources.suites.evaluating import MISSING, is_installed
        from resources.suites.running import run_suite, write_index

        store = lake.lake()
        if not is_installed():
            context.log.warning(MISSING)
            return
        if missing := suite.missing(store.published()):
            context.log.warning(f"suite {suite.name} waits for {', '.join(missing)}, which nobody has published yet")
            return
        result = run_suite(store, suite, context.run.run_id)
        index = write_index(store, SUITES)
        more = f", and {len(result.failed) - NAMED} more" if len(result.failed) > NAMED else ""
        words = "; ".join(map(str, result.failed[:NAMED])) + more
        yield AssetCheckResult(
            check_name=suite.check,
            asset_key=key,
            passed=not result.failed,
            severity=AssetCheckSeverity.WARN,
            description=words or f"{len(result.findings)} expectations are met",
            metadata={
                "page": MetadataValue.url(result.page.as_uri()),
                "all_suites": MetadataValue.url(index.as_uri()),
                "expectations": len(result.findings),
                "failed": len(result.failed),
                "mode": "evaluated" if result.is_new else "as it was: its tables did not change",
                "evaluated_at": result.evaluated_at.isoformat(),
            },
        )

    return check_suite


SUITE_CHECKS = [_check(suite) for suite in SUITES]
CHECKS = AssetSelection.checks(*SUITE_CHECKS)
QUALITY = define_asset_job(
    "quality",
    selection=CHECKS,
    description="Evaluate the suites of expectations whose tables changed; nothing unless great-expectations is there.",
)
