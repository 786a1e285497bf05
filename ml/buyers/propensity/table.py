"""Propensity as rows of a table: scored at the newest day with an order by the version that serves."""

from __future__ import annotations

from typing import Any

import polars as pl

from ml.buyers.propensity.governed import DAYS, from_bytes
from ml.buyers.propensity.models import OwnRate
from ml.buyers.propensity.score import Fitted, predict_buyers
from ml.promotion.governed import ServedModel, restored

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "buyer_id": pl.String,
    "origin": pl.Date,
    "probability": pl.Float64,
    "expected_orders": pl.Float64,
    "reason": pl.String,
    "model": pl.String,
    "model_version": pl.String,
}


def propensity_rows(orders: pl.DataFrame, model: ServedModel | None) -> pl.DataFrame:
    """Return the scores at the newest day of the orders (buyer_id, ds, amount).

    The buyers' own rates serve before a version does, and where this code cannot read the version that serves.
    """
    if orders.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    origin: Any = orders["ds"].max()
    fit, version = restored(model, from_bytes)
    found = Fitted(OwnRate.name, OwnRate(DAYS)) if fit is None else fit
    scores = predict_buyers(found, orders, origin, DAYS)
    named = scores.with_columns(
        origin=pl.lit(origin), model=pl.lit(found.serving), model_version=pl.lit(version, pl.String)
    )
    return named.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
