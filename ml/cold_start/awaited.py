"""What the releases that were waited for at past origins were expected to sell.

Belongs here: announced releases, by who serves them. Does not belong here: releases on sale (warm_up.py).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ml.cold_start.choice import completed
from ml.cold_start.rehearsal import SCHEMA
from ml.cold_start.spread import Past

# Columns of the stored backtest of the cold start, as `ml.cold_start` names them.
STORED = {"release_id": "unique_id", "horizon_days": "horizon", "age_band": "band", "unit_price": "price"}


def rehearsed(stored: pl.DataFrame) -> pl.DataFrame:
    """The stored backtest of the cold start in the columns of `rehearse`."""
    return stored.rename(STORED).select(list(SCHEMA))


def awaited(past: pl.DataFrame, choice: pl.DataFrame) -> pl.DataFrame:
    """The forecasts of announced releases, no stand-ins for them, with spread, at every origin of the rehearsal.

    Takes the frame of `rehearse` and the choice [band, target, horizon, model, model_share], which may have no row.
    """
    spread = Past.of(past)
    waiting = past.filter((pl.col("band") == 0) & (pl.col("launch_known") == "release date"))
    served = waiting.join(completed(choice), on=["band", "target", "horizon", "model"], how="semi")
    frames = [spread.around(served.filter(pl.col("origin") == o), o) for o in served["origin"].unique().sort()]
    return pl.concat(frames) if frames else spread.around(served, date.min)
