"""Generated stems, texts and pictures: drafts until a person approves or rejects them.

One row per generated stem, text or picture that follows its plan. What a plan, model and seed made is never changed;
`lacquer assets approve` and `reject` change its state, and every change is an event in `generation_events`.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    BackfillPolicy,
    DynamicPartitionsDefinition,
    MaterializeResult,
    multi_asset,
)

from assets.contracts import table_spec
from lake.journals.generation import EVENTS_KEY, GENERATION_EVENTS
from resources.generation.parameter import GenerationParam
from resources.generation.tables import ASSETS_KEY, GENERATED_ASSETS, GENERATION_REQUESTS, REQUESTS_KEY, write_tables
from resources.lake import LakeParam

if TYPE_CHECKING:
    from lake.journals.generation import Standing

GROUP = "generation"
REQUESTS = DynamicPartitionsDefinition(name="generation_requests")
EVENTS_ASSET, REQUESTS_ASSET, ASSETS_ASSET = (
    AssetKey(key.split("/")) for key in (EVENTS_KEY, REQUESTS_KEY, ASSETS_KEY)
)
_SOURCES = [AssetKey(["gold", "dim_release"]), AssetKey(["silver", "audio_analyses"])]
_REQUESTS_TEXT = """What was asked for, and how far it is: pending, planning, generating, completed or failed.

A request whose worker ended goes back to pending, at most three times."""


@multi_asset(
    name="generated_assets",
    specs=[
        table_spec(
            GENERATION_EVENTS,
            _SOURCES,
            "Nothing of it is ever changed or deleted.",
            group=GROUP,
            kinds={"delta"},
            code_version="1",
        ),
        table_spec(GENERATION_REQUESTS, [EVENTS_ASSET], _REQUESTS_TEXT, group=GROUP, kinds={"delta"}, code_version="1"),
        table_spec(GENERATED_ASSETS, [EVENTS_ASSET], __doc__, group=GROUP, kinds={"delta"}, code_version="1"),
    ],
    partitions_def=REQUESTS,
    backfill_policy=BackfillPolicy.single_run(),
    pool="gpu",
)
def generated_assets_step(
    context: AssetExecutionContext, lake: LakeParam, generation: GenerationParam
) -> Iterator[MaterializeResult]:
    """Make drafts of the requests that wait, each to a final state."""
    from resources.generation.working import work

    store, session = lake.lake(), lake.session(context.run)
    is_chosen = context.has_partition_key or context.has_partition_key_range
    only = list(context.partition_keys) if is_chosen else None

    def tell(request: "Standing") -> None:
        context.log.info(f"{request.id}: {request.state}: {request.why}")
        if only is None:
            context.instance.add_dynamic_partitions(str(REQUESTS.name), [request.id])
            metadata = {"state": request.state, "why": request.why}
            for key in (EVENTS_ASSET, REQUESTS_ASSET, ASSETS_ASSET):
                context.log_event(AssetMaterialization(key, partition=request.id, metadata=metadata))

    worked = work(store, generation, only, tell)
    if worked.skipped:
        context.log.info(worked.skipped)
    versions = write_tables(store)
    for key, version in versions.items():
        session.advance(key, version)
    counts = {"completed": len(worked.completed), "failed": len(worked.failed), "drafts": worked.drafts}
    for asset in (EVENTS_ASSET, REQUESTS_ASSET, ASSETS_ASSET):
        version = versions["/".join(asset.path)]
        yield MaterializeResult(
            asset_key=asset, metadata={"delta_version": version, "skipped": worked.skipped or "", **counts}
        )
