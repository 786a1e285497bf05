"""Which candidate serves: the one with the smallest loss on the development origins, the simple one where it wins.

The choice is made for each target and horizon, and within it for each segment (segments.py). A segment that cannot tell
its best candidates apart takes the one of them that all releases would.

Whoever is chosen on an origin looks better there than they are. `cross_fitted` therefore chooses for each origin from
those alone whose windows share no day with its own (h-block cross-validation: Burman, Chow and Nolan 1994, "A
cross-validatory method for dependent data"; Racine 2000). What is shown of past origins goes by it; tomorrow is served
by the choice on all of them.

Belongs here: the choice and its frame. Does not belong here: the losses (metrics.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

import polars as pl

from ml.forecasting.features import HORIZONS
from ml.forecasting.forecaster import Serving
from ml.forecasting.history import TARGETS
from ml.forecasting.metrics import evaluate
from ml.forecasting.segments import SEGMENTS

SIMPLEST_FIRST = ("mean_28", "naive", "seasonal_naive", "tsb", "lightgbm", "ensemble")  # decides a tie
WITHOUT_BACKTEST = "mean_28"
ALL = "active"  # the population of all segments together
LEAST_ROWS = 200  # forecasts of a segment below which it does not choose for itself
LEAST_ORIGINS = 3
LEAST_GAIN = 0.01  # what a candidate must save against a simpler one: less is a tie
_KEY = ("target", "horizon", "population")
Losses = dict[str, float]


def select_serving(forecasts: pl.DataFrame) -> Serving:
    """Who serves each (target, horizon) and segment, from a backtest frame; held-out origins do not count."""
    eligible = forecasts.filter(~pl.col("is_holdout"))
    return select_by_scores(evaluate(eligible) if len(eligible) else None)


def select_by_scores(scores: pl.DataFrame | None) -> Serving:
    """The same from the frame of `evaluate`; None where nothing has been scored.

    Smallest scaled pinball pooled over origins and active series. A gain of less than 1% counts as a tie: of all
    together the simpler candidate wins it, of a segment whoever would serve all together, then whoever is better there.
    A segment of fewer than 200 forecasts or 3 origins is served by whoever serves all together; a target and horizon
    without any scored forecast by mean_28.
    """
    return _choice(_origins_of(scores)) if scores is not None else _choice(None)


def cross_fitted(scores: pl.DataFrame | None, origins: Iterable[date] | None = None) -> dict[date, Serving]:
    """Who serves at each origin by the scores of those origins whose windows share no day with its own.

    `origins` are those of the scores unless others are named; one that no such origin exists for is served by mean_28.
    """
    if scores is None:
        return {origin: _choice(None) for origin in origins or ()}
    rows = _origins_of(scores)
    far = (pl.col("origin") - pl.col("left_out")).dt.total_days().abs() >= pl.col("horizon")
    return {
        origin: _choice(rows.with_columns(left_out=pl.lit(origin)).filter(far))
        for origin in (rows["origin"].unique().sort() if origins is None else origins)
    }


def _origins_of(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.filter(pl.col("origin").is_not_null() & pl.col("pinball").is_not_null())


def _choice(by_origin: pl.DataFrame | None) -> Serving:
    """The choice from scores per origin."""
    choice = {(target, h): dict.fromkeys(SEGMENTS, WITHOUT_BACKTEST) for target in TARGETS for h in HORIZONS}
    if by_origin is None:
        return dict(choice)
    pooled = by_origin.group_by(*_KEY, "model").agg(
        ((pl.col("n") * pl.col("pinball")).sum() / pl.col("n").sum()).alias("pinball"),
        pl.col("n").sum(),
        pl.col("origin").n_unique().alias("origins"),
    )
    groups = {key: rows.sort("model") for key, rows in pooled.partition_by(_KEY, as_dict=True).items()}
    for (target, horizon), named in choice.items():
        whole = groups.get((target, horizon, ALL))
        if whole is None:
            continue
        of_all = dict(whole.select("model", "pinball").iter_rows())
        for segment in SEGMENTS:
            own = groups.get((target, horizon, segment), whole.clear())
            enough = own.filter((pl.col("n") >= LEAST_ROWS) & (pl.col("origins") >= LEAST_ORIGINS))
            named[segment] = _best_of_segment(dict(enough.select("model", "pinball").iter_rows()), of_all)
    return dict(choice)


def _best_of_segment(own: Losses, of_all: Losses) -> str:
    """Whoever serves all together, unless another saves 1% in the segment; of several the best of all together."""
    simplest = _best(of_all)
    tied = [name for name in own if own[name] * (1 - LEAST_GAIN) <= min(own.values())]
    return simplest if not tied or simplest in tied else min(tied, key=lambda name: of_all[name])


def _best(losses: Losses) -> str:
    """The simplest candidate that none of the others beats by 1%, going from simple to complex."""
    best: str | None = None
    for name in SIMPLEST_FIRST:
        if name in losses and (best is None or losses[name] < losses[best] * (1 - LEAST_GAIN)):
            best = name
    return best or WITHOUT_BACKTEST


def serves(scores: pl.DataFrame, serving: Serving, at_origins: Mapping[date, Serving] | None = None) -> pl.DataFrame:
    """Scores with a column `serves`: of a segment, whether the model serves it; else whether it serves any segment.

    Rows of an origin go by `at_origins`, where they are given; the others by `serving`.
    """
    chosen = _named(serving, None)
    for origin, choice in (at_origins or {}).items():
        chosen += _named(choice, origin)
    frame = pl.DataFrame(chosen, schema_overrides={"horizon": scores.schema["horizon"], "origin": pl.Date()})
    on = ["target", "horizon", "model", "population", "origin"]
    if at_origins is None:
        frame, on = frame.drop("origin"), on[:-1]
    joined = scores.join(frame, on=on, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col("serves").fill_null(False))


def _named(serving: Serving, origin: date | None) -> list[dict[str, object]]:
    return [
        {"target": t, "horizon": h, "model": model, "population": population, "origin": origin, "serves": True}
        for (t, h), named in serving.items()
        for population, models in _populations(named).items()
        for model in sorted(models)
    ]


def _populations(named: str | Mapping[str, str]) -> dict[str, set[str]]:
    by_segment = dict.fromkeys(SEGMENTS, named) if isinstance(named, str) else dict(named)
    every = set(by_segment.values())
    return {segment: {model} for segment, model in by_segment.items()} | {"active": every, "dormant": every}
