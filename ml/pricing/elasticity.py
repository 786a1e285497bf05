"""Price elasticity per product: log units on log price with controls, shrunk to the category by empirical Bayes.

The elasticity is the percentage by which units change when the price rises by one per cent. Controls: promotion,
competitor's price, trend, the year's and the week's season, stock-outs (those rows do not count), and what all
products of a category have in common on a date. Rows with zero units are kept: where there are many, a log-link
regression for counts takes the place of the log-log regression.

Belongs here: `fit`, `predict`, `evaluate`. Does not belong here: what to charge (optimise.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ml.pricing.moments import Floats, within_moments
from ml.pricing.pooling import Pooled, fit_pooled, widen_for_dates
from ml.pricing.sales import Rows, build_rows, check_sales

LEVEL = 0.9  # of the interval between low and high
SMALLEST_CATEGORY = 5  # products; smaller categories are fitted together
COMMON_PRODUCTS = 8  # on a date, from which on they tell the date's own effect
ZERO_SHARE = 0.01  # of the rows, above which units are treated as counts
ROUNDS = 5
SCHEMA = {
    "product_id": pl.String,
    "elasticity": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "n": pl.Int64,
}


@dataclass(frozen=True)
class ElasticityModel:
    """Elasticities per product with their 90% intervals, and per category the mean that products shrink to.

    Attributes:
        products: product_id, category, elasticity, low, high, n, own_share (0: all of it is the category's).
        categories: category, elasticity, low, high, spread, products.
    """

    products: pl.DataFrame
    categories: pl.DataFrame

    def predict(self, product_ids: list[str] | None = None) -> pl.DataFrame:
        """Return product_id, elasticity, low, high, n; null where no price ever changed in the whole category."""
        found = self.products.select(*SCHEMA)
        return found if product_ids is None else found.filter(pl.col("product_id").is_in(product_ids))


def estimate_elasticities(sales: pl.DataFrame) -> pl.DataFrame:
    """Return product_id, elasticity, low, high, n for rows of product_id, ds, price, units.

    Optional columns: promo (0 or 1), competitor_price, in_stock (false leaves the row out), category.

    >>> import datetime as dt
    >>> days = [dt.date(2026, 1, 5) + dt.timedelta(weeks=week) for week in range(10)]
    >>> price = [10.0, 8.0] * 5
    >>> units = [round(1000 * (one / 10) ** -2) for one in price]
    >>> rows = pl.DataFrame({"product_id": "A", "ds": days, "price": price, "units": units})
    >>> round(estimate_elasticities(rows)["elasticity"][0], 2)
    -2.0
    """
    return fit(sales).predict()


def fitted_groups(sales: pl.DataFrame) -> pl.DataFrame:
    """Return checked sales with `category`, and with `fitted`: the category that they are fitted in, "" for small ones.

    Raises:
        ValueError: the columns are not those of sales (see `check_sales`).
    """
    rows = check_sales(sales)
    category = pl.col("category").cast(pl.String).fill_null("") if "category" in rows.columns else pl.lit("")
    named = rows.with_columns(category=category.last().over("product_id"))
    sizes = named.group_by("category").agg(products=pl.col("product_id").n_unique())
    small = sizes.filter(pl.col("products") < SMALLEST_CATEGORY)["category"].to_list()
    return named.with_columns(fitted=pl.when(pl.col("category").is_in(small)).then(pl.lit("")).otherwise("category"))


def fit(sales: pl.DataFrame) -> ElasticityModel:
    """Fit one hierarchy per category.

    Raises:
        ValueError: the columns are not those of sales (see `check_sales`).
    """
    grouped = fitted_groups(sales)
    products, categories = [_NO_PRODUCTS], [_NO_CATEGORIES]
    for (name,), some in grouped.group_by("fitted", maintain_order=True):
        own, common = _fit_category(str(name), some.drop("category", "fitted"))
        products.append(own)
        categories.append(common)
    return ElasticityModel(pl.concat(products).sort("product_id"), pl.concat(categories).sort("category"))


_NO_PRODUCTS = pl.DataFrame(schema={**SCHEMA, "category": pl.String, "own_share": pl.Float64})
_NO_CATEGORIES = pl.DataFrame(
    schema={
        "category": pl.String,
        "elasticity": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "spread": pl.Float64,
        "products": pl.Int64,
    }
)


def _fit_category(name: str, sales: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    from scipy.stats import t as student

    rows = build_rows(sales)
    count = len(rows.products)
    n = np.bincount(rows.product, minlength=count)
    frame = pl.DataFrame({"product_id": rows.products, "n": n.astype(np.int64)})
    moved = np.abs(rows.design[:, 0] - (np.bincount(rows.product, rows.design[:, 0]) / n)[rows.product]).max() > 1e-9
    if not moved or len(rows.units) <= count + 1 or rows.units.max() <= 0:
        missing = frame.with_columns(pl.lit(None, pl.Float64).alias(one) for one in ("elasticity", "low", "high"))
        own = missing.with_columns(category=pl.lit(name), own_share=pl.lit(None, pl.Float64))
        return own.select(_NO_PRODUCTS.columns), _NO_CATEGORIES
    pooled = _pool(rows)
    wide = student.ppf(0.5 + LEVEL / 2, np.maximum(pooled.freedom, 2.0)) * np.sqrt(pooled.price_variance)
    at, spread = pooled.mean[:, 0], float(pooled.spread[0])
    whole = spread**2 + pooled.common_variance
    share = np.clip(1 - pooled.price_variance / whole, 0, 1) if whole > 0 else np.zeros(count)
    own = frame.with_columns(
        elasticity=pl.Series(at), low=pl.Series(at - wide), high=pl.Series(at + wide), category=pl.lit(name),
        own_share=pl.Series(share),
    )  # fmt: skip
    half = 1.6449 * np.sqrt(pooled.common_variance)
    centre = float(pooled.common[0])
    common = pl.DataFrame(
        [[name, centre, centre - half, centre + half, spread, count]], schema=_NO_CATEGORIES.schema, orient="row"
    )
    return own.select(_NO_PRODUCTS.columns), common


def _pool(rows: Rows) -> Pooled:
    """Alternate between products' coefficients and what all have in common on a date."""
    count = len(rows.products)
    free = np.array([not name.startswith("weekday_") for name in rows.names])
    counts = float((rows.units <= 0).mean()) > ZERO_SHARE
    response, weight = _starting_response(rows, counts)
    shared = np.zeros(int(rows.period.max()) + 1)
    numerous = np.bincount(rows.period, minlength=len(shared)) >= COMMON_PRODUCTS
    precision = np.full(len(shared), np.inf)
    pooled: Pooled | None = None
    for turn in range(ROUNDS if counts or numerous.any() else 1):
        moments = within_moments(rows.design, response - shared[rows.period], weight, rows.product, count)
        pooled = fit_pooled(moments, free, refits=2 if turn == 0 else int(turn == ROUNDS - 1), start=pooled)
        explained = np.einsum("ij,ij->i", rows.design, pooled.mean[rows.product])
        level = _level(response - shared[rows.period] - explained, weight, rows, count)
        if numerous.any():
            shared, precision = _shared(response - explained - level[rows.product], weight, rows, pooled, numerous)
        if counts:
            response, weight = _count_response(rows, explained + level[rows.product] + shared[rows.period])
    assert pooled is not None
    return widen_for_dates(pooled, rows.design, weight, rows.product, rows.period, precision)


def _level(rest: Floats, weight: Floats, rows: Rows, count: int) -> Floats:
    total = np.maximum(np.bincount(rows.product, weight, count), 1e-300)
    return np.asarray(np.bincount(rows.product, weight * rest, count) / total, dtype=np.float64)


def _shared(rest: Floats, weight: Floats, rows: Rows, pooled: Pooled, numerous: np.ndarray) -> tuple[Floats, Floats]:
    """Effect of each date on all products, shrunk by its own noise, and the precision of the effect."""
    precise = weight / pooled.residual[rows.product]
    total = np.bincount(rows.period, precise, len(numerous))
    mean = np.bincount(rows.period, precise * rest, len(numerous)) / np.maximum(total, 1e-300)
    noise = 1 / np.maximum(total[numerous], 1e-300)
    spread = max(float(np.mean(mean[numerous] ** 2 - noise)), 1e-12)
    found, precision = np.zeros(len(numerous)), np.full(len(numerous), np.inf)
    found[numerous] = mean[numerous] * spread / (spread + noise)
    precision[numerous] = 1 / noise + 1 / spread
    return found, precision


def _starting_response(rows: Rows, counts: bool) -> tuple[Floats, Floats]:
    """Log units; where counts are small, the log of the product's mean as the point to start from."""
    if not counts:
        return np.log(np.maximum(rows.units, _least(rows.units))), np.ones(len(rows.units))
    size = np.bincount(rows.product)
    mean = (np.bincount(rows.product, rows.units) / size + 0.1)[rows.product]
    return _count_response(rows, np.log(mean))


def _least(units: Floats) -> float:
    """Half the smallest amount ever sold, in place of a zero."""
    return float(units[units > 0].min()) / 2


def _count_response(rows: Rows, linear: Floats) -> tuple[Floats, Floats]:
    """Working response and weight of a log-link regression whose variance is mean + a * mean squared."""
    mean = np.exp(np.clip(linear, -6.0, 25.0))
    raw = rows.units / mean
    over = float(np.clip(np.mean((rows.units - mean) ** 2 - mean) / max(float(np.mean(mean**2)), 1e-12), 0.01, 10.0))
    return np.log(mean) + np.clip(raw - 1, -1.0, 20.0), 1 / (over + 1 / mean)


def release_elasticities(weeks: pl.DataFrame) -> pl.DataFrame:
    """Return release_id, genre, elasticity, low, high, weeks, own_share, as_of for weekly rows of releases.

    Args:
        weeks: product_id, ds, price, units, category, in_stock, competitor_price, age_days, as_of.
    """
    if weeks.is_empty():
        found = _NO_PRODUCTS
    else:
        found = fit(weeks if weeks["competitor_price"].count() else weeks.drop("competitor_price")).products
    genres = weeks.group_by("product_id").agg(genre=pl.col("category").last(), as_of=pl.col("as_of").max())
    joined = found.join(genres, on="product_id", how="left")
    return joined.rename({"product_id": "release_id", "n": "weeks"}).sort("release_id")


def evaluate(estimates: pl.DataFrame, truth: pl.DataFrame) -> dict[str, float]:
    """Return rmse, mae, coverage of the intervals and their mean width against true elasticities.

    Args:
        estimates: product_id, elasticity, low, high.
        truth: product_id, elasticity.
    """
    both = estimates.join(truth.select("product_id", true=pl.col("elasticity")), on="product_id", how="inner")
    error = both["elasticity"] - both["true"]
    inside = (both["low"] <= both["true"]) & (both["true"] <= both["high"])
    rmse = float(np.sqrt((error**2).to_numpy().mean()))
    return {
        "rmse": rmse,
        "mae": float(error.abs().to_numpy().mean()),
        "coverage": float(inside.to_numpy().mean()),
        "width": float((both["high"] - both["low"]).to_numpy().mean()),
    }
