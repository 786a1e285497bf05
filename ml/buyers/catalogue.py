"""Recommendations of a catalogue's releases to its buyers: by purchases where there are any, else by content.

A release that nobody has bought yet is offered to buyers whose purchases share its artist, label, genre or format more
than everybody's do. Releases that are unpublished or out of stock are left out.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.buyers.blocked import Blocked, Pairs
from ml.buyers.recommend import recommend

CATALOGUE, ANNOUNCED = "catalogue", "announced"
# How much a shared attribute counts, and how it is named in a reason.
ATTRIBUTES = {
    "artist_id": (1.0, "the same artist"),
    "label_id": (0.5, "the same label"),
    "genre": (1.0, "the same genre"),
    "format": (0.25, "the same format"),
}
PRIOR_PURCHASES = 5.0  # everybody's shares count as much as so many purchases of the buyer's own
MOST_CITED = 3
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "buyer_id": pl.String,
    "as_of": pl.Date,
    "kind": pl.String,
    "rank": pl.Int32,
    "release_id": pl.String,
    "score": pl.Float64,
    "reason": pl.String,
    "cited": pl.String,
    "model": pl.String,
}
Array = npt.NDArray[np.float64]


def recommend_releases(
    purchases: pl.DataFrame,
    releases: pl.DataFrame,
    k: int = 20,
    announced: int = 5,
    seed: int = 0,
    blocked: Pairs = (),
) -> pl.DataFrame:
    """Rank releases for every buyer: `k` that others have bought, and up to `announced` that nobody has yet.

    Args:
        purchases: buyer_id, release_id, quantity, ds.
        releases: release_id, artist_id, label_id, genre, format, is_published, is_in_stock.
        k: catalogue releases per buyer.
        announced: new releases per buyer.
        seed: of random splits and factors.
        blocked: pairs of buyer and release that are never offered; None in one stands for all.
    """
    known = purchases.join(releases.select("release_id"), on="release_id", how="semi")
    if known.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    as_of: Any = known["ds"].max()
    offered = releases.filter(pl.col("is_published") & pl.col("is_in_stock"))
    rows = known.select(user_id="buyer_id", item_id="release_id", weight="quantity", ds="ds")
    done = recommend(rows, k, seed=seed, available=offered["release_id"].to_list(), blocked=blocked)
    old = done.recommendations.rename({"user_id": "buyer_id", "item_id": "release_id"}).with_columns(
        pl.col("cited").list.join(","), kind=pl.lit(CATALOGUE), model=pl.lit(done.serving)
    )
    new = offered.join(known, on="release_id", how="anti")
    parts = [old, recommend_new(known, releases, new, announced, blocked)]
    return pl.concat([_completed(part, as_of) for part in parts]).sort("buyer_id", "kind", "rank")


def recommend_new(
    known: pl.DataFrame, releases: pl.DataFrame, new: pl.DataFrame, count: int, blocked: Pairs = ()
) -> pl.DataFrame:
    """Rank releases without purchases for every buyer by the attributes they share with what the buyer has.

    The score adds up, over attributes, the logarithm of the buyer's share of purchases with the same value over
    everybody's share. Only positive scores are offered.
    """
    if new.is_empty():
        return pl.DataFrame(schema=SCHEMA).drop("as_of")
    pairs = known.group_by("buyer_id", "release_id").agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0)
    described = pairs.join(releases, on="release_id")
    buyers = pairs["buyer_id"].unique().sort()
    scores = np.zeros((len(buyers), new.height))
    for name, (weight, _) in ATTRIBUTES.items():
        scores += weight * _lift(described, buyers, new[name], name)
    scores[Blocked(blocked, buyers, new["release_id"]).matrix().nonzero()] = 0
    place = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    rows = np.repeat(np.arange(len(buyers)), place.shape[1])
    worth = scores[rows, place.ravel()]
    best = pl.DataFrame(
        {
            "buyer_id": buyers.gather(rows),
            "rank": np.tile(np.arange(1, place.shape[1] + 1), len(buyers)),
            "release_id": new["release_id"].gather(place.ravel()),
            "score": worth,
        }
    ).filter(pl.col("score") > 0)
    return _explained(best, new, described).with_columns(kind=pl.lit(ANNOUNCED), model=pl.lit("content"))


def _lift(described: pl.DataFrame, buyers: pl.Series, values: pl.Series, name: str) -> Array:
    """Logarithm of the smoothed share of each buyer over that of all, shape (buyers, values); 0 where unknown.

    Only the levels among `values` are spread over buyers, so that memory does not grow with the catalogue.
    """
    shares = described.filter(pl.col(name).is_not_null())
    everybody = dict(shares[name].value_counts().iter_rows())
    levels = pl.Series(sorted(set(values.drop_nulls()) & everybody.keys()), dtype=pl.String)
    if levels.is_empty():
        return np.zeros((len(buyers), len(values)))
    numbered = shares.select(row=pl.col("buyer_id").cast(pl.Enum(buyers)).to_physical(), level=name)
    totals = np.bincount(numbered["row"].to_numpy(), minlength=len(buyers))
    counts = numbered.filter(pl.col("level").is_in(levels.implode())).group_by("row", "level").len()
    columns_of = counts["level"].cast(pl.Enum(levels)).to_physical().to_numpy()
    table = np.zeros((len(buyers), len(levels)))
    table[counts["row"].to_numpy(), columns_of] = counts["len"].to_numpy()
    common = np.array([everybody[level] for level in levels]) / shares.height
    own = (table + PRIOR_PURCHASES * common) / (totals[:, None] + PRIOR_PURCHASES)
    place = {level: number for number, level in enumerate(levels)}
    columns = [place.get(value, -1) for value in values]
    found: Array = np.column_stack([np.log(own / common), np.zeros(len(buyers))])[:, columns]
    return found


def _explained(best: pl.DataFrame, new: pl.DataFrame, described: pl.DataFrame) -> pl.DataFrame:
    """Add reason and cited: the rarest attribute that the buyer's purchases share, and the purchases that do."""
    pair = ["buyer_id", "release_id"]
    left = best.join(new.select("release_id", *ATTRIBUTES), on="release_id")
    parts = []
    for name, (_, words) in ATTRIBUTES.items():
        have = described.select("buyer_id", name, "quantity", other="release_id")
        same = (
            left.select(*pair, name)
            .join(have, on=["buyer_id", name])
            .sort(*pair, "quantity", "other", descending=[False, False, True, False])
            .group_by(pair, maintain_order=True)
            .agg(count=pl.len(), cited=pl.col("other").head(MOST_CITED))
        )
        reason = pl.format(f"has {{}} of {words}: {{}}", "count", pl.col("cited").list.join(", "))
        parts.append(same.select(*pair, reason=reason, cited=pl.col("cited").list.join(",")))
        left = left.join(same, on=pair, how="anti")
    told = best.join(pl.concat(parts), on=pair, how="left", maintain_order="left")
    return told.with_columns(pl.col("reason").fill_null("shares nothing"), pl.col("cited").fill_null(""))


def _completed(part: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    return part.with_columns(as_of=pl.lit(as_of)).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
