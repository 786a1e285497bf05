"""How long a live forecast of one release takes: `python -m benchmarks.live_inference`.

Planted daily sales of 300 releases over 500 days; 1,000 calls in a row on one thread, without HTTP and without reading
the features.
"""

import datetime as dt
from time import perf_counter
from typing import Any

CALLS, RELEASES, DAYS = 1_000, 300, 500


def planted() -> tuple[Any, list[dict[str, float | None]]]:
    """A fit, and the row of features of each release."""
    import numpy as np
    import polars as pl

    from ml.features.releases import feature_rows
    from ml.forecasting.forecaster import default_settings, fit_at, open_history

    rng = np.random.default_rng(1)
    first = dt.date(2026, 1, 31) - dt.timedelta(days=DAYS - 1)
    sales = pl.DataFrame(
        {
            "unique_id": np.repeat([f"R{k}" for k in range(RELEASES)], DAYS),
            "ds": [first + dt.timedelta(days=k) for k in range(DAYS)] * RELEASES,
            "y": rng.poisson(np.repeat(rng.gamma(2, 1, RELEASES), DAYS)).astype(float),
        }
    ).with_columns(revenue=10 * pl.col("y"))
    history = open_history(sales, None, default_settings(num_threads=1))
    day = history.panel.last_day
    rows = feature_rows(history, [history.panel.date_of(day)]).drop("unique_id", "origin").to_dicts()
    return fit_at(history, day), rows


def measure() -> dict[str, float]:
    """Milliseconds to load the fit, of the first call, and of the calls at four points of their distribution."""
    import numpy as np

    from ml.forecasting.persistence import from_bytes, to_bytes
    from ml.promotion.forecast_live import live_forecast

    fitted, rows = planted()
    content, began = to_bytes(fitted), perf_counter()
    model = from_bytes(content)
    loaded, took = (perf_counter() - began) * 1_000, []
    for call in range(CALLS):
        began = perf_counter()
        live_forecast(model, rows[call % RELEASES], 30)
        took.append((perf_counter() - began) * 1_000)
    points = np.percentile(took, [50, 95, 99, 100])
    named = zip(("median", "p95", "p99", "slowest"), (float(one) for one in points), strict=True)
    return {"load": loaded, "first call": took[0], **dict(named)}


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name}: {value:.2f} ms")
