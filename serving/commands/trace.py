"""`lacquer trace` and `lacquer reproduce`: where a prediction or a row comes from, and the same predictions again."""

from typing import Annotated

import typer

from serving.commands.models import open_registry
from serving.commands.trace_row import trace_row, trace_table
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

TracedArgument = Annotated[
    str, typer.Argument(metavar="PREDICTION_ID|TABLE", help="As in forecasts.prediction_id; or a table, then its KEY.")
]
KeyArgument = Annotated[
    str | None, typer.Argument(metavar="KEY", help="Values of the table's key columns, comma-separated (CSV).")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Bronze rows to show per silver table.")]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run, a batch of predictions, or a prediction_id.")]


def trace(traced: TracedArgument, key: KeyArgument = None, lake: LakeOption = None, limit: LimitOption = 20) -> None:
    """Show what a prediction rests on, or trace a row of gold or silver to landed files and lines.

    A prediction: model version, fit, data versions, code, run; and what came. A row: the rows of other tables that it
    was computed from, the rows of bronze that state them, their landed files and lines, and whether a file is still the
    one that was taken in, by SHA-256. Texts of the rows are not shown, because they may hold personal data.

    A table without a key: every table that it was computed from, and how many landed files are behind them.

    [bold]Examples[/bold]

    lacquer sql "select prediction_id from forecasts where release_id = 'R000397'"

    lacquer trace 3f0c2a9d41be-77a0c19b52f3

    lacquer trace fct_sales_day R000397,2026-03-02

    lacquer trace silver/order_lines O00012345,1

    lacquer trace mart_decisions
    """
    if key is None and _is_table(traced, lake):
        trace_table(traced, lake)
    elif key is None:
        _trace_prediction(traced, lake)
    else:
        trace_row(traced, key, lake, limit)


def _is_table(name: str, lake: str | None) -> bool:
    from lake.lakehouse import Lake

    with explained(ValueError):
        published = Lake(chosen_lake(lake)).published()
    return any(name in (key, key.split("/")[1]) for key in published)


def _trace_prediction(prediction: str, lake: str | None) -> None:
    """Print what a prediction rests on, and what came."""
    import json

    from assets.forecasts.recipes import MODEL
    from assets.forecasts.tracing import batch_of, find_prediction, what_came

    registry = open_registry(lake)
    with explained(ValueError):
        row = find_prediction(registry.lake, prediction)
        batch = batch_of(registry.lake, prediction)
        version = registry.version(MODEL, batch["version"])
    units = f"P50 {row['units_p50']:.2f}, P10 {row['units_p10']:.2f}, P90 {row['units_p90']:.2f}"
    print(f"prediction    {row['release_id']}, {row['horizon_days']} days after {row['origin']}: {units} units")
    print(f"stored in     {row['table']}, version {row['table_version']}")
    print(f"made          {batch['made_at']:%Y-%m-%d %H:%M:%S} UTC as {batch['role']} by run {batch['run_id']}")
    print(f"model         {MODEL} version {batch['version']} ({row['model']}), fitted on data to {version['origin']}")
    print(f"artefact      {version['artefact']}, SHA-256 {version['artefact_sha256']}")
    print(f"code          {batch['code_version']}; the fit's {version['code_version']}")
    print(f"lock          {version['lock_sha256']}")
    for key, number in sorted(json.loads(batch["data_versions"]).items()):
        print(f"data          {key} version {number}")
    came = what_came(registry.lake, row)
    if came is None:
        print("came          its window has not ended yet")
    else:
        inside = "at or below" if came["units"] <= row["units_p90"] else "above"
        print(f"came          {came['units']:.0f} units from {came['from']} to {came['to']}, {inside} P90")


def reproduce(run: RunArgument, lake: LakeOption = None) -> None:
    """Make a batch of forecasts again from the Delta versions, the fit and the choice that it was made with.

    It is refused, with the reason, where the code is another or a version is beyond the retention of the lake. The
    stored rows are compared figure by figure; any difference ends the command with an error.

    [bold]Examples[/bold]

    lacquer reproduce 3f0c2a9d41be
    """
    from assets.forecasts.tracing import reproduce as made_again

    registry = open_registry(lake)
    with explained(ValueError):
        found = made_again(registry.lake, run, current_settings().threads)
    if found["differing"]:
        fail(
            f"{found['differing']} of {found['rows']} forecasts of batch {found['batch_id']} differ, by up to "
            f"{found['largest_difference']:.3g}"
        )
    print(f"{found['rows']} forecasts of batch {found['batch_id']} by {found['version']} made again: all are the same")
