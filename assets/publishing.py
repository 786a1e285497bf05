"""Publication: one commit that makes a run visible to readers, once every blocking check has passed.

It is downstream of every table, so that a failed check leaves readers with the state they had.
"""

from collections.abc import Iterable

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from assets.partial import check_inside, written_by_whole_run
from assets.rebuilding import to_migrate
from resources.lake import PUBLISHES_TAG, LakeParam

PUBLISHED = AssetKey(["lake", "published"])


def published_asset(tables: Iterable[AssetKey]) -> AssetsDefinition:
    """The asset that publishes what a run has written to ``tables``."""

    @asset(
        key=PUBLISHED,
        deps=sorted(tables),
        group_name="publication",
        kinds={"delta"},
        owners=["team:data-engineering"],
        description="One row per table and the version of it that readers see: `lacquer sql` and the write-back.",
    )
    def published(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
        session = lake.session(context.run)
        # A table without bronze behind it was migrated before the run, which found it so.
        migrated = {key for key in to_migrate(context.run.tags) if key in session.versions}
        own = {key: session.versions[key] for key in session.written | migrated}
        store = lake.lake()
        if PUBLISHES_TAG in context.run.tags:
            check_inside(context.run.tags, own)
            if whole := written_by_whole_run(context.instance, store, own):
                return MaterializeResult(metadata={"mode": f"left to run {whole}, which has written these tables"})
        state = store.publish(own, context.run.run_id)
        return MaterializeResult(metadata={"state": state, "tables": len(own), "versions": own})

    return published
