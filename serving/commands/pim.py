"""`lacquer pim`: read Pimcore's Data Hub now, and land what is new."""

from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, command, current_settings, make_folder

FullOption = Annotated[bool, typer.Option("--full", help="Everything, and delete events for what is gone.")]


def pim(lake: LakeOption = None, full: FullOption = False) -> None:
    """Read what has changed in Pimcore's Data Hub and land it; the first time, everything.

    LACQUER_PIM_URL and LACQUER_PIM_API_KEY name the endpoint. What lands, the next lacquer run --pack none takes in.

    [bold]Examples[/bold]

    lacquer pim

    lacquer pim --full --lake lakes/mine
    """
    from assets.pim.objects import pim_classes
    from resources.pim.connecting import UNSET
    from resources.pim.graphql import PimError
    from resources.pim.pulling import PimObjects
    from resources.web.errors import WebError

    root = Path(chosen_lake(lake, "none")).absolute()
    make_folder(root)
    with explained(ValueError):
        source = PimObjects.from_settings(current_settings(lake=root))
    if source.hub is None:
        fail(UNSET)
    landed = 0
    with explained(PimError, WebError):
        for one in source.pull(pim_classes(), full=full):
            print(f"{one.classname}: {one.listed:,} read, {one.landed:,} landed, {one.deleted:,} of them deletions")
            for note in one.notes:
                print(f"  {note}")
            landed += one.landed
    if landed:
        print(f"take it in: {command()} run --pack none --lake {root}")
