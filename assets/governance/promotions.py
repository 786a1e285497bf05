"""Events in the life of model versions, and the step that reviews challengers and rolls bad champions back.

One row per event in the life of a model's versions. Rows are only added: which version served when follows from them
(`lacquer models served --on DATE`). The step reviews each challenger and applies the rollback rule; a winner is
promoted by a person, or by rule where the policy file says so.
"""

import datetime as dt

from dagster import AssetExecutionContext, AssetKey, MaterializeResult, multi_asset

from assets.asked_releases import asked_releases
from assets.contracts import table_spec
from assets.governance import GROUP
from assets.governance.drift_reports import DRIFT_REPORTS
from assets.governance.live_losses import LIVE_LOSSES
from assets.governance.model_health import MODEL_HEALTH
from assets.governance.registry import TABLES
from lake.journals.models import MODEL_LIVE_LOSSES, PROMOTIONS
from resources.lake import LakeParam
from resources.model_reviews import all_live, read_policy, review, roll_back_if_bad
from resources.registry import Registry

PROMOTIONS_ASSET = AssetKey([PROMOTIONS.layer, PROMOTIONS.name])
_READ = (DRIFT_REPORTS, LIVE_LOSSES, MODEL_HEALTH, *(contract for contract, _ in TABLES))


@multi_asset(
    name="promotions",
    specs=[
        table_spec(
            PROMOTIONS,
            [AssetKey([contract.layer, contract.name]) for contract in _READ],
            __doc__,
            group=GROUP,
            kinds={"polars", "delta"},
            code_version="1",
        )
    ],
)
def promotions(context: AssetExecutionContext, lake: LakeParam) -> MaterializeResult:
    """Apply the rollback rule and review the challengers; what was decided is in the metadata and the log."""
    store = lake.lake()
    session = lake.session(context.run)
    table = store.table(PROMOTIONS)
    table.create()
    registry, done = Registry(store), []
    if asked_releases(context.run.tags) is None:
        policy, now = read_policy(lake.promotion_policy), dt.datetime.now(dt.UTC)
        read = (LIVE_LOSSES, MODEL_LIVE_LOSSES, MODEL_HEALTH)
        frames = [store.table(one).read(session.versions[f"gold/{one.name}"]).collect() for one in read]
        live, health = all_live(frames[0], frames[1]), frames[2]
        for model in sorted({row["model"] for row in registry.versions()}):
            if (moved := roll_back_if_bad(registry, model, health, now)) is not None:
                context.log.warning(moved)
                done.append(moved)
            elif (found := review(registry, model, live, policy, now)) is not None:
                context.log.info(f"{model}: {found.report}")
                done.append(f"{model}: {found.verdict}. {found.sentences[-1]}")
    session.advance(table.name, table.version())
    return MaterializeResult(
        asset_key=PROMOTIONS_ASSET,
        metadata={"decided": done, "events": table.row_count(), "delta_version": table.version()},
    )
