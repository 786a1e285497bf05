"""Releases that sell together: what to offer to the buyers of one who lack the other."""

from __future__ import annotations

import numpy as np
import polars as pl

MOST_RELEASES = 300  # pairs are counted among the best sellers only
LEAST_TOGETHER = 5
PRIOR = 5.0  # buyers whose worth of the base rate is mixed into an attach rate


def bundle_actions(releases: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Offer `target` to the buyers of `release_id` who lack it.

    Money: buyers who lack it, times how much more often buyers of the first have it than all do, times the median line
    of it, times its margin, for a month of the three that `lines` covers.

    Args:
        releases: [release_id, unit_margin, available, …].
        lines: [buyer_id, release_id, units, …] of 90 days.

    Returns:
        [release_id, target, money, confidence, reason, next_step].
    """
    best = (
        lines.group_by("release_id")
        .agg(total=pl.col("units").sum(), line=pl.col("units").median())
        .join(releases.filter(pl.col("unit_margin") > 0), on="release_id")
        .sort(["total", "release_id"], descending=[True, False])
        .head(MOST_RELEASES)
    )
    ids, buyers = best["release_id"].to_list(), lines["buyer_id"].drop_nulls().unique().sort().to_list()
    if not ids or not buyers:
        return _frame([])
    row, column = ({one: place for place, one in enumerate(names)} for names in (buyers, ids))
    has = np.zeros((len(buyers), len(ids)))
    own = lines.drop_nulls(["buyer_id", "release_id"]).filter(pl.col("release_id").is_in(ids))
    for buyer, release in own.select("buyer_id", "release_id").unique().iter_rows():
        has[row[buyer], column[release]] = 1.0
    together, count = has.T @ has, has.sum(axis=0)
    base = count / len(buyers)
    attach = (together + PRIOR * base[None, :]) / (count[:, None] + PRIOR)
    gain = np.clip(attach - base[None, :], 0, None)
    lacking = count[:, None] - together
    worth = best["line"].to_numpy() * best["unit_margin"].to_numpy()
    money = lacking * gain * worth[None, :] / 3
    in_stock = (best["available"].is_null() | (best["available"] > 0)).to_numpy()
    there = (together >= LEAST_TOGETHER) & (money > 0) & in_stock[None, :] & ~np.eye(len(ids), dtype=bool)
    found = [
        {
            "release_id": ids[first],
            "target": ids[second],
            "money": float(money[first, second]),
            "confidence": float(together[first, second] / (together[first, second] + PRIOR)),
            "reason": f"{together[first, second]:.0f} of {count[first]:.0f} buyers have both, "
            f"{base[second]:.0%} of all have {ids[second]}; {lacking[first, second]:.0f} lack it",
            "next_step": f"offer it with {ids[second]} to those who have one of the two",
        }
        for first, second in zip(*np.nonzero(there), strict=True)
    ]
    return _one_per_pair(_frame(found))


def _one_per_pair(rows: pl.DataFrame) -> pl.DataFrame:
    """The better direction of each pair."""
    pair = pl.concat_list(pl.min_horizontal("release_id", "target"), pl.max_horizontal("release_id", "target"))
    return (
        rows.with_columns(pair=pair)
        .sort(["money", "release_id", "target"], descending=[True, False, False])
        .unique("pair", keep="first", maintain_order=True)
        .drop("pair")
    )


def _frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    texts, numbers = ("release_id", "target", "reason", "next_step"), ("money", "confidence")
    return pl.DataFrame(rows, schema=dict.fromkeys(texts, pl.String) | dict.fromkeys(numbers, pl.Float64))
