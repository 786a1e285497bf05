"""Scarce stock: no constraint is ever broken, small cases are the optimum, and large ones come near it."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.decisions.allocation import Claim, allocate, worth


def claims_of(rng: np.random.Generator, most: int) -> list[Claim]:
    return [
        Claim(
            f"B{number}",
            int(rng.integers(0, 25)),
            round(float(rng.uniform(-1, 10)), 2),
            int(rng.integers(0, 10)),
            int(rng.choice([1, 1, 2, 5])),
        )
        for number in range(int(rng.integers(0, most + 1)))
    ]


def check(claims: list[Claim], stock: int, given: dict[str, int]) -> None:
    assert sum(given.values()) <= max(stock, 0)
    for claim in claims:
        units = given[claim.buyer_id]
        assert units == 0 or max(claim.least, 1) <= units <= claim.wanted
        assert units % claim.box == 0


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(-3, 120))
def test_no_constraint_is_broken(seed: int, stock: int) -> None:
    claims = claims_of(np.random.default_rng(seed), 12)
    check(claims, stock, allocate(claims, stock))


def test_at_least_nine_tenths_of_the_optimum() -> None:
    rng = np.random.default_rng(3)
    shares = []
    for _ in range(150):
        claims, stock = claims_of(rng, 4), int(rng.integers(1, 40))
        choices = [[0, *range(claim.smallest, claim.largest + 1, claim.box)] for claim in claims]
        best = max(
            (
                sum(claim.value * units for claim, units in zip(claims, chosen, strict=True))
                for chosen in product(*choices)
                if sum(chosen) <= stock
            ),
            default=0.0,
        )
        if best > 0:
            shares.append(worth(claims, allocate(claims, stock)) / best)
    assert len(shares) > 100
    assert min(shares) >= 0.9


def optimum(claims: list[Claim], stock: int) -> float:
    """What the best allocation is worth, by dynamic programming over the stock."""
    best = np.zeros(max(stock, 0) + 1)
    for claim in claims:
        if claim.value <= 0:
            continue
        better = best.copy()
        for units in range(claim.smallest, min(claim.largest, stock) + 1, claim.box):
            better[units:] = np.maximum(better[units:], best[: len(best) - units] + claim.value * units)
        best = better
    return float(best[-1])


@pytest.mark.heavy
def test_ten_thousand_cases_keep_every_constraint_and_are_the_optimum() -> None:
    rng = np.random.default_rng(17)
    shares = []
    for _ in range(10_000):
        claims, stock = claims_of(rng, 8), int(rng.integers(-2, 80))
        given = allocate(claims, stock)
        check(claims, stock, given)
        if (best := optimum(claims, stock)) > 0:
            shares.append(worth(claims, given) / best)
    assert len(shares) > 7_000
    assert min(shares) >= 1 - 1e-9
    assert max(shares) <= 1 + 1e-9


def test_cases_beyond_the_exact_way_keep_every_constraint_and_nine_tenths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.decisions.allocation.MOST_CELLS", -1)
    rng = np.random.default_rng(18)
    for _ in range(300):
        claims, stock = claims_of(rng, 30), int(rng.integers(100, 300))
        given = allocate(claims, stock)
        check(claims, stock, given)
        assert worth(claims, given) >= 0.9 * optimum(claims, stock)
