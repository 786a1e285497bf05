"""The table of the cold start's backtest, from frames as the lake gives them.

Belongs here: which origins are missing, and the columns of the table. Does not belong here: an origin (rehearsal.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from ml.cold_start.awaited import STORED
from ml.cold_start.forecaster import Cold
from ml.cold_start.rehearsal import origins_back, rehearse
from ml.forecasting.facts import known_facts


def backtest_rows(
    sales: pl.DataFrame, catalogue: pl.DataFrame, origins: pl.DataFrame, kept: Sequence[date], **facts: pl.DataFrame
) -> pl.DataFrame | None:
    """Every forecast of a release before or just after its launch at the origins that are missing; None where none is.

    Args:
        sales: gross sales by day [unique_id, ds, y, revenue].
        catalogue: as `read_launches` takes it.
        origins: [origin] of the forecast's backtest.
        kept: origins that are computed already.
        facts: as `known_facts` takes them.
    """
    known = origins["origin"].sort().to_list()
    if not known or known[-1] in kept:
        return None
    every = origins_back(sales["ds"].min(), sales["ds"].max(), known)  # type: ignore[arg-type]
    wanted = [origin for origin in every if not kept or origin > kept[-1]]
    made = rehearse(Cold.of(sales, catalogue, known_facts(**facts)), wanted)
    return made.rename({ours: stored for stored, ours in STORED.items()})
