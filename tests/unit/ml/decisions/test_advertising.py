"""Advertising: spend and lift by hand, the best budgets by an optimiser, and nothing where nothing is known."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest
from scipy.optimize import minimize

from ml.decisions.advertising import ESTIMATOR, PRIOR, allocate_budget, response
from ml.decisions.decide import DecisionRules, decide

ORIGIN = dt.date(2026, 6, 30)
SCHEMA = {
    "release_id": pl.String,
    "category": pl.String,
    "started_on": pl.Date,
    "ended_on": pl.Date,
    "spend": pl.Float64,
}


def plans() -> pl.DataFrame:
    names = ["R1", "R2", "R3", "R4"]
    return pl.DataFrame(
        {
            "release_id": names,
            "genre": ["Rock", "Rock", "Jazz", None],
            "sold_30": [30.0, 10.0, 20.0, 5.0],
            "units_p10": [20.0, 5.0, 10.0, 1.0],
            "units_p50": [30.0, 10.0, 20.0, 5.0],
            "units_p90": [40.0, 12.0, 25.0, 20.0],
            "available": [500.0] * 4,
            "incoming": [0.0] * 4,
            "unit_price": [10.0] * 4,
            "unit_cost": [6.0] * 4,
        }
    ).with_columns(origin=pl.lit(ORIGIN), model=pl.lit("m"))


def campaigns(*rows: tuple[str | None, str | None, int, int, float]) -> pl.DataFrame:
    """Rows of release, category, first and last day before the origin, and spend."""
    return pl.DataFrame(
        [(r, c, ORIGIN - dt.timedelta(days=a), ORIGIN - dt.timedelta(days=b), s) for r, c, a, b, s in rows],
        schema=SCHEMA,
        orient="row",
    )


def units(lifted: range, per_day: float) -> pl.DataFrame:
    """R1 sells one a day and `per_day` on the lifted days before the origin; all others ten a day."""
    rows = []
    for back in range(200):
        day, own = ORIGIN - dt.timedelta(days=back), per_day if back in lifted else 1.0
        rows += [("R1", day, own), (None, day, 10.0)]
    return pl.DataFrame(rows, schema={"release_id": pl.String, "ds": pl.Date, "units": pl.Float64}, orient="row")


def test_spend_is_that_of_the_release_and_its_part_of_the_genres() -> None:
    given = campaigns(("R1", None, 59, 50, 600.0), (None, "Rock", 29, 20, 1_200.0), (None, "Pop", 29, 20, 900.0))
    found = response(plans(), given, units(range(0), 1.0), np.full(4, 4.0))
    assert found.spend[:2].tolist() == pytest.approx([100 + 200 * 0.75, 200 * 0.25])
    assert np.isnan(found.spend[2:]).all()  # neither they nor their genre had a campaign
    partly = campaigns(("R1", None, 189, 170, 600.0))  # 10 of its 20 days lie within the last 180
    assert response(plans(), partly, units(range(0), 1.0), np.full(4, 4.0)).spend[0] == pytest.approx(50)


def test_the_lift_of_a_campaign_is_its_margin_above_the_pace_before() -> None:
    given = campaigns(("R1", None, 59, 50, 400.0), (None, "Rock", 29, 20, 1_200.0), ("R1", None, 5, 0, 900.0))
    found = response(plans(), given, units(range(43, 60), 3.0), np.full(4, 4.0))
    lift = (3 - 1) * 17 * 4.0  # ten days and a week after
    own = lift / math.sqrt(400)
    assert found.margin_per_root[0] == pytest.approx((own + PRIOR * own) / (1 + PRIOR))  # the last is not over yet
    assert found.margin_per_root[1] == pytest.approx(own)  # that of all campaigns
    assert response(plans(), given, units(range(43, 60), 0.0), np.full(4, 4.0)).margin_per_root[0] == 0  # it cost sales


def test_budgets_are_the_best_within_floor_ceiling_and_total() -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        count = int(rng.integers(2, 6))
        before, gain = rng.uniform(50, 500, count), rng.uniform(0.5, 20, count)
        low, high = before * rng.uniform(0.4, 0.9), before * rng.uniform(1.1, 1.8)
        found = allocate_budget(gain, low, high, float(before.sum()))
        assert found.sum() == pytest.approx(before.sum(), rel=1e-6)
        best = minimize(
            lambda budget, gain=gain: -(gain * np.sqrt(budget)).sum(),
            before,
            bounds=list(zip(low, high, strict=True)),
            constraints={"type": "eq", "fun": lambda budget, before=before: budget.sum() - before.sum()},
            options={"maxiter": 500, "ftol": 1e-12},
        )
        assert (gain * np.sqrt(found)).sum() >= -best.fun * (1 - 1e-6)


def test_ten_thousand_allocations_break_no_bound() -> None:
    rng = np.random.default_rng(8)
    for _ in range(10_000):
        count = int(rng.integers(1, 8))
        before = rng.uniform(0, 300, count) * (rng.random(count) < 0.8)
        gain = rng.uniform(0, 9, count) * (rng.random(count) < 0.7)
        low, high = before * rng.uniform(0, 1), before * rng.uniform(1, 2)
        total = float(before.sum()) * rng.uniform(0.3, 2)
        found = allocate_budget(gain, low, high, total)
        assert ((found >= low - 1e-6) & (found <= high + 1e-6)).all()
        assert found.sum() == pytest.approx(min(max(total, low.sum()), high.sum()), rel=1e-6, abs=1e-6)


def test_a_decision_names_the_estimator_and_is_null_where_nothing_is_known() -> None:
    given = campaigns(("R1", None, 59, 50, 600.0), (None, "Rock", 29, 20, 1_200.0))
    found = {
        row["release_id"]: row
        for row in decide(plans(), None, None, given, units(range(43, 60), 3.0)).iter_rows(named=True)
    }
    assert found["R1"]["advertising_estimator"] == ESTIMATOR
    known = [found[name] for name in ("R1", "R2")]
    total = sum(row["advertising_before"] for row in known)
    assert sum(row["advertising_budget"] for row in known) == pytest.approx(total)
    assert sum(row["advertising_gain"] for row in known) >= 0
    assert [found[name]["advertising_budget"] for name in ("R3", "R4")] == [None, None]
    assert found["R4"]["kind"] == "hold"
    more = decide(plans(), DecisionRules(advertising_factor=1.2), None, given, units(range(43, 60), 3.0))
    assert more["advertising_budget"].sum() == pytest.approx(1.2 * total)
    assert decide(plans())["advertising_budget"].null_count() == 4
