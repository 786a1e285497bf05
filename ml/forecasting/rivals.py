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

from ml.forecasting.features import YEAR
from ml.forecasting.panel import Floats, Panel

METHODS = ("lightgbm", "naive", "seasonal_naive", "mean_28", "mean_28 (uncalibrated)", "zero")
CODE = {name: code for code, name in enumerate(METHODS)}


class Points(NamedTuple):
    """A point forecast per series and the code of the method that made it (a fallback has its own code)."""

    value: Floats
    method: NDArray[np.int8]


Rival = Callable[[Panel, str, int, int], Points]


def _all(panel: Panel, name: str) -> NDArray[np.int8]:
    return np.full(panel.n_series, CODE[name], dtype=np.int8)


def naive(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The last `horizon` days again."""
    return Points(panel.window(measure, day - horizon + 1, day), _all(panel, "naive"))


def mean_28(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The daily mean of the last 28 days (fewer where the data is younger), times the horizon."""
    days = min(28, day + 1)
    return Points(panel.window(measure, day - 27, day) / days * horizon, _all(panel, "mean_28"))


def seasonal_naive(panel: Panel, measure: str, day: int, horizon: int) -> Points:
    """The same days 52 weeks before; naive, and said so, for a series whose first sale is not as old as that."""
    anchor = day - YEAR
    repeated = naive(panel, measure, day, horizon)
    old_enough = panel.first_sale <= anchor
    value = np.where(old_enough, panel.window(measure, anchor + 1, anchor + horizon), repeated.value)
    return Points(value, np.where(old_enough, np.int8(CODE["seasonal_naive"]), repeated.method))


RIVALS: dict[str, Rival] = {"naive": naive, "seasonal_naive": seasonal_naive, "mean_28": mean_28}
