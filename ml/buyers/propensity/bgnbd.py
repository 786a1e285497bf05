"""BG/NBD: buyers order at rates of their own and drop out after an order with chances of their own.

Fader, Hardie, Lee (2005), "Counting Your Customers the Easy Way". Times are in one unit throughout; x counts repeat
orders, t_x is the time of the last one and T the time of observation, both from the first order.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
START = (0.3, 5.0, 0.8, 2.5)
MOST_BUYERS = 2_500  # a random sample of more gives the same four numbers


@dataclass(frozen=True)
class BgNbd:
    """The four parameters: gamma of the rates (r, alpha) and beta of the drop-outs (a, b)."""

    r: float
    alpha: float
    a: float
    b: float

    @classmethod
    def fit(cls, x: Array, t_x: Array, total: Array, seed: int = 0) -> BgNbd:
        """Maximise the likelihood.

        Raises:
            ValueError: the search ends without finite parameters, as when nobody ordered twice.
        """
        from scipy.optimize import minimize

        if len(x) > MOST_BUYERS:
            chosen = np.sort(np.random.default_rng(seed).choice(len(x), MOST_BUYERS, replace=False))
            x, t_x, total = x[chosen], t_x[chosen], total[chosen]
        scale = max(float(total.max(initial=0.0)) / 50, 1e-9)
        done = minimize(
            lambda logs: -_log_likelihood(np.exp(logs), x, t_x / scale, total / scale).mean(),
            np.log(START),
            method="L-BFGS-B",
            bounds=[(-8, 8)] * 4,
            options={"ftol": 1e-10, "maxiter": 100},
        )
        if not np.isfinite(done.fun) or not (x > 0).any():
            raise ValueError("BG/NBD: no finite parameters were found")
        r, alpha, a, b = np.exp(done.x)
        return cls(float(r), float(alpha * scale), float(a), float(b))

    def probability_alive(self, x: Array, t_x: Array, total: Array) -> Array:
        """Return the probability that a buyer has not dropped out; 1 without a repeat order."""
        log_odds = (self.r + x) * np.log((self.alpha + total) / (self.alpha + t_x)) + np.log(
            self.a / np.maximum(self.b + x - 1, 1e-12)
        )
        found: Array = np.where(x > 0, 1 / (1 + np.exp(np.minimum(log_odds, 700))), 1.0)
        return found

    def probability_any(self, x: Array, t_x: Array, total: Array, ahead: float) -> Array:
        """Return the probability of at least one order within the time ahead."""
        none = ((self.alpha + total) / (self.alpha + total + ahead)) ** (self.r + x)
        found: Array = self.probability_alive(x, t_x, total) * (1 - none)
        return found


def _log_likelihood(parameters: Array, x: Array, t_x: Array, total: Array) -> Array:
    from scipy.special import gammaln

    r, alpha, a, b = parameters
    rates = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    drops = gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    alive = -(r + x) * np.log(alpha + total)
    gone = np.log(a) - np.log(np.maximum(b + x - 1, 1e-12)) - (r + x) * np.log(alpha + t_x)
    found: Array = rates + drops + np.where(x > 0, np.logaddexp(alive, gone), alive)
    return found
