"""`lacquer assets publish`: approved assets go to the PIM."""

from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.asset_lake import store_of
from serving.failures import explained, fail
from serving.options import LakeOption, current_settings

if TYPE_CHECKING:
    from lake.journals.generation import Standing

AssetsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[ASSET]...", help="Which; default: all that are approved.")
]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who says so: a name or a role.")]


def publish(by: ByOption, asset: AssetsArgument = None, lake: LakeOption = None) -> None:
    """Publish approved assets: upload their files to the PIM, once each, and note where they are.

    With LACQUER_PIM_URL and LACQUER_PIM_API_KEY the files go below the folder LACQUER_PIM_ASSETS of Pimcore's assets,
    else into LAKE/outbox/pim-assets. What was interrupted goes on when it is run again, and nothing is uploaded twice.
    Exit code 1: an asset was not published; the reason is named and the asset stays approved.

    [bold]Examples[/bold]

    lacquer assets publish --by "Ada, marketing"

    lacquer assets publish 1f0c2a9b77aa --by "Ada, marketing"
    """
    from resources.generation.publishing import publish_assets
    from resources.pim.connecting import asset_store_of

    store = store_of(lake)

    def tell(done: "Standing") -> None:
        print(f"{done.id} is {done.state}: {done.why}")

    with explained(ValueError):
        target = asset_store_of(current_settings(lake=store.root))
    try:
        done = publish_assets(store, target, by, asset or None, tell)
    except (LookupError, ValueError) as error:
        fail(str(error.args[0]))
    for fault in done.faults:
        typer.echo(fault, err=True)
    print(f"{len(done.published)} published, {len(done.faults)} not")
    if done.faults:
        raise typer.Exit(1)
