"""What a run's tags ask of gold, and what the plan makes of it when nothing has moved."""

import datetime as dt

import pytest

from assets.rebuilding import asked_of_gold, asks_for_silver, tags_for
from lake.gold.models import ModelSpec
from lake.gold.plan import Moved, Step, Stored, plan
from lake.gold.rebuild import Asked, Months

MONTHS = [dt.date(2010, 11, 1), dt.date(2010, 12, 1), dt.date(2011, 1, 1)]


def model(name: str, *sources: str, partition_by: str | None = "order_month", months_before: int = 0) -> ModelSpec:
    return ModelSpec(name, f"model.lacquer.{name}", sources, partition_by, 7, (), months_before)


FACT = model("fct", "silver/order_lines")
DAYS = model("days", "gold/fct", months_before=1)
OVERVIEW = model("overview", "gold/days", partition_by=None)
DIMENSION = model("dim", "silver/releases", partition_by=None)
STORED = {one.name: Stored(7, dict.fromkeys(one.sources, 3)) for one in (FACT, DAYS, OVERVIEW, DIMENSION)}


def steps(asked: Asked | None, moved: dict[tuple[str, str], Moved] | None = None) -> dict[str, Step]:
    return plan([FACT, DAYS, OVERVIEW, DIMENSION], STORED, moved or {}, asked)


def test_an_ordinary_run_asks_for_nothing() -> None:
    assert asked_of_gold({"lacquer/pack": "demo"}) is None
    assert not asks_for_silver({"lacquer/pack": "demo"})
    assert {step.mode for step in steps(None).values()} == {"skip"}


@pytest.mark.parametrize("months", [Months(MONTHS[0], MONTHS[2]), Months(MONTHS[1], MONTHS[1]), None])
@pytest.mark.parametrize("silver", [True, False])
def test_tags_say_what_was_asked(months: Months | None, silver: bool) -> None:
    tags = tags_for(months, silver=silver)
    assert asks_for_silver(tags) is silver
    asked = asked_of_gold(tags)
    assert asked is not None
    assert asked.months == (None if months is None else frozenset(MONTHS if months.first == MONTHS[0] else MONTHS[1:2]))


def test_asked_months_are_rebuilt_and_what_reads_them_follows() -> None:
    """The daily table depends on the month before too; tables without months follow, others stand still."""
    made = steps(Asked(frozenset(MONTHS[1:2])))
    assert made["fct"].months == (MONTHS[1],)
    assert made["days"].months == (MONTHS[0], MONTHS[1])
    assert made["overview"].mode == "full"
    assert made["dim"].mode == "skip"


def test_what_has_moved_is_caught_up_with_besides() -> None:
    moved = {("fct", "silver/order_lines"): Moved(frozenset(MONTHS[2:]))}
    assert steps(Asked(frozenset(MONTHS[:1])), moved)["fct"].months == (MONTHS[0], MONTHS[2])


def test_everything_is_rebuilt_when_no_month_is_named() -> None:
    assert {step.mode for step in steps(Asked(None)).values()} == {"full"}
