"""Planted frames of the governed models: orders at known rates, prices with a known effect, stars with known words."""

import datetime as dt

import numpy as np
import polars as pl

DAY = dt.date(2025, 1, 6)
# The lexicon knows none of these words; who reads the stars learns what they mean.
TEXTS = {
    1.0: "all of it is zork and it is blim",
    0.6: "there are two of them in the box",
    0.2: "it was quab and it is drel",
}


def orders(buyers: int = 40, days: int = 180) -> pl.DataFrame:
    """Buyers who order with a probability of their own each day, and one who orders every day."""
    rng = np.random.default_rng(3)
    rates = np.append(rng.gamma(0.9, 0.02, buyers - 1), 1.0)
    rows = [
        (f"b{one:02}", DAY + dt.timedelta(days=int(day)), 10.0)
        for one in range(buyers)
        for day in np.flatnonzero(rng.random(days) < rates[one])
    ]
    return pl.DataFrame(rows, schema=["buyer_id", "ds", "amount"], orient="row")


def weeks(elasticity: float = -2.0, releases: int = 12, count: int = 60) -> pl.DataFrame:
    """Weekly rows: units follow the price with 3% of noise; half of the releases never change theirs."""
    rng, frames = np.random.default_rng(4), []
    for one in range(releases):
        steps = np.array([0.0, -0.2, 0.1, -0.1])[(np.arange(count) // 8 + one) % 4] if one % 2 else np.zeros(count)
        frame = pl.DataFrame({"ds": [DAY + dt.timedelta(weeks=k) for k in range(count)], "price": 10 * np.exp(steps)})
        units = 1000 * np.exp(elasticity * steps + 0.03 * rng.normal(size=count))
        frames.append(frame.with_columns(product_id=pl.lit(f"R{one:02}"), units=units))
    rows = pl.concat(frames).with_columns(
        as_of=pl.lit(DAY + dt.timedelta(weeks=count, days=-1)),
        category=pl.lit("jazz"),
        in_stock=pl.lit(True),
        competitor_price=pl.lit(None, pl.Float64),
        age_days=(pl.col("ds") - DAY).dt.total_days().cast(pl.Float64) + 56,
    )
    return rows.sort("product_id", "ds")


def reviews(count: int = 700) -> pl.DataFrame:
    """Reviews whose words say what the stars say, in a vocabulary that the lexicon does not know."""
    rng = np.random.default_rng(8)
    stars = rng.choice([1.0, 0.6, 0.2], count)
    start = dt.datetime(2025, 1, 6, tzinfo=dt.UTC)
    return pl.DataFrame(
        {
            "review_id": [f"V{k:03}" for k in range(count)],
            "entity_type": ["release"] * count,
            "reviewed_at": [start + dt.timedelta(hours=8 * k) for k in range(count)],
            "rating_share": stars,
            "text": [f"{TEXTS[one]}, and this is the record {k}" for k, one in enumerate(stars)],
        }
    )


def frames() -> dict[str, pl.DataFrame]:
    """All of them, by the names that the models know."""
    return {"orders": orders(), "weeks": weeks(), "reviews": reviews()}


def until(day: dt.date, every: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """What of them was known at the end of a day."""
    weeks = every["weeks"].filter(pl.col("ds") + dt.timedelta(days=6) <= day)
    return {
        "orders": every["orders"].filter(pl.col("ds") <= day),
        "weeks": weeks.with_columns(as_of=pl.lit(day)),
        "reviews": every["reviews"].filter(pl.col("reviewed_at").dt.date() <= day),
    }
