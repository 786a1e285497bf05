"""The best allowed price of each product: for revenue, margin or a competitor's price, with what it is expected to do.

Demand follows a constant elasticity around the current price. Among the prices that the rules allow, in cents, the best
is found exactly, together for the formats of one title. Where no price is allowed, none is given and the conflict is
named. Belongs here: objectives, strategies, expectations. Does not belong here: the rules (rules.py).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.pricing.rules import (
    Bound,
    Constraint,
    Ints,
    Rules,
    Step,
    candidates,
    constraints_of,
    minimal_conflict,
    step_floor,
)

Floats = npt.NDArray[np.float64]
STRATEGIES = ("competitive", "value", "margin", "dynamic")
NEEDED = ("product_id", "current_price", "elasticity", "units_mean")
OPTIONAL = ("title_id", "format", "list_price", "unit_cost", "elasticity_low", "elasticity_high", "units_low",
            "units_high", "cheapest", "median", "stock")  # fmt: skip
MEASURES = ("units", "revenue", "margin")
SCHEMA = {
    "product_id": pl.String,
    "strategy": pl.String,
    "current_price": pl.Float64,
    "price": pl.Float64,
    "free_price": pl.Float64,
    **{f"{measure}{part}": pl.Float64 for measure in MEASURES for part in ("", "_low", "_high", "_now")},
    "binding": pl.String,
    "conflict": pl.String,
}


def recommend_prices(products: pl.DataFrame, rules: Rules, strategy: str, day: dt.date) -> pl.DataFrame:
    """Return the best allowed price per product, or the conflict that leaves none.

    Args:
        products: product_id, current_price, elasticity, units_mean (expected at the current price) and, where known,
            title_id and format (ladder), list_price, unit_cost, elasticity_low, elasticity_high, units_low, units_high,
            cheapest and median (competitors' prices), stock.
        rules: that every price obeys.
        strategy: competitive (nearest to the competitor's price), value (revenue), margin, or dynamic (margin of what
            the stock allows; revenue where no cost is known).
        day: on which the price is to hold.

    Returns:
        price (null: `conflict` names the rules that exclude each other, or what is unknown), free_price (best without
        rules, within the reach that the elasticity is trusted for), units, revenue and margin with low and high, the
        same at the current price (`_now`), and `binding`: the rules that hold the price where it is.

    Raises:
        ValueError: a column is missing, or there is no such strategy.
    """
    if strategy not in STRATEGIES:
        raise ValueError(f"strategy {strategy!r}: one of {', '.join(STRATEGIES)} is needed")
    if missing := [name for name in NEEDED if name not in products.columns]:
        raise ValueError(f"products lack the columns {', '.join(missing)}")
    absent = [pl.lit(None).alias(name) for name in OPTIONAL if name not in products.columns]
    rows = products.with_columns(absent).with_columns(group=pl.coalesce("title_id", "product_id").cast(pl.String))
    places = {name: number for number, name in enumerate(rules.ladder)}
    found: list[dict[str, Any]] = []
    for _, some in rows.sort("group", "product_id").group_by("group", maintain_order=True):
        group = sorted(some.to_dicts(), key=lambda one: (places.get(one["format"], -1), one["product_id"]))
        found += _group(group, rules, strategy, day)
    return pl.DataFrame(found, schema=SCHEMA).sort("product_id")


def _group(group: Sequence[Mapping[str, Any]], rules: Rules, strategy: str, day: dt.date) -> list[dict[str, Any]]:
    usable = [one for one in group if not _unknown(one, rules, strategy)]
    answers = [_answer(one, strategy) | {"conflict": _unknown(one, rules, strategy)} for one in group]
    formats = [one["format"] for one in usable if one["format"] in rules.ladder]
    if doubled := sorted({one for one in formats if formats.count(one) > 1}):
        named = f"the ladder cannot order two products of one title and format: {', '.join(doubled)}"
        return [one if one["conflict"] else one | {"conflict": named} for one in answers]
    constraints = constraints_of(usable, rules, day)
    if conflict := minimal_conflict(len(usable), constraints):
        named = "cannot hold together: " + "; ".join(conflict)
        return [one if one["conflict"] else one | {"conflict": named} for one in answers]
    prices = iter(_best(usable, constraints, rules, strategy))
    numbers = iter(range(len(usable)))
    by_id = {one["product_id"]: one for one in usable}
    for answer in answers:
        if not answer["conflict"]:
            product, cents = by_id[answer["product_id"]], next(prices)
            answer |= _expected(product, cents / 100) | {
                "price": cents / 100,
                "free_price": _free_price(product, rules, strategy),
                "binding": _binding(next(numbers), cents, constraints),
            }
    return answers


def _unknown(product: Mapping[str, Any], rules: Rules, strategy: str) -> str | None:
    """What is missing for a recommendation; None where all is known."""
    for name in NEEDED[1:]:
        if product[name] is None:
            return f"{name} is unknown"
    if product["current_price"] <= 0:
        return "current_price is not above zero"
    if strategy == "margin" and product["unit_cost"] is None:
        return "unit_cost is unknown"
    if strategy == "competitive" and product[rules.competitor] is None:
        return "no competitor's price is known"
    return None


def _answer(product: Mapping[str, Any], strategy: str) -> dict[str, Any]:
    return {"product_id": product["product_id"], "strategy": strategy, "current_price": product["current_price"]}


def _units(product: Mapping[str, Any], price: Floats | float, level: str = "mean", elasticity: str = "") -> Any:
    slope = product[f"elasticity{elasticity}"]
    slope = product["elasticity"] if slope is None else slope
    base = product[f"units_{level}"]
    base = product["units_mean"] if base is None else base
    return base * (np.asarray(price) / product["current_price"]) ** slope


def _value(product: Mapping[str, Any], price: Floats, rules: Rules, strategy: str) -> Floats:
    """What a strategy makes of a price; more is better."""
    if strategy == "competitive":
        return np.asarray(-np.abs(np.log(price / product[rules.competitor])), dtype=np.float64)
    units = _units(product, price)
    if strategy == "dynamic" and product["stock"] is not None:
        units = np.minimum(units, product["stock"])
    cost = product["unit_cost"] if strategy in ("margin", "dynamic") and product["unit_cost"] is not None else 0.0
    return np.asarray(units * (price - cost), dtype=np.float64)


def _best(
    group: Sequence[Mapping[str, Any]], constraints: Sequence[Constraint], rules: Rules, strategy: str
) -> list[int]:
    """Best prices in cents, the formats of a ladder together: dynamic programming from the cheapest to the dearest."""
    steps = {one.upper: one for one in constraints if isinstance(one, Step)}
    prices: list[Ints] = []
    values: list[Floats] = []
    back: list[Ints] = []
    for number, product in enumerate(group):
        mine = candidates(number, constraints)
        worth = _value(product, mine / 100, rules, strategy)
        came = np.full(len(mine), -1, dtype=np.int64)
        if number in steps:
            step = steps[number]
            floors, before = step_floor(prices[step.lower], step.gap), values[step.lower]
            ahead = np.maximum.accumulate(before)
            which = np.where(before == ahead, np.arange(len(before)), 0)
            last = np.searchsorted(floors, mine, side="right") - 1
            worth = np.where(last >= 0, worth + ahead[np.maximum(last, 0)], -np.inf)
            came = np.maximum.accumulate(which)[np.maximum(last, 0)]
        prices.append(mine)
        values.append(worth)
        back.append(came)
    chosen = [-1] * len(group)
    for number in reversed(range(len(group))):
        place = chosen[number] if chosen[number] >= 0 else int(np.argmax(values[number]))
        chosen[number] = place
        if number in steps:
            chosen[steps[number].lower] = int(back[number][place])
    return [int(prices[number][place]) for number, place in enumerate(chosen)]


def _free_price(product: Mapping[str, Any], rules: Rules, strategy: str) -> float:
    """The best price without rules, within the reach of the elasticity."""
    from scipy.optimize import minimize_scalar

    reach = rules.reach if rules.reach is not None else 0.9
    current = product["current_price"]
    bounds = (current * (1 - min(reach, 0.99)), current * (1 + reach))
    found = minimize_scalar(
        lambda price: -float(_value(product, np.array([price]), rules, strategy)[0]), bounds=bounds, method="bounded"
    )
    ends = [*bounds, float(found.x)]
    worth = [float(_value(product, np.array([price]), rules, strategy)[0]) for price in ends]
    return float(round(ends[int(np.argmax(worth))], 4))


def _binding(number: int, cents: int, constraints: Sequence[Constraint]) -> str | None:
    """The bounds that the price lies on."""
    names = [one.name for one in constraints if isinstance(one, Bound) and one.product == number
             and cents in (one.low, one.high)]  # fmt: skip
    return "; ".join(name.split(": ", 1)[1] for name in names) or None


def _expected(product: Mapping[str, Any], price: float) -> dict[str, float | None]:
    """Units, revenue and margin at a price, each with its range, and at the current price."""
    now = product["current_price"]
    both = [float(_units(product, price, level, side)) for level in ("low", "high") for side in ("", "_low", "_high")]
    units = {"": float(_units(product, price)), "_low": min(both), "_high": max(both), "_now": product["units_mean"]}
    found: dict[str, float | None] = {}
    for part, count in units.items():
        at = now if part == "_now" else price
        found[f"units{part}"] = count
        found[f"revenue{part}"] = count * at
        cost = product["unit_cost"]
        found[f"margin{part}"] = None if cost is None else count * (at - cost)
    margins = (found["margin_low"], found["margin_high"])
    if margins[0] is not None and margins[1] is not None and margins[0] > margins[1]:
        found["margin_low"], found["margin_high"] = margins[1], margins[0]
    return found
