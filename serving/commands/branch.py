"""`lacquer branch`: try a change on a copy of a lake that takes no room, and bring it back."""

from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained
from serving.options import chosen_lake

branch = typer.Typer(
    help="""Branches of a lake: try a change beside it, compare, bring it back.

    [bold]Examples[/bold]

    lacquer branch new lakes/trial --from lakes/demo

    lacquer run --lake lakes/trial

    lacquer diff lakes/demo lakes/trial

    lacquer branch publish lakes/trial
    """,
    no_args_is_help=True,
)
NewArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the branch; on the same disk.")]
BranchArgument = Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the branch.")]
FromOption = Annotated[str | None, typer.Option("--from", metavar="LAKE", help="The lake. Default: as --lake.")]


@branch.command()
def new(folder: NewArgument, from_: FromOption = None) -> None:
    """Make a branch: a lake of its own that shares the files of the tables until one of the two writes.

    Landed files and settings are copied. Runs may write meanwhile: the branch holds one moment.

    [bold]Examples[/bold]

    lacquer branch new lakes/trial --from lakes/demo
    """
    from lake.branches import make_branch
    from lake.lakehouse import Lake

    with explained(ValueError, OSError):
        lake = Lake(chosen_lake(from_))
        made = make_branch(lake, folder)
    print(f"{folder}: {made.tables:,} tables share {made.shared_files:,} files with {lake.root}; "
          f"{made.copied_bytes:,} bytes of other files copied")  # fmt: skip


@branch.command()
def publish(folder: BranchArgument) -> None:
    """Bring a branch back: its lake gets the branch's tables, and readers see them all at once.

    Refused when the lake has moved since the branch was made. Let no run be under way in the lake.

    [bold]Examples[/bold]

    lacquer branch publish lakes/trial
    """
    from lake.branches import origin_of, publish_branch
    from lake.lakehouse import Lake

    with explained(ValueError, OSError):
        made = Lake(str(folder))
        origin, changed = origin_of(made), publish_branch(made)
    print(f"{origin.lake}: {len(changed):,} tables of {folder} published")
