"""Planners' figures against hand calculations, SciPy and simulation."""

from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ml.planning.buying import bought
from ml.planning.changes import explain_changes
from ml.planning.distribution import chance_of_at_most, moved_to, quantile
from ml.planning.life import stage
from ml.planning.ordering import critical_ratio, order
from ml.planning.overrides import added_value
from ml.planning.plan import plan
from ml.planning.rules import Rules
from ml.planning.tracking import LIMITS, limit, tracking_signal, verdict


def arrays(*values: float) -> tuple[Any, Any, Any]:
    low, middle, high = (np.array([value]) for value in values)
    return low, middle, high


def test_a_log_normal_demand_is_met_at_every_level() -> None:
    """Demand + 1 is log-normal: its three quantiles give back the whole of it, as SciPy has it."""
    demand = stats.lognorm(s=0.8, scale=41)
    three = arrays(*(demand.ppf([0.1, 0.5, 0.9]) - 1))
    for level in (0.02, 0.1, 0.3, 0.5, 0.77, 0.9, 0.95, 0.99):
        assert quantile(*three, level)[0] == pytest.approx(max(demand.ppf(level) - 1, 0), rel=1e-9)
    for units in (1.0, 12.0, 40.0, 90.0, 250.0):
        assert chance_of_at_most(*three, np.array([units]))[0] == pytest.approx(demand.cdf(units + 1), rel=1e-9)


three_quantiles = st.lists(st.floats(0, 1e5), min_size=3, max_size=3).map(sorted)


@given(three_quantiles, st.floats(0, 2e5), st.floats(0, 2e5))
def test_chances_rise_with_the_units_and_agree_with_the_quantiles(
    quantiles: list[float], one: float, other: float
) -> None:
    p = arrays(*quantiles)
    low, high = sorted((one, other))
    chances = [chance_of_at_most(*p, np.array([units]))[0] for units in (low, high)]
    if not np.isnan(chances).any():
        assert 0 <= chances[0] <= chances[1] <= 1
    levels = [quantile(*p, level)[0] for level in (0.01, 0.1, 0.3, 0.5, 0.8, 0.9, 0.99)]
    assert levels == sorted(levels)
    assert levels[1] == pytest.approx(quantiles[0], abs=1e-6, rel=1e-9)
    assert levels[3] == pytest.approx(quantiles[1], abs=1e-6, rel=1e-9)
    assert levels[5] == pytest.approx(quantiles[2], abs=1e-6, rel=1e-9)


def test_a_release_that_has_stopped_says_only_what_is_known() -> None:
    nothing = arrays(0, 0, 0)
    assert np.isnan(chance_of_at_most(*nothing, np.array([0.0]))[0])
    assert chance_of_at_most(*nothing, np.array([-3.0]))[0] == 0
    slow = arrays(0, 0, 2)
    assert chance_of_at_most(*slow, np.array([0.0]))[0] == pytest.approx(0.5)
    assert chance_of_at_most(*slow, np.array([2.0]))[0] == pytest.approx(0.9)


def test_an_override_moves_all_quantiles_of_units_plus_one_by_one_factor() -> None:
    p10, p50, p90 = moved_to(np.array([39.0]), *arrays(9, 19, 59))
    assert (p10[0], p50[0], p90[0]) == pytest.approx((19, 39, 119))


def test_the_newsvendors_quantity_has_the_greatest_expected_profit() -> None:
    """By simulation: no other stock earns more than the quantile at the critical ratio."""
    price, cost, lost = 10.0, 6.0, 0.5
    ratio = critical_ratio(np.array([price]), np.array([cost]), lost)[0]
    assert ratio == pytest.approx(4 / 7)
    demand = stats.lognorm(s=0.6, scale=51)
    three = arrays(*(demand.ppf([0.1, 0.5, 0.9]) - 1))
    best = quantile(*three, ratio)[0]
    drawn = demand.rvs(200_000, random_state=3) - 1
    stocks = np.arange(30, 90)
    earned = [4 * np.minimum(drawn, s).mean() - 3 * np.maximum(s - drawn, 0).mean() for s in stocks]
    assert abs(stocks[int(np.argmax(earned))] - best) <= 2
    assert critical_ratio(np.array([5.0]), np.array([6.0]), lost)[0] == 0


def test_orders_count_what_is_there_on_its_way_and_promised() -> None:
    target, available, incoming = np.array([50.2, 10, 10, 10]), np.array([20, 30, -5, np.nan]), np.array([5.0, 0, 0, 0])
    assert order(target, available, incoming).tolist()[:3] == [26, 0, 15]
    assert np.isnan(order(target, available, incoming)[3])


def test_a_rule_that_no_order_can_follow_is_refused() -> None:
    with pytest.raises(ValueError, match=r"service level 1\.0"):
        Rules(1.0, 0.6, 0.5)
    with pytest.raises(ValueError, match="cost share 0"):
        Rules(0.9, 0.0, 0.5)


def test_stages_of_life() -> None:
    age = np.array([20, 400, 400, 400, 400, np.nan])
    sold = np.array([30, 0, 0, 100, 100, 0])
    p50 = np.array([50, 0.4, 3, 40, 90, 5])
    p90 = np.array([90, 2, 9, 99, 180, 9])
    assert stage(age, sold, p50, p90).tolist() == ["starting", "ended", "selling", "fading", "selling", "starting"]


def test_tracking_signals_by_hand() -> None:
    """Errors 10, -2, 6: Trigg's sums weigh by .128, .16, .2; Brown's are 14 over a mean of 6."""
    errors = np.array([[10.0, -2.0, 6.0], [np.nan, np.nan, 4.0], [0.0, 0.0, 0.0]])
    trigg, brown = tracking_signal(errors)
    assert trigg[0] == pytest.approx((10 * 0.128 - 2 * 0.16 + 6 * 0.2) / (10 * 0.128 + 2 * 0.16 + 6 * 0.2))
    assert brown[0] == pytest.approx(14 / 6)
    assert (trigg[1], brown[1]) == (1, 1)
    assert np.isnan(trigg[2])
    assert np.isnan(brown[2])


@pytest.mark.parametrize("origins", LIMITS)
def test_one_in_twenty_without_bias_passes_the_limit(origins: int) -> None:
    errors = np.random.default_rng(origins).normal(size=(40_000, origins))
    trigg, _ = tracking_signal(errors)
    passed = np.abs(trigg) > limit(np.full(len(trigg), origins))
    assert passed.mean() == pytest.approx(0.05, abs=0.005)


def test_bias_is_named_by_its_side_and_never_after_few_origins() -> None:
    errors = np.column_stack([np.full(12, 5.0), np.full(12, -5.0), np.full(12, 5.0), np.zeros(12)]).T.copy()
    errors[2, :7] = np.nan
    trigg, _ = tracking_signal(errors)
    assert verdict(trigg, (~np.isnan(errors)).sum(axis=1)) == ["too low", "too high", None, None]


def reasons(*rows: tuple[str, str, float]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=["release_id", "reason", "units"], orient="row")
    return frame.with_columns(pl.lit(30, pl.Int32).alias("horizon_days"))


def test_a_change_is_told_by_the_reasons_that_moved_it_and_adds_up() -> None:
    before = reasons(("A", "base", 10.0), ("A", "season", 2.0), ("A", "price", -1.0), ("B", "base", 3.0))
    now = reasons(("A", "base", 14.0), ("A", "season", -1.0), ("A", "pause", 0.5), ("C", "base", 8.0))
    told = explain_changes(now, before, {"base": "its usual pace", "season": "the time of year"}).to_dicts()
    assert [row["release_id"] for row in told] == ["A"]
    assert told[0]["previous_p50"] == pytest.approx(11)
    assert told[0]["change_units"] == pytest.approx(13.5 - 11)
    assert told[0]["change_why"] == "its usual pace +4.0, the time of year −3.0"


def test_the_value_of_an_override_is_the_error_it_saved() -> None:
    rows = pl.DataFrame({"units": [120.0, 80.0], "p50": [100.0, 100.0], "actual": [130.0, 99.0]})
    value = added_value(rows)
    assert value["error_with"].to_list() == [10, 19]
    assert value["error_without"].to_list() == [30, 1]
    assert value["added_units"].to_list() == [20, -18]


def test_a_plan_goes_by_the_override_and_leaves_empty_what_is_not_known() -> None:
    row: dict[str, Any] = {
        "units_p10": 9.0,
        "units_p50": 19.0,
        "units_p90": 59.0,
        "override_units": None,
        "available": 19,
        "incoming": 4,
    }
    row |= {"origin": date(2026, 1, 31), "horizon_days": 30, "units_mean": 30.0, "stated_cost": None}
    row |= {"release_date": None, "lead_days": None}
    row |= {"unit_price": 10.0, "usual_price": 10.0, "age_days": 300, "sold_90": 40, "p50_90": 60.0, "p90_90": 150.0}
    bare = row | {"available": None, "incoming": None, "unit_price": None, "usual_price": None}
    made = plan(pl.DataFrame([row, row | {"override_units": 39.0}, bare]), Rules(0.9, 0.6, 0.5)).to_dicts()
    assert [one["plan_units"] for one in made] == [19, 39, 19]
    assert made[0]["chance_above_stock"] == pytest.approx(0.5)
    assert made[1]["chance_above_stock"] > 0.7
    assert [one["service_stock"] for one in made] == [59, 119, 59]
    assert [one["service_order"] for one in made] == [59 - 23, 119 - 23, None]
    assert made[0]["margin_level"] == pytest.approx(4 / 7)
    assert [made[2][name] for name in ("chance_above_stock", "margin_stock", "margin_order", "margin_level")] == [
        None
    ] * 4
    assert {one["life_stage"] for one in made} == {"selling"}


def test_costs_margins_and_the_day_to_order_by() -> None:
    row = {"origin": date(2026, 1, 31), "horizon_days": 30, "units_mean": 60.0, "available": 19, "incoming": 4}
    row |= {
        "release_date": date(2024, 1, 1),
        "lead_days": 7,
        "stated_cost": 4.0,
        "unit_price": 10.0,
        "usual_price": 9.0,
    }
    to_come = row | {"release_date": date(2026, 3, 20), "lead_days": 21, "stated_cost": None}
    bare = row | {"lead_days": None, "stated_cost": None, "usual_price": None, "unit_price": None}
    idle = row | {"units_mean": 0.0}
    made = bought(pl.DataFrame([row, to_come, bare, idle, row | {"available": None}]), Rules(0.9, 0.6, 0.5)).to_dicts()
    names = ("unit_cost", "is_cost_stated", "unit_margin", "margin_share")
    assert [made[0][name] for name in names] == [4, True, 6, 0.6]
    assert [made[1][name] for name in names] == [pytest.approx(5.4), False, pytest.approx(4.6), pytest.approx(0.46)]
    assert [made[2][name] for name in names] == [None, False, None, None]
    # 23 units at two a day last 11 days, to 11 February; the order takes 7. The release to come: 20 March less 21 days.
    assert [one["order_by"] for one in made] == [date(2026, 2, 4), date(2026, 2, 27), None, None, None]
