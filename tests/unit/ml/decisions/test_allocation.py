"""Scarce stock: no constraint is ever broken, and small cases come near the optimum by enumeration."""

from itertools import product

import numpy as np
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
