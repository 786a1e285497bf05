"""Scarce stock over buyers: never more than there is, and worth as much as the best of all ways to give it out."""

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest

from ml.decisions.scarce import shared, stock_allocations

DAY = dt.date(2026, 5, 1)


def world(seed: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Three releases, the last with enough stock, and four buyers with prices and least lines of their own."""
    rng = np.random.default_rng(seed)
    releases = pl.DataFrame(
        {
            "release_id": ["R1", "R2", "R3"],
            "origin": [DAY] * 3,
            "available": [9, 0, 500],
            "demand": [14.0, 6.0, 20.0],
            "unit_cost": [5.0, 5.0, 5.0],
        }
    )
    pairs = list(itertools.product(["R1", "R2", "R3"], ["B1", "B2", "B3", "B4"]))
    lines = pl.DataFrame(
        {
            "release_id": [release for release, _ in pairs],
            "buyer_id": [buyer for _, buyer in pairs],
            "units": rng.integers(1, 20, len(pairs)).astype(float),
            "least": rng.integers(1, 6, len(pairs)),
            "price": rng.uniform(4, 12, len(pairs)),
        }
    )
    buyers = pl.DataFrame({"buyer_id": ["B1", "B2", "B3", "B4"], "probability": rng.uniform(0.1, 1, 4)})
    return releases, lines, buyers


@pytest.mark.parametrize("seed", range(20))
def test_no_way_to_give_it_out_is_worth_more(seed: int) -> None:
    rows = stock_allocations(*world(seed))
    assert set(rows["release_id"]) == {"R1", "R2"}
    one = rows.filter(release_id="R1")
    value = (one["unit_margin"] * one["probability"]).clip(0).to_numpy()
    choices = [[0, *range(least, wanted + 1)] for least, wanted in one.select("least", "wanted").iter_rows()]
    best = max(float(np.dot(value, way)) for way in itertools.product(*choices) if sum(way) <= 9)
    assert one["units"].sum() <= 9
    assert float(np.dot(value, one["units"].to_numpy())) == pytest.approx(best)
    assert rows.filter(release_id="R2")["units"].sum() == 0
    assert one["wanted"].sum() == 14


def test_demand_is_shared_in_whole_units() -> None:
    assert shared(10.4, np.array([1.0, 1.0, 1.0])).tolist() == [4, 3, 3]
    assert shared(2.0, np.array([5.0, 1.0, 4.0])).tolist() == [1, 0, 1]


def test_nothing_is_scarce_or_known() -> None:
    releases, lines, buyers = world(1)
    assert not stock_allocations(releases.with_columns(available=1000), lines, buyers).height
    assert not stock_allocations(releases.with_columns(available=pl.lit(None, pl.Int64)), lines, buyers).height
    unknown = stock_allocations(releases, lines, buyers.clear())
    assert set(unknown["probability"]) == {1.0}
