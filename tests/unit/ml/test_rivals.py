"""The simple forecasts against SQL over the raw rows."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.panel import build_panel
from ml.forecasting.rivals import METHODS, RIVALS
from tests.unit.ml.conftest import START
from tests.unit.ml.sql_oracle import ask, per_series, window

COLUMN = {"units": "y", "revenue": "revenue"}


@pytest.mark.parametrize("days_known", [20, 200, 500])
@pytest.mark.parametrize("horizon", [30, 60, 90])
@pytest.mark.parametrize("measure", ["units", "revenue"])
def test_rivals_equal_their_definition(sales: pl.DataFrame, days_known: int, horizon: int, measure: str) -> None:
    origin: date = START + timedelta(days=days_known - 1)
    value = COLUMN[measure]
    naive = window(f"-{horizon - 1}", "0", value)
    columns = [
        f"{naive} as naive",
        f"{window('-27', '0', value)} / {min(28, days_known)} * {horizon} as mean_28",
        f"case when min(ds) <= $origin - interval 364 day then {window('-363', f'{horizon - 364}', value)}"
        f" else {naive} end as seasonal_naive",
        "min(ds) <= $origin - interval 364 day as had_a_year",
    ]
    oracle = ask(per_series(", ".join(columns)), sales, origin)
    panel = build_panel(sales)
    day = panel.day_of(origin)
    rows = panel.has_row(0, day)
    for name, rival in RIVALS.items():
        points = rival(panel, measure, day, horizon)
        np.testing.assert_allclose(points.value[rows], oracle[name].to_numpy(), atol=1e-9, err_msg=name)
    made = [METHODS[code] for code in RIVALS["seasonal_naive"](panel, measure, day, horizon).method[rows]]
    assert made == ["seasonal_naive" if old else "naive" for old in oracle["had_a_year"]]
