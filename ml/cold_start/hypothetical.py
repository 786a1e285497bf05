"""Releases that nobody has announced: what they would sell, and the past launches that this rests on.

A hypothetical release is added to the catalogue and forecast as an announced one is. It changes no other forecast.

Belongs here: the added rows and what they rest on. Does not belong here: points (forecaster.py), spread (spread.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.cold_start.forecaster import FEWEST_PAST, Cold, Ints
from ml.cold_start.launches import HORIZONS
from ml.cold_start.rehearsal import Group
from ml.cold_start.warm_up import WHO, forecast_groups
from ml.evaluation.arrays import Floats
from ml.forecasting.facts import Facts
from ml.forecasting.intervals import STATISTICS

SHOWN = 8  # past launches of a forecast
PREFIX = "hypothetical/"
SCHEMA = {
    "release_date": pl.Date,
    "title": pl.String,
    "artist_id": pl.String,
    "label_id": pl.String,
    "genre": pl.String,
    "format": pl.String,
    "list_price": pl.Float64,
}
NO_MODEL = pl.DataFrame(
    schema={"unique_id": pl.String, "origin": pl.Date, "horizon": pl.Int32, "target": pl.String, "model": pl.String}
    | dict.fromkeys(STATISTICS, pl.Float64)
)
RESTS_ON = {"unique_id": pl.String, "launch": pl.Date, "weight": pl.Float64, "units_30": pl.Float64}


class HypotheticalError(ValueError):
    """The release cannot be forecast; the message says why."""


@dataclass(frozen=True)
class Hypothetical:
    """A release that is not in the catalogue; what is None is not known, and compared with nothing."""

    release_date: date
    title: str | None = None
    artist_id: str | None = None
    label_id: str | None = None
    genre: str | None = None
    format: str | None = None
    list_price: float | None = None


@dataclass(frozen=True)
class Answer:
    """Forecasts and what they rest on, in the order of the releases that were asked about.

    `forecasts` is a frame per release: [horizon, target, model, starts_on, mean, q0.1, q0.5, q0.9]; empty where too few
    launches were on sale for 90 days. `rests_on` is one of [unique_id, launch, weight, units_30]: the past launches
    with the largest weight in the first horizon, and what each sold in its first 30 days. `launches` counts all.
    """

    forecasts: list[pl.DataFrame]
    rests_on: list[pl.DataFrame]
    launches: int


def forecast_hypothetical(
    sales: pl.DataFrame,
    catalogue: pl.DataFrame,
    facts: Facts,
    rehearsal: pl.DataFrame,
    choice: pl.DataFrame,
    asked: Sequence[Hypothetical],
    origin: date,
) -> Answer:
    """What each release would sell, at the end of the origin; frames as `Cold.of` and `forecast_newcomers` take them.

    Raises:
        HypotheticalError: too few launches are known, or a release date is not after the origin.
    """
    if early := next((one for one in asked if one.release_date <= origin), None):
        raise HypotheticalError(f"release_date {early.release_date}: give a day after {origin}, the forecast's origin")
    ids = [f"{PREFIX}{place:04d}" for place in range(len(asked))]
    added = pl.DataFrame([asdict(one) for one in asked], schema=SCHEMA).with_columns(
        pl.Series("unique_id", ids), known_from=pl.lit(None, pl.Date)
    )
    known = [column for column in added.columns if column in catalogue.columns]
    whole = pl.concat([catalogue, added.select(known)], how="diagonal_relaxed")
    cold = Cold.of(sales.filter(pl.col("ds") <= origin), whole, facts.until(origin))
    day = cold.launches.day_of(origin)
    if not cold.can(day):
        raise HypotheticalError(f"fewer than {FEWEST_PAST} launches have been on sale for {max(HORIZONS)} days")
    rows = np.flatnonzero(cold.launches.ids.is_in(ids).to_numpy())
    group = Group(day, 0, rows, cold.launches.launch[rows].astype(np.int64))
    made = forecast_groups(cold, [group], rehearsal, choice, NO_MODEL).sort(*WHO)
    columns = ["horizon", "target", "model", "starts_on", *STATISTICS]
    past, share = cold.neighbours(day, rows, 0)[HORIZONS[0]]
    return Answer(
        forecasts=[made.filter(pl.col("unique_id") == one).select(columns) for one in ids],
        rests_on=[_largest(cold, past, weight) for weight in share],
        launches=len(past),
    )


def _largest(cold: Cold, past: Ints, weight: Floats) -> pl.DataFrame:
    """The past launches with the largest weight, the largest first."""
    order = np.lexsort((past, -weight))[:SHOWN]
    rows = past[order]
    return pl.DataFrame(
        {
            "unique_id": cold.launches.ids.gather(rows),
            "launch": [cold.launches.date_of(int(day)) for day in cold.launches.launch[rows]],
            "weight": weight[order],
            "units_30": cold.launches.demand("units", rows, 0, HORIZONS[0]),
        },
        schema=RESTS_ON,
    )
