"""What a build rewrites, from what has moved: no dbt, no lake."""

import datetime as dt

import pytest

from lake.gold.models import ModelSpec
from lake.gold.plan import Moved, Step, Stored, month_before, plan

DECEMBER, JANUARY, FEBRUARY = dt.date(2010, 12, 1), dt.date(2011, 1, 1), dt.date(2011, 2, 1)


def model(name: str, *sources: str, partition_by: str | None = "order_month", months_before: int = 0) -> ModelSpec:
    return ModelSpec(name, f"model.lacquer.{name}", sources, partition_by, 7, (), months_before)


LINES = model("fct_order_line", "silver/order_lines", "silver/orders")
CANCELLED = model("int_cancelled_order", "gold/fct_order_line", months_before=1)
DAYS = model("fct_sales_day", "gold/fct_order_line", "gold/int_cancelled_order")
BUYERS = model("dim_buyer", "silver/buyers", partition_by=None)
CHAIN = (LINES, CANCELLED, DAYS)
DONE = {spec.name: Stored(7, dict.fromkeys(spec.sources, 3)) for spec in (*CHAIN, BUYERS)}


def moved(*months: dt.date) -> Moved:
    return Moved(frozenset(months))


def test_nothing_moved_leaves_every_table_alone():
    assert {step.mode for step in plan(CHAIN, DONE, {}).values()} == {"skip"}


def test_first_build_and_changed_sql_are_full():
    steps = plan([LINES, BUYERS], {"fct_order_line": Stored(6, {})}, {})
    assert steps["fct_order_line"] == Step("full", "its SQL, or the house currency, has changed")
    assert steps["dim_buyer"] == Step("full", "first build")


def test_months_of_all_sources_are_requested_in_order():
    steps = plan(
        [LINES],
        DONE,
        {
            ("fct_order_line", "silver/orders"): moved(FEBRUARY),
            ("fct_order_line", "silver/order_lines"): moved(JANUARY),
        },
    )
    assert steps["fct_order_line"].months == (JANUARY, FEBRUARY)


def test_a_child_follows_what_its_parent_will_rewrite_and_looks_one_month_back():
    steps = plan(CHAIN, DONE, {("fct_order_line", "silver/order_lines"): moved(JANUARY)})
    assert steps["fct_order_line"].months == (JANUARY,)
    assert steps["int_cancelled_order"].months == (DECEMBER, JANUARY)
    assert steps["fct_sales_day"].months == (DECEMBER, JANUARY)


def test_a_child_that_was_killed_before_it_could_follow_takes_up_what_its_parent_wrote_then():
    steps = plan(CHAIN, DONE, {("int_cancelled_order", "gold/fct_order_line"): moved(FEBRUARY)})
    assert steps["fct_order_line"].mode == "skip"
    assert steps["fct_sales_day"].months == (JANUARY, FEBRUARY)


def test_a_full_parent_makes_its_children_full_and_says_why():
    steps = plan(CHAIN, {**DONE, "fct_order_line": Stored()}, {})
    assert [step.mode for step in steps.values()] == ["full"] * 3
    assert steps["int_cancelled_order"].reason == "a table it reads is rebuilt whole (first build)"


def test_a_table_without_months_is_rebuilt_whole():
    steps = plan([BUYERS], DONE, {("dim_buyer", "silver/buyers"): moved(JANUARY)})
    assert steps["dim_buyer"].mode == "full"


def test_unknown_changes_are_full_with_their_reason():
    gone = Moved(None, "the log of silver/orders no longer reaches back to version 3")
    assert plan([LINES], DONE, {("fct_order_line", "silver/orders"): gone})["fct_order_line"] == Step(
        "full", gone.reason
    )


def test_a_parent_outside_the_build_changes_nothing_here():
    assert plan([DAYS], DONE, {})["fct_sales_day"].mode == "skip"


@pytest.mark.parametrize(
    ("month", "count", "expected"),
    [
        (JANUARY, 1, DECEMBER),
        (JANUARY, 0, JANUARY),
        (FEBRUARY, 14, dt.date(2009, 12, 1)),
        (DECEMBER, 11, dt.date(2010, 1, 1)),
        (dt.date(1, 1, 1), 1, dt.date(1, 1, 1)),
        (dt.date(1, 2, 1), 1, dt.date(1, 1, 1)),
        (dt.date(9999, 12, 1), -1, dt.date(9999, 12, 1)),
        (dt.date(9999, 11, 1), -1, dt.date(9999, 12, 1)),
    ],
)
def test_month_before(month: dt.date, count: int, expected: dt.date):
    assert month_before(month, count) == expected
