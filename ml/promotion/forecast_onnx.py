"""The boosters of a fit as ONNX graphs, for a server without LightGBM.

A graph takes the scaled columns of `boosting.design` and gives the log ratio of the window to the level, without the
market's shift: `units = max((level * horizon + 1) * exp(output + market_shift) - 1, 0)`. Calibration stays here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.evaluation.arrays import Floats
from ml.forecasting.boosting import Booster, Design

INPUT = "features"
TOLERANCE = 1e-4  # of the log ratio: ONNX adds leaves up in single precision


class OnnxError(ValueError):
    """A graph that does not give what the booster gives."""


@dataclass(frozen=True)
class Graph:
    """A booster as ONNX.

    Attributes:
        content: the graph, serialised.
        columns: names of its input columns, in order.
        market_shift: what is added to its output.
        largest_difference: of its outputs on the rows it was checked with, in log ratio.
    """

    content: bytes
    columns: tuple[str, ...]
    market_shift: float
    largest_difference: float


def to_onnx(booster: Booster, rows: Design) -> Graph:
    """The graph of a booster, checked under onnxruntime on the rows (n, columns).

    Raises:
        OnnxError: the outputs differ by more than the tolerance.
    """
    import lightgbm
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    names = tuple(booster.trees.feature_name())
    rounded = lightgbm.Booster(model_str=single_precision(booster.trees.model_to_string()))
    inputs = [(INPUT, FloatTensorType([None, len(names)]))]
    made: Any = onnxmltools.convert_lightgbm(rounded, initial_types=inputs, zipmap=False)
    content = bytes(made.SerializeToString())
    wanted = np.asarray(booster.trees.predict(rows, num_threads=1), dtype=np.float64)
    difference = float(np.abs(run(content, rows) - wanted).max(initial=0.0))
    if not difference <= TOLERANCE:
        raise OnnxError(f"ONNX gives outputs that differ by up to {difference:.2g} from LightGBM's, over {TOLERANCE}")
    return Graph(content, names, booster.market_shift, difference)


def single_precision(model: str) -> str:
    """LightGBM's text of a model, with thresholds that single precision holds and that split its values as before.

    ONNX holds thresholds in single precision. Rounded to the nearest, one may cross a value of a column, so each is
    rounded down: `x <= t` and `x <= rounded down t` are the same for every `x` of single precision.

    >>> single_precision("threshold=0.1 1.5")
    'threshold=0.09999999403953552 1.5'
    """
    # Without the sizes of trees in bytes, which no longer hold, LightGBM reads them one after the other.
    lines = (line for line in model.splitlines() if not line.startswith("tree_sizes="))
    return "\n".join(_rounded(line) if line.startswith("threshold=") else line for line in lines)


def _rounded(line: str) -> str:
    exact = np.array(line.removeprefix("threshold=").split(), dtype=np.float64)
    single = exact.astype(np.float32)
    down = np.where(single > exact, np.nextafter(single, np.float32(-np.inf)), single)
    return "threshold=" + " ".join(repr(float(one)) for one in down)


def run(content: bytes, rows: Design) -> Floats:
    """The outputs (n,) of a graph under onnxruntime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {INPUT: rows})[0], dtype=np.float64).ravel()
