"""`lacquer triggers`: which points of a file of series its own past does not explain."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import polars as pl

SeriesArgument = Annotated[
    Path, typer.Argument(metavar="SERIES", help="CSV or Parquet with unique_id, ds, y; other columns stay as they are.")
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]
AlarmsOption = Annotated[
    float,
    typer.Option("--alarms-per-week", min=0.001, max=100, help="False alarms per series and week that you accept."),
]
SigmasOption = Annotated[float, typer.Option(min=0, max=100, help="Least deviation of a trigger, in robust sigmas.")]
SeasonOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Steps after which the pattern repeats, 1 for none. Default: a day, a week or a year, by the step."
    ),
]
ModelsOption = Annotated[
    bool, typer.Option("--models/--no-models", help="Isolation forest and PCA as well; slower, and fewer misses.")
]


def triggers(
    series: SeriesArgument,
    out: OutOption,
    alarms_per_week: AlarmsOption = 0.25,
    sigmas: SigmasOption = 2.0,
    season: SeasonOption = None,
    models: ModelsOption = True,
) -> None:
    """Score each point of your series against its own past: spikes, drops, shifts, missing data; no lake is needed.

    SERIES has a row per series and step: unique_id, ds (dates, moments or whole numbers), y. An empty y is a missing
    value.

    FILE gets the same rows in the same order, plus expected, score, is_trigger and reason. The score says how rare the
    point is among the points before it: 2 means one of a hundred. No score uses a later point, so that yesterday's
    scores stay when today's point arrives. Points next to each other are one alarm.

    [bold]Examples[/bold]

    lacquer triggers sales.csv --out scored.csv

    lacquer triggers cpu.parquet --alarms-per-week 1 --out scored.parquet

    lacquer triggers weekly.csv --season 52 --sigmas 3 --no-models --out scored.csv
    """
    from serving.commands.series_files import check_output, read_series, write_frame

    check_output(out, [series])
    rows = _checked(read_series(series, "SERIES"))
    import polars as pl

    from ml.triggers.detector import TriggerOptions, find_triggers

    options = TriggerOptions(alarms_per_week, sigmas, season, models)
    place = "__place__"
    scored = find_triggers(rows.with_row_index(place), options).sort(place).drop(place)
    write_frame(scored, out)
    found = scored.filter(pl.col("is_trigger"))
    print(
        f"{found.height:,} triggers in {found['unique_id'].n_unique():,} of {rows['unique_id'].n_unique():,} series;"
        f" {scored.height:,} rows in {out}"
    )


def _checked(rows: "pl.DataFrame") -> "pl.DataFrame":
    """The rows, or an error that names what is missing, doubled or no number."""
    import polars as pl

    from serving.failures import fail

    if missing := [name for name in ("unique_id", "ds", "y") if name not in rows.columns]:
        fail(f"SERIES lacks {', '.join(missing)}; it needs the columns unique_id, ds, y, one row per series and step")
    if taken := [name for name in ("expected", "score", "is_trigger", "reason") if name in rows.columns]:
        fail(f"SERIES already has {', '.join(taken)}; rename these columns, their names are those of the result")
    if not (rows.schema["y"].is_numeric() or rows.schema["y"] == pl.Null):
        fail(f"SERIES: y is {rows.schema['y']}; it must be a number")
    if not (rows.schema["ds"].is_integer() or rows.schema["ds"].is_temporal()) and rows.height:
        fail(f"SERIES: ds is {rows.schema['ds']}; it must be dates, moments or whole numbers")
    for name in ("unique_id", "ds"):
        if rows[name].null_count():
            fail(f"SERIES: {rows[name].null_count():,} rows have no {name}; every row needs one")
    doubled = rows.filter(pl.struct("unique_id", "ds").is_duplicated())
    if doubled.height:
        one = doubled.row(0, named=True)
        fail(f"SERIES: series {one['unique_id']!r} has several rows for {one['ds']}; keep one row per series and step")
    return rows
