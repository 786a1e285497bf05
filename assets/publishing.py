"""Publication: one commit that makes a run visible to readers, once every blocking check has passed.

It is downstream of every table, so that a failed check leaves readers with the state they had.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, asset

from assets.partial import check_inside, written_by_whole_run
from assets.rebuilding import to_migrate
from lake.ingest.landing.ledger import LANDED_FILES
from lake.journals.run_inputs import RUN_INPUTS, RunInputs, record_inputs
from resources.code import code_digest
from resources.lake import PUBLISHES_TAG, LakeParam, LakeResource

if TYPE_CHECKING:
    from lake.delta.sessions import Session

# Of our own tags, those that say where and by whom a run is made; the others ask it for something, and the same run
# again carries them too.
OF_THE_PLACE = ("lacquer/lake", "lacquer/pack", "lacquer/process")

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
        own[f"{RUN_INPUTS.layer}/{RUN_INPUTS.name}"] = _record(context, lake, session, own)
        state = store.publish(own, context.run.run_id)
        return MaterializeResult(metadata={"state": state, "tables": len(own), "versions": own})

    return published


def _record(context: AssetExecutionContext, lake: LakeResource, session: "Session", own: Mapping[str, int]) -> int:
    """Put on record what the run worked on; the version of the journal."""
    run, store = context.run, lake.lake()
    ran = run.asset_selection or context.job_def.asset_layer.executable_asset_keys
    ledger = store.table(LANDED_FILES).version()
    inputs = RunInputs(
        run_id=run.run_id,
        recorded_at=dt.datetime.now(dt.UTC),
        job=run.job_name,
        assets=tuple(sorted("/".join(key.path) for key in ran)),
        tags={name: value for name, value in run.tags.items() if _asks(name)},
        settings=lake.settings_of_results(),
        code=code_digest(),
        began_with=session.began_with(),
        published=dict(own),
        landed_files=ledger,
    )
    return record_inputs(store, inputs)


def _asks(tag: str) -> bool:
    return tag.startswith("lacquer/") and tag not in OF_THE_PLACE
