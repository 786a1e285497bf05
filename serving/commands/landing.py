"""`lacquer demo`: land a source pack's files, and do no more. What `lacquer run` does first, by itself."""

import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.packs import as_flag, chosen_pack, pack_options
from serving.failures import explained, fail
from serving.options import DataOption, LakeOption, PackOption, chosen_data, chosen_lake, command, make_folder

if TYPE_CHECKING:
    from demo.pack import Landed, Pack

ListOption = Annotated[bool, typer.Option("--list", help="Say which packs there are and what their options are.")]


def demo(
    context: typer.Context,
    pack: PackOption = "demo",
    lake: LakeOption = None,
    data: DataOption = None,
    listed: ListOption = False,
) -> None:
    """Land the files of a source pack in a lake, to look at them or to run on them later.

    A pack's own options follow as --name value; --list names them. The same call again writes nothing, a longer
    period adds files. Nothing of the lake's tables is touched: lacquer run builds them.

    [bold]Examples[/bold]

    lacquer demo --list

    lacquer demo --lake lakes/small --days 90 --order-lines 20000

    lacquer demo --pack online-retail --data ../shared/data --drops daily --until 2010-01-31
    """
    if listed:
        _list_packs()
        return
    source = chosen_pack(pack)
    options = pack_options(source, context.args)
    root = Path(chosen_lake(lake, pack)).absolute()
    make_folder(root)
    landed = land(source, root, chosen_data(data), options)
    _show(landed)
    source_data = f" --data {data}" if data else ""
    print(f"build the tables: {command()} run --pack {pack} --lake {root}{source_data}")


def land(pack: "Pack", root: Path, data: Path | None, options: dict[str, object]) -> "Landed":
    """Land a pack with progress on standard error; what it refuses ends the command."""
    import time

    from rich.console import Console

    from demo.landing_files import LandingFiles
    from demo.pack import PackError
    from lake.delta.storage import only_one
    from serving.runs.progress import progress_on

    if not LandingFiles.pinned_before(root) and any((root / "landing").glob("*/*.jsonl")):
        fail(
            f"{root / 'landing'} holds files of your own, and a pack's would be mixed with them for good: "
            f"build them with lacquer run --pack none --lake {root}, or land the pack in another --lake"
        )
    step = f"landing {pack.name}"
    began = time.monotonic()
    with explained(PackError), only_one(root, "landing"), progress_on(Console(stderr=True)) as progress:
        progress.started(step)
        landed = pack.land(
            root,
            data=data,
            options=options,
            progress=lambda what, done, total: progress.advanced(step, what, done, total),
        )
        progress.finished(step, time.monotonic() - began, {"new_files": landed.new_files, "lines": landed.lines})
    if landed.balance:
        rows, lines = sum(fate.rows for fate in landed.balance), sum(fate.landed for fate in landed.balance)
        said = f"{rows:,} = {lines:,} landed + {rows - lines:,} left out for a reason"
        print(f"raw rows, each once per kind of line: {said}; {root / 'truth' / 'balance.json'}", file=sys.stderr)
    return landed


def _show(landed: "Landed") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=str(landed.root / "landing"), title_justify="left")
    for name in ("stream", "files", "new files", "lines", "new lines", "MB"):
        table.add_column(name, justify="left" if name == "stream" else "right")
    for stream, count in landed.streams.items():
        numbers = (count.files, count.new_files, count.lines, count.new_lines)
        table.add_row(stream, *(f"{number:,}" for number in numbers), f"{count.bytes / 1e6:,.1f}")
    Console().print(table)
    if landed.balance:
        balance = Table(title="What the raw rows became", title_justify="left")
        for name in ("source", "becomes", "rows", "landed", "left out"):
            balance.add_column(name, justify="right" if name in ("rows", "landed") else "left")
        for fate in landed.balance:
            reasons = "; ".join(f"{reason} {rows:,}" for reason, rows in fate.left_out.items())
            balance.add_row(fate.source, fate.becomes, f"{fate.rows:,}", f"{fate.landed:,}", reasons)
        Console().print(balance)


def _list_packs() -> None:
    from demo.packs import PACKS

    for pack in PACKS.values():
        data = "; needs --data DIR" if pack.needs_data else ""
        print(f"{pack.name}: {pack.description}{data}")
        for option in dataclasses.fields(pack.options_type):
            default = "" if option.default is None else f"  default {option.default}"
            print(f"    {as_flag(option.name):<16}{default}".rstrip())
