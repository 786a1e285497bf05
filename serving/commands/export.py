"""`lacquer export`: published tables as files for Excel, BI tools and other programs."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake


class ExportFormat(StrEnum):
    """What the files are."""

    xlsx = "xlsx"
    parquet = "parquet"
    csv = "csv"
    duckdb = "duckdb"


TablesArgument = Annotated[list[str] | None, typer.Argument(metavar="TABLE…", help="Published tables, by name.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every table of gold; with duckdb, one file for BI tools.")]
FormatOption = Annotated[ExportFormat, typer.Option("--format", "-f", help="What the files are.")]
OutOption = Annotated[
    Path | None,
    typer.Option("--out", metavar="PATH", help="Folder, or the database. Default: in LAKE/exports."),
]


def export(
    tables: TablesArgument = None,
    every: AllOption = False,
    form: FormatOption = ExportFormat.xlsx,
    out: OutOption = None,
    lake: LakeOption = None,
) -> None:
    """Write published tables to files: one file per table, or one DuckDB database that BI tools open.

    All tables come from one published state. Each file is replaced whole: who has the old one open keeps reading it.
    The
    database has the comments of the data dictionary on its tables and columns.

    [bold]Examples[/bold]

    lacquer export mart_sales_overview forecasts --format xlsx --out .

    lacquer export --all --format duckdb --out /srv/bi/gold.duckdb

    lacquer export --all --format parquet
    """
    from lake.lakehouse import Lake
    from serving.commands.exporting import ENDINGS, ExportError, export_database, export_query
    from serving.queries.published import open_published, published_tables

    if bool(tables) == every:
        fail("name tables, or give --all: lacquer export mart_sales_overview, lacquer export --all --format duckdb")
    root = chosen_lake(lake)
    con = open_published(root)
    chosen = _chosen(published_tables(con), tables)
    folder = Lake(root).root / "exports"
    with explained(ExportError, OSError):
        if form is ExportFormat.duckdb:
            target = out or folder / "gold.duckdb"
            target = target / "gold.duckdb" if target.is_dir() else target
            counts = export_database(con, chosen, target)
            print(f"{target}: {len(counts)} tables, {sum(counts.values()):,} rows")
            return
        for table in chosen:
            target = (out or folder) / f"{table.split('.')[1]}{ENDINGS[form.value]}"
            print(f"{target}: {export_query(con, f'select * from {table}', target, form.value):,} rows")


def _chosen(published: list[str], tables: list[str] | None) -> list[str]:
    """The tables as layer.name; all of gold where none is named."""
    from difflib import get_close_matches

    if not tables:
        return [name for name in published if name.startswith("gold.")]
    by_name = {name.split(".")[1]: name for name in published} | {name: name for name in published}
    for name in tables:
        if name not in by_name:
            near = get_close_matches(name, by_name)
            fail(
                f"no published table {name}: "
                + (f"did you mean {' or '.join(near)}?" if near else "see .tables in lacquer sql")
            )
    return [by_name[name] for name in tables]
