"""Price elasticities under government: the estimates as bytes, and how well they foretell what price changes do.

A loss compares the change of a release's units between the 56 days before and after an origin with what elasticity
times the change of its price says; what releases without a change of price did is taken off first. Belongs here: what
`ml/promotion/governed.py` asks of a model. Does not belong here: the estimation (elasticity.py).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl

from ml.pricing.elasticity import release_elasticities
from ml.promotion.governed import Frames, ServedModel, pack, restored, unpack

FORMAT = 1
WINDOW_DAYS = 56
LEAST_MOVE = 0.01  # of the log price; a smaller change is none
CONSTANT_REVENUE = -1.0
FEWEST_WEEKS = 4  # on either side of the origin
ROWS: dict[str, Any] = {
    "release_id": pl.String,
    "genre": pl.String,
    "elasticity": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "weeks": pl.Int64,
    "own_share": pl.Float64,
    "as_of": pl.Date,
}


def to_bytes(rows: pl.DataFrame) -> bytes:
    """The rows of `release_elasticities` as compressed JSON."""
    columns = rows.select(*ROWS).with_columns(pl.col("as_of").cast(pl.String)).to_dict(as_series=False)
    return pack({"format": FORMAT, "rows": columns})


def from_bytes(data: bytes) -> pl.DataFrame:
    """The rows that :func:`to_bytes` wrote; ValueError for another format."""
    columns = unpack(data, FORMAT)["rows"]
    typed = {name: pl.String if name == "as_of" else kind for name, kind in ROWS.items()}
    return pl.DataFrame(columns, schema=typed).with_columns(pl.col("as_of").str.to_date())


def estimates(fitted: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """The fitted rows, and for releases that have come since, the mean of their genre's with its widest interval."""
    known = fitted["release_id"].implode()
    new = weeks.filter(~pl.col("product_id").is_in(known)).group_by("product_id").agg(
        genre=pl.col("category").last(), weeks=pl.len().cast(pl.Int64)
    )  # fmt: skip
    of_genre = fitted.drop_nulls("elasticity").group_by("genre").agg(
        pl.col("elasticity").mean(), pl.col("low").min(), pl.col("high").max(), pl.col("as_of").max()
    )  # fmt: skip
    joined = new.join(of_genre, on="genre", how="left", nulls_equal=True).with_columns(
        release_id="product_id",
        own_share=pl.when(pl.col("elasticity").is_not_null()).then(0.0),
        as_of=pl.col("as_of").fill_null(pl.lit(fitted["as_of"].max(), pl.Date)),
    )
    return pl.concat([fitted, joined.select(pl.col(name).cast(kind) for name, kind in ROWS.items())]).sort("release_id")


def elasticity_rows(weeks: pl.DataFrame, model: ServedModel | None) -> pl.DataFrame:
    """The rows of `price_elasticities` by the version that serves; revenue stays as it is where none does (-1)."""
    fitted, version = restored(model, from_bytes)
    if fitted is None:
        rule = weeks.group_by("product_id").agg(
            genre=pl.col("category").last(), as_of=pl.col("as_of").max(), weeks=pl.len().cast(pl.Int64)
        )
        blank = {name: pl.lit(None, ROWS[name]) for name in ("low", "high")}
        rows = rule.with_columns(
            release_id="product_id", elasticity=pl.lit(CONSTANT_REVENUE), own_share=pl.lit(0.0), **blank
        )
        fitted = rows.select(*ROWS).sort("release_id")
    else:
        fitted = estimates(fitted, weeks)
    return fitted.with_columns(model_version=pl.lit(version, pl.String))


class PriceElasticities:
    """By how many per cent units change when the price rises by one per cent."""

    name = "price_elasticities"
    use = (
        "By how many per cent a release's units change when its price rises by one; not for prices far from past ones."
    )
    rival = "revenue stays as it is: an elasticity of -1 for every release"
    loss = "absolute error of the log change of units when a price has changed, the market's change taken off"
    window_days = WINDOW_DAYS
    most_origins = 4

    def days(self, frames: Frames) -> tuple[date, date] | None:
        """The first day of the weeks and the last day whose sales are known."""
        weeks = frames["weeks"]
        if weeks.is_empty():
            return None
        first: Any = weeks["ds"].min()
        last: Any = weeks["as_of"].max()
        return first, last

    def fit(self, frames: Frames, origin: date) -> bytes | None:
        """The estimates from weeks that had ended by the origin; None without one."""
        known = frames["weeks"].filter(pl.col("ds") + timedelta(days=6) <= origin)
        if known.is_empty():
            return None
        return to_bytes(release_elasticities(known.with_columns(as_of=pl.lit(origin))))

    def score(self, artefact: bytes, frames: Frames, origin: date) -> pl.DataFrame:
        """Losses of releases whose price changed at the origin, by their genre."""
        moves = price_moves(frames["weeks"], origin)
        known = frames["weeks"].filter(pl.col("ds") + timedelta(days=6) <= origin)
        rows = estimates(from_bytes(artefact), known)
        market = moves.filter(pl.col("price").abs() < LEAST_MOVE)["units"].mean()
        both = moves.filter(pl.col("price").abs() >= LEAST_MOVE).join(
            rows.select(entity="release_id", elasticity="elasticity"), on="entity"
        )
        came = pl.col("units") - pl.lit(0.0 if market is None else market)
        said = pl.col("elasticity").fill_null(CONSTANT_REVENUE) * pl.col("price")
        return both.select(
            "entity",
            segment=pl.col("genre").fill_null("unknown"),
            actual=came,
            loss=(came - said).abs(),
            rival_loss=(came - CONSTANT_REVENUE * pl.col("price")).abs(),
            covered=pl.lit(None, pl.Float64),
        )


def price_moves(weeks: pl.DataFrame, origin: date) -> pl.DataFrame:
    """[entity, genre, price, units]: log changes between the 56 days up to and after the origin, of whole weeks."""
    before = (pl.col("ds") + timedelta(days=6) <= origin) & (pl.col("ds") > origin - timedelta(days=WINDOW_DAYS))
    after = (pl.col("ds") > origin) & (pl.col("ds") + timedelta(days=6) <= origin + timedelta(days=WINDOW_DAYS))
    sides = weeks.filter(pl.col("in_stock") & pl.col("price").is_not_null() & (pl.col("price") > 0)).group_by(
        entity="product_id"
    )
    found = sides.agg(
        genre=pl.col("category").last(),
        weeks_before=before.sum(),
        weeks_after=after.sum(),
        price=pl.col("price").filter(after).log().mean() - pl.col("price").filter(before).log().mean(),
        units=(pl.col("units").filter(after).mean() + 0.5).log() - (pl.col("units").filter(before).mean() + 0.5).log(),
    )
    enough = (pl.col("weeks_before") >= FEWEST_WEEKS) & (pl.col("weeks_after") >= FEWEST_WEEKS)
    return found.filter(enough).select("entity", "genre", "price", "units").sort("entity")


MODEL = PriceElasticities()
