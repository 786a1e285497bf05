"""AutoETS, AutoARIMA and AutoTheta beside what serves, on a sample of releases: `lacquer bench forecast --rivals`.

They are fitted per release to weekly sums before each origin, and their point forecasts are summed
to 30, 60 and 90 days. They give no calibrated quantiles here, so that only the point is compared, by WAPE of the P50:
the number that minimises absolute error.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import datetime as dt

    import polars as pl

    from ml.forecasting.forecaster import Serving

MODELS = ("AutoETS", "AutoTheta", "AutoARIMA")
SAMPLE = 100
SEED = 7
LATEST_ORIGINS = 3
FEWEST_WEEKS = 8
WEEK, MOST_WEEKS = 7, 13  # 13 weeks reach over 90 days


def sampled(frame: "pl.DataFrame", size: int = SAMPLE, seed: int = SEED) -> "tuple[list[dt.date], list[str]]":
    """The latest development origins, and releases that sold before the first of them, drawn with a seed."""
    import polars as pl

    origins = frame.filter(~pl.col("is_holdout"))["origin"].unique().sort().to_list()[-LATEST_ORIGINS:]
    there = (
        frame.filter(pl.col("origin").is_in(origins) & pl.col("is_active"))
        .group_by("unique_id")
        .agg(pl.col("origin").n_unique().alias("origins"))
    )
    ids = there.filter(pl.col("origins") == len(origins))["unique_id"].sort()
    return origins, ids.sample(min(size, len(ids)), seed=seed).sort().to_list()


def weekly(sales: "pl.DataFrame", origin: "dt.date", ids: list[str]) -> "pl.DataFrame":
    """Weekly sums [unique_id, week, y] of whole weeks that end at the origin, from each release's first sale on."""
    import polars as pl

    known = sales.filter((pl.col("ds") <= origin) & pl.col("unique_id").is_in(ids)).with_columns(
        week=-((pl.lit(origin) - pl.col("ds")).dt.total_days() // WEEK)
    )
    sums = known.group_by("unique_id", "week").agg(pl.col("y").sum())
    # A first week that is not whole would look like a slow start.
    grid = sums.group_by("unique_id").agg(pl.int_ranges(pl.col("week").min() + 1, 1).alias("week")).explode("week")
    filled = grid.with_columns(pl.col("week").cast(pl.Int64)).join(
        sums, on=["unique_id", "week"], how="left", maintain_order="left"
    )
    whole = filled.with_columns(pl.col("y").fill_null(0.0)).sort("unique_id", "week")
    return whole.filter(pl.len().over("unique_id") >= FEWEST_WEEKS)


def to_horizon(weeks: "list[float]", days: int) -> float:
    """The first `days` days of weekly sums, the last week by its share; never below zero."""
    whole, rest = divmod(days, WEEK)
    total = sum(max(week, 0.0) for week in weeks[:whole])
    return total + (max(weeks[whole], 0.0) * rest / WEEK if rest else 0.0)


def rivals_part(
    frame: "pl.DataFrame", sales: "pl.DataFrame", at_origins: "dict[dt.date, Serving]", told: Callable[[str], None]
) -> Part:
    """What serves and the three models on the sample: WAPE of the median per horizon, and CPU seconds."""
    if find_spec("statsforecast") is None:
        raise BenchmarkError("statsforecast is not installed; install it with make bench-tools")
    import polars as pl

    from ml.forecasting.comparison import served

    origins, ids = sampled(frame)
    units = frame.filter((pl.col("target") == "units") & pl.col("origin").is_in(origins))
    ours = served(units, at_origins).filter(pl.col("unique_id").is_in(ids))
    points = [ours.select("unique_id", "origin", "horizon", point="q0.5", model=pl.lit("what serves"))]
    points.append(
        units.filter((pl.col("model") == "mean_28") & pl.col("unique_id").is_in(ids)).select(
            "unique_id", "origin", "horizon", point="mean", model="model"
        )
    )
    seconds = {}
    for name in MODELS:
        told(f"{name}: {len(ids)} releases at {len(origins)} origins")
        began = time.perf_counter()
        points.append(_fitted(name, {origin: weekly(sales, origin, ids) for origin in origins}))
        seconds[name] = time.perf_counter() - began
    truth = ours.select("unique_id", "origin", "horizon", actual="demand").drop_nulls()
    scored = pl.concat(points).join(truth, on=["unique_id", "origin", "horizon"])
    everywhere = scored.filter(pl.col("model").n_unique().over("unique_id", "origin", "horizon") == len(MODELS) + 2)
    scores = everywhere.group_by("horizon", "model").agg(
        ((pl.col("point") - pl.col("actual")).abs().sum() / pl.col("actual").sum()).alias("wape"), pl.len().alias("n")
    )
    listed = scores.sort("horizon", "wape").to_dicts()
    return Part(
        title=f"forecast: {len(ids)} releases drawn with seed {SEED}, {origins[0]} to {origins[-1]}, medians",
        columns=("days", "model", "WAPE of P50", "n"),
        rows=[(str(s["horizon"]), s["model"], f"{s['wape']:.3f}", f"{s['n']:,d}") for s in listed],
        verdicts=[
            "weekly sums, no season (under two years of weeks); seconds in a process of their own: "
            + ", ".join(f"{name} {spent:.0f}" for name, spent in seconds.items())
        ],
        measured=listed,
    )


def _fitted(name: str, by_origin: "dict[dt.date, pl.DataFrame]") -> "pl.DataFrame":
    """Point forecasts of one model, from a process of its own: its packages stay out of this one."""
    import polars as pl

    rows = []
    for origin, frame in by_origin.items():
        with tempfile.TemporaryDirectory() as folder:
            given, made = Path(folder) / "weeks.parquet", Path(folder) / "made.parquet"
            frame.select("unique_id", ds="week", y="y").write_parquet(given)
            script = Path(__file__).with_name("series_rivals.py")
            done = subprocess.run(
                [sys.executable, str(script), str(given), str(made), name, str(MOST_WEEKS)],
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                raise BenchmarkError(f"{name} stopped: {json.dumps(done.stderr[-300:])}")
            for (release,), weeks in pl.read_parquet(made).group_by("unique_id", maintain_order=True):
                steps = weeks.sort("horizon")["point"].to_list()
                rows += [(release, origin, h, to_horizon(steps, h), name) for h in (30, 60, 90)]
    schema = {"unique_id": pl.String, "origin": pl.Date, "horizon": pl.Int32, "point": pl.Float64, "model": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row")
