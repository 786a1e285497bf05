"""The cold start, the category's median, the model and what serves in one table, by days on sale.

What serves is scored at each origin as other origins would have chosen it; that choice may differ a little from the
one that all of them make.

Belongs here: putting the scored frames together. Does not belong here: metrics (scores.py), the choice (choice.py).
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ml.cold_start.choice import MODEL, blended, choose, losses
from ml.cold_start.forecaster import COLD_START
from ml.cold_start.scores import score
from ml.cold_start.spread import Past
from ml.cold_start.warm_up import WHERE, WHO, beside, chosen

SERVED = "served"


def compare(rehearsal: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame:
    """Scores as `score` gives them with `serves` and `model_share`, over all origins of the rehearsal.

    `served` are the model's forecasts at the same origins, as `beside` takes them. Only forecasts whose spread was
    measured count, and the releases on sale are those that the model has too. `serves` marks who makes what is served
    now, alone or with a share; the row `served` is what was served where others chose.
    """
    past = Past.of(rehearsal)
    origins = rehearsal["origin"].unique().sort()
    cold = pl.concat([past.around(rehearsal.filter(pl.col("origin") == origin), origin) for origin in origins])
    pairs = beside(cold, served)
    tried = losses(cold, pairs)
    choice = choose(tried)
    sure = pairs.filter("is_calibrated")
    on_both = cold.join(sure.select(WHO), on=list(WHO), how="semi")
    parts = [
        cold.filter(pl.col("band") == 0),
        on_both,
        blended(sure, pl.lit(1.0)).with_columns(model=pl.lit(MODEL)),
        *(_served_at(cold, sure, choose(tried, away_from=origin), origin) for origin in origins),
    ]
    scores = score(pl.concat([part.select(cold.columns) for part in parts]).filter("is_calibrated"))
    return _with_choice(scores, choice)


def score_rows(backtest: pl.DataFrame, served: pl.DataFrame) -> pl.DataFrame | None:
    """The scores of a stored backtest [release_id, horizon_days, age_band, unit_price, …]; None where it has no row."""
    if backtest.is_empty():
        return None
    names = {"release_id": "unique_id", "horizon_days": "horizon", "age_band": "band", "unit_price": "price"}
    known = "first sale" if (backtest["launch_known"] == "first sale").any() else "release date"
    scores = compare(backtest.rename(names), served)
    return scores.rename({"horizon": "horizon_days", "band": "age_band"}).with_columns(launch_known=pl.lit(known))


def _served_at(cold: pl.DataFrame, pairs: pl.DataFrame, choice: pl.DataFrame, origin: date) -> pl.DataFrame:
    at = pl.col("origin") == origin
    return chosen(cold.filter(at), pairs.filter(at), choice).with_columns(model=pl.lit(SERVED))


def _with_choice(scores: pl.DataFrame, choice: pl.DataFrame) -> pl.DataFrame:
    named = choice.rename({"model": "chosen"})
    share, model = pl.col("model_share"), pl.col("model")
    on_sale = ((model == MODEL) & (share > 0)) | ((model == COLD_START) & (share < 1))
    serves = pl.when(pl.col("band") == 0).then(model == pl.col("chosen")).otherwise(on_sale)
    joined = scores.join(named, on=list(WHERE), how="left", maintain_order="left")
    return joined.with_columns(share.fill_null(1.0)).with_columns(serves=serves.fill_null(value=False)).drop("chosen")
