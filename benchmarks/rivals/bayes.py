"""The audited fit: elasticities by a hierarchical Bayesian model, from the same rows as the empirical Bayes fit."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.rivals.environment import run_program

if TYPE_CHECKING:
    import polars as pl

LONGEST_S = 3600.0
LEVELS = (0.05, 0.95)


@dataclass(frozen=True)
class Audited:
    """What NUTS found.

    Attributes:
        products: product_id, category, elasticity, low, high (90% interval).
        categories: category, elasticity, low, high.
        r_hat: the worst of all elasticities; above 1.01 the chains do not agree.
        n_eff: effective draws of the worst.
        divergences: steps that failed; above a few the fit is not to be trusted.
    """

    products: "pl.DataFrame"
    categories: "pl.DataFrame"
    r_hat: float
    n_eff: float
    divergences: int


def audited_fit(sales: "pl.DataFrame", seed: int = 0) -> Audited:
    """Fit all categories, those with zero sales as counts and the others as logarithms.

    Raises:
        ValueError: the columns are not those of sales.
        BenchmarkError: NumPyro is not there, or it failed.
    """
    import polars as pl

    from ml.pricing.elasticity import ZERO_SHARE, fitted_groups

    named = fitted_groups(sales)
    zeros = named.group_by("fitted").agg(share=(pl.col("units") <= 0).mean())
    counted = zeros.filter(pl.col("share") > ZERO_SHARE)["fitted"].to_list()
    parts = [
        _fitted(some, is_count, seed)
        for is_count in (False, True)
        if (some := named.filter(pl.col("fitted").is_in(counted) == is_count)).height
    ]
    return Audited(
        pl.concat([one.products for one in parts]).sort("product_id"),
        pl.concat([one.categories for one in parts]).sort("category"),
        max(one.r_hat for one in parts),
        min(one.n_eff for one in parts),
        sum(one.divergences for one in parts),
    )


def _fitted(named: "pl.DataFrame", is_count: bool, seed: int) -> Audited:
    import numpy as np

    from ml.pricing.sales import build_rows

    rows = build_rows(named.drop("category", "fitted"))
    fitted = dict(named.select("product_id", "fitted").unique().iter_rows())
    names = sorted(set(fitted.values()))
    category = np.array([names.index(fitted[product]) for product in rows.products])
    y = rows.units if is_count else np.log(np.maximum(rows.units, rows.units[rows.units > 0].min() / 2))
    count = np.bincount(rows.product)
    means = np.column_stack([np.bincount(rows.product, column) / count for column in rows.design.T])
    x = rows.design - means[rows.product]
    scale = np.maximum(x.std(axis=0), 1e-9)
    level = np.bincount(rows.product, y) / count
    date, dates = _dates(category[rows.product], rows.period)
    with tempfile.TemporaryDirectory(prefix="lacquer-rivals-") as work:
        given, answer = Path(work) / "rows.npz", Path(work) / "draws.npz"
        np.savez(
            given, x=x / scale, scale=scale, y=y, product=rows.product, category=category, date=date, dates=dates,
            free=np.array([not name.startswith("weekday_") for name in rows.names]), seed=seed, is_count=is_count,
            level=np.log(np.maximum(level, 0.05)) if is_count else level,
        )  # fmt: skip
        run_program("elasticity_process.py", ("numpyro",), [str(given), str(answer)], LONGEST_S)
        with np.load(answer) as found:
            draws: dict[str, Any] = {name: found[name] for name in found.files}
    return _audited(rows.products, [names[place] for place in category], names, draws)


def _dates(category: Any, period: Any) -> tuple[Any, int]:
    """Number of each row's category and date, from 1; 0 where too few products share it to tell its effect."""
    import numpy as np

    from ml.pricing.elasticity import COMMON_PRODUCTS

    pair = category * (period.max() + 1) + period
    _, place, size = np.unique(pair, return_inverse=True, return_counts=True)
    numbers = np.where(size >= COMMON_PRODUCTS, np.cumsum(size >= COMMON_PRODUCTS), 0)
    return numbers[place], int(numbers.max())


def _audited(products: list[str], of: list[str], names: list[str], draws: dict[str, Any]) -> Audited:
    import numpy as np
    import polars as pl

    def frame(ids: dict[str, list[str]], values: Any) -> pl.DataFrame:
        low, high = np.quantile(values, LEVELS, axis=0)
        return pl.DataFrame(ids | {"elasticity": values.mean(axis=0), "low": low, "high": high})

    return Audited(
        frame({"product_id": products, "category": of}, draws["slope"]),
        frame({"category": names}, draws["common"]),
        float(draws["r_hat"]),
        float(draws["n_eff"]),
        int(draws["divergences"]),
    )
