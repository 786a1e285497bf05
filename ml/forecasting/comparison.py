"""How sure it is that what serves is better than a rival: ratios of their losses, with a one-sided 95% limit.

Releases err alike over origins, and all releases of one origin share the market's mood, so neither can be resampled as
if each row stood alone. Both are resampled, independently, and a row counts as often as its release times its origin
(the two-way "pigeonhole" bootstrap of Owen 2007, "The pigeonhole bootstrap", which errs on the side of caution).
Neighbouring windows overlap, so the limit is still a little too sure.

Belongs here: ratios and their limits. Does not belong here: the losses (metrics.py), who serves (selection.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import polars as pl

from ml.evaluation.arrays import Floats
from ml.evaluation.losses import pinball
from ml.forecasting.features import HORIZONS
from ml.forecasting.forecaster import Serving
from ml.forecasting.metrics import LEVELS, evaluate
from ml.forecasting.selection import ALL, cross_fitted, select_by_scores, serves

RESAMPLES = 2_000
AT_ONCE = 250
LIMIT = 0.95
SERVED = "served"
ALL_HORIZONS = 0  # stands for the average of the horizons
_ROW = ("target", "horizon", "origin", "unique_id")


def served(forecasts: pl.DataFrame, at_origins: Mapping[date, Serving]) -> pl.DataFrame:
    """The rows of a backtest frame that are served, each release's from its origin and segment, as model `served`."""
    segments = forecasts["segment"].unique()
    chosen = [
        (origin, target, horizon, segment, model)
        for origin, serving in at_origins.items()
        for (target, horizon), named in serving.items()
        for segment, model in (dict.fromkeys(segments, named) if isinstance(named, str) else named).items()
    ]
    names = ("origin", "target", "horizon", "segment", "model")
    frame = pl.DataFrame(chosen, schema={name: forecasts.schema[name] for name in names}, orient="row")
    return forecasts.join(frame, on=list(names), how="semi").with_columns(model=pl.lit(SERVED))


def scores_of_all(forecasts: pl.DataFrame) -> pl.DataFrame:
    """Scores of every candidate and of what serves, from a backtest frame without held-out origins.

    Those of `evaluate` with `serves` and, beside each candidate's pooled score of active releases, the ratios of
    `ratio_limits`. What serves at an origin is chosen without it (`cross_fitted`); `serves` where origin is null is the
    choice on all of them.
    """
    candidates = evaluate(forecasts)
    at_origins = cross_fitted(candidates)
    both = pl.concat([candidates, evaluate(served(forecasts, at_origins))])
    scores = serves(both, select_by_scores(candidates), at_origins)
    found = ratio_limits(forecasts, at_origins).with_columns(population=pl.lit(ALL), origin=pl.lit(None, pl.Date))
    on = ["target", "horizon", "model", "population", "origin"]
    return scores.join(found, on=on, how="left", nulls_equal=True, maintain_order="left")


def score_rows(backtest: pl.DataFrame) -> pl.DataFrame | None:
    """The scores of a stored backtest [release_id, horizon_days, p10, p50, p90, …]; None where it has no row."""
    if backtest.is_empty():
        return None
    names = {"release_id": "unique_id", "horizon_days": "horizon", "p10": "q0.1", "p50": "q0.5", "p90": "q0.9"}
    return scores_of_all(backtest.rename(names)).rename({"horizon": "horizon_days"})


def ratio_limits(
    forecasts: pl.DataFrame, at_origins: Mapping[date, Serving], resamples: int = RESAMPLES, seed: int = 0
) -> pl.DataFrame:
    """What serves against every candidate: ratios of scaled pinball loss and of WAPE, and their upper 95% limits.

    Over the active releases of all origins of a backtest frame, by who serves at each. Returns [target, horizon, model,
    pinball_ratio, pinball_ratio_limit, wape_ratio, wape_ratio_limit], one row per candidate; horizon 0 is the average
    of the three. Below 1 what serves is better; with a limit below 1 that is no accident of these releases and origins.
    Null where a candidate has no loss at all.
    """
    told = forecasts.filter("is_active")
    if "demand" in told.columns:
        told = told.filter(pl.col("demand").is_not_null()).with_columns(actual="demand")
    models = told["model"].unique().sort().to_list()
    both = pl.concat([told, served(told, at_origins)]).select(
        "model",
        *_ROW,
        pl.sum_horizontal(pinball(pl.col("actual"), pl.col(q), a) for q, a in LEVELS.values())
        .truediv("loss_scale")
        .alias("pinball"),
        (pl.col("actual") - pl.col("mean")).abs().alias("error"),
        pl.col("actual").abs().alias("size"),
    )
    frames = [
        _of_target(rows, models, resamples, seed)
        for _, rows in sorted(both.partition_by("target", as_dict=True).items())
    ]
    return pl.concat(frames)


def _of_target(rows: pl.DataFrame, models: Sequence[str], resamples: int, seed: int) -> pl.DataFrame:
    names = [*models, SERVED]
    losses = _cube(rows, names)
    sums = _resampled(losses, resamples, seed)
    found = []
    for model in models:
        for horizons in (*((place,) for place in range(len(HORIZONS))), tuple(range(len(HORIZONS)))):
            at = HORIZONS[horizons[0]] if len(horizons) == 1 else ALL_HORIZONS
            row = {"target": rows["target"][0], "horizon": at, "model": model}
            for measure in ("pinball", "wape"):
                ours, theirs = (_loss(sums, names.index(name), horizons, measure) for name in (SERVED, model))
                ratio = np.divide(ours, theirs, out=np.full(len(ours), np.nan), where=theirs > 0)
                row[f"{measure}_ratio"] = float(ratio[0])
                row[f"{measure}_ratio_limit"] = float(np.quantile(ratio[1:], LIMIT))

            found.append(row)
    return pl.DataFrame(found, schema_overrides={"horizon": pl.Int32}).fill_nan(None)


def _loss(sums: Floats, model: int, horizons: tuple[int, ...], measure: str) -> Floats:
    """Per resample the mean over the horizons of a model's loss; sums are (resamples, models, horizons, 3)."""
    each = sums[:, model, horizons, :]
    if measure == "pinball":
        total: Floats = each[..., 0].sum(axis=1)
        return total
    ratio: Floats = np.divide(each[..., 1], each[..., 2], out=np.zeros(each.shape[:2]), where=each[..., 2] > 0)
    mean: Floats = ratio.mean(axis=1)
    return mean


def _cube(rows: pl.DataFrame, names: Sequence[str]) -> Floats:
    """Losses (releases, origins, models, horizons, 3): pinball, absolute error, size; 0 where there is no row."""
    places = {
        "unique_id": {name: k for k, name in enumerate(rows["unique_id"].unique().sort())},
        "origin": {day: k for k, day in enumerate(rows["origin"].unique().sort())},
        "model": {name: k for k, name in enumerate(names)},
        "horizon": {horizon: k for k, horizon in enumerate(HORIZONS)},
    }
    at = [rows[name].replace_strict(place, return_dtype=pl.Int64).to_numpy() for name, place in places.items()]
    cube = np.zeros((*(len(place) for place in places.values()), 3))
    cube[tuple(at)] = rows.select("pinball", "error", "size").to_numpy()
    return cube


def _resampled(losses: Floats, resamples: int, seed: int) -> Floats:
    """Sums of the losses (1 + resamples, models, horizons, 3): of all rows, then of each two-way resample."""
    releases, origins = losses.shape[:2]
    rng = np.random.default_rng(seed)
    flat = losses.reshape(releases, -1)
    sums = [losses.sum(axis=(0, 1))[None]]
    for first in range(0, resamples, AT_ONCE):
        size = min(AT_ONCE, resamples - first)
        by_release = _counts(rng, size, releases) @ flat
        by_both = np.einsum("bo,bok->bk", _counts(rng, size, origins), by_release.reshape(size, origins, -1))
        sums.append(by_both.reshape(size, *losses.shape[2:]))
    return np.concatenate(sums)


def _counts(rng: np.random.Generator, size: int, of: int) -> Floats:
    """How often each of `of` things was drawn, in `size` draws of as many with replacement."""
    drawn = rng.integers(of, size=(size, of)) + np.arange(size)[:, None] * of
    return np.bincount(drawn.ravel(), minlength=size * of).reshape(size, of).astype(np.float64)
