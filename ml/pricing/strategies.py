"""Recommendations for every strategy side by side.

Belongs here: what the table price_recommendations holds. Does not belong here: how one price is found (optimise.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import polars as pl

from ml.pricing.optimise import SCHEMA, STRATEGIES, recommend_prices
from ml.pricing.rules import Rules


def recommend_every_strategy(products: pl.DataFrame, rules: Mapping[str, Any]) -> pl.DataFrame:
    """Return the recommendations of each strategy for the day after `as_of`: release_id, strategy, price and the rest.

    Args:
        products: as `recommend_prices` takes them, with as_of and currency.
        rules: plain values, see `Rules.from_dict`.
    """
    parsed = Rules.from_dict(rules)
    if products.is_empty():
        found = pl.DataFrame(schema=SCHEMA)
        dates = {"as_of": pl.lit(None, pl.Date), "valid_on": pl.lit(None, pl.Date), "currency": pl.lit(None, pl.String)}
        return found.rename({"product_id": "release_id"}).with_columns(**dates)
    as_of: dt.date = products["as_of"][0]
    day = as_of + dt.timedelta(days=1)
    # An elasticity above zero is noise: it would recommend the dearest price there is.
    usable = products.with_columns(pl.when(pl.col("elasticity") < 0).then("elasticity").alias("elasticity"))
    every = pl.concat([recommend_prices(usable, parsed, strategy, day) for strategy in STRATEGIES])
    return (
        every.join(products.select("product_id", "as_of", "currency"), on="product_id", how="left")
        .with_columns(valid_on=pl.lit(day))
        .rename({"product_id": "release_id"})
        .sort("release_id", "strategy")
    )
