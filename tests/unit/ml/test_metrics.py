"""Every metric against numbers worked out by hand or in plain NumPy."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from ml.forecasting.metrics import evaluate

ORIGINS = (date(2022, 6, 1), date(2022, 7, 1))


def frame(**columns: object) -> pl.DataFrame:
    """Backtest rows of one model and horizon with the given columns."""
    rows = pl.DataFrame(columns)
    fixed = {
        "model": "m",
        "target": "units",
        "horizon": 30,
        "origin": ORIGINS[0],
        "is_active": True,
        "loss_scale": 1.0,
        "naive_squared_error": 1.0,
        "unique_id": "A",
    }
    return rows.with_columns([pl.lit(v).alias(k) for k, v in fixed.items() if k not in rows.columns])


def pooled(scores: pl.DataFrame, population: str = "active") -> dict[str, object]:
    rows = scores.filter(pl.col("origin").is_null() & (pl.col("population") == population))
    return rows.row(0, named=True)


HAND = {
    "unique_id": ["A", "B", "C"],
    "actual": [10.0, 0.0, 4.0],
    "mean": [8.0, 1.0, 4.0],
    "q0.1": [4.0, 0.0, 5.0],
    "q0.5": [9.0, 0.0, 6.0],
    "q0.9": [12.0, 3.0, 7.0],
    "loss_scale": [10.0, 1.0, 2.0],
    "naive_squared_error": [4.0, 0.0, 1.0],
}


def test_hand_computed() -> None:
    got = pooled(evaluate(frame(**HAND)))
    assert got["n"] == 3
    assert got["wape"] == pytest.approx(3 / 14)
    assert got["wape_p50"] == pytest.approx(3 / 14)
    assert got["bias"] == pytest.approx((13 - 14) / 14)
    # A: .1*6/10, .5*1/10, .1*2/10 (above); B: 0, 0, .1*3/1; C: .9*1/2, .5*2/2, .1*3/2
    assert got["pinball_p10"] == pytest.approx((0.06 + 0 + 0.45) / 3)
    assert got["pinball_p50"] == pytest.approx((0.05 + 0 + 0.5) / 3)
    assert got["pinball_p90"] == pytest.approx((0.02 + 0.3 + 0.15) / 3)
    assert got["pinball"] == pytest.approx((0.51 + 0.55 + 0.47) / 3)
    assert got["coverage_p90"] == 1.0
    assert got["width"] == pytest.approx((0.8 + 3.0 + 1.0) / 3)
    # A errs by 2 against a naive root mean square of 2, C not at all, B has no naive error to divide by.
    assert (got["rmsse"], got["n_without_rmsse"]) == (pytest.approx(0.5), 1)


def test_zero_actuals_give_null_not_infinity() -> None:
    got = pooled(evaluate(frame(**{**HAND, "actual": [0.0, 0.0, 0.0]})))
    assert (got["wape"], got["wape_p50"], got["bias"]) == (None, None, None)


def test_rmsse_pools_origins_within_a_release() -> None:
    rows = frame(
        **{k: [v, v] for k, v in {"mean": 0.0, "q0.1": 0.0, "q0.5": 0.0, "q0.9": 0.0}.items()},
        actual=[3.0, 4.0],
        origin=list(ORIGINS),
        naive_squared_error=[1.0, 4.0],
    )
    assert pooled(evaluate(rows))["rmsse"] == pytest.approx(np.sqrt(((9 + 16) / 2) / ((1 + 4) / 2)))


@pytest.mark.parametrize("zeros", [0.85, 0.95, 1.0])
def test_ties_at_zero_count_by_randomised_pit(zeros: float) -> None:
    """All rows forecast P90 = 0: with a share of zeros above .9 the coverage is .9 and not that share."""
    n = 20_000
    actual = np.where(np.arange(n) < round(zeros * n), 0.0, 1.0)
    flat = {q: np.zeros(n) for q in ("mean", "q0.1", "q0.5", "q0.9")}
    rows = frame(unique_id=[f"{i:05d}" for i in range(n)], actual=actual, **flat)
    got = pooled(evaluate(rows))["coverage_p90"]
    assert got == pytest.approx(min(zeros, 0.9), abs=0.01)
    shuffled = rows.sample(fraction=1, shuffle=True, seed=1)
    assert pooled(evaluate(shuffled))["coverage_p90"] == got


def test_populations_and_origins_stand_apart() -> None:
    rows = frame(
        unique_id=["A", "B", "A", "B"],
        origin=[ORIGINS[0], ORIGINS[0], ORIGINS[1], ORIGINS[1]],
        is_active=[True, False, True, True],
        actual=[1.0, 2.0, 3.0, 4.0],
        mean=[2.0, 2.0, 2.0, 2.0],
        **{q: [0.0, 0.0, 0.0, 0.0] for q in ("q0.1", "q0.5", "q0.9")},
    )
    scores = evaluate(rows)
    wape = {(r["origin"], r["population"]): r["wape"] for r in scores.iter_rows(named=True)}
    assert wape == {
        (ORIGINS[0], "active"): 1.0,
        (ORIGINS[0], "dormant"): 0.0,
        (ORIGINS[1], "active"): pytest.approx(3 / 7),
        (None, "active"): pytest.approx(4 / 8),
        (None, "dormant"): 0.0,
    }


def test_segments_are_scored_apart_and_leave_the_whole_as_it_is() -> None:
    """A segment's WAPE is that of its rows alone; active and dormant are as they are without segments."""
    rng = np.random.default_rng(4)
    n = 60
    rows = pl.DataFrame(
        {
            "model": "naive", "target": "units", "horizon": pl.Series([30] * n, dtype=pl.Int32),
            "origin": [date(2023, 1, 1 + k % 2) for k in range(n)], "unique_id": [f"R{k}" for k in range(n)],
            "is_active": [k % 10 != 0 for k in range(n)], "actual": rng.uniform(1, 9, n), "mean": rng.uniform(1, 9, n),
            "q0.1": 1.0, "q0.5": 4.0, "q0.9": 8.0, "loss_scale": 1.0, "naive_squared_error": 1.0,
        }
    )  # fmt: skip
    named = rows.with_columns(segment=pl.Series([("low, warm", "high, young")[k % 3 > 0] for k in range(n)]))
    scores = evaluate(named)
    plain = evaluate(rows)
    assert scores.filter(pl.col("population").is_in(["active", "dormant"])).equals(plain)
    for segment in ("low, warm", "high, young"):
        own = named.filter((pl.col("segment") == segment) & pl.col("is_active"))
        actual, mean = (own[name].to_numpy() for name in ("actual", "mean"))
        wape = np.abs(actual - mean).sum() / actual.sum()
        (row,) = scores.filter((pl.col("population") == segment) & pl.col("origin").is_null()).to_dicts()
        assert row["n"] == own.height
        assert row["wape"] == pytest.approx(wape)


def test_windows_out_of_stock_are_held_against_what_would_have_sold_or_left_out() -> None:
    rows = pl.DataFrame(
        {
            "model": "naive", "target": "units", "horizon": pl.Series([30] * 3, dtype=pl.Int32),
            "origin": date(2023, 1, 1), "unique_id": ["A", "B", "C"], "is_active": True,
            "actual": [10.0, 5.0, 0.0], "demand": [10.0, 9.0, None], "mean": [8.0, 8.0, 8.0],
            "q0.1": 1.0, "q0.5": 4.0, "q0.9": 8.0, "loss_scale": 1.0, "naive_squared_error": 1.0,
        }
    )  # fmt: skip
    (row,) = evaluate(rows).filter(pl.col("origin").is_null()).to_dicts()
    assert row["n"] == 2
    assert row["wape"] == pytest.approx((2 + 1) / 19)
