"""Sales with known elasticities: weekly rows whose price follows the season, with promotions and noise."""

import datetime as dt

import numpy as np
import polars as pl


def planted_sales(
    seed: int, products: int = 50, weeks: int = 104, *, noise: float = 0.4, spread: float = 0.2
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows (product_id, ds, price, units, promo) and truth (product_id, elasticity).

    Prices take 12 values and correlate .6 with the season that also moves demand.
    """
    rng = np.random.default_rng(seed)
    week = np.arange(weeks)
    season = np.sin(2 * np.pi * (week - 10) / 52)
    season = (season - season.mean()) / season.std()
    ids = [f"P{number:03d}" for number in range(products)]
    true = rng.normal(-1.8, spread, products)
    frames = []
    for name, elasticity in zip(ids, true, strict=True):
        wanted = 0.6 * season + 0.8 * rng.normal(size=weeks)
        levels = np.quantile(wanted, np.linspace(0.02, 0.98, 12))
        log_price = np.log(15) + 0.12 * levels[np.abs(wanted[:, None] - levels).argmin(axis=1)]
        promo = (rng.random(weeks) < 0.1).astype(float)
        log_units = 4 + elasticity * (log_price - np.log(15)) + 0.4 * season + 0.3 * promo
        units = np.exp(log_units + noise * rng.normal(size=weeks))
        days = [dt.date(2024, 1, 1) + dt.timedelta(weeks=int(one)) for one in week]
        frames.append(
            pl.DataFrame({"product_id": name, "ds": days, "price": np.exp(log_price), "units": units, "promo": promo})
        )
    return pl.concat(frames), pl.DataFrame({"product_id": ids, "elasticity": true})


def controlled_ols(sales: pl.DataFrame) -> pl.DataFrame:
    """Least squares per product with promotion and the annual wave: product_id, elasticity."""
    found = []
    for (name,), rows in sales.group_by("product_id", maintain_order=True):
        angle = 2 * np.pi * rows["ds"].dt.ordinal_day().to_numpy() / 365.25
        columns = [np.ones(rows.height), np.log(rows["price"].to_numpy()), np.sin(angle), np.cos(angle), rows["promo"]]
        answer = np.linalg.lstsq(np.column_stack(columns), np.log(rows["units"].to_numpy()), rcond=None)[0]
        found.append((name, float(answer[1])))
    return pl.DataFrame(found, schema={"product_id": pl.String, "elasticity": pl.Float64}, orient="row")


def planted_counts(seed: int, products: int = 50, weeks: int = 104) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows and truth as :func:`planted_sales`, of another form.

    Units are counts of a negative binomial with a mean of about 40, prices stay for some weeks at one of 12 points, and
    demand has a trend and shocks that all products share.
    """
    rng = np.random.default_rng([seed, 2])
    week = np.arange(weeks)
    season = np.sqrt(2) * np.sin(2 * np.pi * (week - 20) / 52)
    shocks = 0.15 * rng.normal(size=weeks)
    true = -rng.gamma(40, 1.6 / 40, products)
    days = [dt.date(2024, 1, 1) + dt.timedelta(weeks=int(one)) for one in week]
    frames = []
    for number, elasticity in enumerate(true):
        change = np.concatenate([[True], rng.random(weeks - 1) < 0.4])
        held = (0.6 * season + 0.8 * rng.normal(size=weeks))[np.maximum.accumulate(np.where(change, week, 0))]
        points = np.quantile(held, np.linspace(0.02, 0.98, 12))
        log_price = np.log(rng.uniform(8, 30)) + 0.12 * points[np.abs(held[:, None] - points).argmin(axis=1)]
        promo = (rng.random(weeks) < 0.1).astype(float)
        log_mean = 3.7 + elasticity * (log_price - log_price.mean()) + 0.4 * season + 0.3 * promo
        mean = np.exp(log_mean + 0.003 * (week - weeks / 2) + shocks)
        units = rng.poisson(mean * rng.gamma(8, 1 / 8, weeks)).astype(float)
        rows = {"product_id": f"Q{number:03d}", "ds": days, "price": np.exp(log_price), "units": units, "promo": promo}
        frames.append(pl.DataFrame(rows))
    return pl.concat(frames), pl.DataFrame({"product_id": [f"Q{n:03d}" for n in range(products)], "elasticity": true})
