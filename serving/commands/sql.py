"""`lacquer sql`: DuckDB over the published state of every table."""

import sys
from typing import Annotated

import typer

from serving.commands.rows import Format, write_rows
from serving.failures import fail
from serving.options import LakeOption, chosen_lake
from serving.queries.published import explain, open_published

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

    lacquer sql "select order_month, sum(house_net_revenue) from mart_sales_overview group by all order by all"

    lacquer sql --format csv "from mart_forecast_accuracy" > accuracy.csv

    echo "from releases limit 5" | lacquer sql
    """
    import duckdb

    connection = open_published(chosen_lake(lake))
    if query is None and sys.stdin.isatty():
        from serving.commands.shell import Shell

        Shell(connection).run()
        return
    text = sys.stdin.read() if query in (None, "-") else query
    if not text or not text.strip():
        fail('no query: give one, as in lacquer sql "from releases limit 5"')
    try:
        write_rows(connection.execute(text), form)
    except duckdb.Error as error:
        fail(explain(error, connection))
