"""Collaborative signals of each release: who has it, what is bought with it, to how many buyers it is recommended.

Belongs here: sums over buyers for one release. Does not belong here: recommending (recommend.py), propensity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ml.buyers.interactions import Form, Interactions
from ml.buyers.recommenders.neighbours import ItemNeighbours

NEIGHBOURS = 5
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "release_id": pl.String,
    "as_of": pl.Date,
    "buyers": pl.Int64,
    "recommended_to": pl.Int64,
    "mean_rank": pl.Float64,
    "likely_buyers": pl.Float64,
    "likeliest_probability": pl.Float64,
    "bought_with": pl.String,
    "likeness": pl.Float64,
}


def release_audience(
    purchases: pl.DataFrame, releases: pl.DataFrame, recommended: pl.DataFrame, likely: pl.DataFrame
) -> pl.DataFrame:
    """Return one row per release of the catalogue; nulls where nobody has bought it, or nothing is recommended.

    Args:
        purchases: buyer_id, release_id, quantity, ds.
        releases: release_id.
        recommended: release_id, rank; one row per buyer that it is recommended to.
        likely: release_id, probability; its likeliest buyers.
    """
    known = purchases.join(releases, on="release_id", how="semi")
    if known.is_empty():
        return pl.DataFrame(schema=SCHEMA)
    as_of: Any = known["ds"].max()
    had = known.group_by("release_id").agg(buyers=pl.col("buyer_id").n_unique())
    offers = recommended.group_by("release_id").agg(recommended_to=pl.len(), mean_rank=pl.col("rank").mean())
    chances = likely.group_by("release_id").agg(
        likely_buyers=pl.col("probability").sum(), likeliest_probability=pl.col("probability").max()
    )
    found = releases.select("release_id").sort("release_id")
    for part in (had, offers, chances, neighbours(known)):
        found = found.join(part, on="release_id", how="left", maintain_order="left")
    # Rounded, so that sums in another order come out equal.
    found = found.with_columns(pl.col("likely_buyers", "mean_rank", "likeness").round(6))
    return found.with_columns(
        pl.col("buyers", "recommended_to").fill_null(0), as_of=pl.lit(as_of)
    ).select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())  # fmt: skip


def neighbours(known: pl.DataFrame) -> pl.DataFrame:
    """Return release_id, bought_with (ids, the most alike first, with commas) and likeness (of the first).

    Two releases are alike when the same buyers have them: the shrunk cosine of the recommender.
    """
    rows = Interactions.from_frame(known.select(user_id="buyer_id", item_id="release_id", weight="quantity"))
    similar = ItemNeighbours(NEIGHBOURS).fit(rows.matrix(Form(is_log=True))).similar
    found = []
    for place, name in enumerate(rows.items):
        some = slice(similar.indptr[place], similar.indptr[place + 1])
        items, values = similar.indices[some], similar.data[some]
        order = np.lexsort((items, -values))[:NEIGHBOURS]
        best = [int(items[one]) for one in order if values[one] > 0]
        if best:
            found.append((name, ",".join(rows.items.gather(best)), float(values[order[0]])))
    schema = {name: SCHEMA[name] for name in ("release_id", "bought_with", "likeness")}
    return pl.DataFrame(found, schema=schema, orient="row")
