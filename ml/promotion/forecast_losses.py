"""Losses of the forecast per release and origin, from its backtest: what the promotion rule compares."""

from __future__ import annotations

import polars as pl

from ml.evaluation.losses import pinball

LEVELS = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_AT = ("origin", "target", "horizon", "segment")


def forecast_losses(frame: pl.DataFrame, chosen: pl.DataFrame, rival: str) -> pl.DataFrame:
    """Mean loss of each release at each origin over targets and horizons, of what serves and of the simple rule.

    Args:
        frame: active releases, [model, target, horizon, origin, release_id, segment, demand, loss_scale, p10 to p90].
        chosen: [origin, target, horizon, segment, model]: what serves at each origin.
        rival: the model of `frame` that is the simple rule.

    Returns:
        [origin, entity, segment, loss, first_loss, rival_loss, covered], sorted. A loss is the sum of the pinball
        losses of P10, P50 and P90 over the release's scale; `first_loss` is that of the units over the shortest
        horizon, as live losses are (`live`). `covered` is the share of outcomes at or below P90, without those where
        outcome and P90 are both zero.
    """
    scored = frame.with_columns(
        loss=pl.sum_horizontal(pinball(pl.col("demand"), pl.col(name), level) for name, level in LEVELS.items())
        / pl.col("loss_scale"),
        covered=pl.when((pl.col("p90") <= 0) & (pl.col("demand") <= 0))
        .then(None)
        .otherwise((pl.col("demand") <= pl.col("p90")).cast(pl.Float64)),
    )
    first = (pl.col("horizon") == scored["horizon"].min()) & (pl.col("target") == "units")
    keys = ["origin", "release_id"]
    serves = scored.join(chosen.cast({"horizon": scored.schema["horizon"]}), on=[*_AT, "model"], how="semi")
    ours = serves.group_by(keys).agg(
        pl.col("segment").first(),
        pl.col("loss").mean(),
        pl.col("loss").filter(first).mean().alias("first_loss"),
        pl.col("covered").mean(),
    )
    theirs = scored.filter(pl.col("model") == rival).group_by(keys).agg(pl.col("loss").mean().alias("rival_loss"))
    joined = ours.join(theirs, on=keys).rename({"release_id": "entity"})
    order = ("origin", "entity", "segment", "loss", "first_loss", "rival_loss", "covered")
    return joined.select(order).sort("origin", "entity")
