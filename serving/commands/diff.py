"""`lacquer diff`: how two lakes differ."""

from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import lake_folder

LeftArgument = Annotated[str, typer.Argument(metavar="LAKE", help="Root of a lake: folder or address.")]
RightArgument = Annotated[str, typer.Argument(metavar="LAKE", help="Root of the other lake.")]
TableOption = Annotated[
    list[str] | None, typer.Option("--table", metavar="TABLE", help="Only this table, as gold/forecasts; may repeat.")
]


def diff(left: LeftArgument, right: RightArgument, table: TableOption = None) -> None:
    """Compare what two lakes have published: columns, rows and values, table by table.

    Rows are compared over the columns that both have, duplicates counted. System tables (lake/) are compared only when
    named. Ends with exit code 1 when the lakes differ.

    [bold]Examples[/bold]

    lacquer diff lakes/demo lakes/restored

    lacquer diff lakes/demo lakes/trial --table gold/forecasts
    """
    from lake.difference import compare_lakes
    from lake.lakehouse import Lake

    with explained(ValueError):
        lakes = Lake(lake_folder(left)), Lake(lake_folder(right))
    for store in lakes:
        if not store.published():
            fail(f"{store.root}: publishes no table; name the root folder of a lake after its first run")
    for name in table or []:
        if not any(name in store.published() for store in lakes):
            fail(f"--table {name}: neither lake publishes it; give layer and name, as gold/forecasts")
    found = compare_lakes(*lakes, table)
    differing = [one for one in found if not one.is_equal]
    for one in differing:
        print(f"{one.table}: {_rows(one.left_rows)} against {_rows(one.right_rows)}")
        for column in one.columns:
            print(f"  column {column}")
        if one.only_left or one.only_right:
            print(f"  {one.only_left:,} rows only in the first lake, {one.only_right:,} only in the second")
    print(f"{len(found):,} tables compared, {len(differing):,} differ")
    if differing:
        raise typer.Exit(1)


def _rows(count: int | None) -> str:
    return "not published" if count is None else f"{count:,} rows"
