"""Regressions on standardised columns, as numbers that JSON holds: fitted by scikit-learn, predicted by NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Regression:
    """A linear predictor: weights of standardised columns, and an intercept."""

    mean: Array
    scale: Array
    weights: Array
    intercept: float

    def linear(self, features: Array) -> Array:
        """Return the linear predictor of each row."""
        found: Array = (features - self.mean) / self.scale @ self.weights + self.intercept
        return found

    def probability(self, features: Array) -> Array:
        """Return the probability by the logistic function."""
        from scipy.special import expit

        return np.asarray(expit(self.linear(features)), dtype=np.float64)

    def state(self) -> dict[str, Any]:
        """Return the numbers as JSON holds them."""
        columns = {name: getattr(self, name).tolist() for name in ("mean", "scale", "weights")}
        return {**columns, "intercept": self.intercept}

    @classmethod
    def of_state(cls, state: Mapping[str, Any]) -> Regression:
        """Return the regression of a state."""
        mean, scale, weights = (np.array(state[name], dtype=np.float64) for name in ("mean", "scale", "weights"))
        return cls(mean, scale, weights, float(state["intercept"]))


def fit_logistic(features: Array, ordered: Array, weights: Array) -> Regression:
    """Fit a logistic regression on outcomes of 0 or 1."""
    from sklearn.linear_model import LogisticRegression

    mean, scale = _standard(features)
    found = LogisticRegression(C=1.0, max_iter=1000).fit((features - mean) / scale, ordered, sample_weight=weights)
    return Regression(mean, scale, found.coef_[0].astype(np.float64), float(found.intercept_[0]))


def fit_poisson(features: Array, counts: Array) -> Regression:
    """Fit a Poisson regression on counts; the exponential of the linear predictor is the mean."""
    from sklearn.linear_model import PoissonRegressor

    mean, scale = _standard(features)
    found = PoissonRegressor(alpha=1e-4, max_iter=1000).fit((features - mean) / scale, counts)
    return Regression(mean, scale, found.coef_.astype(np.float64), float(found.intercept_))


def _standard(features: Array) -> tuple[Array, Array]:
    """Return mean and deviation of each column; a column that never varies is left as it is."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    return mean, np.where(scale > 10 * np.finfo(np.float64).eps * np.abs(mean), scale, 1.0)
