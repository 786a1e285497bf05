"""The simple forecasts against SQL over the raw rows."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecasting.facts import Facts
from ml.forecasting.panel import CHANCE_RATE, SIZE_RATE, build_panel
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
        if name == "tsb":
            continue  # below, day by day
        points = rival(panel, measure, day, horizon)
        np.testing.assert_allclose(points.value[rows], oracle[name].to_numpy(), atol=1e-9, err_msg=name)
    made = [METHODS[code] for code in RIVALS["seasonal_naive"](panel, measure, day, horizon).method[rows]]
    assert made == ["seasonal_naive" if old else "naive" for old in oracle["had_a_year"]]


@pytest.mark.parametrize("days_known", [120, 500])
def test_tsb_equals_its_weighted_means_day_by_day(sales: pl.DataFrame, facts: Facts, days_known: int) -> None:
    """By hand: each day in stock since the first sale weighs 3% less than the next, each day with a sale 10% less."""
    day = days_known - 1
    panel = build_panel(sales, facts.stock_outs)
    out = set(facts.stock_outs.iter_rows())  # type: ignore[union-attr]
    made = {m: RIVALS["tsb"](panel, m, day, 60).value for m in ("units", "revenue")}
    faded = 0
    for number, name in enumerate(panel.ids):
        own = sales.filter((pl.col("unique_id") == name) & (pl.col("ds") <= panel.date_of(day))).sort("ds")
        if own.is_empty():
            assert made["units"][number] == 0
            continue
        first = own["ds"][0]
        days = [first + timedelta(days=k) for k in range((panel.date_of(day) - first).days + 1)]
        # A sale on a day out of stock is counted at the age of the day in stock before it.
        clock = np.cumsum([d == first or (name, d) not in out for d in days]) - 1
        ages = np.array([clock[-1] - clock[(d - first).days] for d in own["ds"]])
        length = max(int(clock[-1]) + 1, 28)
        chance = CHANCE_RATE * ((1 - CHANCE_RATE) ** ages).sum() / (1 - (1 - CHANCE_RATE) ** length)
        weights = (1 - SIZE_RATE) ** np.arange(own.height)[::-1]
        for measure, column in COLUMN.items():
            size = weights @ own[column].to_numpy() / weights.sum()
            assert made[measure][number] == pytest.approx(60 * chance * size)
        faded += clock[-1] + 1 < len(days)
    assert faded > 5
