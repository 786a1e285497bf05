"""`lacquer fetch`: ask the outside sources now, and land what is new."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, command, current_settings, make_folder

if TYPE_CHECKING:
    from resources.outside.fetching import Report
    from resources.outside.source import Configured, Source

NamesArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Sources to ask. Default: all of the sources file.")
]
DueOption = Annotated[bool, typer.Option("--due", help="Only those whose time has come, as the schedule does.")]


def fetch(names: NamesArgument = None, lake: LakeOption = None, due: DueOption = False) -> None:
    """Ask the outside sources and land what is new.

    They are weather, calendars, rates, social networks (spotify, youtube, reddit, x, search-trends), marketplaces
    (discogs, amazon, ebay, walmart) and shops' pages. LACQUER_SOURCES names the file that says which you have;
    docs/how-to/connect-outside-sources.md lists the options of each. Keys stand in the environment.

    What lands, the next lacquer run --pack none takes in.
    Exit code 1 when a source had a fault; what came whole has landed all the same.

    [bold]Examples[/bold]

    lacquer fetch

    lacquer fetch ecb shop-prices --lake lakes/mine

    LACQUER_SOURCES=sources.yaml REDDIT_SECRET=... lacquer fetch reddit
    """
    import datetime as dt

    from resources.outside.fetching import OutsideSources
    from resources.outside.kinds import SourcesFileError

    root = Path(chosen_lake(lake, "none")).absolute()
    make_folder(root)
    outside = OutsideSources.from_settings(current_settings(lake=root))
    if outside.file is None:
        fail("no outside source is configured; LACQUER_SOURCES names the file that says which there are")
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    with explained(SourcesFileError):
        configured = outside.configured()
        wanted = _chosen(configured, names or [])
        if due:
            ready = {source.name for source in outside.due(now)}
            wanted = [source for source in wanted if source.name in ready]
    reports = list(outside.fetch(wanted, now))
    _show(reports, root)
    for name, variables in configured.lacking.items():
        print(f"warning: {name} is left out: set {', '.join(variables)}")
    for report in reports:
        for note in report.notes:
            print(f"warning: {report.source}: {note}")
    if faults := [fault for report in reports for fault in report.faults]:
        fail("\n       ".join(faults))
    if any(report.files for report in reports):
        print(f"take it in: {command()} run --pack none --lake {root}")


def _chosen(configured: "Configured", names: list[str]) -> "list[Source]":
    known = [source.name for source in configured.sources] + list(configured.lacking)
    if unknown := [name for name in names if name not in known]:
        fail(f"no source {', '.join(unknown)} in the file of LACQUER_SOURCES: there are {', '.join(known) or 'none'}")
    return [source for source in configured.sources if not names or source.name in names]


def _show(reports: "list[Report]", root: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=str(root / "landing" / "signals"), title_justify="left")
    for name in ("source", "items", "faults", "new events"):
        table.add_column(name, justify="left" if name == "source" else "right")
    table.add_column("landed as", overflow="fold")
    for one in reports:
        files = "\n".join(file.name for file in one.files) or "nothing new"
        table.add_row(one.source, f"{one.items:,}", f"{len(one.faults):,}", f"{one.events:,}", files)
    Console().print(table)
