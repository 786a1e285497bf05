"""`lacquer forecast`: quantile forecasts for a file of series, whatever they count."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from serving.failures import fail


class Freq(StrEnum):
    """What a step is."""

    H = "H"
    D = "D"
    B = "B"
    W = "W"
    MS = "MS"
    ME = "ME"
    QS = "QS"
    one = "1"


class Fill(StrEnum):
    """What a missing step means."""

    null = "null"
    zero = "zero"


class OnDuplicate(StrEnum):
    """What several rows of one series and date mean."""

    error = "error"
    sum = "sum"


class Engine(StrEnum):
    """Where groups of series are forecast."""

    local = "local"
    spark = "spark"


DEFAULT_HORIZONS = {"H": "24", "D": "30,60,90", "B": "20", "W": "13", "MS": "12", "ME": "12", "QS": "4", "1": "10"}
SeriesArgument = Annotated[
    Path, typer.Argument(metavar="SERIES", help="CSV or Parquet with unique_id, ds, y; other columns are covariates.")
]
FreqOption = Annotated[
    Freq,
    typer.Option(
        "--freq",
        help="A step: hour, day, business day, week (on whatever weekday), month start or end, quarter start;"
        " 1 for ds of whole numbers.",
    ),
]
OutOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write, .csv or .parquet.")]
HorizonsOption = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="Steps ahead, as in 30,60,90. Default: 24 hours, 30,60,90 days, 20 business days, 13 weeks, 12 months,"
        " 4 quarters, 10 numbered steps.",
    ),
]
QuantilesOption = Annotated[str, typer.Option(metavar="LIST", help="Levels between 0 and 1.")]
CumulativeOption = Annotated[
    bool,
    typer.Option(
        "--cumulative",
        help="The sum from the origin to each horizon, with its own quantiles (added-up quantiles are wrong).",
    ),
]
FutureOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="unique_id, ds and the covariates that are known after the origin."),
]
OriginOption = Annotated[
    str | None,
    typer.Option(metavar="DATE", help="Last known step; later y are not looked at. Default: each series' own last."),
]
FillOption = Annotated[
    Fill, typer.Option("--fill", help="What a missing step is: unknown (null), or nothing sold (zero).")
]
SeasonOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Steps after which the pattern repeats, 1 for none. Default: H 24 and 168, D 7 and 364, B 5 and 260, W 52,"
        " MS and ME 12, QS 4, 1 none.",
    ),
]
SeedOption = Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")]
BacktestOption = Annotated[
    int,
    typer.Option(
        "--backtest",
        metavar="N",
        min=0,
        help="Forecast N earlier origins too, each from its own past, beside simple rules; writes FILE-backtest.",
    ),
]
DuplicateOption = Annotated[
    OnDuplicate, typer.Option("--on-duplicate", help="Rows of one series and date: an error, or added up.")
]

ByOption = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="COLUMN",
        help="A model of its own for each value of this column; unique_id: for each series. Default: one for all.",
    ),
]
EngineOption = Annotated[
    Engine, typer.Option("--engine", help="With --by: forecast the groups here, or in Spark's tasks (make spark).")
]


def forecast(
    series: SeriesArgument,
    freq: FreqOption,
    out: OutOption,
    horizons: HorizonsOption = None,
    quantiles: QuantilesOption = ".1,.5,.9",
    cumulative: CumulativeOption = False,
    future: FutureOption = None,
    origin: OriginOption = None,
    fill: FillOption = Fill.null,
    season: SeasonOption = None,
    seed: SeedOption = 0,
    backtest: BacktestOption = 0,
    on_duplicate: DuplicateOption = OnDuplicate.error,
    by: ByOption = None,
    engine: EngineOption = Engine.local,
) -> None:
    """Forecast any series: hourly to quarterly, long or short, a handful or fifty thousand; no lake is needed.

    SERIES has a row per series and step: unique_id, ds, y. Other columns are covariates: known after the origin where
    rows without a y, or --future, give them for all steps; else only their past is used.

    FILE gets unique_id, ds, horizon, mean, a column per quantile (q0.1 …) and model: a row per step to the largest
    horizon, or with --cumulative one per horizon with the sum up to it. Means may be added up, over steps and series;
    quantiles may not. Quantiles never cross and lie above zero where the series does.

    One model learns from all series; model names the simple rule that served where it did better, or where a series
    is too short, constant, zero, or mostly zero (docs/how-to/forecast-your-own-series.md).

    [bold]Examples[/bold]

    lacquer forecast sales.csv --freq D --cumulative --out next.csv

    lacquer forecast weekly.parquet --freq W --horizons 13 --quantiles .05,.5,.95 --out next.parquet

    lacquer forecast load.csv --freq H --horizons 48 --future weather.csv --out load-next.csv

    lacquer forecast orders.csv --freq D --fill zero --on-duplicate sum --backtest 4 --out next.csv

    lacquer forecast sales.parquet --freq D --by region --engine spark --out next.parquet
    """
    from serving.commands.series_files import check_output, read_series

    if by is not None and (future is not None or backtest):
        fail("--by goes with neither --future nor --backtest: leave one of them out")
    if engine is Engine.spark and by is None:
        fail("--engine spark forecasts groups of series: name their column with --by, or --by unique_id for each alone")
    check_output(out, [series, *([future] if future is not None else [])])
    if backtest:
        check_output(out.with_name(f"{out.stem}-backtest{out.suffix}"), [series, *([future] if future else [])])
    steps = _numbers(horizons or DEFAULT_HORIZONS[freq.value], "--horizons", "30,60,90")
    if any(step != int(step) or not 1 <= step <= 10_000 for step in steps):
        fail(f"--horizons {horizons}: whole steps from 1 to 10,000, as in 30,60,90")
    levels = _numbers(quantiles, "--quantiles", ".1,.5,.9")
    if any(not 0 < level < 1 for level in levels):
        fail(f"--quantiles {quantiles}: levels lie between 0 and 1, as in .1,.5,.9")
    rows = read_series(series, "SERIES")
    ahead = read_series(future, "--future") if future is not None else None
    from ml.series.frame import Reading
    from ml.series.rehearsal import Request
    from serving.commands.series_run import Asked, run_forecast

    request = Request(tuple(int(step) for step in steps), tuple(levels), cumulative)
    reading = Reading(
        freq.value,
        max(request.steps),
        season,
        _moment(origin, freq),
        fill is Fill.zero,
        on_duplicate is OnDuplicate.sum,
    )
    run_forecast(rows, ahead, reading, request, Asked(seed, backtest, out, by, engine is Engine.spark))


def _numbers(text: str, option: str, example: str) -> list[float]:
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        fail(f"{option} {text}: numbers with commas between them, as in {example}")
    return found


def _moment(origin: str | None, freq: Freq) -> Any:
    if origin is None:
        return None
    import datetime as dt

    try:
        return int(origin) if freq is Freq.one else dt.datetime.fromisoformat(origin)
    except ValueError:
        fail(f"--origin {origin}: {'a whole number' if freq is Freq.one else 'a date as 2026-03-01'} is needed")
