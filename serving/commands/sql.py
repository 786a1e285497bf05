"""`lacquer sql`: DuckDB over the published state of every table."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from serving.commands.rows import FILES, Format, write_rows
from serving.failures import fail
from serving.options import LakeOption, chosen_lake
from serving.queries.published import explain, open_published

if TYPE_CHECKING:
    import duckdb

QueryArgument = Annotated[
    str | None, typer.Argument(help="SQL in DuckDB's dialect; - or a pipe reads it from standard input.")
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format", "-f", help="For reading: table, lines (a column per line). Whole: csv, json, xlsx, parquet."
    ),
]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="Write the result to a file.")]


def sql(
    query: QueryArgument = None, lake: LakeOption = None, form: FormatOption = Format.table, out: OutOption = None
) -> None:
    """Ask the lake: every published table by its bare name. Without a query, a small shell opens.

    All tables are seen in one published state, whatever a run is writing meanwhile. Nothing here changes the lake.

    [bold]Examples[/bold]

    lacquer sql "select order_month, sum(house_net_revenue) from mart_sales_overview group by all order by all"

    lacquer sql --format csv "from mart_forecast_accuracy" > accuracy.csv

    lacquer sql --format xlsx --out top.xlsx "from forecasts order by units_p50 desc limit 100"

    echo "from releases limit 5; from artists limit 5;" | lacquer sql --format lines
    """
    connection = open_published(chosen_lake(lake))
    if query is None and sys.stdin.isatty():
        from serving.commands.shell import Shell

        Shell(connection).run()
        return
    text = sys.stdin.read() if query in (None, "-") else query
    if not text or not text.strip():
        fail('no query: give one, as in lacquer sql "from releases limit 5"')
    if out is not None or form in FILES:
        _to_file(connection, text, form, out)
    else:
        _print(connection, text, form)


def _print(connection: "duckdb.DuckDBPyConnection", text: str, form: Format) -> None:
    """Run the statements and dot-commands of a text, one after the other; the first error ends it."""
    import duckdb

    from serving.commands.shell import dot_command, pieces

    shown = 0
    for piece in pieces(text):
        try:
            if piece.startswith("."):
                if piece in (".quit", ".exit"):
                    return
                dot_command(connection, piece, form)
                continue
            for statement in connection.extract_statements(piece):
                result = connection.execute(statement)
                if shown and form is Format.csv:
                    print()
                write_rows(result, form)
                shown += 1
        except duckdb.Error as error:
            fail(explain(error, connection))


def _to_file(connection: "duckdb.DuckDBPyConnection", text: str, form: Format, out: Path | None) -> None:
    """Write the result of one query to a file, in the format asked for, or else that of its name."""
    import duckdb

    from serving.commands.exporting import ENDINGS, ExportError, export_query

    if out is None:
        fail(f"{form.value} goes to a file: name it with --out result.{form.value}")
    kind = form.value if form in FILES else out.suffix.lower().lstrip(".")
    if f".{kind}" not in ENDINGS.values():
        fail(f"{out}: name a file that ends in {', '.join(ENDINGS.values())}")
    try:
        if len(connection.extract_statements(text)) != 1:
            fail("a file holds the result of one query: give one")
        count = export_query(connection, text.strip().rstrip(";"), out, kind)
    except (duckdb.Error, ExportError, OSError) as error:
        fail(explain(error, connection) if isinstance(error, duckdb.Error) else str(error))
    print(f"{out}: {count:,} rows", file=sys.stderr)
