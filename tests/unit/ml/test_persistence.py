"""A model that was written and read back forecasts the very same bytes."""

import datetime as dt
import zlib

import numpy as np
import polars as pl
import pytest

from ml.forecasting.forecaster import default_settings, fit, predict
from ml.forecasting.persistence import from_bytes, to_bytes


def sales_of(days: int, series: int = 40) -> pl.DataFrame:
    rng = np.random.default_rng(5)
    start = dt.date(2020, 1, 1)
    rows = [
        (f"R{number:03}", start + dt.timedelta(days=day), float(units), float(units) * 9.5)
        for number in range(series)
        for day, units in enumerate(rng.poisson(1 + number / 8, days))
        if units
    ]
    return pl.DataFrame(rows, schema=["unique_id", "ds", "y", "revenue"], orient="row")


@pytest.mark.parametrize("days", [500, 60])
def test_a_model_read_back_forecasts_the_same_bytes(days: int) -> None:
    sales = sales_of(days)
    origin = sales["ds"].max()
    assert isinstance(origin, dt.date)
    model = fit(sales, origin, None, default_settings(num_threads=1))
    again = from_bytes(to_bytes(model))
    assert again.origin == origin
    assert predict(again, sales, origin).equals(predict(model, sales, origin), null_equal=False)


def test_another_format_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="format 99"):
        from_bytes(zlib.compress(b'{"format": 99}'))
