"""Decisions: the newsvendor's stock, budgets that keep their total, money by hand, a ranking with variety."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from ml.decisions.decide import DecisionRules, decide, risk_levels
from ml.decisions.ranking import ranked
from ml.decisions.stock import StockRules, order_up_to, scenario_profit


def plans(**changes: list[float | None]) -> pl.DataFrame:
    columns: dict[str, list[float | None]] = {
        "units_p10": [20.0, 5.0, 0.0],
        "units_p50": [40.0, 10.0, 4.0],
        "units_p90": [60.0, 30.0, 8.0],
        "sold_30": [30.0, 20.0, 4.0],
        "available": [5.0, 100.0, None],
        "incoming": [0.0, 0.0, None],
        "unit_price": [10.0, 10.0, 10.0],
        "unit_cost": [6.0, 6.0, 6.0],
    }
    frame = pl.DataFrame(columns | changes, schema=dict.fromkeys(columns, pl.Float64))
    return frame.with_columns(
        release_id=pl.Series(["R1", "R2", "R3"]), origin=pl.lit(dt.date(2026, 1, 1)), model=pl.lit("lightgbm")
    )


def test_the_target_is_the_quantile_at_the_critical_ratio() -> None:
    p10, p50, p90, price, cost = (np.array([value]) for value in (20.0, 40.0, 60.0, 10.0, 6.0))
    # A month ahead without waiting; a unit missing loses 4, one left over 3.
    target = order_up_to(p10, p50, p90, price, cost, StockRules(lead_days=23, review_days=7))
    slope = (np.log1p(60) - np.log1p(40)) / norm.ppf(0.9)
    assert target[0] == np.ceil(np.expm1(np.log1p(40) + slope * norm.ppf(4 / 7)))


def test_scenarios_are_the_money_that_the_order_adds() -> None:
    row = decide(plans()).filter(release_id="R1").row(0, named=True)
    order, demand = row["order_units"], 40.0 * 21 / 30
    assert row["stock_target"] == order + 5
    with_order = min(demand, 5 + order) * 4 - max(5 + order - demand, 0) * 0.5 * 6
    assert row["profit_expected"] == pytest.approx(with_order - 5 * 4)
    assert row["profit_low"] <= row["profit_expected"] <= row["profit_high"]
    profit = scenario_profit(np.array([10.0]), np.array([12.0]), np.array([10.0]), np.array([6.0]), 0.5)
    assert profit[0] == 10 * 4 - 2 * 3


def with_past(**more: list[float | None]) -> pl.DataFrame:
    """The plans with daily sales: R1 sold 1 and 3 in turn for 100 days, R2 is young, R3 unknown."""
    past: dict[str, list[float | None]] = {
        "past_days": [100.0, 20.0, None],
        "past_units": [200.0, 40.0, None],
        "past_squares": [50 * 1.0 + 50 * 9.0, 80.0, None],
        "available": [5.0, 0.0, 0.0],
        "incoming": [0.0, 0.0, 0.0],
    }
    return plans().with_columns(pl.Series(name, values, pl.Float64) for name, values in (past | more).items())


def test_the_stock_is_the_mean_and_deviations_of_past_days_where_enough_are_known() -> None:
    found = {row["release_id"]: row for row in decide(with_past()).iter_rows(named=True)}
    daily = np.tile([1.0, 3.0], 50)
    assert found["R1"]["stock_target"] == np.ceil(daily.mean() * 21 + 1.28 * daily.std() * np.sqrt(21))
    by_forecast = {row["release_id"]: row for row in decide(with_past(), policy="newsvendor").iter_rows(named=True)}
    assert by_forecast["R1"]["stock_target"] != found["R1"]["stock_target"]
    for young in ("R2", "R3"):
        assert by_forecast[young]["stock_target"] == found[young]["stock_target"] > 0
    with pytest.raises(ValueError, match="give one of sigma_root, newsvendor"):
        decide(with_past(), policy="lucky")


def test_a_releases_own_lead_time_and_least_order_win_over_the_defaults() -> None:
    own = {"lead_days": [60.0, None, None], "least_order": [None, 10_000.0, None]}
    found = {row["release_id"]: row for row in decide(with_past(**own)).iter_rows(named=True)}
    assert found["R1"]["stock_target"] == np.ceil(2 * 67 + 1.28 * np.sqrt(67))
    assert found["R1"]["order_units"] == found["R1"]["stock_target"] - 5
    assert found["R2"]["order_units"] == 0  # fewer than the supplier takes an order for
    assert found["R3"]["order_units"] == found["R3"]["stock_target"] > 0


def test_without_a_known_stock_nothing_is_ordered_and_with_enough_neither() -> None:
    found = {row["release_id"]: row for row in decide(plans()).iter_rows(named=True)}
    assert found["R3"]["order_units"] is None
    assert found["R2"]["order_units"] == 0
    assert found["R2"]["kind"] == found["R3"]["kind"] == "hold"


def test_risk_is_the_spread_of_the_forecast() -> None:
    assert risk_levels(np.array([100.0, 100.0, 100.0]), np.array([150.0, 180.0, 300.0])) == ["Low", "Medium", "High"]


def test_more_demand_orders_more() -> None:
    usual, busy = decide(plans()), decide(plans(), DecisionRules(demand_factor=1.5))
    assert busy["order_units"].sum() > usual["order_units"].sum()


def test_the_first_rows_are_of_several_kinds() -> None:
    rows = pl.DataFrame(
        {
            "kind": ["order"] * 4 + ["advertise"],
            "impact": [100.0, 99.0, 98.0, 97.0, 90.0],
            "confidence": [1.0] * 5,
            "urgency": [1.0] * 5,
        }
    )
    assert ranked(rows, "kind")["kind"].to_list()[:3] == ["order", "advertise", "order"]


def test_units_that_come_back_are_not_ordered() -> None:
    """A fifth of R1 comes back, by as many units as count against the prior: half of that share is its own."""
    usual = decide(with_past()).filter(release_id="R1").row(0, named=True)
    past = with_past().with_columns(past_returns=pl.Series([50.0, 0.0, None], dtype=pl.Float64))
    row = decide(past).filter(release_id="R1").row(0, named=True)
    share = (50 + 50 * 50 / 240) / (200 + 50)
    assert row["expected_returns"] == pytest.approx(share * 40 * 21 / 30)
    assert row["stock_target"] == usual["stock_target"]
    assert row["order_units"] == np.ceil(usual["stock_target"] - 5 - row["expected_returns"])
    assert usual["expected_returns"] == 0
