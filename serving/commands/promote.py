"""`lacquer promote` and `lacquer rollback`: a person decides which version serves."""

from typing import Annotated

import typer

from serving.commands.models import ModelOption, VersionArgument, open_registry, publish_event
from serving.failures import explained
from serving.options import LakeOption

ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who decides: a name or a role.")]
WhyOption = Annotated[str, typer.Option("--why", metavar="TEXT", help="Why, for whoever reads it later.")]


def promote(
    version: VersionArgument, by: ByOption, why: WhyOption, model: ModelOption = "forecast", lake: LakeOption = None
) -> None:
    """Make a registered version the champion; it serves from the next run on.

    The report of its last review is stored with the decision. Nothing else is deployed: the fitted model lies in the
    lake.

    [bold]Examples[/bold]

    lacquer promote 4 --by "Ada, planning" --why "4% better in the review of 30 March"
    """
    registry = open_registry(lake)
    reviews = [row for row in registry.events(model) if row["event"] == "review" and row["version"] == version]
    report = reviews[-1]["report"] if reviews else "No review of this version is on record."
    with explained(ValueError):
        at = registry.promote(model, version, by=by, why=why, report=report)
    publish_event(registry, at)
    print(f"{model} version {version} is the champion; it serves from the next lacquer run on")


def rollback(
    by: ByOption,
    why: WhyOption,
    to: Annotated[int | None, typer.Option("--to", metavar="VERSION", help="Default: who served before.")] = None,
    model: ModelOption = "forecast",
    lake: LakeOption = None,
) -> None:
    """Return to the version that served before the champion's recipe, or to the one named, in one commit.

    [bold]Examples[/bold]

    lacquer rollback --by "Ada, planning" --why "orders of last week were far off"

    lacquer rollback --to 2 --by Ada --why "the last fit that was right"
    """
    registry = open_registry(lake)
    before = registry.state(model).champion
    with explained(ValueError):
        target = registry.rollback(model, by=by, why=why, to=to)
    publish_event(registry, registry.lake.versions()["gold/promotions"])
    print(f"{model} version {target} is the champion in place of {before}; it serves from the next lacquer run on")
