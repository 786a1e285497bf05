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
    pairs = known.group_by("buyer_id", "release_id").agg(pl.col("quantity").sum()).filter(pl.col("quantity") > 0)
    described = pairs.join(releases, on="release_id")
    buyers = pairs["buyer_id"].unique().sort()
    scores = np.zeros((len(buyers), new.height))
    for name, (weight, _) in ATTRIBUTES.items():
        scores += weight * _lift(described, buyers, new[name], name)
    scores[Blocked(blocked, buyers, new["release_id"]).matrix().nonzero()] = 0
    found = []
    best = np.argsort(-scores, axis=1, kind="stable")[:, :count]
    for row, buyer in enumerate(buyers):
        places = [place for place in best[row] if scores[row, place] > 0]
        mine = described.filter(pl.col("buyer_id") == buyer).sort("quantity", "release_id", descending=[True, False])
        for rank, place in enumerate(places, start=1):
            reason, cited = _shared(mine, new.row(int(place), named=True))
            found.append((buyer, rank, new["release_id"][int(place)], scores[row, place], reason, ",".join(cited)))
    names = ["buyer_id", "rank", "release_id", "score", "reason", "cited"]
    frame = pl.DataFrame(found, schema={name: SCHEMA[name] for name in names}, orient="row")
    return frame.with_columns(kind=pl.lit(ANNOUNCED), model=pl.lit("content"))


def _lift(described: pl.DataFrame, buyers: pl.Series, values: pl.Series, name: str) -> Array:
    """Logarithm of the smoothed share of each buyer over that of all, shape (buyers, values); 0 where unknown."""
    shares = described.filter(pl.col(name).is_not_null())
    levels = shares[name].unique().sort()
    if levels.is_empty():
        return np.zeros((len(buyers), len(values)))
    counts = (
        shares.group_by("buyer_id", name)
        .len()
        .with_columns(
            row=pl.col("buyer_id").cast(pl.Enum(buyers)).to_physical(),
            column=pl.col(name).cast(pl.Enum(levels)).to_physical(),
        )
    )
    table = np.zeros((len(buyers), len(levels)))
    table[counts["row"].to_numpy(), counts["column"].to_numpy()] = counts["len"].to_numpy()
    common = table.sum(axis=0) / table.sum()
    own = (table + PRIOR_PURCHASES * common) / (table.sum(axis=1, keepdims=True) + PRIOR_PURCHASES)
    lifts = np.log(own / common)
    place = {level: number for number, level in enumerate(levels)}
    columns = [place.get(value, -1) for value in values]
    padded = np.column_stack([lifts, np.zeros(len(buyers))])
    found: Array = padded[:, columns]
    return found


def _shared(mine: pl.DataFrame, release: dict[str, Any]) -> tuple[str, list[str]]:
    """The rarest attribute that the buyer's purchases share with the release, and the purchases that do."""
    for name, (_, words) in ATTRIBUTES.items():
        same = mine.filter(pl.col(name) == release[name]) if release[name] is not None else mine.head(0)
        if same.height:
            cited = same["release_id"].head(MOST_CITED).to_list()
            return f"has {same.height} of {words}: {', '.join(cited)}", cited
    return "shares nothing", []


def _completed(part: pl.DataFrame, as_of: dt.date) -> pl.DataFrame:
    return part.with_columns(as_of=pl.lit(as_of)).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
