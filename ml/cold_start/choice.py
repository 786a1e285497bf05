"""Who serves releases that are new, by age, target and horizon.

What is usual is the cold start before the first sale, and after it a blend of which the model makes a quarter in the
first week, half in the second, and three quarters until it is a month. Another takes its place where past origins say
so: it has to save a hundredth of the loss, and more than the standard error of what it saves from origin to origin.
A horizon with at least 50 forecasts of at least 3 origins says so for itself, one with fewer as all horizons together.

A choice looks better on the forecasts that it was made on than it is. `choose(..., away_from=origin)` makes it
from the origins whose windows do not overlap that origin's, so that what is shown of an origin had no say in it.

Belongs here: losses and the choice. Does not belong here: the forecasts that come of it (warm_up.py).
"""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from ml.cold_start.forecaster import COLD_START
from ml.cold_start.launches import HORIZONS, MEASURES
from ml.cold_start.scores import loss
from ml.forecasting.intervals import STATISTICS

SHARES = (1.0, 0.75, 0.5, 0.25, 0.0)  # of the model
USUAL_SHARE = {0: 0.0, 7: 0.25, 14: 0.5, 28: 0.75}  # by band
FEWEST_FORECASTS = 50
FEWEST_ORIGINS = 3
LEAST_GAIN = 0.01  # of the loss; less is not worth another method
STANDARD_ERRORS = 1.0
MODEL, BLEND = "model", "blend"
CHOICE = {"band": pl.Int32, "target": pl.String, "horizon": pl.Int32, "model": pl.String, "model_share": pl.Float64}
UNTRIED = pl.DataFrame(
    [(0, target, horizon, COLD_START, 0.0) for target in MEASURES for horizon in HORIZONS], schema=CHOICE, orient="row"
)
_OF = ("band", "target", "horizon", "origin")


def who(share: float) -> str:
    """What serves when the model has this share."""
    return {1.0: MODEL, 0.0: COLD_START}.get(share, BLEND)


def blended(pairs: pl.DataFrame, share: pl.Expr) -> pl.DataFrame:
    """The pairs of `beside` with the blend, `share` of it the model's, in place of the cold start's numbers."""
    return pairs.with_columns(
        ((1 - share) * pl.col(name) + share * pl.col(f"model_{name}")).alias(name) for name in STATISTICS
    )


def losses(cold: pl.DataFrame, pairs: pl.DataFrame) -> pl.DataFrame:
    """Summed loss of all who could serve: [band, target, horizon, origin, model, model_share, n, loss].

    Takes forecasts with spread of past origins (`Past.around`) and the pairs of `beside`; those without a measured
    spread do not count.
    """
    waiting = cold.filter(pl.col("is_calibrated") & (pl.col("band") == 0))
    tried = [waiting.with_columns(model_share=pl.lit(0.0))]
    told = pairs.filter("is_calibrated")
    tried += [
        blended(told, pl.lit(share)).with_columns(model=pl.lit(who(share)), model_share=pl.lit(share))
        for share in SHARES
    ]
    columns = [*_OF, "model", "model_share"]
    every = pl.concat([frame.with_columns(loss=loss()).select(*columns, "loss") for frame in tried])
    return every.group_by(columns).agg(pl.len().alias("n"), pl.col("loss").sum()).sort(columns)


def choose(tried: pl.DataFrame, away_from: date | None = None) -> pl.DataFrame:
    """Who serves, from the frame of `losses`: [band, target, horizon, model, model_share], one row per first three.

    Before the first sale always complete; on sale only ages that were tried, the model alone serves the others.
    `away_from` leaves out the origins whose windows overlap those of that one.
    """
    rows = []
    for (band, target), told in sorted(tried.partition_by("band", "target", as_dict=True).items()):
        for horizon in HORIZONS:
            telling = _telling(told, horizon)
            if away_from is not None:
                apart = (pl.col("origin") - pl.lit(away_from)).dt.total_days().abs()
                telling = telling.filter(apart >= pl.col("horizon"))
            rows.append((band, target, horizon, *_best(telling, band)))
    return completed(pl.DataFrame(rows, schema=CHOICE, orient="row"))


def completed(choice: pl.DataFrame) -> pl.DataFrame:
    """The choice with the cold start for whatever it does not say of releases that are not out yet."""
    missing = UNTRIED.join(choice, on=["band", "target", "horizon"], how="anti")
    return pl.concat([choice.select(list(CHOICE)), missing]).sort("band", "target", "horizon")


def _telling(tried: pl.DataFrame, horizon: int) -> pl.DataFrame:
    """The losses that choose for a horizon; no rows where too few forecasts were made of too few origins."""
    own = tried.filter(pl.col("horizon") == horizon)
    for told in (own, tried):
        by_origin = told.group_by("origin").agg(pl.col("n").max())
        if by_origin["n"].sum() >= FEWEST_FORECASTS and by_origin.height >= FEWEST_ORIGINS:
            return told
    return tried.clear()


def _best(telling: pl.DataFrame, band: int) -> tuple[str, float]:
    """Model and share with the smallest loss; the usual one unless the other's gain is more than chance makes of it."""
    usual = (who(USUAL_SHARE[band]), USUAL_SHARE[band])
    summed = telling.group_by("model", "model_share", "origin").agg(pl.col("loss").sum()).sort("origin")
    parts = summed.partition_by("model", "model_share", as_dict=True, maintain_order=True)
    found = {(str(model), float(share)): rows["loss"].to_numpy() for (model, share), rows in sorted(parts.items())}
    if usual not in found or len(found[usual]) < 2:
        return usual
    best, least = usual, found[usual].sum()
    for candidate, lost in found.items():
        gain = found[usual] - lost
        error = np.sqrt(len(gain)) * gain.std(ddof=1)
        enough = max(LEAST_GAIN * found[usual].sum(), STANDARD_ERRORS * error)
        if gain.sum() > enough and lost.sum() < least:
            best, least = candidate, lost.sum()
    return best
