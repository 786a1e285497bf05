"""Sixty launches of six artists, published in the small lake: what tests of hypothetical releases forecast from."""

import datetime as dt
from decimal import Decimal

import numpy as np
import polars as pl

from lake.lakehouse import Lake
from tests.serving_lake import MONEY, ORIGIN, PRICE, releases, republish

DAYS = 400
START = ORIGIN - dt.timedelta(days=DAYS - 1)
LABELS = ("L1", "L2")


def planted() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Daily sales and the catalogue as the cold start takes them; an artist's fame multiplies all that they sell."""
    rng, n = np.random.default_rng(11), 60
    artist, launch = rng.integers(0, 6, n), np.sort(rng.integers(3, DAYS - 20, n))
    day = np.arange(DAYS)
    age = day[None, :] - launch[:, None]
    level = np.exp(artist)[:, None] * (0.2 + 0.5 ** (np.maximum(age, 0) / 20))
    units = rng.poisson(level * (age >= 0))
    row, at = np.nonzero(units)
    sold = {"unique_id": [f"H{k:02d}" for k in row], "ds": [START + dt.timedelta(days=int(k)) for k in at]}
    sales = pl.DataFrame(sold | {"y": units[row, at].astype(float), "revenue": units[row, at] * 8.0})
    dates = [START + dt.timedelta(days=int(k)) for k in launch]
    return sales, pl.DataFrame(
        {
            "unique_id": [f"H{k:02d}" for k in range(n)],
            "title": [f"Song {k}" for k in range(n)],
            "release_date": dates,
            "release_year": [None] * n,
            "genre": [("jazz", "rock")[k % 2] for k in range(n)],
            "format": [("LP", "CD")[k % 3 == 0] for k in range(n)],
            "artist_id": [f"A{k}" for k in artist],
            "label_id": [LABELS[k % 2] for k in range(n)],
            "list_price": [10.0 + k % 4 for k in range(n)],
            "known_from": [one - dt.timedelta(days=40) for one in dates],
            "withdrawn_on": [None] * n,
        },
        schema_overrides={"release_year": pl.Int32, "withdrawn_on": pl.Date},
    )


def publish(lake: Lake) -> None:
    """Publish the launches in place of the small lake's sales, and beside its releases."""
    sales, catalogue = planted()
    money, price = pl.Decimal(MONEY.precision, MONEY.scale), pl.Decimal(PRICE.precision, PRICE.scale)
    moment = pl.Datetime("us", "UTC")
    history = catalogue.rename({"unique_id": "release_id", "known_from": "valid_from"}).with_columns(
        pl.col("valid_from").cast(moment), pl.col("list_price").cast(price), valid_to=pl.lit(None, moment)
    )
    republish(lake, "silver/releases_history", history.drop("withdrawn_on").to_arrow())
    units = pl.col("y").cast(pl.Int64)
    days = sales.select(
        pl.col("unique_id").alias("release_id"),
        pl.col("ds").alias("sales_date"),
        units.alias("gross_units"),
        units.alias("net_units"),
        pl.col("revenue").cast(money).alias("gross_revenue"),
        pl.col("revenue").cast(money).alias("net_revenue"),
        pl.lit("EUR").alias("currency"),
    )
    republish(lake, "gold/fct_sales_day", days.to_arrow())
    rows = catalogue.select(
        pl.col("unique_id").alias("release_id"),
        *("title", "artist_id", "label_id", "genre", "format", "release_date"),
        artist_name=pl.concat_str(pl.lit("Band "), pl.col("artist_id")),
        label_name=pl.concat_str(pl.lit("Label "), pl.col("label_id")),
        list_price=pl.lit(Decimal("12.9900"), price),
        currency=pl.lit("EUR"),
        is_published=pl.lit(value=True),
    )
    old = pl.from_arrow(releases())
    assert isinstance(old, pl.DataFrame)
    republish(lake, "gold/dim_release", pl.concat([old, rows.select(old.columns)], how="vertical_relaxed").to_arrow())
