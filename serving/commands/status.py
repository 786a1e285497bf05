"""`lacquer status`: where a lake stands, and what to do next."""

import dataclasses
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, command

if TYPE_CHECKING:
    from serving.queries.status import LakeStatus


class StatusFormat(StrEnum):
    """What the status is printed as."""

    text = "text"
    json = "json"


FormatOption = Annotated[StatusFormat, typer.Option("--format", "-f", help="Text for people, json for programs.")]


def status(lake: LakeOption = None, form: FormatOption = StatusFormat.text) -> None:
    """Say where a lake stands: last run, newest day of data, what was refused and why, what blocks publication.

    Nothing is written. The exit code is 1 while something keeps the newest data from being published.

    [bold]Examples[/bold]

    lacquer status

    lacquer status --lake /srv/mylake --format json
    """
    from lake.lakehouse import Lake
    from serving.commands.rows import as_json
    from serving.queries.status import read_status

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    if not store.root.is_dir():
        fail(f"no lake at {store.root}: begin one with {command()} import FILE… --lake {store.root}")
    found = read_status(store, command())
    print(as_json(dataclasses.asdict(found))) if form is StatusFormat.json else _show(found)
    if found.blocking:
        raise typer.Exit(1)


def _show(found: "LakeStatus") -> None:
    run = found.run
    print(f"lake        {found.root}")
    print(f"published   {found.published_at:%Y-%m-%d %H:%M} UTC" if found.published_at else "published   nothing yet")
    if run:
        print(f"last run    {run.started_at:%Y-%m-%d %H:%M} UTC, {run.seconds:.0f} s: {run.status} ({run.run_id})")
    else:
        print("last run    none")
    newest = ", ".join(f"{what} {day}" for what, day in found.newest.items())
    print(f"newest day  {newest or 'no data'}")
    if found.waiting:
        waiting = ", ".join(f"{count} files of {stream}" for stream, count in found.waiting.items())
        print(f"not built   {waiting}")
    for words in found.unread:
        print(f"unread      {words}")
    for words in found.blocking:
        print(f"blocked by  {words}")
    for words in run.warnings if run else ():
        print(f"warning     {words}")
    for one in found.refused:
        print(f"refused     {one.count:,} in {one.where}: {one.reason}")
        print(f"            {one.example}\n            {one.advice}")
    if not found.refused:
        print("refused     nothing")
    for what, how in found.next:
        print(f"next        {what}: {how}")
