"""All categories taken apart, each in a process of its own: `seasons`.

Belongs here: the order of work and the frame. Does not belong here: any component (decomposition.py).
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from datetime import date
from importlib.util import find_spec
from multiprocessing import get_context
from zlib import crc32

import numpy as np
import polars as pl

from ml.seasonality.decomposition import decompose, points, seen_twice
from ml.seasonality.holidays import public_holidays
from ml.seasonality.series import CategoryDays, category_days
from ml.seasonality.spread import BLOCK_DAYS, interval, widening

NOT_INSTALLED = "Prophet is not installed; make prophet adds it"
SCHEMA = {
    "category": pl.String,
    "component": pl.String,
    "position": pl.Int32,
    "period": pl.String,
    "effect": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "origin": pl.Date,
    "first_day": pl.Date,
    "is_weekly": pl.Boolean,
}


def is_installed() -> bool:
    """Whether Prophet is there."""
    return find_spec("prophet") is not None


def season_rows(
    sales: pl.DataFrame, catalogue: pl.DataFrame, threads: int
) -> str | tuple[pl.DataFrame, dict[str, dict[str, str]]]:
    """`seasons` as of the last day of the sales, with the categories that are left out; a text where nothing can be."""
    if not is_installed():
        return NOT_INSTALLED
    if sales.is_empty():
        return "nothing has sold yet"
    origin: date = sales["ds"].max()  # type: ignore[assignment]
    found, refused = seasons(sales, catalogue, origin, threads)
    return found, {"left_out": refused}


def seasons(
    sales: pl.DataFrame, catalogue: pl.DataFrame, origin: date, processes: int = 1
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Each category's components as of `origin`, and why a category has none.

    Takes daily sales [unique_id, member, ds, y] and the catalogue, as `category_days` does. Returns the columns of
    SCHEMA, a row per category, component and position: the factor (1: as usual) with eight in ten of its uncertainty.
    """
    found, refused = category_days(sales, catalogue, origin)
    # Fresh processes: Prophet starts Stan, and a forked process inherits the threads' locks of polars.
    with ProcessPoolExecutor(max(processes, 1), mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(one_category, found))
    empty = pl.DataFrame(schema=SCHEMA)
    dated = [part.with_columns(origin=pl.lit(origin)).select(list(SCHEMA)) for part in parts]
    return pl.concat([empty, *dated]).sort("category", "component", "position"), refused


def one_category(one: CategoryDays) -> pl.DataFrame:
    """The components of one category, without the origin."""
    first, last = one.days["ds"][0], one.days["ds"][-1]
    known = public_holidays(None if one.is_weekly else one.country, first, last)
    holidays = seen_twice(one.days, known)
    at = points(one.days, one.is_weekly, holidays)
    fitted, components = decompose(one.days, one.is_weekly, holidays, at)
    block = BLOCK_DAYS // 7 if one.is_weekly else BLOCK_DAYS
    logs = np.log(one.days["y"].to_numpy())
    wider = widening((last - first).days + 1, np.array(at.component) == "yearly")
    effect, low, high = interval(logs, fitted, components, block, wider, crc32(one.category.encode()))
    return pl.DataFrame(
        {
            "category": [one.category] * len(effect),
            "component": list(at.component),
            "position": pl.Series(at.position, dtype=pl.Int32),
            "period": list(at.period),
            "effect": effect,
            "low": low,
            "high": high,
            "first_day": [first] * len(effect),
            "is_weekly": [one.is_weekly] * len(effect),
        }
    )
