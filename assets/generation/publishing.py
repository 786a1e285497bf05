"""Approved assets go to the PIM, as a job: the tables are those of the generation step."""

from dagster import OpExecutionContext, ResourceParam, job, op

from resources.lake import LakeParam
from resources.pim.assets import AssetStore

WHO = "publish_approved"


class PublishingIncompleteError(RuntimeError):
    """Some approved assets are not in the PIM; the next run tries them again."""


@op(description="Upload approved texts, pictures and stems to the PIM, once each, and note where they are.")
def upload_approved(context: OpExecutionContext, lake: LakeParam, pim_assets: ResourceParam[AssetStore]) -> None:
    """Publish what people have approved; each fault is logged with its asset."""
    from resources.generation.publishing import publish_assets

    done = publish_assets(lake.lake(), pim_assets, WHO, tell=lambda one: context.log.info(f"{one.id}: {one.why}"))
    context.add_output_metadata({"published": len(done.published), "faults": len(done.faults)})
    if done.faults:
        for fault in done.faults:
            context.log.error(fault)
        raise PublishingIncompleteError(f"{len(done.faults)} not published, first: {done.faults[0]}")


@job(description="Publish approved texts, pictures and stems to the PIM; the same as `lacquer assets publish`.")
def publish_approved() -> None:
    """What people have approved goes to the PIM."""
    upload_approved()
