"""Boosters as ONNX: outputs equal to LightGBM's, with gaps, categories and values on a threshold."""

import lightgbm
import numpy as np
import pytest

from ml.forecasting.boosting import Booster
from ml.promotion.forecast_onnx import OnnxError, run, single_precision, to_onnx
from tests.needs import need_packages


@pytest.fixture(scope="module")
def fitted() -> tuple[Booster, np.ndarray]:
    need_packages("onnxmltools", "onnxruntime", target="models")
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3000, 4)).astype(np.float32).round(1)  # many rows lie on a threshold
    rows[rng.random(rows.shape) < 0.1] = np.nan
    rows[:, 3] = rng.integers(0, 12, len(rows))
    y = np.nan_to_num(rows[:, 0]) * 2 + np.isin(rows[:, 3], [2, 5, 7]) + rng.normal(0, 0.1, len(rows))
    data = lightgbm.Dataset(rows, y, feature_name=["a", "b", "c", "genre"], categorical_feature=["genre"])
    trees = lightgbm.train({"verbose": -1, "num_leaves": 15, "num_threads": 1}, data, 40)
    return Booster(trees, 0.25), rows


def test_outputs_equal_lightgbms(fitted: tuple[Booster, np.ndarray]) -> None:
    booster, rows = fitted
    graph = to_onnx(booster, rows[:100])
    assert graph.columns == ("a", "b", "c", "genre")
    assert graph.market_shift == 0.25
    assert np.abs(run(graph.content, rows) - booster.trees.predict(rows)).max() < 1e-5


def test_rounded_thresholds_split_every_value_as_before(fitted: tuple[Booster, np.ndarray]) -> None:
    booster, rows = fitted
    rounded = lightgbm.Booster(model_str=single_precision(booster.trees.model_to_string()))
    assert np.array_equal(rounded.predict(rows), booster.trees.predict(rows))


def test_a_graph_that_differs_is_refused(fitted: tuple[Booster, np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    booster, rows = fitted
    monkeypatch.setattr("ml.promotion.forecast_onnx.TOLERANCE", 0.0)
    with pytest.raises(OnnxError, match="differ by up to"):
        to_onnx(booster, rows)
