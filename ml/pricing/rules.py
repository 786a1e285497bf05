"""Price rules as data, and the constraints that they put on the prices of one group of products.

A group is what a ladder ties together: the formats of one title. Belongs here: rules, constraints, and the smallest set
of constraints that cannot hold together. Does not belong here: which allowed price is best (optimise.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
HIGHEST_CENTS = 1_000_000  # no price is above this
TINY = 1e-6  # cents


@dataclass(frozen=True)
class Promotion:
    """An entry of the promotional calendar: from `first` to `last` a price is at most `share` of the list price."""

    first: dt.date
    last: dt.date
    share: float
    product_ids: tuple[str, ...] = ()  # empty: all

    def holds(self, product_id: str, day: dt.date) -> bool:
        """Whether it concerns a product on a day."""
        return self.first <= day <= self.last and (not self.product_ids or product_id in self.product_ids)


@dataclass(frozen=True)
class Rules:
    """What a price must obey; None or empty: no such rule.

    Attributes:
        margin_floor: margin as a share of the price, at least.
        minimum, maximum: of the price.
        change_per_day: of the current price, as a share, up or down.
        reach: of the current price, as a share: how far from known prices an elasticity is trusted.
        competitor: which competitor's price counts, `cheapest` or `median`.
        above_competitor, below_competitor: at most so far above or below it, as a share.
        endings: last two digits of a price in cents, (99, 49).
        promotions: the promotional calendar.
        ladder: formats from the cheapest to the dearest of a title; `ladder_gap` the share between neighbours.
    """

    margin_floor: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    change_per_day: float | None = None
    reach: float | None = 0.3
    competitor: str = "cheapest"
    above_competitor: float | None = None
    below_competitor: float | None = None
    endings: tuple[int, ...] = ()
    promotions: tuple[Promotion, ...] = ()
    ladder: tuple[str, ...] = ()
    ladder_gap: float = 0.0

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Rules:
        """Rules from plain values, as JSON has them.

        Raises:
            ValueError: an unknown rule, or a value that is out of range.
        """
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"unknown price rules: {', '.join(unknown)}; the rules are {', '.join(sorted(known))}")
        values = dict(given)
        for name in ("endings", "ladder"):
            values[name] = tuple(values.get(name) or ())
        values["promotions"] = tuple(
            Promotion(_date(one["first"]), _date(one["last"]), float(one["share"]), tuple(one.get("product_ids", ())))
            for one in values.get("promotions") or ()
        )
        made = cls(**values)
        if made.competitor not in ("cheapest", "median"):
            raise ValueError(f"competitor is {made.competitor!r}; it is cheapest or median")
        if any(not 0 <= one <= 99 for one in made.endings):
            raise ValueError(f"endings {list(made.endings)}: the last two digits of a price, 0 to 99, are needed")
        if made.margin_floor is not None and not made.margin_floor < 1:
            raise ValueError(f"margin_floor {made.margin_floor}: a share of the price below 1 is needed")
        return made


def _date(value: str | dt.date) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(value)


@dataclass(frozen=True)
class Bound:
    """A product's price lies from `low` to `high` cents."""

    name: str
    product: int
    low: int = 1
    high: int = HIGHEST_CENTS


@dataclass(frozen=True)
class Ending:
    """A product's price ends in one of these two digits."""

    name: str
    product: int
    digits: tuple[int, ...]


@dataclass(frozen=True)
class Step:
    """The price of `upper` is at least (1 + gap) times that of `lower`."""

    name: str
    lower: int
    upper: int
    gap: float


Constraint = Bound | Ending | Step


def constraints_of(products: Sequence[Mapping[str, Any]], rules: Rules, day: dt.date) -> list[Constraint]:
    """Return the constraints on a group's products, in the order of the ladder.

    Args:
        products: product_id, format, current_price, list_price, unit_cost, cheapest, median; None where unknown. A rule
            about something unknown puts no constraint.
        rules: of all products.
        day: on which the price is to hold.
    """
    found: list[Constraint] = []
    for number, product in enumerate(products):
        found += _bounds(number, product, rules, day)
        if rules.endings:
            found.append(Ending(f"{product['product_id']}: endings", number, rules.endings))
    placed = [number for number, product in enumerate(products) if product.get("format") in rules.ladder]
    for lower, upper in pairwise(placed):
        names = f"ladder from {products[lower]['product_id']} to {products[upper]['product_id']}"
        found.append(Step(names, lower, upper, rules.ladder_gap))
    return found


def _limits(name: str, number: int, rules: Rules) -> list[Constraint]:
    found: list[Constraint] = []
    if rules.minimum is not None:
        found.append(Bound(f"{name}: minimum", number, low=max(1, int(np.ceil(rules.minimum * 100 - TINY)))))
    if rules.maximum is not None:
        found.append(Bound(f"{name}: maximum", number, high=int(np.floor(rules.maximum * 100 + TINY))))
    return found


def _bounds(number: int, product: Mapping[str, Any], rules: Rules, day: dt.date) -> list[Constraint]:
    name, current, cost = product["product_id"], product.get("current_price"), product.get("unit_cost")
    found: list[Constraint] = []

    def bound(rule: str, low: float | None = None, high: float | None = None) -> None:
        lowest = 1 if low is None else max(1, int(np.ceil(low * 100 - TINY)))
        highest = HIGHEST_CENTS if high is None else int(np.floor(high * 100 + TINY))
        found.append(Bound(f"{name}: {rule}", number, lowest, highest))

    if rules.minimum is not None or rules.maximum is not None:
        found += _limits(name, number, rules)
    if rules.margin_floor is not None and cost is not None:
        bound("margin_floor", low=cost / (1 - rules.margin_floor))
    for rule in ("change_per_day", "reach"):
        share = getattr(rules, rule)
        if share is not None and current is not None:
            bound(rule, current * (1 - share), current * (1 + share))
    reference = product.get(rules.competitor)
    if reference is not None and rules.above_competitor is not None:
        bound("above_competitor", high=reference * (1 + rules.above_competitor))
    if reference is not None and rules.below_competitor is not None:
        bound("below_competitor", low=reference * (1 - rules.below_competitor))
    listed = product.get("list_price")
    for promotion in rules.promotions:
        if listed is not None and promotion.holds(name, day):
            bound(f"promotion of {promotion.first}", high=listed * promotion.share)
    return found


def candidates(product: int, constraints: Sequence[Constraint]) -> Ints:
    """Return the prices in cents that a product's own constraints allow, ascending."""
    low, high, digits = _own(product, constraints)
    prices = np.arange(low, high + 1, dtype=np.int64)
    return prices if digits is None else prices[np.isin(prices % 100, list(digits))]


def _own(product: int, constraints: Sequence[Constraint]) -> tuple[int, int, set[int] | None]:
    """The interval of a product's price, and its last two digits (None: any)."""
    low, high, digits = 1, HIGHEST_CENTS, None
    for one in constraints:
        if isinstance(one, Bound) and one.product == product:
            low, high = max(low, one.low), min(high, one.high)
        elif isinstance(one, Ending) and one.product == product:
            digits = set(one.digits) if digits is None else digits & set(one.digits)
    return low, high, digits


def step_floor(lower: Ints, gap: float) -> Ints:
    """Return the least price of the upper product for each price of the lower one, in cents."""
    return np.asarray(np.ceil(lower * (1 + gap) - TINY), dtype=np.int64)


def is_satisfiable(count: int, constraints: Sequence[Constraint]) -> bool:
    """Whether prices of `count` products exist that obey every constraint."""
    steps = {one.upper: one for one in constraints if isinstance(one, Step)}
    lowest: dict[int, int] = {}
    for product in range(count):
        low, high, digits = _own(product, constraints)
        if product in steps:
            low = max(low, int(step_floor(np.array([lowest[steps[product].lower]]), steps[product].gap)[0]))
        # One hundred prices in a row have every ending.
        fitting = (price for price in range(low, low + 100) if digits is None or price % 100 in digits)
        lowest[product] = next(fitting, HIGHEST_CENTS + 1)
        if lowest[product] > high:
            return False
    return True


def minimal_conflict(count: int, constraints: Sequence[Constraint]) -> list[str]:
    """Return the names of constraints that cannot hold together, while any of them left out can; empty if all can.

    >>> both = [Bound("minimum", 0, low=900), Bound("maximum", 0, high=500), Ending("endings", 0, (99,))]
    >>> minimal_conflict(1, both)
    ['minimum', 'maximum']
    """
    if is_satisfiable(count, constraints):
        return []
    kept = list(constraints)
    for one in constraints:
        without = [other for other in kept if other is not one]
        if not is_satisfiable(count, without):
            kept = without
    return [one.name for one in kept]
