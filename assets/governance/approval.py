"""The Dagster job `promote_model`: its configuration names the version, the person and the reason."""

from dagster import Config, OpExecutionContext, job, op
from pydantic import Field

from lake.journals.models import PROMOTIONS_KEY
from resources.lake import LakeParam
from resources.registry import Registry


class Approval(Config):
    """Which version becomes the champion, who approves it, and why."""

    model: str = Field("forecast", description="name of the model")
    version: int = Field(description="number of the version")
    approved_by: str = Field(min_length=1, description="who approves: a name or a role")
    why: str = Field(min_length=1, description="why, for whoever reads it later")


@op(description="Makes the version that the configuration names the champion; it serves from the next run on.")
def approve_version(context: OpExecutionContext, config: Approval, lake: LakeParam) -> None:
    """Promote the version and publish the event."""
    store = lake.lake()
    at = Registry(store).promote(config.model, config.version, by=config.approved_by, why=config.why)
    store.publish({PROMOTIONS_KEY: at}, context.run_id)
    context.log.info(f"{config.model} version {config.version} is the champion, approved by {config.approved_by}")


@job(description="Promotes the model version that its configuration names, approved by the person that it names.")
def promote_model() -> None:
    """The same as `lacquer promote`, from Dagster's launchpad."""
    approve_version()
