"""`lacquer trace` and `lacquer reproduce`: where a prediction or a row comes from, and the same predictions again."""

from typing import Annotated, Any

import typer

from serving.commands.models import open_registry
from serving.commands.trace_row import trace_row, trace_table
from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings

TracedArgument = Annotated[
    str, typer.Argument(metavar="PREDICTION_ID|TABLE", help="A row's prediction_id; or a table, then its KEY.")
]
KeyArgument = Annotated[
    str | None, typer.Argument(metavar="KEY", help="Values of the table's key columns, comma-separated (CSV).")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="Bronze rows to show per silver table.")]
Row = dict[str, Any]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help="A run, a batch of predictions, or a prediction_id.")]


def trace(traced: TracedArgument, key: KeyArgument = None, lake: LakeOption = None, limit: LimitOption = 20) -> None:
    """Show what a prediction rests on, or trace a row of gold or silver to landed files and lines.

    A prediction (of forecasts, buyer_propensity, price_elasticities, review_sentiment and what rests on them): model
    version, fit, data versions, code, run; and what came. A row: the rows of other tables that it
    was computed from, the rows of bronze that state them, their landed files and lines, and whether a file is still the
    one that was taken in, by SHA-256. Texts of the rows are not shown, because they may hold personal data.

    A table without a key: every table that it was computed from, and how many landed files are behind them.

    [bold]Examples[/bold]

    lacquer sql "select prediction_id from forecasts where release_id = 'R000397'"

    lacquer trace 3f0c2a9d41be-77a0c19b52f3

    lacquer sql "select prediction_id from buyer_propensity order by probability desc limit 1"

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
    from assets.forecasts import tracing
    from assets.forecasts.recipes import MODEL
    from assets.governance import prediction_traces

    registry = open_registry(lake)
    with explained(ValueError):
        batch = tracing.batch_of(registry.lake, prediction)
        if batch["model"] == MODEL:
            row = tracing.find_prediction(registry.lake, prediction)
            came = _came_of_forecast(row, tracing.what_came(registry.lake, row))
        else:
            row = prediction_traces.find_row(registry.lake, batch, prediction)
            came = _came(batch, prediction_traces.what_came(registry.lake, batch, row))
        version = registry.version(batch["model"], batch["version"]) if batch["version"] else None
    print(f"prediction    {_forecast(row) if batch['model'] == MODEL else _figures(row)}")
    print(f"stored in     {row['table']}, version {row['table_version']}")
    print(f"made          {batch['made_at']:%Y-%m-%d %H:%M:%S} UTC as {batch['role']} by run {batch['run_id']}")
    _print_origin(batch, row, version)
    print(f"came          {came}")


def _forecast(row: Row) -> str:
    units = f"P50 {row['units_p50']:.2f}, P10 {row['units_p10']:.2f}, P90 {row['units_p90']:.2f}"
    return f"{row['release_id']}, {row['horizon_days']} days after {row['origin']}: {units} units"


def _figures(row: Row) -> str:
    """Every figure and short word of the row; long texts stay in the table."""
    hidden = ("table", "table_version", "prediction_id", "model_version", "reason", "aspects")
    shown = {name: value for name, value in row.items() if name not in hidden and value is not None}
    return ", ".join(f"{name} {f'{v:.4g}' if isinstance(v, float) else v}" for name, v in shown.items())


def _print_origin(batch: Row, row: Row, version: Row | None) -> None:
    """Print model, artefact, code and data."""
    import json

    if version is None:
        print(f"model         {batch['model']}: a rule without registered versions")
        print(f"code          {batch['code_version']}")
    else:
        served = row.get("model") or row.get("scored_by")
        named = f"{batch['model']} version {batch['version']}" + (f" ({served})" if served else "")
        print(f"model         {named}, fitted on data to {version['origin']}")
        print(f"artefact      {version['artefact']}, SHA-256 {version['artefact_sha256']}")
        print(f"code          {batch['code_version']}; the fit's {version['code_version']}")
        print(f"lock          {version['lock_sha256']}")
    for key, number in sorted(json.loads(batch["data_versions"]).items()):
        print(f"data          {key} version {number}")


def _came_of_forecast(row: Row, came: Row | None) -> str:
    if came is None:
        return "its window has not ended yet"
    inside = "at or below" if came["units"] <= row["units_p90"] else "above"
    return f"{came['units']:.0f} units from {came['from']} to {came['to']}, {inside} P90"


def _came(batch: Row, came: Row | None) -> str:
    if not batch["version"]:
        return "not joined: no registered model says what it is compared with"
    if came is None:
        return "nothing to compare with yet: its window has not ended, or nothing was observed of it"
    return f"{came['actual']:.4g} from {came['from']} to {came['to']}"


def reproduce(run: RunArgument, lake: LakeOption = None) -> None:
    """Make a batch of predictions again from the Delta versions, the fit and the choice that it was made with.

    It is refused, with the reason, where the code is another or a version is beyond the retention of the lake. The
    stored rows are compared figure by figure; any difference ends the command with an error.

    [bold]Examples[/bold]

    lacquer reproduce 3f0c2a9d41be

    lacquer reproduce $(lacquer sql "select prediction_id from price_elasticities limit 1" --format csv | tail -1)
    """
    from dataclasses import replace

    from assets.forecasts import tracing
    from assets.forecasts.recipes import MODEL
    from assets.governance.prediction_traces import remake
    from resources.lake import LakeResource

    registry, settings = open_registry(lake), current_settings()
    with explained(ValueError):
        batch = tracing.batch_of(registry.lake, run)
        if batch["model"] == MODEL:
            found = tracing.reproduce(registry.lake, run, settings.threads)
        else:
            found = remake(replace(LakeResource.from_settings(settings), root=registry.lake.root), batch)
    if found["differing"]:
        fail(
            f"{found['differing']} of {found['rows']} predictions of batch {found['batch_id']} differ, by up to "
            f"{found['largest_difference']:.3g}"
        )
    print(
        f"{found['rows']} predictions of batch {found['batch_id']} by {found['version']} made again: all are the same"
    )
