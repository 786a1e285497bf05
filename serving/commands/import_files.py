"""`lacquer import`: files as they are, by a mapping that is proposed, shown, and kept beside the lake."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, command, current_settings, make_folder

if TYPE_CHECKING:
    from lake.importing.drafting import Draft
    from lake.importing.mapping import Mapping
    from lake.lakehouse import Lake

FilesArgument = Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files, or folders of files.")]
MappingOption = Annotated[
    Path | None,
    typer.Option(
        "--mapping", metavar="M.yml", help="How the files are read; made if not there. Default: LAKE/mapping.yml."
    ),
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Write the mapping, show what would come in, land nothing.")
]
MAPPING = "mapping.yml"


def import_files(
    files: FilesArgument, mapping: MappingOption = None, dry_run: DryRunOption = False, lake: LakeOption = None
) -> None:
    """Import exports of an ERP, a shop or a spreadsheet: CSV, TSV, Excel, Parquet, JSON. No Pimcore is needed.

    What each column means is proposed by its name (English, German, French) and content, and written to mapping.yml:
    products, artists, labels, buyers, orders, order lines, stock, prices, carriers and shipments, contacts with
    buyers, campaigns. Edit it where it is wrong and import again.
    Later files of the same shape are read by the same mapping.

    The first rows are shown as they are read, and what is refused: row, your column, value, rule. A refused row lands
    nowhere; all faults are listed in LAKE/imports/. The same file again lands nothing twice, also after a kill.

    [bold]Examples[/bold]

    lacquer import orders.csv products.xlsx --dry-run --lake /srv/mylake

    lacquer import orders.csv products.xlsx --lake /srv/mylake

    lacquer run --pack none --lake /srv/mylake
    """
    from lake.importing.drafting import draft_mapping
    from lake.importing.grid import UnreadableFileError
    from lake.importing.mapping import MappingError
    from lake.importing.mapping_file import add_to_mapping, read_mapping
    from lake.lakehouse import Lake
    from serving.commands import import_display as display

    with explained(ValueError):
        store = Lake(chosen_lake(lake))
    make_folder(store.root)
    paths, place = _listed(files), mapping or store.root / MAPPING
    settings = current_settings()
    with explained(MappingError, UnreadableFileError, OSError):
        known = read_mapping(place) if place.exists() else None
        new = [path for path in paths if known is None or known.of(path.name) is None]
        if new:
            with display.rows_read() as progress:
                draft = draft_mapping(new, settings.house_currency or "EUR", progress, settings.time_zone)
            _show_draft(draft)
            paths = [path for path in paths if path not in draft.left_out]
            known = add_to_mapping(place, draft.mapping, list(draft.notes))
            print(f"\nmapping written to {place}: edit it where it is wrong, and import again")
        if known is None:
            fail("no file is a table; nothing is imported")
        clean = _import(None if dry_run else store, paths, known)
    if dry_run:
        print(f"nothing has landed; without --dry-run it lands in {store.root / 'landing'}")
    else:
        print(f"build the tables: {command()} run --pack none --lake {store.root}")
    if not clean:
        raise typer.Exit(1)


def _listed(files: list[Path]) -> list[Path]:
    """The files, those in folders included, each once."""
    from lake.importing.drafting import table_files
    from lake.importing.grid import FORMATS

    found: list[Path] = []
    for path in files:
        if path.is_dir():
            inside = table_files(path)
            if not inside:
                fail(f"{path}: the folder holds no file whose name ends in {', '.join(FORMATS)}")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            fail(f"{path}: there is no such file")
    return list(dict.fromkeys(found))


def _show_draft(draft: "Draft") -> None:
    from serving.commands import import_display as display

    for path, reading in draft.readings.items():
        display.show_reading(path, reading)
    for path in draft.left_out:
        print(f"left out: {path.name} has one column, whose meaning was not found; it is no table")
    for note in draft.notes:
        print(f"assumed: {note}")


def _import(store: "Lake | None", paths: list[Path], mapping: "Mapping") -> bool:
    from lake.importing.grid import UnreadableFileError
    from lake.importing.importing import import_file, in_order, stated_before
    from lake.importing.mapping import MappingError
    from lake.importing.outcome import Stated
    from serving.commands import import_display as display
    from serving.commands.import_targets import import_targets

    targets, clean = import_targets(), True
    stated = stated_before(store, targets) if store else Stated()
    for path in in_order(paths, mapping):
        try:
            with display.rows_read() as progress:
                on_row = partial(progress, path)
                result = import_file(store, path, mapping, targets, stated, on_row)
        except (MappingError, UnreadableFileError) as error:  # the other files go on
            print(f"error: {error}", file=sys.stderr)
            clean = False
            continue
        display.show_result(result)
        if result.outcome.read and not result.outcome.landed:
            print(f"error: {path}: every row was refused or skipped; mend the mapping", file=sys.stderr)
            clean = False
    return clean
