"""What takes over while the first sales come in: the cold start, the model, or a share of each.

Quantiles and means of the two are averaged level by level (Vincent 1912; Ratcliff 1979, "Group reaction time
distributions"), with the model's share that `choice` found. Who serves may differ from horizon to horizon, so what
is served is made to grow with the horizon again, all of a release's numbers alike.

Belongs here: the forecasts that are served. Does not belong here: who makes them (choice.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ml.cold_start.choice import blended
from ml.cold_start.forecaster import COLD_START, Cold, band_of
from ml.cold_start.launches import HORIZONS
from ml.cold_start.rehearsal import SCHEMA, Group, groups_at, point_frame
from ml.cold_start.spread import Past
from ml.forecasting.intervals import STATISTICS

WHO = ("unique_id", "origin", "horizon", "target")
WHERE = ("band", "target", "horizon")


def beside(cold: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """The cold start's forecasts of releases on sale with the model's beside them, as model_mean, model_q0.1 and so on.

    `served` is [unique_id, origin, horizon, target, mean, q0.1, q0.5, q0.9]. Rows that one of them lacks fall out.
    """
    young = cold.filter((pl.col("band") > 0) & (pl.col("model") == COLD_START))
    renamed = served.select(*WHO, *(pl.col(name).alias(f"model_{name}") for name in STATISTICS))
    return young.join(renamed, on=WHO, how="inner", maintain_order="left")


def chosen(cold: pl.DataFrame, pairs: pl.DataFrame, choice: pl.DataFrame) -> pl.DataFrame:
    """The forecasts that serve by a choice, in the columns of `cold` and model_share; they grow with the horizon.

    A release on sale is served by the model alone wherever nothing was chosen or the cold start's spread is a guess.
    """
    waiting = cold.filter(pl.col("band") == 0).join(choice, on=[*WHERE, "model"], how="inner")
    shares = choice.select(*WHERE, "model_share")
    measured = pl.when("is_calibrated").then("model_share").otherwise(1.0)
    young = pairs.join(shares, on=WHERE, how="left", maintain_order="left").with_columns(
        measured.fill_null(1.0).alias("model_share")
    )
    columns = [*cold.columns, "model_share"]
    both = pl.concat([waiting.select(columns), blended(young, pl.col("model_share")).select(columns)])
    grown = [pl.col(name).cum_max().over("unique_id", "origin", "target") for name in STATISTICS]
    return both.sort("unique_id", "origin", "target", "horizon").with_columns(*grown)


def serve(cold: pl.DataFrame, served: pl.DataFrame, choice: pl.DataFrame) -> pl.DataFrame:
    """What takes the place of the model's rows, or stands beside them: [unique_id, origin, horizon, target, model, …].

    `cold` are the cold start's forecasts of one origin, `served` the model's with its name in `model`. Releases that
    are waited for have the method that was chosen; young ones all horizons, or no row where the model alone serves.
    """
    made = chosen(cold, beside(cold, served), choice)
    named = made.join(served.select(*WHO, pl.col("model").alias("by")), on=list(WHO), how="left", maintain_order="left")
    unsure = pl.when("is_calibrated").then(pl.col("model")).otherwise(pl.col("model") + pl.lit(" (uncalibrated)"))
    share = pl.col("model_share")
    mixed = pl.when(share == 1).then("by").when(share > 0).then(pl.col("by") + pl.lit(f" + {COLD_START}"))
    name = pl.when(pl.col("band") == 0).then(unsure).otherwise(mixed.otherwise(pl.lit(COLD_START)))
    ours = (pl.col("band") == 0) | (share.min().over("unique_id", "target") < 1)
    columns = [*WHO, "model", "starts_on", *STATISTICS]
    return named.filter(ours).with_columns(name.alias("model")).select(columns).sort(*WHO)


def forecast_newcomers(
    cold: Cold, rehearsal: pl.DataFrame, choice: pl.DataFrame, served: pl.DataFrame, origin: date
) -> pl.DataFrame:
    """The rows of `serve` at `origin` from the launches, what was rehearsed and who serves; empty without a past."""
    launches, day = cold.launches, cold.launches.day_of(origin)
    shared = {band for band, share in choice.select("band", "model_share").iter_rows() if share < 1}
    groups = [group for group in groups_at(launches, day, hindsight=False) if band_of(group.age) in shared]
    return forecast_groups(cold, groups if cold.can(day) else [], rehearsal, choice, served)


def forecast_groups(
    cold: Cold, groups: Sequence[Group], rehearsal: pl.DataFrame, choice: pl.DataFrame, served: pl.DataFrame
) -> pl.DataFrame:
    """The rows of `serve` for groups of releases of one day; a release that some horizon cannot be told of has none."""
    points = pl.concat([pl.DataFrame(schema=SCHEMA), *(point_frame(cold, group) for group in groups)])
    complete = pl.col("horizon").n_unique().over("unique_id", "model", "target") == len(HORIZONS)
    # Of the two methods only the one that serves somewhere is given its spread, which costs.
    asked = choice.filter(pl.col("band") == 0).select("target", "model").unique()
    waited = points.filter(complete & (pl.col("band") == 0)).join(asked, on=["target", "model"], how="semi")
    young = points.filter(complete & (pl.col("band") > 0) & (pl.col("model") == COLD_START))
    wanted = pl.concat([waited, young])
    origin = cold.launches.date_of(groups[0].day) if groups else date.min
    return serve(Past.of(rehearsal).around(wanted, origin), served, choice)
