"""`lacquer bench elasticity`: the empirical Bayes fit of a lake's elasticities beside the hierarchical Bayesian one.

Both see the rows of `price_elasticities`. The Bayesian fit is the audited one: NUTS draws from the posterior, with its
diagnostics; the empirical Bayes fit is what serves, in seconds.
"""

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import polars as pl

    from lake.lakehouse import Lake

COLUMNS = ("category", "products", "empirical Bayes", "90% interval", "hierarchical Bayes", "90% interval")
TINY = 25  # products
R_HAT = 1.05


def elasticity_parts(lake: "Lake", scale: str, told: Callable[[str], None]) -> list[Part]:
    """Fit the lake's published sales both ways.

    Raises:
        BenchmarkError: nothing is published, no price moved, or NumPyro is not there.
    """
    from assets.pricing.price_elasticities import WEEKS_SQL

    if "gold/price_elasticities" not in lake.published():
        raise BenchmarkError(f"no published price_elasticities in {lake.root}; lacquer run computes them")
    weeks = lake.connect_published().sql(WEEKS_SQL).pl()
    if not weeks["competitor_price"].count():
        weeks = weeks.drop("competitor_price")
    if scale == "tiny":
        weeks = weeks.filter(weeks["product_id"].is_in(weeks["product_id"].unique().sort().head(TINY).implode()))
    return [compared(weeks, told)]


def compared(sales: "pl.DataFrame", told: Callable[[str], None]) -> Part:
    """Return both fits of rows of sales by category, and how far products are apart."""
    import polars as pl

    from benchmarks.rivals.bayes import audited_fit
    from ml.pricing.elasticity import fit

    began = time.process_time()
    ours = fit(sales)
    seconds = time.process_time() - began
    known = ours.products.drop_nulls("elasticity")
    if known.is_empty():
        raise BenchmarkError("no price moved within any category: there is nothing to fit")
    told(f"{known.height:,} products; NUTS takes minutes")
    audited = audited_fit(sales.filter(pl.col("product_id").is_in(known["product_id"].implode())))
    both = known.join(audited.products, on="product_id", suffix="_audited")
    apart = (both["elasticity"] - both["elasticity_audited"]).abs()
    inside = both["elasticity_audited"].is_between(both["low"], both["high"])
    wide = (both["high"] - both["low"]) / (both["high_audited"] - both["low_audited"])
    figures = {
        "products": both.height,
        "mean_apart": float(apart.to_numpy().mean()),
        "most_apart": float(apart.to_numpy().max()),
        "inside": float(inside.to_numpy().mean()),
        "width_ratio": float(wide.to_numpy().mean()),
        "r_hat": audited.r_hat,
        "n_eff": audited.n_eff,
        "divergences": audited.divergences,
    }
    rows = [_row(one) for one in ours.categories.join(audited.categories, on="category", suffix="_audited").to_dicts()]
    agree = "the chains agree" if audited.r_hat <= R_HAT else "the chains do not agree: do not trust the audited fit"
    return Part(
        "elasticities: empirical Bayes, which serves, beside hierarchical Bayes (NUTS), which audits it",
        COLUMNS,
        rows,
        [
            f"{both.height:,} products: {figures['mean_apart']:.3f} apart on average, "
            f"{figures['most_apart']:.3f} at most",
            f"audited elasticities within our 90% interval: {figures['inside']:.0%}; our intervals are "
            f"{figures['width_ratio']:.2f} times as wide",
            f"worst R-hat {audited.r_hat:.3f}, fewest effective draws {audited.n_eff:.0f}, {audited.divergences} "
            f"divergences: {agree}; empirical Bayes took {seconds:.1f} CPU s",
        ],
        figures,
    )


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        one["category"] or "all products",
        f"{one['products']:,}",
        f"{one['elasticity']:.2f}",
        f"{one['low']:.2f} to {one['high']:.2f}",
        f"{one['elasticity_audited']:.2f}",
        f"{one['low_audited']:.2f} to {one['high_audited']:.2f}",
    )
