"""The simple forecasts that the model has to beat, as point forecasts over a panel.

Belongs here: rules a buyer could apply with a pencil. Does not belong here: their quantiles, which come
from the same calibration as the model's (calibration.py), so that the comparison is fair.
To add one: a function `(panel, measure, day, horizon) -> Points`, a code in METHODS, a line in RIVALS, a rank in
selection.py, its SQL twin in the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ml.evaluation.arrays import Floats
from ml.forecasting.features import YEAR
from ml.forecasting.intermittent import tsb_rate
from ml.forecasting.panel import Panel

METHODS = ("lightgbm", "naive", "seasonal_naive", "mean_28", "mean_28 (uncalibrated)", "zero", "tsb", "ensemble")
CODE = {name: code for code, name in enumerate(METHODS)}


class Points(NamedTuple):
    """A point forecast per series and the code of the method that made it (a fallback has its own code)."""

    value: Floats
    method: NDArray[np.int8]


Rival = Callable[[Panel, str, int, int], Points]


def _all(panel: Panel, name: str) -> NDArray[np.int8]:
    return np.full(panel.n_series, CODE[name], dtype=np.int8)


def _last(panel: Panel, measure: str, day: int, days: int) -> Floats:
    """What the last days would have sold in stock; from a year's rate where they were hardly in stock."""
    found = panel.demand(measure, day - days + 1, day)
    if panel.out is None:
        return found
    year = panel.demand(measure, day - YEAR + 1, day) / min(YEAR, day + 1) * days
    raw = panel.window(measure, day - days + 1, day)
    return np.where(np.isfinite(found), found, np.where(np.isfinite(year), year, raw))


def naive(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The last `horizon` days again."""
    return Points(_last(panel, measure, day, horizon), _all(panel, "naive"))


def mean_28(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The daily mean of the last 28 days (fewer where the data is younger), times the horizon."""
    days = min(28, day + 1)
    return Points(_last(panel, measure, day, 28) / days * horizon, _all(panel, "mean_28"))


def seasonal_naive(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The same days 52 weeks before; naive, and said so, for a series that was not sold, or hardly in stock, then."""
    anchor = day - YEAR
    repeated = naive(panel, measure, day, horizon)
    before = panel.demand(measure, anchor + 1, anchor + horizon)
    old_enough = (panel.first_sale <= anchor) & np.isfinite(before)
    value = np.where(old_enough, before, repeated.value)
    return Points(value, np.where(old_enough, np.int8(CODE["seasonal_naive"]), repeated.method))


def tsb(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The chance of a sale on a day times its usual size, both smoothed, times the horizon (intermittent.py)."""
    return Points(tsb_rate(panel, measure, day) * horizon, _all(panel, "tsb"))


RIVALS: dict[str, Rival] = {"naive": naive, "seasonal_naive": seasonal_naive, "mean_28": mean_28, "tsb": tsb}
