"""Live inference: the served version's numbers, the simple rule when time is up, and no release of other labels."""

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest

from assets.features.release_features import RELEASE_FEATURES
from lake.lakehouse import Lake
from ml.features.releases import feature_rows
from ml.forecasting.forecaster import default_settings, fit_at, open_history
from ml.forecasting.persistence import to_bytes
from ml.promotion.candidate import Candidate
from ml.promotion.forecast_live import live_forecast, simple_forecast
from ml.promotion.governed import pack
from resources.registry import Registry
from tests.unit.api.conftest import MakeClient

pytestmark = pytest.mark.heavy
KEYS = ("release_id", "origin")


@pytest.fixture
def planted(lake: Lake) -> tuple[Any, dict[str, dict[str, Any]]]:
    """A fit that serves, and the features of the lake's releases R1 to R4 among others."""
    rng, days = np.random.default_rng(1), 400
    start = dt.date(2026, 1, 31) - dt.timedelta(days=days - 1)
    frame = pl.DataFrame(
        {
            "unique_id": np.repeat([f"R{k}" for k in range(1, 41)], days),
            "ds": [start + dt.timedelta(days=k) for k in range(days)] * 40,
            "y": rng.poisson(np.repeat(rng.gamma(2, 1, 40), days)).astype(float),
        }
    ).with_columns(revenue=10 * pl.col("y"))
    history = open_history(frame, None, default_settings(num_threads=1))
    model = fit_at(history, history.panel.last_day)
    origin = history.panel.date_of(history.panel.last_day)
    registry = Registry(lake)
    registry.submit(Candidate("forecast", "a", "a", origin, {}, to_bytes(model)), "run")
    rows = feature_rows(history, [origin]).rename({"unique_id": "release_id"})
    schema = RELEASE_FEATURES.arrow_schema
    outside = {name: pl.lit(None, pl.Float64) for name in schema.names if name not in rows.columns}
    rows = rows.with_columns(**outside)
    table = lake.table(RELEASE_FEATURES)
    version = table.overwrite(rows.select(schema.names).to_arrow().cast(schema), None, partition_by=("origin",))
    lake.publish({"gold/release_features": version}, "run")
    return model, {row["release_id"]: row for row in rows.to_dicts()}


def limit(app: Any, milliseconds: int) -> None:
    services = app.state.services
    services.settings = services.settings.model_copy(update={"inference_limit_ms": milliseconds})


def known(row: dict[str, Any], **changed: float) -> dict[str, float | None]:
    return {name: value for name, value in (row | changed).items() if name not in KEYS}


def test_the_version_that_serves_answers(planted: Any, app: Any, client: MakeClient) -> None:
    model, rows = planted
    limit(app, 60_000)
    answer = client().post("/v1/forecast/live", json={"product_id": "R1", "horizon_days": 60})
    assert answer.status_code == 200, answer.text
    found, wanted = answer.json(), live_forecast(model, known(rows["R1"]), 60)
    assert (found["model"], found["model_version"], found["fallback"]) == ("lightgbm", "forecast-1", None)
    assert found["origin"] == "2026-01-31"
    values = [found[f"units_{name}"] for name in ("mean", "p10", "p50", "p90")]
    assert values == pytest.approx([wanted.mean, wanted.p10, wanted.p50, wanted.p90])

    asked = {"product_id": "R1", "horizon_days": 60, "changed": {"units_28": 900.0}}
    changed = client().post("/v1/forecast/live", json=asked).json()
    assert changed["units_p50"] == pytest.approx(live_forecast(model, known(rows["R1"], units_28=900.0), 60).p50)
    assert changed["units_p50"] > found["units_p50"]


def test_the_simple_rule_answers_when_the_time_is_up(planted: Any, app: Any, client: MakeClient) -> None:
    _, rows = planted
    limit(app, 0)
    found = client().post("/v1/forecast/live", json={"product_id": "R2"}).json()
    assert found["model"] == "mean_28 (uncalibrated)"
    assert found["model_version"] is None
    assert found["fallback"] == "the model took longer than 0 ms"
    assert found["units_mean"] == pytest.approx(simple_forecast(known(rows["R2"]), 30).mean)
    assert found["units_mean"] == pytest.approx(rows["R2"]["units_28"] / 28 * 30)


def test_what_cannot_be_answered_is_said(planted: Any, app: Any, client: MakeClient) -> None:
    whole, scoped = client(), client("read", "L1")
    assert whole.post("/v1/forecast/live", json={"product_id": "nobody"}).status_code == 404
    assert scoped.post("/v1/forecast/live", json={"product_id": "R3"}).status_code == 404
    assert scoped.post("/v1/forecast/live", json={"product_id": "R1"}).status_code == 200
    wrong = whole.post("/v1/forecast/live", json={"product_id": "R1", "changed": {"colour": 1.0}})
    assert wrong.status_code == 422
    assert "colour is no feature" in wrong.text
    assert whole.post("/v1/forecast/live", json={"product_id": "R1", "horizon_days": 45}).status_code == 422


def test_without_a_fit_the_simple_rule_answers(planted: Any, app: Any, client: MakeClient) -> None:
    limit(app, 60_000)
    registry = Registry(app.state.services.lake)
    registry.submit(Candidate("forecast", "b", "b", dt.date(2026, 1, 31), {}, pack({"format": 99})), "run")
    registry.promote("forecast", 2, by="test", why="test")
    found = client().post("/v1/forecast/live", json={"product_id": "R1"}).json()
    assert found["model"] == "mean_28 (uncalibrated)"
    assert found["fallback"].startswith("the model cannot be run")
