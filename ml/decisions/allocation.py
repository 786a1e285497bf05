"""Scarce stock given to buyers: who gets how many units, when not everybody can have what they want.

Each buyer has a demand, a least delivery (an order below it is refused), a box size and a value per unit. The
allocation keeps to the stock, to demand and to boxes, and gives a buyer nothing rather than less than the least
delivery. It is the best there is, by dynamic programming over the stock, up to `MOST_CELLS` cells. Beyond that it is
greedy by value per unit, then improved by leaving out one served buyer for others, or by serving one first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_CELLS = 20_000_000  # possible deliveries times units of stock


@dataclass(frozen=True)
class Claim:
    """What a buyer wants.

    Attributes:
        buyer_id: the buyer.
        wanted: units.
        value: what a unit given to this buyer is worth.
        least: units below which the buyer takes none.
        box: units come in multiples of it.
    """

    buyer_id: str
    wanted: int
    value: float
    least: int = 1
    box: int = 1

    @property
    def smallest(self) -> int:
        """The smallest delivery: the least, rounded up to boxes, at least one box."""
        return max(1, -(-max(self.least, 1) // self.box)) * self.box

    @property
    def largest(self) -> int:
        """The largest delivery: what is wanted, rounded down to boxes."""
        return max(self.wanted, 0) // self.box * self.box


def allocate(claims: Sequence[Claim], stock: int) -> dict[str, int]:
    """Units for each buyer.

    Raises:
        ValueError: a buyer stands twice, or a box is smaller than one unit.
    """
    if len({claim.buyer_id for claim in claims}) < len(claims):
        raise ValueError("a buyer has two claims; add them up first")
    if any(claim.box < 1 for claim in claims):
        raise ValueError("a box holds at least one unit")
    usable = [claim for claim in claims if claim.value > 0 and 0 < claim.smallest <= claim.largest]
    usable.sort(key=lambda claim: (-claim.value, claim.smallest, claim.buyer_id))
    deliveries = sum((claim.largest - claim.smallest) // claim.box + 1 for claim in usable)
    if deliveries * max(stock, 0) <= MOST_CELLS:
        exact = _best(usable, max(stock, 0))
        return {claim.buyer_id: exact.get(claim.buyer_id, 0) for claim in claims}
    best = _fill(usable, max(stock, 0))
    for _ in range(len(usable)):
        trials = [
            _fill([one for one in usable if one is not left_out], stock)
            for left_out in usable
            if best.get(left_out.buyer_id)
        ]
        trials += [_fill([first, *(one for one in usable if one is not first)], stock) for first in usable]
        better = max(trials, key=lambda trial: worth(usable, trial), default=best)
        if worth(usable, better) <= worth(usable, best) + 1e-9:
            break
        best = better
    return {claim.buyer_id: best.get(claim.buyer_id, 0) for claim in claims}


def worth(claims: Sequence[Claim], given: dict[str, int]) -> float:
    """What an allocation is worth."""
    return sum(claim.value * given.get(claim.buyer_id, 0) for claim in claims)


def _best(claims: Sequence[Claim], stock: int) -> dict[str, int]:
    """The allocation that is worth the most: of each number of units, the best that the claims so far make of them."""
    value = np.zeros(stock + 1)
    chosen = []
    for claim in claims:
        better, units_of = value.copy(), np.zeros(stock + 1, dtype=np.int64)
        for units in range(claim.smallest, min(claim.largest, stock) + 1, claim.box):
            found = value[: stock + 1 - units] + claim.value * units
            places = np.flatnonzero(found > better[units:]) + units
            better[places], units_of[places] = found[places - units], units
        chosen.append(units_of)
        value = better
    left, given = stock, {}
    for claim, units_of in zip(reversed(claims), reversed(chosen), strict=True):
        given[claim.buyer_id] = int(units_of[left])
        left -= given[claim.buyer_id]
    return given


def _fill(claims: Sequence[Claim], stock: int) -> dict[str, int]:
    """Serve the claims in their order, as far as the stock goes; then give up units of some for a least delivery."""
    given: dict[str, int] = {}
    left = stock
    for claim in claims:
        units = min(claim.largest, left // claim.box * claim.box)
        if units >= claim.smallest:
            given[claim.buyer_id] = units
            left -= units
    # A buyer without goods may be worth some units of a served one, down to that one's smallest delivery.
    for claim in claims:
        if claim.buyer_id in given:
            continue
        need = claim.smallest - left
        donors = sorted(
            (one for one in claims if one.buyer_id in given and one.value < claim.value), key=lambda one: one.value
        )
        for donor in donors:
            spare = (given[donor.buyer_id] - donor.smallest) // donor.box * donor.box
            taken = min(spare, -(-need // donor.box) * donor.box)
            if 0 < need <= taken:
                given[donor.buyer_id] -= taken
                left += taken
                units = min(claim.largest, left // claim.box * claim.box)
                given[claim.buyer_id] = units
                left -= units
                break
    return given
