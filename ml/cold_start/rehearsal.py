"""The cold start at past origins, beside what came: the errors that its quantiles and its scores are made of.

At an origin all releases are forecast that a planner then waited for, and those that had been on sale for up to 28
days. Where no release date is stated, the releases first sold in the 30 days after the origin stand in for those that
were waited for: a proxy, known in hindsight only, and `launch_known` says so.

Belongs here: origins, windows, truth. Does not belong here: the forecast (forecaster.py), scores (scores.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.cold_start.forecaster import METHODS, Cold, Ints, band_of
from ml.cold_start.launches import HORIZONS, MEASURES, Launches
from ml.evaluation.arrays import Floats

STATED, FIRST_SALE = "release date", "first sale"
ORIGIN_STEP_DAYS = 30
SCHEMA = {
    "unique_id": pl.String,
    "origin": pl.Date,
    "horizon": pl.Int32,
    "target": pl.String,
    "model": pl.String,
    "band": pl.Int32,
    "age_days": pl.Int32,
    "launch_known": pl.String,
    "starts_on": pl.Date,
    "point": pl.Float64,
    "price": pl.Float64,
    "loss_scale": pl.Float64,
    "actual": pl.Float64,
}


@dataclass(frozen=True)
class Group:
    """Releases that are equally long on sale at the end of a day; `begins` is the first day of their horizons."""

    day: int
    age: int
    rows: Ints
    begins: Ints


def groups_at(launches: Launches, day: int, *, hindsight: bool) -> list[Group]:
    """Who is forecast at the end of `day`: who is waited for, and who is new; with `hindsight` the proxies as well.

    A horizon counts from the day after the origin; of a release still to come, from its launch.
    """
    waiting = launches.awaited(day)
    if hindsight:
        waiting = np.sort(np.concatenate([waiting, launches.first_sold(day, ORIGIN_STEP_DAYS)]))
    groups = [Group(day, 0, waiting, np.maximum(launches.launch[waiting], day + 1).astype(np.int64))]
    young = launches.young(day)
    ages = (day - launches.launch[young] + 1).astype(np.int64)
    for age in np.unique(ages):
        rows = young[ages == age]
        groups.append(Group(day, int(age), rows, np.full(len(rows), day + 1, dtype=np.int64)))
    return [group for group in groups if len(group.rows)]


def rehearse(cold: Cold, origins: Sequence[date], told: Callable[[int, int], None] | None = None) -> pl.DataFrame:
    """Every point forecast of every origin whose window the sales cover, with what came; columns as in SCHEMA.

    What came is demand: scaled up for days out of stock; a window that was out of stock for the most part is no row.
    `told` hears how many origins are done, of how many.
    """
    frames = [pl.DataFrame(schema=SCHEMA)]
    for done, origin in enumerate(origins, start=1):
        day = cold.launches.day_of(origin)
        frames += [point_frame(cold, group) for group in groups_at(cold.launches, day, hindsight=True) if cold.can(day)]
        if told is not None:
            told(done, len(origins))
    return pl.concat(frames).filter(pl.col("actual").is_not_nan())


def point_frame(cold: Cold, group: Group) -> pl.DataFrame:
    """The points of a group, all horizons, targets and methods.

    `actual` is NaN where a window is not over, or was out of stock for the most part.
    """
    launches, rows = cold.launches, group.rows
    found = cold.points(group.day, rows, group.age)
    frame = pl.DataFrame(
        {
            "unique_id": launches.ids.gather(rows),
            "launch_known": np.where(launches.is_stated[rows], STATED, FIRST_SALE),
            "starts_on": pl.Series([launches.start + timedelta(days=int(k)) for k in group.begins], dtype=pl.Date),
        }
    ).with_columns(
        origin=pl.lit(launches.date_of(group.day)),
        band=pl.lit(band_of(group.age), pl.Int32),
        age_days=pl.lit(group.age, pl.Int32),
    )
    every: list[dict[str, object]] = []
    for horizon, points in found.items():
        for target in MEASURES:
            price = points.price if target == "revenue" else np.ones(len(rows))
            came = _came(launches, group, target, horizon)
            shared = {"horizon": horizon, "target": target, "price": price, "actual": came}
            shared["loss_scale"] = points.size[target]
            every += [shared | {"model": method, "point": points.units[method] * price} for method in METHODS]
    if not every:
        return pl.DataFrame(schema=SCHEMA)
    # One frame for all of them: a release's day is forecast for every age, and small frames cost more than their rows.
    columns = {
        name: np.concatenate([np.broadcast_to(np.asarray(one[name]), len(rows)) for one in every]) for name in every[0]
    }
    whole = pl.concat([frame] * len(every)).with_columns(pl.Series(name, values) for name, values in columns.items())
    return whole.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())


def _came(launches: Launches, group: Group, target: str, horizon: int) -> Floats:
    """What came of a group, or would have in stock; NaN where the window is not over, or tells nothing."""
    over = group.begins + horizon - 1 <= launches.last_day
    # An awaited release's window begins at its launch, or later where it is overdue.
    after = np.maximum(group.begins - launches.launch[group.rows].astype(np.int64), 0)
    came = np.full(len(group.rows), np.nan)
    came[over] = launches.demand(target, group.rows[over], after[over], horizon)
    return came


def origins_back(first: date, last: date, known: Sequence[date] = ()) -> list[date]:
    """Origins every 30 days, oldest first: those of `known` and as many before them as the sales reach back to.

    Without `known`, counted back from 90 days before `last`.
    """
    newest = max(known) if known else last - timedelta(days=max(HORIZONS))
    steps = max(0, (newest - first).days // ORIGIN_STEP_DAYS)
    return [newest - timedelta(days=ORIGIN_STEP_DAYS * k) for k in range(steps + 1)][::-1]
