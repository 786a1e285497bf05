"""One category taken apart by Prophet: trend, year, week and holidays, as factors.

The logarithm of the sums is decomposed, so that the components are factors of each other and one huge order does not
make a season. Yearly and weekly factors are scaled to a mean of 1 over their period: 1.3 is 30% more than a usual day.

Belongs here: one fit and its components. Does not belong here: how sure they are (spread.py).
"""

from __future__ import annotations

import calendar
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

YEAR_DAYS = 365.25
# On the simulated distributor's seeds 1 to 3 (docs/benchmarks.md) 4, 6 and 10 waves a year were tried, and priors of
# .03 to 10; the tests use another seed. Four waves would flatten Christmas.
WAVES, SEASON_PRIOR, TREND_PRIOR, HOLIDAY_PRIOR = 6, 0.1, 0.05, 0.1
REFERENCE = date(2023, 1, 2)  # a Monday in a year of 365 days; only its calendar counts
COMPONENTS = ("trend", "yearly", "weekly", "holidays")


@dataclass(frozen=True)
class Points:
    """Where the components are asked for: component, position, period in words, and its date; one per row."""

    component: tuple[str, ...]
    position: tuple[int, ...]
    period: tuple[str, ...]
    ds: tuple[date, ...]


def points(days: pl.DataFrame, is_weekly: bool, holidays: pl.DataFrame) -> Points:
    """Trend at the first of each month, the year's days a week apart, the week's days, the holidays."""
    first, last = days["ds"].min(), days["ds"].max()
    months = pl.select(pl.date_range(pl.lit(first).dt.month_start(), pl.lit(last), "1mo")).to_series().to_list()
    rows = [("trend", k, f"{day:%Y-%m}", max(day, first)) for k, day in enumerate(months)]
    year = [date(REFERENCE.year, 1, 1) + timedelta(days=d) for d in range(0, 365, 7)]
    rows += [("yearly", day.timetuple().tm_yday, f"{day.day} {day:%B}", day) for day in year]
    if not is_weekly:
        weekdays = sorted(days["ds"].dt.weekday().unique())
        rows += [("weekly", k, calendar.day_name[k - 1], REFERENCE + timedelta(days=k - 1)) for k in weekdays]
    named = holidays.unique("holiday", keep="first").sort("holiday")
    rows += [("holidays", k, words, day) for k, (words, day) in enumerate(named.rows())]
    component, position, period, ds = zip(*rows, strict=True)
    return Points(component, position, period, ds)


def seen_twice(days: pl.DataFrame, holidays: pl.DataFrame) -> pl.DataFrame:
    """The holidays that lie on at least two of the days: of one, a season cannot be told from an accident."""
    met = holidays.join(days.select("ds"), on="ds", how="semi")
    return met.filter(pl.len().over("holiday") >= 2)


def decompose(
    days: pl.DataFrame, is_weekly: bool, holidays: pl.DataFrame, at: Points
) -> tuple[Floats, Callable[[Floats], Floats]]:
    """The fitted logarithms of the days, and a function from such logarithms to the factors at the points."""
    import pandas as pd

    ds = pd.to_datetime(pd.Series(days["ds"].to_list()))
    # Prophet answers in the order of time, whatever was asked.
    in_time = np.argsort(np.array(at.ds, dtype="datetime64[D]"), kind="stable")
    asked = pd.DataFrame({"ds": pd.to_datetime(pd.Series([at.ds[k] for k in in_time]))})
    table = pd.DataFrame(holidays.rows(), columns=["holiday", "ds"])
    table["ds"] = pd.to_datetime(table["ds"])

    def fitted(logs: Floats) -> tuple[Floats, Floats]:
        frame = pd.DataFrame({"ds": ds, "y": logs})
        model = _model(is_weekly, table)
        model.fit(frame)
        said = model.predict(frame)["yhat"].to_numpy(dtype=np.float64)
        return said, _by_sums(_factors(model.predict(asked), in_time, at), at, weekday, logs, said)

    weekday = days["ds"].dt.weekday().to_numpy()
    logs = np.log(days["y"].to_numpy())
    return fitted(logs)[0], lambda other: fitted(other)[1]


def _by_sums(factors: Floats, at: Points, weekday: Ints, logs: Floats, said: Floats) -> Floats:
    """The week's factors brought to what each weekday sold in all: the logarithm of few orders is less on the mean.

    Duan 1983, "Smearing estimate: a nonparametric retransformation method", by weekday.
    """
    weekly = np.flatnonzero(np.array(at.component) == "weekly")
    for k in weekly:
        own = weekday == at.position[k]
        factors[k] *= np.exp(logs[own]).sum() / np.exp(said[own]).sum()
    if len(weekly):
        factors[weekly] /= factors[weekly].mean()
    return factors


def _model(is_weekly: bool, holidays: pd.DataFrame) -> Any:
    for name in ("cmdstanpy", "prophet", "prophet.plot"):  # they tell each fit, and that plotly is not there
        logging.getLogger(name).disabled = True
    from prophet import Prophet

    model = Prophet(
        growth="linear",
        yearly_seasonality=False,
        weekly_seasonality=not is_weekly,
        daily_seasonality=False,
        holidays=holidays if len(holidays) else None,
        holidays_prior_scale=HOLIDAY_PRIOR,
        changepoint_prior_scale=TREND_PRIOR,
        uncertainty_samples=0,
    )
    model.add_seasonality("yearly", YEAR_DAYS, WAVES, prior_scale=SEASON_PRIOR)
    return model


def _factors(said: pd.DataFrame, in_time: Ints, at: Points) -> Floats:
    """The factor of each point; row k of Prophet's components is of the point `in_time[k]`."""
    component = np.array(at.component)
    factors = np.ones(len(component))
    for name in COMPONENTS:
        mine = component == name
        if mine.any():
            logs = np.empty(len(component))
            logs[in_time] = said[name].to_numpy(dtype=np.float64)
            factors[mine] = np.exp(logs[mine])
            if name != "holidays":
                factors[mine] /= factors[mine].mean()
    return factors
