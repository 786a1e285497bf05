"""`lacquer sql`: DuckDB over the published state of every table."""

import re
import sys
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake
from serving.rows import Format, write_rows

if TYPE_CHECKING:
    import duckdb

QueryArgument = Annotated[
    str | None, typer.Argument(help="SQL in DuckDB's dialect; - or a pipe reads it from standard input.")
]
FormatOption = Annotated[
    Format, typer.Option("--format", "-f", help="A table for reading; csv and json go whole to standard output.")
]


def sql(query: QueryArgument = None, lake: LakeOption = None, form: FormatOption = Format.table) -> None:
    """Ask the lake: every published table by its bare name. Without a query, a small shell opens.

    All tables are seen in one published state, whatever a run is writing meanwhile. Nothing here changes the lake.

    [bold]Examples[/bold]

    lacquer sql "select order_month, sum(net_revenue) from fct_sales_day group by all order by all"

    lacquer sql --format csv "from mart_forecast_accuracy" > accuracy.csv

    echo "from releases limit 5" | lacquer sql
    """
    import duckdb

    connection = open_published(chosen_lake(lake))
    if query is None and sys.stdin.isatty():
        from serving.shell import Shell

        Shell(connection).run()
        return
    text = sys.stdin.read() if query in (None, "-") else query
    if not text or not text.strip():
        fail('no query: give one, as in lacquer sql "from releases limit 5"')
    try:
        write_rows(connection.execute(text), form)
    except duckdb.Error as error:
        fail(explain(error, connection))


def open_published(lake: str) -> "duckdb.DuckDBPyConnection":
    """A DuckDB with a view per published table; ends the command where there is no lake or nothing is published."""
    from lake.lakehouse import Lake

    with explained(ValueError):
        root = Lake(lake)
    if not root.root.is_dir():
        fail(f"no lake at {root.root}: build one with lacquer run --lake {lake}, or name another with --lake")
    if not root.published():
        fail(f"nothing is published in {root.root} yet: finish a run with lacquer run --lake {lake}")
    connection = root.connect_published()
    if "bronze/dead_letters" in root.published():
        from lake.reasons import create_reasons_view

        create_reasons_view(connection)
    return connection


def published_tables(connection: "duckdb.DuckDBPyConnection") -> list[str]:
    """Published tables as layer.name, in order."""
    return [
        f"{schema}.{name}"
        for schema, name in connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_catalog = current_database() and table_schema <> 'main' order by all"
        ).fetchall()
    ]


def explain(error: "duckdb.Error", connection: "duckdb.DuckDBPyConnection") -> str:
    """DuckDB's message; for an unknown table the published names that are near to it instead of DuckDB's guess."""
    message = str(error).strip()
    unknown = re.search(r"Table with name (\S+) does not exist", message)
    if unknown is None:
        return message
    names = sorted(table.split(".")[1] for table in published_tables(connection))
    near = get_close_matches(unknown[1].split(".")[-1], names)
    hint = f"did you mean {' or '.join(near)}?" if near else f"published are {', '.join(names)}"
    return f"no published table {unknown[1]}: {hint}"
