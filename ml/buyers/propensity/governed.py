"""Propensity under government: the fit as bytes, its log loss per buyer and origin, and its simple rule.

Belongs here: what `ml/promotion/governed.py` asks of a model. Does not belong here: any formula of the candidates.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl

from ml.buyers.propensity.histories import OrdersError, histories, order_days, outcomes
from ml.buyers.propensity.models import OwnRate
from ml.buyers.propensity.regression import Regression
from ml.buyers.propensity.score import Fitted, fit_buyers, makers, predict_buyers
from ml.promotion.governed import Frames, pack, unpack

FORMAT = 1
DAYS = 30
SMALL = 1e-6


def to_bytes(found: Fitted) -> bytes:
    """The fit as compressed JSON."""
    expected = None if found.expected is None else found.expected.state()
    return pack({"format": FORMAT, "serving": found.serving, "state": found.model.state(), "expected": expected})


def from_bytes(data: bytes) -> Fitted:
    """The fit that :func:`to_bytes` wrote; ValueError for another format."""
    document = unpack(data, FORMAT)
    expected = None if document["expected"] is None else Regression.of_state(document["expected"])
    model = makers(DAYS)[document["serving"]]().restore(document["state"])
    return Fitted(document["serving"], model, expected)


class BuyerPropensity:
    """The probability that a buyer orders within 30 days."""

    name = "buyer_propensity"
    use = "Probability that a buyer orders within 30 days, and how many orders are expected. Not for single releases."
    rival = "own rate: a Poisson process at the buyer's own rate"
    loss = "log loss of the probability"
    window_days = DAYS
    most_origins = 6

    def days(self, frames: Frames) -> tuple[date, date] | None:
        """The first and the last day with an order."""
        orders = frames["orders"]
        if orders.is_empty():
            return None
        first: Any = orders["ds"].min()
        last: Any = orders["ds"].max()
        return first, last

    def fit(self, frames: Frames, origin: date) -> bytes | None:
        """The best candidate fitted on orders up to the origin; None without any."""
        try:
            return to_bytes(fit_buyers(frames["orders"], origin, DAYS))
        except OrdersError:
            return None

    def score(self, artefact: bytes, frames: Frames, origin: date) -> pl.DataFrame:
        """Log loss of each buyer known at the origin, beside that of the own rate."""
        orders = frames["orders"]
        predicted = predict_buyers(from_bytes(artefact), orders, origin, DAYS)
        known = histories(order_days(orders, origin), 0, DAYS)
        until = date.fromordinal(origin.toordinal() + DAYS)
        after = outcomes(order_days(orders, until), known["buyer_id"], -DAYS, DAYS) > 0
        rival = OwnRate(DAYS).predict(known)
        ordered = after.cast(pl.Float64).to_numpy()
        return pl.DataFrame(
            {
                "entity": known["buyer_id"],
                "segment": pl.select(pl.when(known["frequency"] < 2).then(pl.lit("once")).otherwise(pl.lit("repeat")))
                .to_series(),
                "actual": ordered,
                "loss": log_loss(ordered, predicted["probability"].to_numpy()),
                "rival_loss": log_loss(ordered, rival),
                "covered": pl.Series([None] * known.height, dtype=pl.Float64),
            }
        )  # fmt: skip


def log_loss(ordered: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Minus the logarithm of the probability of what happened.

    >>> log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.75])).round(4).tolist()
    [0.6931, 1.3863]
    """
    inside = np.clip(probability, SMALL, 1 - SMALL)
    found: np.ndarray = -np.where(ordered > 0, np.log(inside), np.log1p(-inside))
    return found


MODEL = BuyerPropensity()
