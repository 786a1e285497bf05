"""Propensity as rows of a table: scored at the newest day with an order."""

from __future__ import annotations

from typing import Any

import polars as pl

from ml.buyers.propensity.score import score_buyers

SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "buyer_id": pl.String,
    "origin": pl.Date,
    "probability": pl.Float64,
    "expected_orders": pl.Float64,
    "reason": pl.String,
    "model": pl.String,
}


def propensity_rows(orders: pl.DataFrame, days: int = 30) -> pl.DataFrame:
    """Return the scores at the newest day of the orders (buyer_id, ds, amount), with the model that served."""
    if orders.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    origin: Any = orders["ds"].max()
    done = score_buyers(orders, origin, days)
    named = done.scores.with_columns(origin=pl.lit(origin), model=pl.lit(done.serving))
    return named.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
