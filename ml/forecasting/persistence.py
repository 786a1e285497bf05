"""A fitted model as bytes and back, exactly: text of the boosters and full-precision numbers, compressed JSON.

No pickle: what is read from a table cannot run code. Belongs here: the format. Does not belong here: where it is kept.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np

from ml.evaluation.shifted_conformal import Calibration
from ml.forecasting.boosting import Booster, Settings
from ml.forecasting.forecaster import Model

FORMAT = 2


def to_bytes(model: Model) -> bytes:
    """The model in the format of :data:`FORMAT`."""
    document = {
        "format": FORMAT,
        "origin": model.origin.isoformat(),
        "settings": asdict(model.settings),
        "boosters": {
            str(horizon): booster and {"trees": booster.trees.model_to_string(), "market_shift": booster.market_shift}
            for horizon, booster in model.boosters.items()
        },
        "calibrations": [
            [candidate, target, horizon, method, *(part.tolist() for part in _parts(calibration))]
            for (candidate, target, horizon), methods in model.calibrations.items()
            for method, calibration in methods.items()
        ],
        "weights": [[target, horizon, dict(weights)] for (target, horizon), weights in model.weights.items()],
        # A candidate without any calibration is a fact of its own: its rows fall back.
        "calibrated": [list(key) for key in model.calibrations],
    }
    return zlib.compress(json.dumps(document, allow_nan=True).encode())


def from_bytes(data: bytes) -> Model:
    """The model that :func:`to_bytes` wrote.

    Raises:
        ValueError: the bytes are of another format.
    """
    document = json.loads(zlib.decompress(data))
    if document.get("format") != FORMAT:
        raise ValueError(f"forecasting model of format {document.get('format')}, this code reads {FORMAT}; fit it anew")
    calibrations: dict[tuple[str, str, int], dict[int, Calibration]] = {
        (candidate, target, horizon): {} for candidate, target, horizon in document["calibrated"]
    }
    for candidate, target, horizon, method, *parts in document["calibrations"]:
        edges, quantiles, mean = (np.array(part, dtype=np.float64) for part in parts)
        calibrations[candidate, target, horizon][method] = Calibration(edges, quantiles, mean)
    return Model(
        origin=date.fromisoformat(document["origin"]),
        settings=Settings(**document["settings"]),
        boosters={int(horizon): _booster(saved) for horizon, saved in document["boosters"].items()},
        calibrations=calibrations,
        weights={(target, horizon): weights for target, horizon, weights in document["weights"]},
    )


def _parts(calibration: Calibration) -> tuple[np.ndarray[Any, Any], ...]:
    return calibration.edges, calibration.log_quantiles, calibration.log_mean


def _booster(saved: dict[str, Any] | None) -> Booster | None:
    if saved is None:
        return None
    import lightgbm

    return Booster(lightgbm.Booster(model_str=saved["trees"]), saved["market_shift"])
