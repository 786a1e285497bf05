"""The candidates: a logistic regression on the whole history, on recency alone, BG/NBD, and the buyer's own rate.

Each is fitted on histories of several origins with their outcomes, and gives probabilities for histories of another.
`state` is what a fit has learned, as JSON holds it, and `restore` takes it up again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.buyers.propensity.bgnbd import BgNbd
from ml.buyers.propensity.regression import Regression, fit_logistic

Array = npt.NDArray[np.float64]
SMALL = 1e-6
HALF_LIFE = 4.0  # windows


class PropensityModel(Protocol):
    """A model of the probability of an order within the window."""

    name: str

    def fit(self, histories: pl.DataFrame, ordered: Array) -> PropensityModel:
        """Learn from histories of one or more origins and whether each buyer ordered (0 or 1)."""
        ...

    def predict(self, histories: pl.DataFrame) -> Array:
        """Return a probability per row."""
        ...

    def state(self) -> dict[str, Any]:
        """Return what was learned."""
        ...

    def restore(self, state: Mapping[str, Any]) -> PropensityModel:
        """Take up what another fit has learned."""
        ...


class OwnRate:
    """A Poisson process at the buyer's own rate, with half an order added; needs no fitting."""

    name = "own rate"

    def __init__(self, days: int) -> None:
        self.days = days

    def fit(self, histories: pl.DataFrame, ordered: Array) -> OwnRate:
        """Learn nothing."""
        return self

    def predict(self, histories: pl.DataFrame) -> Array:
        """Return the probability from orders over the time observed."""
        rate = (histories["frequency"].to_numpy() - 0.5) / (histories["tenure"].to_numpy() + self.days)
        found: Array = 1 - np.exp(-rate * self.days)
        return found

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def restore(self, state: Mapping[str, Any]) -> OwnRate:
        """Learn nothing."""
        return self


class BgNbdModel:
    """BG/NBD on the newest origin's histories, its probabilities recalibrated on the outcomes."""

    name = "BG/NBD"

    def __init__(self, days: int) -> None:
        self.days = days

    def fit(self, histories: pl.DataFrame, ordered: Array) -> BgNbdModel:
        """Fit the four parameters, then slope and intercept."""
        newest = (
            histories.filter(pl.col("origin") == pl.col("origin").max()) if "origin" in histories.columns else histories
        )
        self.model = BgNbd.fit(*repeats(newest))
        self.calibration = fit_logistic(self._logits(histories)[:, None], ordered, freshness(histories))
        return self

    def predict(self, histories: pl.DataFrame) -> Array:
        """Return calibrated probabilities."""
        return self.calibration.probability(self._logits(histories)[:, None])

    def state(self) -> dict[str, Any]:
        """Return the four parameters, and slope and intercept."""
        return {"parameters": asdict(self.model), "calibration": self.calibration.state()}

    def restore(self, state: Mapping[str, Any]) -> BgNbdModel:
        """Take up parameters, slope and intercept."""
        self.model = BgNbd(**state["parameters"])
        self.calibration = Regression.of_state(state["calibration"])
        return self

    def _logits(self, histories: pl.DataFrame) -> Array:
        return _logit(self.model.probability_any(*repeats(histories), self.days))


class Recency:
    """Logistic regression on the logarithm of recency alone."""

    name = "recency"

    def fit(self, histories: pl.DataFrame, ordered: Array) -> Recency:
        """Fit slope and intercept."""
        self.regression = fit_logistic(_log_recency(histories), ordered, freshness(histories))
        return self

    def predict(self, histories: pl.DataFrame) -> Array:
        """Return probabilities that fall with recency."""
        return self.regression.probability(_log_recency(histories))

    def state(self) -> dict[str, Any]:
        """Return slope and intercept."""
        return {"regression": self.regression.state()}

    def restore(self, state: Mapping[str, Any]) -> Recency:
        """Take up slope and intercept."""
        self.regression = Regression.of_state(state["regression"])
        return self


class Logistic:
    """Logistic regression on recency, frequency, money, rhythm and recent orders, with BG/NBD's answer among them."""

    name = "logistic regression"

    def __init__(self, days: int) -> None:
        self.bgnbd = BgNbdModel(days)

    def fit(self, histories: pl.DataFrame, ordered: Array) -> Logistic:
        """Standardise the features and fit."""
        self.bgnbd.fit(histories, ordered)
        self.regression = fit_logistic(self.features(histories), ordered, freshness(histories))
        return self

    def predict(self, histories: pl.DataFrame) -> Array:
        """Return probabilities."""
        return self.regression.probability(self.features(histories))

    def state(self) -> dict[str, Any]:
        """Return the weights, and what BG/NBD has learned."""
        return {"regression": self.regression.state(), "bgnbd": self.bgnbd.state()}

    def restore(self, state: Mapping[str, Any]) -> Logistic:
        """Take up the weights and BG/NBD."""
        self.regression = Regression.of_state(state["regression"])
        self.bgnbd.restore(state["bgnbd"])
        return self

    def features(self, histories: pl.DataFrame) -> Array:
        """Return the matrix that the regression sees."""
        once = pl.col("frequency") < 2
        gap = pl.when(once).then(pl.col("tenure")).otherwise(pl.col("mean_gap"))
        frame = histories.select(
            recency=pl.col("recency").log1p(),
            recency_squared=pl.col("recency").log1p() ** 2,
            frequency=pl.col("frequency").log(),
            tenure=pl.col("tenure").log1p(),
            is_once=once.cast(pl.Float64),
            late=(pl.col("recency") + 1).log() - (gap + 1).log(),
            spread=pl.col("gap_spread").fill_nan(None).fill_null(1.0).clip(0, 3),
            amount=pl.col("amount").log1p(),
            recent_1=pl.col("recent_1").log1p(),
            recent_2=pl.col("recent_2").log1p(),
            recent_3=pl.col("recent_3").log1p(),
            recent_6=pl.col("recent_6").log1p(),
            recent_12=pl.col("recent_12").log1p(),
        )
        logits = _logit(self.bgnbd.predict(histories))
        return np.asarray(np.column_stack([frame.to_numpy(), logits]), dtype=np.float64)


def repeats(histories: pl.DataFrame) -> tuple[Array, Array, Array]:
    """Return x, t_x and T of BG/NBD, in days."""
    tenure, recency = histories["tenure"].to_numpy(), histories["recency"].to_numpy()
    return histories["frequency"].to_numpy() - 1, tenure - recency, tenure


def _log_recency(histories: pl.DataFrame) -> Array:
    return np.asarray(np.log1p(histories["recency"].to_numpy())[:, None], dtype=np.float64)


def _logit(probability: Array) -> Array:
    inside = np.clip(probability, SMALL, 1 - SMALL)
    found: Array = np.log(inside / (1 - inside))
    return found


def freshness(histories: pl.DataFrame) -> Array:
    """Return the weight of each row: an origin four windows older counts half, for habits and the buyers change."""
    if "origin" not in histories.columns:
        return np.ones(histories.height)
    place = histories["origin"].rank("dense", descending=True).to_numpy() - 1
    return np.asarray(0.5 ** (place / HALF_LIFE), dtype=np.float64)
