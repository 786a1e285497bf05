"""Probability that a buyer orders one given release in the days after the newest purchase, and the likeliest buyers.

A logistic regression over activity, sales, earlier orders of the release and shared attributes, weighted back to all
pairs; announced releases, which nobody has ordered, rest on attributes. It is compared with two simple rules on the
newest earlier origin, and the best by log loss serves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from ml.buyers.blocked import Blocked, Pairs
from ml.buyers.propensity.pair_models import ActivityTimesPopularity, PairModel, Sample, makers, pair_quality
from ml.buyers.propensity.pairs import Floats, Ints, Known, Purchases
from ml.buyers.propensity.score import Quality

ORIGINS = 4
SHORTEST_HISTORY = 60  # days before an origin
FEWEST = 30  # pairs that were ordered, from which on a regression is fitted
NEGATIVES, MOST_SAMPLED = 20, 200_000
MOST_PAIRS = 20_000_000  # scored; beyond, only the most active buyers are
PAIRS_AT_ONCE = 1_000_000
PER_RELEASE = 10
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {
    "release_id": pl.String,
    "rank": pl.Int32,
    "buyer_id": pl.String,
    "origin": pl.Date,
    "probability": pl.Float64,
    "reason": pl.String,
    "model": pl.String,
}


def release_propensity(
    purchases: pl.DataFrame,
    releases: pl.DataFrame,
    days: int = 30,
    per_release: int = PER_RELEASE,
    blocked: Pairs = (),
    seed: int = 0,
) -> pl.DataFrame:
    """Return the likeliest buyers of each release that is offered, with probability and reason.

    Args:
        purchases: buyer_id, release_id, ds.
        releases: release_id, artist_id, label_id, genre, format, known_from, is_offered.
        days: length of the window.
        per_release: buyers of each release.
        blocked: pairs of buyer and release that are never offered; None in one stands for all.
        seed: of sampled pairs.
    """
    if purchases.join(releases, on="release_id", how="semi").is_empty():
        return pl.DataFrame(schema=SCHEMA)
    known_purchases = Purchases.from_frames(purchases, releases)
    samples = _samples(known_purchases, days, seed)
    model, _ = chosen(samples)
    offered = np.flatnonzero(releases.sort("release_id")["is_offered"].to_numpy())
    found = _best(
        known_purchases, model, offered, per_release, Blocked(blocked, known_purchases.buyers, known_purchases.releases)
    )
    newest: Any = purchases["ds"].max()
    return found.with_columns(origin=pl.lit(newest, pl.Date), model=pl.lit(model.name)).select(*SCHEMA)


def chosen(samples: list[Sample]) -> tuple[PairModel, dict[str, Quality]]:
    """Return the model that did best on the newest sample, fitted on all, and the quality of each on the newest."""
    enough = [one for one in samples if one.ordered.sum() >= FEWEST]
    if len(enough) < 2:
        model = ActivityTimesPopularity()
        return (model.fit(_joined(samples)) if samples else _untaught(model)), {}
    newest, older = enough[0], _joined(enough[1:])
    found = {(one := make()).name: pair_quality(newest, one.fit(older).predict(newest.features)) for make in makers()}
    compared = dict(sorted(found.items(), key=lambda pair: pair[1].log_loss))
    best = next(iter(compared))
    return next(one for make in makers() if (one := make()).name == best).fit(_joined(enough)), compared


def _untaught(model: ActivityTimesPopularity) -> ActivityTimesPopularity:
    model.factor = 0.0  # a history too short to say anything
    return model


def _joined(samples: list[Sample]) -> Sample:
    return Sample(
        *(np.concatenate([getattr(one, name) for one in samples]) for name in ("features", "ordered", "weight"))
    )


def _samples(purchases: Purchases, days: int, seed: int) -> list[Sample]:
    """All pairs that were ordered and a random part of the others, at each earlier origin, the newest first."""
    rng = np.random.default_rng(seed)
    found: list[Sample] = []
    first = int(purchases.day.min())
    for origin in range(-days, -days * (ORIGINS + 1), -days):
        if origin < first + SHORTEST_HISTORY:
            break
        known = Known(purchases, origin)
        buyers, releases = np.flatnonzero(known.is_buyer), np.flatnonzero(known.is_known)
        width = known.shape[1]
        after = (purchases.day > origin) & (purchases.day <= origin + days)
        after &= known.is_buyer[purchases.buyer] & known.is_known[purchases.release]
        ordered = np.unique(purchases.buyer[after] * width + purchases.release[after])
        whole = len(buyers) * len(releases)
        count = min(max(NEGATIVES * len(ordered), 2_000), MOST_SAMPLED)
        drawn = np.unique(rng.choice(buyers, count) * width + rng.choice(releases, count))
        drawn = drawn[~np.isin(drawn, ordered)]
        if not len(drawn) or not len(ordered):
            continue
        pairs = np.concatenate([ordered, drawn])
        weight = np.concatenate([np.ones(len(ordered)), np.full(len(drawn), (whole - len(ordered)) / len(drawn))])
        is_ordered = np.concatenate([np.ones(len(ordered)), np.zeros(len(drawn))])
        found.append(Sample(known.features(pairs // width, pairs % width), is_ordered, weight))
    return found


def _best(
    purchases: Purchases,
    model: PairModel,
    offered: Ints,
    count: int,
    blocked: Blocked,
) -> pl.DataFrame:
    """The likeliest buyers of each release, a block of releases at a time."""
    known = Known(purchases, 0)
    buyers = np.argsort(-known.buyer_90, kind="stable")[: max(count, MOST_PAIRS // max(1, len(offered)))]
    buyers = np.sort(buyers)
    parts: list[pl.DataFrame] = []
    step = max(1, PAIRS_AT_ONCE // max(1, len(buyers)))
    for start in range(0, len(offered), step):
        some = offered[start : start + step]
        buyer, release = np.tile(buyers, len(some)), np.repeat(some, len(buyers))
        probability = model.predict(known.features(buyer, release))
        probability[blocked.holds(buyer, release)] = -1.0
        table = probability.reshape(len(some), len(buyers))
        best = np.argsort(-table, axis=1, kind="stable")[:, :count]
        rows = np.repeat(np.arange(len(some)), best.shape[1])
        chance, chosen_buyer, chosen_release = table[rows, best.ravel()], buyers[best.ravel()], some[rows]
        rank = np.tile(np.arange(1, best.shape[1] + 1), len(some))
        keep = chance > 0
        parts.append(_rows(purchases, known, chosen_buyer[keep], chosen_release[keep], rank[keep], chance[keep]))
    return pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)


def _rows(
    purchases: Purchases, known: Known, buyer: Ints, release: Ints, rank: Ints, probability: Floats
) -> pl.DataFrame:
    times, since = known.times(buyer, release)
    artist, genre = known.alike("artist_id", buyer, release), known.alike("genre", buyer, release)
    frame = pl.DataFrame(
        {
            "release_id": purchases.releases.gather(release), "rank": rank, "buyer_id": purchases.buyers.gather(buyer),
            "probability": np.minimum(probability, 1.0).round(6), "times": times, "since": since, "artist": artist,
            "genre": genre, "lines": known.buyer_90[buyer], "others": known.release_30[release],
        }
    )  # fmt: skip
    words = (
        pl.when(pl.col("times") > 0)
        .then(pl.format("ordered it on {} days, the last {} days ago", "times", "since"))
        .when(pl.col("artist") > 0)
        .then(pl.format("has {} releases of its artist", "artist"))
        .when(pl.col("genre") > 0)
        .then(pl.format("has {} releases of its genre", "genre"))
        .otherwise(pl.format("{} buyers ordered it in 30 days", "others"))
    )
    return frame.with_columns(
        pl.col("rank").cast(pl.Int32), reason=words + pl.format("; {} order lines in 90 days", "lines")
    )
