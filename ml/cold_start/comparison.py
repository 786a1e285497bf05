"""The cold start, the category's median, the model and their blend in one table, by days on sale.

Belongs here: putting the scored frames together. Does not belong here: metrics (scores.py), the choice (warm_up.py).
"""

from __future__ import annotations

import polars as pl

from ml.cold_start.scores import score
from ml.cold_start.spread import Past
from ml.cold_start.warm_up import BLEND, MODEL, beside, blended, choose


def compare(rehearsal: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """Scores as `score` gives them with `serves` and `model_share`, over all origins of the rehearsal.

    `served` are the model's forecasts at the same origins, as `beside` takes them. Only forecasts whose spread was
    measured count, and the releases on sale are those that the model has too.
    """
    past = Past.of(rehearsal)
    origins = rehearsal["origin"].unique().sort()
    cold = pl.concat([past.around(rehearsal.filter(pl.col("origin") == origin), origin) for origin in origins])
    pairs = beside(cold, served)
    choice = choose(cold, pairs)
    sure = pairs.filter("is_calibrated")
    parts = [
        cold.filter("is_calibrated").join(
            sure.select("unique_id", "origin").unique(), on=["unique_id", "origin"], how="semi"
        )
    ]
    parts.append(cold.filter(pl.col("is_calibrated") & (pl.col("band") == 0)))
    parts.append(blended(sure, pl.lit(1.0)).with_columns(model=pl.lit(MODEL)))
    shares = choice.select("band", "target", "model_share")
    mixed = sure.join(shares.filter(pl.col("model_share").is_between(0.01, 0.99)), on=["band", "target"], how="inner")
    parts.append(blended(mixed, pl.col("model_share")).with_columns(model=pl.lit(BLEND)))
    scores = score(pl.concat([part.select(cold.columns) for part in parts]))
    serving = choice.select("band", "target", "model").with_columns(serves=pl.lit(value=True))
    return (
        scores.join(shares, on=["band", "target"], how="left", maintain_order="left")
        .join(serving, on=["band", "target", "model"], how="left", maintain_order="left")
        .with_columns(pl.col("serves").fill_null(value=False), pl.col("model_share").fill_null(1.0))
    )
