"""Recommendations at scale: ``python -m benchmarks.buyers_scale``, with ``--buyers``, ``--releases``, ``--lines``.

Purchases are drawn: popularity of releases and activity of buyers by power laws, tastes by genre, two years of days.
One after the other, `recommend_releases`, `release_propensity` and `score_buyers` run on them, each in a process of its
own that states its CPU seconds, wall seconds and peak memory.
"""

import argparse
import datetime as dt
import multiprocessing
import resource
import time
from collections.abc import Callable

import numpy as np
import polars as pl

START, DAYS = dt.date(2024, 1, 1), 730
GENRES = 12
ANNOUNCED = 0.01  # share of the releases that nobody has bought
Frames = tuple[pl.DataFrame, pl.DataFrame]


def drawn(buyers: int, releases: int, lines: int, seed: int = 0) -> Frames:
    """Return purchases (buyer_id, release_id, quantity, ds) and the catalogue of `releases`."""
    rng = np.random.default_rng(seed)
    sold = max(1, round(releases * (1 - ANNOUNCED)))
    genre = rng.integers(GENRES, size=releases)
    popular = np.cumsum(1 / np.arange(1, sold + 1) ** 0.8)
    active = np.cumsum(1 / np.arange(1, buyers + 1) ** 0.6)
    buyer = np.searchsorted(active / active[-1], rng.random(lines))
    release = rng.permutation(sold)[np.searchsorted(popular / popular[-1], rng.random(lines))]
    # Seven in ten lines stay within the buyer's genre: the release is drawn again there, by its place in the catalogue.
    by_genre = [np.flatnonzero(genre[:sold] == one) for one in range(GENRES)]
    taste = buyer % GENRES
    own = rng.random(lines) < 0.7
    for one, some in enumerate(by_genre):
        rows = np.flatnonzero(own & (taste == one))
        if len(some):
            release[rows] = some[(len(some) * rng.random(len(rows)) ** 2).astype(np.int64)]
    day = rng.integers(DAYS, size=lines)
    number = np.arange(releases)
    catalogue = pl.DataFrame(
        {
            "release_id": [f"R{one:06}" for one in number],
            "artist_id": [f"A{one:05}" for one in number // 4],
            "label_id": [f"L{one:04}" for one in number // 50],
            "genre": [f"genre {one}" for one in genre],
            "format": rng.choice(["LP", "CD", "digital"], size=releases),
            "known_from": [START] * releases,
            "is_published": [True] * releases,
            "is_in_stock": rng.random(releases) < 0.95,
        }
    ).with_columns(is_offered="is_in_stock")
    purchases = pl.DataFrame(
        {"buyer": buyer, "release": release, "day": day, "quantity": rng.integers(1, 9, size=lines)}
    )
    named = purchases.select(
        buyer_id=pl.format("B{}", pl.col("buyer").cast(pl.String).str.zfill(6)),
        release_id=pl.format("R{}", pl.col("release").cast(pl.String).str.zfill(6)),
        quantity=pl.col("quantity").cast(pl.Float64),
        ds=pl.lit(START) + pl.duration(days=pl.col("day")),
    )
    return named, catalogue


def recommended(frames: Frames) -> int:
    """Rank the catalogue for every buyer, with reasons."""
    from ml.buyers.catalogue import recommend_releases

    return recommend_releases(*frames).height


def likely(frames: Frames) -> int:
    """Find the likeliest buyers of each release."""
    from ml.buyers.propensity.releases import release_propensity

    return release_propensity(*frames).height


def scored(frames: Frames) -> int:
    """Score every buyer."""
    from ml.buyers.propensity.score import score_buyers

    orders = frames[0].select("buyer_id", "ds", amount="quantity")
    return score_buyers(orders, START + dt.timedelta(days=DAYS)).scores.height


CASES: dict[str, Callable[[Frames], int]] = {
    "recommendations": recommended,
    "release_propensity": likely,
    "buyer_propensity": scored,
}


def measured(name: str, size: tuple[int, int, int]) -> str:
    """Run a case on drawn frames; return its line of the table."""
    frames = drawn(*size)
    before = time.monotonic(), time.process_time(), _peak_mib()
    rows = CASES[name](frames)
    wall, cpu = time.monotonic() - before[0], time.process_time() - before[1]
    return f"| {name} | {rows:,} | {cpu:.0f} | {wall:.0f} | {_peak_mib():,.0f} | {before[2]:,.0f} |"


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--buyers", type=int, default=50_000)
    options.add_argument("--releases", type=int, default=20_000)
    options.add_argument("--lines", type=int, default=5_000_000)
    options.add_argument("--only", choices=list(CASES), help="one case")
    asked = options.parse_args()
    size = (asked.buyers, asked.releases, asked.lines)
    print("| what | rows out | CPU s | wall s | peak MiB | of it before |", "|---|---:|---:|---:|---:|---:|", sep="\n")
    for name in [asked.only] if asked.only else CASES:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            print(pool.apply(measured, (name, size)), flush=True)


if __name__ == "__main__":
    main()
