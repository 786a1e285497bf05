"""What served at past origins: of each release the model of its segment, growing with the horizon."""

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from assets.derived import Input, read_inputs
from assets.forecasts.backtest import BACKTEST
from assets.forecasts.newcomers import SERVED_SQL
from assets.forecasts.scores import SCORES
from lake.contract import Contract
from lake.lakehouse import Lake

ORIGIN = dt.date(2024, 6, 30)
BIG, SMALL = "high, warm", "low, warm"


def rows(contract: Contract, found: list[dict[str, Any]]) -> pa.Table:
    """Rows with zeros and nothing where a test has nothing to say."""
    blank = {
        column.name: None
        if column.nullable
        else {"string": "", "float64": 0.0, "int64": 0, "bool": False}.get(column.type)
        for column in contract.columns
    }
    return pa.Table.from_pylist([blank | row for row in found], schema=contract.arrow_schema)


def forecast(release: str, segment: str, model: str, horizon: int, mean: float) -> dict[str, Any]:
    named = {"release_id": release, "segment": segment, "model": model, "horizon_days": horizon, "target": "units"}
    return {**named, "origin": ORIGIN, "mean": mean, "p10": mean / 2, "p50": mean, "p90": 2 * mean}


def serving(segment: str, model: str, horizon: int, origin: dt.date | None = None) -> dict[str, Any]:
    named = {"population": segment, "model": model, "horizon_days": horizon, "target": "units"}
    return {**named, "origin": origin, "serves": True}


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    means = {
        ("big", BIG): {"naive": (10.0, 25.0), "lightgbm": (30.0, 20.0)},
        ("small", SMALL): {"mean_28": (1.0, 2.0), "naive": (4.0, 8.0)},
    }
    backtest = [
        forecast(release, segment, model, horizon, mean)
        for (release, segment), models in means.items()
        for model, both in models.items()
        for horizon, mean in zip((30, 60), both, strict=True)
    ]
    lake.table(BACKTEST).overwrite(rows(BACKTEST, backtest))
    # At 30 days what sells much is served by the trees when this origin chooses, by the naive rule when it does not; at
    # 60 it was not scored at this origin. Nobody was tried for what sells little.
    scores = [serving(BIG, "naive", 30), serving(BIG, "lightgbm", 30, ORIGIN), serving(BIG, "naive", 60)]
    scores += [serving("active", "naive", 30)]  # of all together: no choice
    lake.table(SCORES).overwrite(rows(SCORES, scores))
    return lake


def test_each_release_is_served_by_its_segment_and_no_longer_window_sells_less(lake: Lake):
    asked = {"served": Input.sql(SERVED_SQL)}
    found = read_inputs(lake, lake.session("run").versions, asked)["served"].sort("unique_id", "horizon")
    assert found.select("unique_id", "horizon", "mean", "q0.9").rows() == [
        ("big", 30, 30.0, 60.0),
        ("big", 60, 30.0, 60.0),  # naive says 25: sixty days hold the thirty before
        ("small", 30, 1.0, 2.0),  # where nothing was measured, the mean of the last 28 days serves
        ("small", 60, 2.0, 4.0),
    ]
