"""Elasticities against planted truth, closed forms and least squares."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from ml.pricing.elasticity import estimate_elasticities, evaluate, fit
from ml.pricing.inverting import inverse_beside_unit, root_of
from tests.unit.ml.pricing.planted_sales import controlled_ols, planted_counts, planted_sales


def test_pooling_halves_the_error_of_least_squares_and_its_intervals_hold() -> None:
    rows = []
    for seed in range(3):
        sales, truth = planted_sales(seed)
        ours = evaluate(estimate_elasticities(sales), truth)
        ols = controlled_ols(sales).with_columns(low=pl.lit(0.0), high=pl.lit(0.0))
        rows.append((ours["rmse"], evaluate(ols, truth)["rmse"], ours["coverage"]))
    ours_rmse, ols_rmse, coverage = np.array(rows).mean(axis=0)
    assert ours_rmse <= 0.5 * ols_rmse
    assert 0.8 <= coverage <= 0.97


def test_the_same_holds_for_counts_with_prices_that_stay_and_shared_shocks() -> None:
    """A generator of another form, which no choice of the estimator has seen."""
    rows = []
    for seed in range(1, 9):
        sales, truth = planted_counts(seed)
        ours = evaluate(estimate_elasticities(sales), truth)
        ols = controlled_ols(sales.with_columns(pl.col("units").clip(0.5)))
        ols = ols.with_columns(low=pl.lit(0.0), high=pl.lit(0.0))
        rows.append((ours["rmse"], evaluate(ols, truth)["rmse"], ours["coverage"]))
    print(np.array(rows).round(3).tolist())
    ours_rmse, ols_rmse, coverage = np.array(rows).mean(axis=0)
    assert ours_rmse <= 0.5 * ols_rmse
    assert 0.85 <= coverage <= 0.95


def test_without_noise_the_answer_is_exact() -> None:
    days = [dt.date(2026, 1, 5) + dt.timedelta(weeks=week) for week in range(12)]
    price = np.tile([10.0, 9.0, 8.0], 4)
    frames = [
        pl.DataFrame({"product_id": name, "ds": days, "price": price, "units": 1e6 * price**slope})
        for name, slope in (("A", -1.0), ("B", -2.5))
    ]
    found = estimate_elasticities(pl.concat(frames))
    assert found["elasticity"].to_list() == pytest.approx([-1.0, -2.5], abs=1e-3)
    assert found["n"].to_list() == [12, 12]


def test_a_product_whose_price_never_moved_gets_its_categorys_elasticity_with_a_wider_interval() -> None:
    sales, _ = planted_sales(5, products=12, weeks=52)
    still = sales.filter(pl.col("product_id") == "P000").with_columns(
        price=pl.lit(15.0), units=pl.Series(np.random.default_rng(1).lognormal(4, 0.3, 52)), product_id=pl.lit("still")
    )
    model = fit(pl.concat([sales, still]))
    row = model.predict(["still"]).row(0, named=True)
    centre = model.categories.row(0, named=True)["elasticity"]
    assert row["elasticity"] == pytest.approx(centre, abs=0.1)
    others = model.predict().filter(pl.col("product_id") != "still")
    assert row["high"] - row["low"] > (others["high"] - others["low"]).median()


def test_no_price_ever_moved_gives_null_and_not_a_number() -> None:
    days = [dt.date(2026, 1, 5) + dt.timedelta(weeks=week) for week in range(5)]
    found = estimate_elasticities(pl.DataFrame({"product_id": "A", "ds": days, "price": 9.0, "units": [1, 2, 3, 4, 5]}))
    assert found.row(0) == ("A", None, None, None, 5)


def test_stock_outs_do_not_count() -> None:
    sales, _ = planted_sales(6, products=6, weeks=30)
    marked = sales.with_columns(in_stock=pl.lit(True))
    empty = sales.filter(pl.col("promo") == 1).with_columns(units=pl.lit(0.0), in_stock=pl.lit(False))
    assert estimate_elasticities(pl.concat([marked, empty])).equals(estimate_elasticities(marked))


def test_small_counts_with_zeros_are_fitted_as_counts() -> None:
    rng = np.random.default_rng(7)
    days = [dt.date(2024, 1, 1) + dt.timedelta(weeks=week) for week in range(104)]
    frames = []
    for number in range(30):
        price = 10 * np.exp(rng.normal(0, 0.25, 104))
        units = rng.poisson(2.0 * (price / 10) ** -1.5).astype(float)
        frames.append(pl.DataFrame({"product_id": f"P{number:02d}", "ds": days, "price": price, "units": units}))
    found = estimate_elasticities(pl.concat(frames))
    assert found["elasticity"].mean() == pytest.approx(-1.5, abs=0.12)
    assert ((found["low"] <= -1.5) & (found["high"] >= -1.5)).to_numpy().mean() >= 0.85


def test_messages_name_the_column_and_the_row() -> None:
    with pytest.raises(ValueError, match="lack the columns price"):
        estimate_elasticities(pl.DataFrame({"product_id": ["A"], "ds": [dt.date(2026, 1, 1)], "units": [1]}))
    rows = pl.DataFrame({"product_id": ["A"], "ds": [dt.date(2026, 1, 1)], "units": [-1], "price": [1.0]})
    with pytest.raises(ValueError, match="'A' has -1 units on 2026-01-01"):
        estimate_elasticities(rows)


def degenerate(seed: int) -> pl.DataFrame:
    """Few rows and values: without noise, promotions that repeat the price, constant prices, single rows."""
    rng = np.random.default_rng(seed)
    frames = []
    for number in range(int(rng.integers(1, 13))):
        weeks = int(rng.choice([1, 2, 3, 5, 12, 60]))
        price = rng.choice([5.0, 10.0, 10.0 + 1e-9], weeks) if rng.random() < 0.7 else np.full(weeks, 7.0)
        units = rng.choice([1.0, 1e9]) * price ** -rng.choice([0.0, 2.0])
        if rng.random() < 0.3:
            units = np.where(rng.random(weeks) < 0.5, 0.0, np.ceil(units))
        days = [dt.date(2025, 1, 6) + dt.timedelta(weeks=week) for week in range(weeks)]
        promo = (price < 8).astype(float)
        rows = {"product_id": f"P{number:02}", "ds": days, "price": price, "units": units, "promo": promo}
        frames.append(pl.DataFrame(rows).with_columns(competitor_price="price"))
    return pl.concat(frames)


@pytest.mark.parametrize("seed", range(8))
def test_degenerate_sales_give_null_or_a_finite_elasticity_within_its_interval(seed: int) -> None:
    sales = degenerate(seed)
    found = estimate_elasticities(sales)
    assert found["product_id"].to_list() == sorted(set(sales["product_id"]))
    known = found.drop_nulls("elasticity")
    assert known.select(pl.col("elasticity", "low", "high").is_finite().all()).row(0) == (True,) * 3 or not known.height
    assert (known["low"] <= known["elasticity"]).all()
    assert (known["elasticity"] <= known["high"]).all()


def test_an_inverse_beside_the_unit_matrix_holds_where_rounding_hides_it() -> None:
    """1e17 times two columns that are the same: of the difference nothing is known, its inverse stays one."""
    found, log_determinant = inverse_beside_unit(np.array([1e17 * np.ones((2, 2))]))
    apart = np.array([1.0, -1.0]) / np.sqrt(2)
    assert apart @ found[0] @ apart == pytest.approx(1.0)
    assert log_determinant[0] == pytest.approx(np.log(2e17), rel=1e-6)
    usual = np.random.default_rng(1).normal(size=(5, 3, 3))
    usual = usual @ np.swapaxes(usual, 1, 2)
    assert np.allclose(inverse_beside_unit(usual)[0], np.linalg.inv(np.eye(3) + usual))
    assert np.allclose(root_of(usual[0]) @ root_of(usual[0]).T, usual[0])
