"""The work of `lacquer forecast`: look back if asked, forecast, write, say who served."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from serving.failures import explained

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

    from ml.series.boosting import Settings
    from ml.series.frame import Prepared, Reading
    from ml.series.rehearsal import Request
    from serving.runs.progress import Progress


@dataclass(frozen=True)
class Asked:
    """Seed, earlier origins to look back on (0 for none), the file to write, the column of groups, whether in Spark."""

    seed: int
    backtest: int
    out: Path
    by: str | None = None
    in_spark: bool = False


def run_forecast(
    rows: "pl.DataFrame", ahead: "pl.DataFrame | None", reading: "Reading", request: "Request", asked: Asked
) -> None:
    """Forecast the rows and write what came of it; a fault of the data ends the command with its message."""
    from rich.console import Console

    from ml.series.backtest import forecast_frame
    from ml.series.boosting import Settings
    from ml.series.frame import prepare
    from ml.series.frequency import SeriesError
    from serving.commands.series_files import write_frame
    from serving.options import current_settings
    from serving.runs.progress import progress_on

    settings = Settings(seed=asked.seed, num_threads=current_settings().threads)
    messages = Console(stderr=True)
    if asked.by is not None:
        _forecast_groups(rows, reading, request, asked, messages)
        return
    with explained(SeriesError), progress_on(messages, 2 if asked.backtest else 1) as progress:
        prepared = prepare(rows, reading, ahead)
        for note in prepared.notes:
            messages.print(f"note: {note}", markup=False, highlight=False, soft_wrap=True)
        scores = _look_back(prepared, request, settings, asked, progress) if asked.backtest else None
        began = time.monotonic()
        progress.started("forecast")
        frame = forecast_frame(prepared, request, settings, lambda *told: progress.advanced("forecast", *told))
        write_frame(frame, asked.out)
        progress.finished("forecast", time.monotonic() - began, {"rows": frame.height})
    if scores is not None:
        _show(scores)
    _tell(frame, asked, messages)


def _tell(frame: "pl.DataFrame", asked: Asked, messages: "Console") -> None:
    for name, count in _served(frame):
        messages.print(f"{name} served {count:,} series", markup=False, highlight=False)
    messages.print(f"{frame.height:,} rows in {asked.out}", markup=False, highlight=False, soft_wrap=True)


def _forecast_groups(
    rows: "pl.DataFrame", reading: "Reading", request: "Request", asked: Asked, messages: "Console"
) -> None:
    """Forecast each group of series by a model of its own, here or in Spark."""
    import polars as pl

    from ml.series.boosting import Settings
    from ml.series.frequency import SeriesError
    from ml.series.grouped import checked_groups, forecast_group, groups
    from resources.spark.client import SparkError, SparkProcess
    from resources.spark.forecasting import forecast_in_spark
    from resources.spark.session import SparkMissingError
    from serving.commands.series_files import write_frame
    from serving.options import current_settings

    chosen, by = current_settings(), str(asked.by)
    with explained(SeriesError, SparkMissingError, SparkError):
        if asked.in_spark:
            with SparkProcess(chosen.spark_master, chosen.spark_memory) as process:
                frame = forecast_in_spark(process, rows, by, reading, request, asked.seed)
        else:
            settings = Settings(seed=asked.seed, num_threads=chosen.threads)
            each = groups(checked_groups(rows, by), by)
            frame = pl.concat(forecast_group(group, by, reading, request, settings) for group in each)
        frame = frame.sort("unique_id", "ds", "horizon")
    write_frame(frame, asked.out)
    _tell(frame, asked, messages)


def _served(frame: "pl.DataFrame") -> list[tuple[str, int]]:
    """How many series each method served, the commonest first."""
    import polars as pl

    counted = frame.group_by("model").agg(pl.col("unique_id").n_unique().alias("n"))
    return list(counted.sort("n", "model", descending=[True, False]).iter_rows())


def _look_back(
    prepared: "Prepared", request: "Request", settings: "Settings", asked: Asked, progress: "Progress"
) -> "pl.DataFrame":
    """Write every forecast of the earlier origins; how good they were, beside the rules."""
    from ml.series.backtest import backtest
    from ml.series.metrics import evaluate
    from ml.series.simple import RULES
    from serving.commands.series_files import write_frame

    began = time.monotonic()
    progress.started("backtest")
    frame = backtest(
        prepared,
        request,
        settings,
        asked.backtest,
        lambda done, total: progress.advanced("backtest", "origins", done, total),
    )
    write_frame(frame, asked.out.with_name(f"{asked.out.stem}-backtest{asked.out.suffix}"))
    progress.finished("backtest", time.monotonic() - began, {"rows": frame.height})
    return evaluate(frame, tuple(RULES), request.quantiles)


def _show(scores: "pl.DataFrame") -> None:
    import duckdb

    from serving.commands.rows import Format, write_rows

    with duckdb.connect() as connection:
        connection.register("scores", scores.to_arrow())
        write_rows(connection.execute("from scores"), Format.table)
