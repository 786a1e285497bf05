"""Probability and expected number of orders of each buyer in the days after a cut, from the rows up to it.

>>> import datetime as dt
>>> import polars as pl
>>> days = [dt.date(2026, 1, 5), dt.date(2026, 1, 9)]
>>> rows = pl.DataFrame({"buyer_id": ["a", "b"], "ds": days, "amount": [9.0, 5.0]})
>>> score_buyers(rows, dt.date(2026, 1, 31)).scores["buyer_id"].to_list()
['a', 'b']
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.buyers.propensity.histories import histories, order_days, outcomes
from ml.buyers.propensity.models import BgNbdModel, Logistic, OwnRate, PropensityModel, Recency
from ml.buyers.propensity.regression import Regression, fit_poisson

Array = npt.NDArray[np.float64]
MOST_ORIGINS = 8
VALIDATED = 2  # origins that decide who serves
FEWEST = 10  # buyers with and without an order that a regression needs
BINS = 10


@dataclass(frozen=True)
class Quality:
    """How good probabilities were: AUC, log loss, and the mean gap between predicted and observed in ten bins."""

    auc: float
    log_loss: float
    calibration_error: float
    buyers: int


@dataclass(frozen=True)
class Fitted:
    """A fitted candidate, the regression of the number of orders (None: by the probability), and who it was against."""

    serving: str
    model: PropensityModel
    expected: Regression | None = None
    compared: dict[str, Quality] = field(default_factory=dict)
    origins: int = 0


@dataclass(frozen=True)
class Scored:
    """`scores` has buyer_id, probability, expected_orders, reason; `compared` the candidates' quality, best first."""

    scores: pl.DataFrame
    serving: str
    compared: dict[str, Quality] = field(default_factory=dict)
    origins: int = 0


def score_buyers(frame: pl.DataFrame, cut: dt.date, days: int = 30) -> Scored:
    """Score every buyer with an order up to the cut.

    Candidates are trained on origins `days` apart before the cut, compared by log loss on the newest of these, and the
    best is trained again on all. Without enough history the buyers' own rates serve.

    Args:
        frame: buyer_id, ds, amount; rows after the cut are not used.
        cut: last day whose orders are known.
        days: length of the window after it.

    Raises:
        OrdersError: the rows cannot be used.
    """
    found = fit_buyers(frame, cut, days)
    return Scored(predict_buyers(found, frame, cut, days), found.serving, found.compared, found.origins)


def fit_buyers(frame: pl.DataFrame, cut: dt.date, days: int = 30) -> Fitted:
    """Compare the candidates on what was known by the cut, and fit the best on all of it.

    Raises:
        OrdersError: the rows cannot be used.
    """
    past = _past(order_days(frame, cut), days)
    if past is None:
        return Fitted(OwnRate.name, OwnRate(days))
    compared = compare(past, days)
    serving = next(iter(compared), OwnRate.name)
    model = makers(days)[serving]().fit(past, _ordered(past))
    expected = fit_poisson(_features(model, past), past["orders"].to_numpy().astype(np.float64))
    return Fitted(serving, model, expected, compared, past["origin"].n_unique())


def predict_buyers(found: Fitted, frame: pl.DataFrame, cut: dt.date, days: int = 30) -> pl.DataFrame:
    """Return buyer_id, probability, expected_orders and reason of every buyer with an order up to the cut.

    Raises:
        OrdersError: the rows cannot be used.
    """
    now = histories(order_days(frame, cut), 0, days)
    probability = found.model.predict(now)
    if found.expected is None:
        expected = -np.log1p(-probability)
    else:  # an order is a day with orders
        expected = np.minimum(np.exp(found.expected.linear(_features(found.model, now))), float(days))
    return now.select(
        "buyer_id",
        probability=pl.Series(np.clip(probability, 0.0, 1.0)),
        expected_orders=pl.Series(np.maximum(expected, 0.0)),
        reason=reasons(days),
    )


def makers(days: int) -> dict[str, Callable[[], PropensityModel]]:
    """Return the candidates by name, the simple ones first."""
    found: list[Callable[[], PropensityModel]] = [
        lambda: OwnRate(days),
        Recency,
        lambda: BgNbdModel(days),
        lambda: Logistic(days),
    ]
    return {make().name: make for make in found}


def compare(past: pl.DataFrame, days: int) -> dict[str, Quality]:
    """Score each candidate on the newest origins, trained on those before; the best log loss comes first.

    Args:
        past: histories with `origin` and `orders`, as :func:`score_buyers` makes them.
        days: length of the window.
    """
    origins = past["origin"].unique().sort(descending=True).to_list()
    found: dict[str, Quality] = {}
    for name, make in makers(days).items():
        observed, predicted = [], []
        for origin in origins[: min(VALIDATED, len(origins) - 1)]:
            before, held_out = past.filter(pl.col("origin") < origin), past.filter(pl.col("origin") == origin)
            if not _is_enough(before):
                continue
            try:
                model = make().fit(before, _ordered(before))
            except ValueError:  # BG/NBD has no parameters where nobody came back: it is no candidate then
                continue
            predicted.append(model.predict(held_out))
            observed.append(_ordered(held_out))
        if observed:
            found[name] = quality(np.concatenate(observed), np.concatenate(predicted))
    return dict(sorted(found.items(), key=lambda pair: pair[1].log_loss))


def quality(ordered: Array, probability: Array) -> Quality:
    """Return the quality of probabilities against what happened (0 or 1).

    The calibration error is the mean over ten bins of equal size, by size, of the gap between the mean probability
    and the share that ordered. AUC is 0.5 where all buyers did the same.
    """
    from sklearn.metrics import roc_auc_score

    inside = np.clip(probability, 1e-6, 1 - 1e-6)
    loss = -np.mean(ordered * np.log(inside) + (1 - ordered) * np.log(1 - inside))
    bins = [one for one in np.array_split(np.argsort(probability, kind="stable"), BINS) if len(one)]
    gap = sum(abs(ordered[one].mean() - probability[one].mean()) * len(one) for one in bins) / len(ordered)
    auc = float(roc_auc_score(ordered, probability)) if 0 < ordered.mean() < 1 else 0.5
    return Quality(auc, float(loss), float(gap), len(ordered))


def reasons(days: int) -> pl.Expr:
    """Return the facts behind a score in words: orders in the last three windows, the last one, the usual gap."""
    gap = pl.when(pl.col("mean_gap").is_not_null()).then(
        pl.format(", on average every {} days", pl.col("mean_gap").round(1))
    )
    recent = pl.format(
        "{} orders in {} days, the last {} days ago",
        pl.col("recent_3").cast(pl.Int64),
        pl.lit(3 * days),
        pl.col("recency").cast(pl.Int64),
    )
    return recent + gap.otherwise(pl.lit(""))


def _past(orders: pl.DataFrame, days: int) -> pl.DataFrame | None:
    """Histories and outcomes at origins a window apart; None where they cannot teach a regression."""
    first: Any = orders["day"].min()
    parts = []
    for origin in range(-days, -days * (MOST_ORIGINS + 1), -days):
        if origin < first + days:
            break
        known = histories(orders, origin, days)
        parts.append(
            known.with_columns(origin=pl.lit(origin), orders=outcomes(orders, known["buyer_id"], origin, days))
        )
    if not parts:
        return None
    past = pl.concat(parts)
    return past if _is_enough(past) else None


def _is_enough(past: pl.DataFrame) -> bool:
    ordered = _ordered(past)
    return min(int(ordered.sum()), int((1 - ordered).sum())) >= FEWEST


def _ordered(past: pl.DataFrame) -> Array:
    return (past["orders"] > 0).cast(pl.Float64).to_numpy()


def _features(model: PropensityModel, rows: pl.DataFrame) -> Array:
    """What the number of orders depends on: the probability and what was ordered lately."""
    probability = np.clip(model.predict(rows), 1e-6, 1 - 1e-6)
    recent = rows.select(pl.col("recent_1", "recent_3", "recent_12").log1p()).to_numpy()
    return np.column_stack([np.log(-np.log1p(-probability)), recent])
