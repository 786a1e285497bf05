"""The table of the forecast's backtest, from frames as the lake gives them.

Belongs here: which origins are missing, and the columns of the table. Does not belong here: the backtest (backtest.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from ml.forecasting.backtest import HOLDOUT, ORIGIN_STEP_DAYS, backtest, origins_every
from ml.forecasting.facts import known_facts
from ml.forecasting.forecaster import default_settings

# Columns of `predict` and `backtest`, and what the tables call them.
STORED = {"unique_id": "release_id", "horizon": "horizon_days", "q0.1": "p10", "q0.5": "p50", "q0.9": "p90"}


def missing_origins(sales: pl.DataFrame, kept: Sequence[date]) -> list[date]:
    """Origins of the backtest that are not held out and come after those that are kept.

    Days go by, but the grid stays where it was, so that an origin once computed counts for ever.
    """
    if sales.is_empty():
        return []
    grid = origins_every(sales["ds"].min(), sales["ds"].max())  # type: ignore[arg-type]
    if kept and grid:
        shift = (grid[-1] - kept[-1]).days % ORIGIN_STEP_DAYS
        grid = [origin - timedelta(days=shift) for origin in grid]
    scored = grid[: max(0, len(grid) - HOLDOUT)]
    return [origin for origin in scored if not kept or origin > kept[-1]]


def backtest_rows(
    sales: pl.DataFrame,
    catalogue: pl.DataFrame,
    kept: Sequence[date],
    threads: int,
    overrides: Mapping[str, Any],
    currency: str | None = None,
    **facts: pl.DataFrame,
) -> pl.DataFrame | None:
    """Every candidate's forecast at the origins that are missing, beside what sold; None where none is.

    Args:
        sales: gross sales by day [unique_id, ds, y, revenue].
        catalogue: as `open_history` takes it.
        kept: origins that are computed already.
        threads: how many the fits may use.
        overrides: settings other than the default.
        currency: of the revenue; it changes no number here, but origins in another one do not count.
        facts: as `known_facts` takes them.
    """
    wanted = missing_origins(sales, kept)
    if not wanted:
        return None
    settings = replace(default_settings(num_threads=threads), **overrides)
    made = backtest(sales, catalogue, wanted, holdout=0, settings=settings, facts=known_facts(**facts))
    return made.rename(STORED)
