"""Who is trusted while the first sales come in: the cold start, the model, or a share of each.

Quantiles and means of the two are averaged level by level (Vincent 1912; Ratcliff 1979, "Group reaction time
distributions"), with the model's share that had the smallest loss at past origins. Where too little is known the
model alone serves, and it does on a tie: it is what serves all other releases.

Belongs here: shares, and what becomes of them. Does not belong here: scores of the choice (scores.py).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ml.cold_start.forecaster import CATEGORY_MEDIAN, COLD_START, Cold, band_of
from ml.cold_start.launches import HORIZONS, MEASURES
from ml.cold_start.rehearsal import SCHEMA, groups_at, point_frame
from ml.cold_start.scores import loss
from ml.cold_start.spread import Past
from ml.forecasting.intervals import STATISTICS

SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the model, the first of equals is taken
FEWEST_FORECASTS = 50
FEWEST_ORIGINS = 3
LEAST_GAIN = 0.01  # of the loss; less is not worth another method
WHO = ("unique_id", "origin", "horizon", "target")
MODEL, BLEND = "model", "blend"
CHOICE = {"band": pl.Int32, "target": pl.String, "model": pl.String, "model_share": pl.Float64}
UNTRIED = pl.DataFrame([(0, target, COLD_START, 0.0) for target in MEASURES], schema=CHOICE, orient="row")


def beside(cold: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """The cold start's forecasts of releases on sale with the model's beside them, as model_mean, model_q0.1 and so on.

    `served` is [unique_id, origin, horizon, target, mean, q0.1, q0.5, q0.9]. Rows that one of them lacks fall out.
    """
    young = cold.filter((pl.col("band") > 0) & (pl.col("model") == COLD_START))
    renamed = served.select(*WHO, *(pl.col(name).alias(f"model_{name}") for name in STATISTICS))
    return young.join(renamed, on=WHO, how="inner", maintain_order="left")


def blended(pairs: pl.DataFrame, share: pl.Expr) -> pl.DataFrame:
    """The pairs of `beside` with the blend, `share` of it the model's, in place of the cold start's numbers."""
    return pairs.with_columns(
        ((1 - share) * pl.col(name) + share * pl.col(f"model_{name}")).alias(name) for name in STATISTICS
    )


def choose(cold: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Who serves: [band, target, model, model_share], one row per band and target.

    Takes forecasts with spread of past origins (`Past.around`) and the pairs of `beside`. In band 0 it is the cold
    start, or the category's median where that was better by a hundredth; on sale the share with the smallest loss.
    """
    rows = []
    for target in MEASURES:
        waiting = cold.filter((pl.col("band") == 0) & (pl.col("target") == target) & pl.col("is_calibrated"))
        losses = {name: _mean_loss(waiting.filter(pl.col("model") == name)) for name in (COLD_START, CATEGORY_MEDIAN)}
        rival = _enough(waiting) and losses[CATEGORY_MEDIAN] < losses[COLD_START] * (1 - LEAST_GAIN)
        rows.append((0, target, CATEGORY_MEDIAN if rival else COLD_START, 0.0))
        for band in sorted(set(pairs["band"])):
            own = pairs.filter((pl.col("band") == band) & (pl.col("target") == target) & pl.col("is_calibrated"))
            share = _best_share(own)
            rows.append((band, target, {1.0: MODEL, 0.0: COLD_START}.get(share, BLEND), share))
    return pl.DataFrame(rows, schema=CHOICE, orient="row")


def _enough(rows: pl.DataFrame) -> bool:
    """Whether enough releases were forecast at enough origins; their horizons and methods are not told apart."""
    return rows.n_unique(["unique_id", "origin"]) >= FEWEST_FORECASTS and rows["origin"].n_unique() >= FEWEST_ORIGINS


def _mean_loss(rows: pl.DataFrame) -> float:
    found = rows.select(loss().mean()).item() if rows.height else None
    return float("inf") if found is None else float(found)


def _best_share(pairs: pl.DataFrame) -> float:
    if not _enough(pairs):
        return 1.0
    losses = {share: _mean_loss(blended(pairs, pl.lit(share))) for share in SHARES}
    best = min(SHARES, key=lambda share: losses[share])
    return best if losses[best] < losses[1.0] * (1 - LEAST_GAIN) else 1.0


def serve(cold: pl.DataFrame, served: pl.DataFrame, choice: pl.DataFrame) -> pl.DataFrame:
    """What takes the place of the model's rows, or stands beside them: [unique_id, origin, horizon, target, model, …].

    `cold` are the cold start's forecasts of one origin, `served` the model's with its name in `model`. Releases that
    are waited for have the method of band 0; young ones the blend, and no row where the model serves alone.
    """
    picked = cold.join(choice.filter(pl.col("band") == 0), on=["band", "target", "model"], how="semi")
    unsure = pl.when("is_calibrated").then(pl.col("model")).otherwise(pl.col("model") + pl.lit(" (uncalibrated)"))
    waiting = picked.with_columns(unsure.alias("model"))
    pairs = beside(cold, served).drop("model")
    named = pairs.join(served.select(*WHO, "model"), on=list(WHO), how="left", maintain_order="left")
    shared = named.join(choice.select("band", "target", "model_share"), on=["band", "target"], how="inner")
    shared = shared.filter((pl.col("model_share") < 1) & pl.col("is_calibrated"))
    young = blended(shared, pl.col("model_share")).with_columns(
        pl.when(pl.col("model_share") > 0)
        .then(pl.col("model") + pl.lit(f" + {COLD_START}"))
        .otherwise(pl.lit(COLD_START))
        .alias("model")
    )
    columns = [*WHO, "model", "starts_on", *STATISTICS]
    return pl.concat([waiting.select(columns), young.select(columns)]).sort(*WHO)


def forecast_newcomers(
    cold: Cold, rehearsal: pl.DataFrame, choice: pl.DataFrame, served: pl.DataFrame, origin: date
) -> pl.DataFrame:
    """The rows of `serve` at `origin` from the launches, what was rehearsed and who serves; empty without a past."""
    launches, day = cold.launches, cold.launches.day_of(origin)
    shared = {band for band, share in choice.select("band", "model_share").iter_rows() if share < 1}
    groups = [group for group in groups_at(launches, day, hindsight=False) if band_of(group.age) in shared]
    frames = [point_frame(cold, group) for group in groups] if cold.can(day) else []
    points = pl.concat([pl.DataFrame(schema=SCHEMA), *frames])
    complete = pl.col("horizon").n_unique().over("unique_id", "model", "target") == len(HORIZONS)
    return serve(Past.of(rehearsal).around(points.filter(complete), origin), served, choice)
