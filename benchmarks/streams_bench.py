"""`lacquer bench streams`: daily streams of artists while they stay in Spotify's Top 200, beside the simple rules.

A day's streams are the difference of the cumulative figure within a spell; its first day has none and is left out.
An artist is forecast from an origin where its spell is at least 28 days old, and scored where the spell goes on
through the horizon: of an artist that leaves the Top 200 nobody knows the streams. So these are forecasts of artists
that stay. The model of `ml/streams` and `lacquer forecast` are set beside three simple rules.
"""

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import polars as pl

FILE = Path("spotify_streams") / "artist_daily_cumulative_streams.parquet"
HORIZONS = (7, 28)
OLDEST_DAYS = 28  # of a spell at the origin
ORIGINS = {"tiny": 2, "full": 12}
STEP_DAYS = 28
REHEARSED_DAYS = 364
QUANTILES = {"q0.1": 0.1, "q0.5": 0.5, "q0.9": 0.9}
# Rule -> over how many past days the mean is taken; 0: as many as are forecast.
RULES = {"naive": 0, "last week": 7, "mean of 28 days": 28}
GENERAL = "lacquer forecast"
OURS = "by spells"
HELD_OUT = 2  # the newest origins: nobody tunes on them
Told = Callable[[str], None]


def read_streams(data: Path) -> "pl.DataFrame":
    """[unique_id, artist, ds, y]: a series per spell of an artist, its first day left out."""
    import polars as pl

    path = data / FILE
    if not path.is_file():
        raise BenchmarkError(f"no {FILE} under {data}: name the folder with --data or LACQUER_DATA")
    rows = pl.read_parquet(path).select(
        artist="Artist", ds=pl.col("date").cast(pl.Date), total=pl.col("cumulative_streams").cast(pl.Float64)
    )
    before = pl.col("ds", "total").shift(1).over("artist")
    ordered = rows.sort("artist", "ds").with_columns(before.name.suffix("_before"))
    goes_on = (pl.col("ds") - pl.col("ds_before")).dt.total_days() == 1
    goes_on = (goes_on & (pl.col("total") >= pl.col("total_before"))).fill_null(value=False)
    spells = ordered.with_columns(y=pl.col("total") - pl.col("total_before"), goes_on=goes_on).with_columns(
        spell=(~pl.col("goes_on")).cum_sum().over("artist")
    )
    named = pl.format("{} {}", "artist", "spell").alias("unique_id")
    return spells.filter("goes_on").select(named, "artist", "ds", "y")


def windows_at(streams: "pl.DataFrame", origin: dt.date) -> "pl.DataFrame":
    """[unique_id, artist, horizon, actual, size, naive, last week, mean of 28 days] of who is scored at an origin."""
    import polars as pl

    age = (pl.col("ds").is_between(origin - dt.timedelta(days=OLDEST_DAYS - 1), origin)).sum()
    parts = []
    for horizon in HORIZONS:
        ahead = pl.col("ds").is_between(origin + dt.timedelta(days=1), origin + dt.timedelta(days=horizon))

        def mean_of(days: int) -> "pl.Expr":
            return (
                pl.col("y").filter(pl.col("ds").is_between(origin - dt.timedelta(days=days - 1), origin)).sum() / days
            )

        found = streams.group_by("unique_id", "artist").agg(
            age.alias("age"),
            ahead.sum().alias("days"),
            actual=pl.col("y").filter(ahead).sum(),
            size=mean_of(OLDEST_DAYS) * horizon,
            **{name: mean_of(days or horizon) * horizon for name, days in RULES.items()},
        )
        kept = found.filter((pl.col("age") == OLDEST_DAYS) & (pl.col("days") == horizon))
        parts.append(kept.drop("age", "days").with_columns(pl.lit(horizon, pl.Int32).alias("horizon")))
    return pl.concat(parts).sort("unique_id", "horizon")


def _rule_forecasts(streams: "pl.DataFrame", now: "pl.DataFrame", origin: dt.date) -> "pl.DataFrame":
    """Each rule with quantiles from its own log errors at origins a week apart whose windows were over."""
    import polars as pl

    weeks = [origin - dt.timedelta(days=7 * k) for k in range(1, REHEARSED_DAYS // 7)]
    past = pl.concat([windows_at(streams, week).with_columns(week=pl.lit(week)) for week in weeks])
    over = pl.col("week") + pl.duration(days=pl.col("horizon").cast(pl.Int64)) <= origin
    past = past.filter(over)
    parts = []
    for name in RULES:
        error = ((pl.col("actual") + 1) / (pl.col(name) + 1)).log()
        spread = past.group_by("horizon").agg(error.quantile(a, "linear").alias(q) for q, a in QUANTILES.items())
        around = [((pl.col(name) + 1) * pl.col(q).exp() - 1).alias(q) for q in QUANTILES]
        joined = now.join(spread, on="horizon", how="inner").with_columns(around)
        parts.append(
            joined.select("unique_id", "horizon", pl.col(name).alias("mean"), *QUANTILES).with_columns(
                model=pl.lit(name)
            )
        )
    return pl.concat(parts, how="diagonal")


def _own_forecasts(streams: "pl.DataFrame", origin: dt.date, threads: int) -> "pl.DataFrame":
    """`lacquer forecast --cumulative` on the spells under way at the origin, all of them, as far as they were known.

    Spells that had ended would teach how artists leave, and those that leave are not what is asked.
    """
    import polars as pl

    from ml.series.backtest import forecast_frame
    from ml.series.boosting import Settings
    from ml.series.frame import Reading, prepare
    from ml.series.rehearsal import Request

    known = streams.filter(pl.col("ds") <= origin)
    on = (pl.col("ds").max().over("unique_id") == origin) & (pl.len().over("unique_id") >= OLDEST_DAYS)
    long = known.filter(on).select("unique_id", "ds", "y")
    request = Request(HORIZONS, tuple(QUANTILES.values()), is_sum=True)
    prepared = prepare(long, Reading("D", max(HORIZONS)))
    frame = forecast_frame(prepared, request, Settings(num_threads=threads))
    return frame.select("unique_id", "horizon", "mean", *QUANTILES).with_columns(model=pl.lit(GENERAL))


def _by_spells(streams: "pl.DataFrame", origin: dt.date) -> "pl.DataFrame":
    """`ml.streams`, which knows of charts and spells; its mean is the median."""
    import polars as pl

    from ml.streams.forecaster import Settings, forecast

    said = forecast(streams, origin, HORIZONS, tuple(QUANTILES.values()), Settings())
    return said.select("unique_id", "horizon", pl.col("q0.5").alias("mean"), *QUANTILES).with_columns(
        model=pl.lit(OURS)
    )


def streams_part(data: Path, scale: str, threads: int, told: Told, *, holdout: bool = False) -> Part:
    """Scores of T+7 and T+28, sums of days, beside the rules, with the limit of the ratio of the losses.

    Of all origins but the newest two; with `holdout` of those two alone.
    """
    import polars as pl

    streams = read_streams(data)
    last: dt.date = streams["ds"].max()  # type: ignore[assignment]
    newest = last - dt.timedelta(days=max(HORIZONS))
    chosen = range(HELD_OUT) if holdout else range(HELD_OUT, HELD_OUT + ORIGINS[scale])
    origins = [newest - dt.timedelta(days=STEP_DAYS * k) for k in chosen][::-1]
    parts = []
    for origin in origins:
        now = windows_at(streams, origin)
        told(f"streams: origin {origin}, {now['unique_id'].n_unique()} artists that stay")
        own = _own_forecasts(streams, origin, threads)
        rules = _rule_forecasts(streams, now, origin).select(own.columns)
        said = pl.concat([_by_spells(streams, origin).select(own.columns), own, rules])
        truth = now.select("unique_id", "artist", "horizon", "actual", "size")
        parts.append(said.join(truth, on=["unique_id", "horizon"], how="inner").with_columns(origin=pl.lit(origin)))
    return _part(pl.concat(parts), origins)


def scored(rows: "pl.DataFrame") -> "pl.DataFrame":
    """The rows with `loss`: pinball summed over the quantiles, divided by what the 28 days before would make of it."""
    import polars as pl

    error = {q: pl.col("actual") - pl.col(q) for q in QUANTILES}
    pinball = pl.sum_horizontal(pl.max_horizontal(a * error[q], (a - 1) * error[q]) for q, a in QUANTILES.items())
    return rows.with_columns(loss=pinball / pl.max_horizontal("size", pl.lit(1.0)))


def _part(rows: "pl.DataFrame", origins: list[dt.date]) -> Part:
    import polars as pl

    y = pl.col("actual")
    scores = (
        scored(rows)
        .group_by("horizon", "model")
        .agg(
            pl.len().alias("n"),
            pl.col("loss").mean().alias("pinball"),
            ((y - pl.col("mean")).abs().sum() / y.sum()).alias("wape"),
            ((pl.col("mean") - y).sum() / y.sum()).alias("bias"),
            (y <= pl.col("q0.9")).mean().alias("coverage"),
        )
        .sort("horizon", "pinball")
    )
    verdicts = [_verdict(scored(rows), horizon, model) for horizon in HORIZONS for model in (OURS, GENERAL)]
    return Part(
        title=f"streams: artists while in the Top 200, {len(origins)} origins, {origins[0]} to {origins[-1]}",
        columns=("days", "model", "pinball", "WAPE", "bias", "P90 coverage", "n"),
        rows=[
            (
                f"{row['horizon']}",
                row["model"],
                f"{row['pinball']:.4f}",
                f"{row['wape']:.4f}",
                f"{row['bias']:+.4f}",
                f"{row['coverage']:.1%}",
                f"{row['n']:,}",
            )
            for row in scores.to_dicts()
        ],
        verdicts=[
            *verdicts,
            "sums of the days; only artists whose spell goes on are scored, for of others nothing is known",
        ],
        measured=scores.to_dicts(),
    )


def _verdict(rows: "pl.DataFrame", horizon: int, model: str) -> str:
    """How a model compares with each rule, with the one-sided 95% limit by artists and origins, and who should serve.

    A model whose limit does not lie below 1 against every rule has not been shown to be better: the best rule serves.
    """
    import polars as pl

    from ml.evaluation.resampling import loss_ratio

    own = rows.filter(pl.col("horizon") == horizon)
    wide = own.pivot(on="model", index=["unique_id", "artist", "origin"], values="loss").drop_nulls()
    artist, origin = (wide[name].rank("dense").to_numpy().astype("int64") - 1 for name in ("artist", "origin"))
    said, limits = [], []
    for rule in RULES:
        ratio, upper = loss_ratio(wide[model].to_numpy(), wide[rule].to_numpy(), artist, origin)
        limits.append(upper)
        said.append(f"{ratio:.3f} times {rule} (at most {upper:.3f} with 95% confidence)")
    best = min(RULES, key=lambda rule: float(wide[rule].to_numpy().mean()))
    serves = model if max(limits) < 1 else best
    return f"{horizon} days, {model}: pinball loss {', '.join(said)}; {serves} serves"
