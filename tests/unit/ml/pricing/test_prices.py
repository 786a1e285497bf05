"""Recommended prices obey every rule, and a set of rules without a price names its conflict.

The rules are checked here by a plain reading of each of them, price by price, and not by the code under test.
"""

import datetime as dt
import math
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.pricing.optimise import recommend_prices
from ml.pricing.rules import Bound, Rules, is_satisfiable, minimal_conflict

DAY = dt.date(2026, 3, 1)
FORMATS = ("digital", "cd", "vinyl")


def shares(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high).map(lambda one: round(one, 3))


def maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


RULES: st.SearchStrategy[Any] = st.builds(
    dict,
    margin_floor=maybe(shares(0, 0.6)),
    minimum=maybe(shares(1, 30)),
    maximum=maybe(shares(5, 40)),
    change_per_day=maybe(shares(0.01, 0.3)),
    competitor=st.sampled_from(["cheapest", "median"]),
    above_competitor=maybe(shares(0, 0.3)),
    below_competitor=maybe(shares(0, 0.3)),
    endings=st.lists(st.sampled_from([99, 49, 90, 0]), max_size=2, unique=True),
    promotions=st.lists(
        st.builds(dict, first=st.just("2026-02-20"), last=st.sampled_from(["2026-02-25", "2026-03-05"]),
                  share=shares(0.5, 0.95)), max_size=1),
    ladder=st.sampled_from([(), FORMATS]),
    ladder_gap=shares(0, 0.5),
)  # fmt: skip
PRODUCT: st.SearchStrategy[Any] = st.builds(
    dict,
    current_price=shares(4, 35),
    list_price=maybe(shares(4, 40)),
    unit_cost=maybe(shares(1, 25)),
    elasticity=shares(-4, -0.2),
    units_mean=shares(1, 500),
    cheapest=maybe(shares(4, 35)),
    median=maybe(shares(4, 35)),
    stock=maybe(shares(0, 300)),
)
TITLE = st.lists(PRODUCT, min_size=1, max_size=3)


def frame_of(products: list[dict[str, Any]]) -> pl.DataFrame:
    rows = [
        one | {"product_id": f"T-{FORMATS[place]}", "title_id": "T", "format": FORMATS[place]}
        for place, one in enumerate(products)
    ]
    numbers = ("list_price", "unit_cost", "cheapest", "median", "stock")
    return pl.DataFrame(rows, schema_overrides=dict.fromkeys(numbers, pl.Float64))


def broken(products: pl.DataFrame, rules: Rules, prices: dict[str, float]) -> list[str]:
    """The rules that prices break."""
    found, slack = [], 1e-6
    for row in products.iter_rows(named=True):
        price = prices[row["product_id"]]
        reference = row[rules.competitor]
        checks = {
            "minimum": rules.minimum is not None and price < rules.minimum - slack,
            "maximum": rules.maximum is not None and price > rules.maximum + slack,
            "margin": rules.margin_floor is not None and row["unit_cost"] is not None
            and (price - row["unit_cost"]) / price < rules.margin_floor - slack,
            "change": rules.change_per_day is not None
            and abs(price / row["current_price"] - 1) > rules.change_per_day + slack,
            "reach": rules.reach is not None and abs(price / row["current_price"] - 1) > rules.reach + slack,
            "above": reference is not None and rules.above_competitor is not None
            and price > reference * (1 + rules.above_competitor) + slack,
            "below": reference is not None and rules.below_competitor is not None
            and price < reference * (1 - rules.below_competitor) - slack,
            "ending": bool(rules.endings) and round(price * 100) % 100 not in rules.endings,
            "promotion": any(one.first <= DAY <= one.last and row["list_price"] is not None
                             and price > row["list_price"] * one.share + slack for one in rules.promotions),
        }  # fmt: skip
        found += [name for name, is_broken in checks.items() if is_broken]
    ordered = [prices[f"T-{name}"] for name in FORMATS if f"T-{name}" in prices]
    if rules.ladder and any(b < a * (1 + rules.ladder_gap) - slack for a, b in pairwise(ordered)):
        found.append("ladder")
    return found


def check(given_rules: dict[str, Any], products: list[dict[str, Any]], strategy: str) -> None:
    rules, frame = Rules.from_dict(given_rules), frame_of(products)
    found = recommend_prices(frame, rules, strategy, DAY)
    assert found["product_id"].to_list() == sorted(frame["product_id"].to_list())
    priced = found.filter(pl.col("price").is_not_null())
    prices = dict(priced.select("product_id", "price").iter_rows())
    assert broken(frame.filter(pl.col("product_id").is_in(list(prices))), rules, prices) == []
    for row in found.iter_rows(named=True):
        assert (row["price"] is None) == (row["conflict"] is not None)
        if row["price"] is not None:
            assert row["units_low"] <= row["units"] <= row["units_high"]
            assert all(math.isfinite(row[name]) for name in ("units", "revenue", "free_price"))


@settings(max_examples=200, deadline=None)
@given(RULES, TITLE, st.sampled_from(["competitive", "value", "margin", "dynamic"]))
def test_no_rule_is_broken(rules: dict[str, Any], products: list[dict[str, Any]], strategy: str) -> None:
    check(rules, products, strategy)


@pytest.mark.heavy
@settings(max_examples=10_000, deadline=None)
@given(RULES, TITLE, st.sampled_from(["competitive", "value", "margin", "dynamic"]))
@pytest.mark.timeout(900)
def test_no_rule_is_broken_in_ten_thousand_sets(
    rules: dict[str, Any], products: list[dict[str, Any]], strategy: str
) -> None:
    check(rules, products, strategy)


BOUNDS = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 40)), min_size=1, max_size=6)


@given(BOUNDS)
def test_a_conflict_is_real_and_minimal(pairs: list[tuple[int, int]]) -> None:
    bounds = [Bound(str(number), 0, low, low + width) for number, (low, width) in enumerate(pairs)]
    named = minimal_conflict(1, bounds)
    kept = [one for one in bounds if one.name in named]
    if max(one.low for one in bounds) <= min(one.high for one in bounds):
        assert named == []
        return
    assert max(one.low for one in kept) > min(one.high for one in kept)
    assert len(kept) == 2  # of intervals, two suffice (Helly)
    assert all(is_satisfiable(1, [one for one in kept if one is not left]) for left in kept)


def one(**changes: Any) -> pl.DataFrame:
    base = {"product_id": "A", "current_price": 10.0, "unit_cost": 6.0, "elasticity": -3.0, "units_mean": 100.0}
    return pl.DataFrame([base | changes])


def test_margin_follows_the_closed_form() -> None:
    """With constant elasticity e the best price is cost * e / (1 + e): 6 * 1.5 = 9."""
    row = recommend_prices(one(), Rules(), "margin", DAY).row(0, named=True)
    assert row["price"] == 9.0
    assert row["free_price"] == pytest.approx(9.0, abs=1e-3)
    assert row["units"] == pytest.approx(100 * 0.9**-3)
    assert row["margin"] == pytest.approx(100 * 0.9**-3 * 3.0)
    assert row["margin_now"] == pytest.approx(400.0)


def test_endings_take_the_better_neighbour() -> None:
    row = recommend_prices(one(), Rules(endings=(49, 99)), "margin", DAY).row(0, named=True)
    profit = {price: (price / 10) ** -3 * (price - 6) for price in (8.49, 8.99, 9.49)}
    assert row["price"] == max(profit, key=lambda price: profit[price])


def test_the_ladder_is_best_for_both_formats_together() -> None:
    both = pl.concat([one(product_id="A", format="cd", title_id="T"),
                      one(product_id="B", format="vinyl", title_id="T", current_price=9.0)])  # fmt: skip
    rules = Rules(ladder=("cd", "vinyl"), ladder_gap=0.1, endings=(0, 50))
    found = recommend_prices(both, rules, "margin", DAY)
    grid = [half / 2 for half in range(14, 27)]
    joint = {
        (a, b): 100 * (a / 10) ** -3 * (a - 6) + 100 * (b / 9) ** -3 * (b - 6)
        for a in grid for b in grid if b >= a * 1.1 - 1e-9 and 7 <= a <= 13 and 6.3 <= b <= 11.7
    }  # fmt: skip
    assert tuple(found["price"]) == max(joint, key=lambda pair: joint[pair])


def test_a_conflict_is_named_and_no_price_is_invented() -> None:
    rules = Rules(margin_floor=0.4, maximum=9.0, endings=(99,))
    row = recommend_prices(one(), rules, "margin", DAY).row(0, named=True)
    assert row["price"] is None
    assert row["units"] is None
    assert row["conflict"] == "cannot hold together: A: maximum; A: margin_floor"


def test_two_products_of_one_format_have_no_order_in_a_ladder() -> None:
    both = pl.concat([one(product_id=name, format="cd", title_id="T") for name in "AB"])
    found = recommend_prices(both, Rules(ladder=("cd", "vinyl")), "margin", DAY)
    assert found["price"].to_list() == [None, None]
    assert "two products of one title and format: cd" in found["conflict"][0]


def test_what_is_unknown_is_named() -> None:
    row = recommend_prices(one(), Rules(), "competitive", DAY).row(0, named=True)
    assert (row["price"], row["conflict"]) == (None, "no competitor's price is known")
    row = recommend_prices(one(elasticity=None), Rules(), "margin", DAY).row(0, named=True)
    assert (row["price"], row["conflict"]) == (None, "elasticity is unknown")


def test_dynamic_does_not_sell_what_is_not_there() -> None:
    """With 60 in stock the margin is largest where exactly 60 sell: 10 * .6 ** (-1 / 3) = 11.856."""
    row = recommend_prices(one(stock=60.0), Rules(), "dynamic", DAY).row(0, named=True)
    assert row["price"] == pytest.approx(10 * 0.6 ** (-1 / 3), abs=0.01)


@pytest.mark.parametrize(
    "given_rules", [{"colour": 1}, {"endings": [100]}, {"competitor": "best"}, {"margin_floor": 1}]
)
def test_rules_that_make_no_sense_are_refused(given_rules: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rules|digits|cheapest|share"):
        Rules.from_dict(given_rules)
