"""The as-of join against a loop over all pairs, and its rules one by one."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.features.asof import as_of_join

DAY = date(2024, 3, 1)
FACTS = {"release_id": pl.String, "valid_from": pl.Date, "known_at": pl.Date, "price": pl.Int64}
ASKED = {"release_id": pl.String, "at": pl.Date}


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def asked(*rows: tuple[str | None, int]) -> pl.DataFrame:
    return pl.DataFrame([(key, day(at)) for key, at in rows], schema=ASKED, orient="row")


def facts(*rows: tuple[str, int, int, int]) -> pl.DataFrame:
    return pl.DataFrame([(key, day(a), day(b), price) for key, a, b, price in rows], schema=FACTS, orient="row")


def by_hand(entities: pl.DataFrame, features: pl.DataFrame, max_age: int | None, *, is_known: bool) -> list[int | None]:
    """Every pair looked at: what holds and is known, the latest of it, later knowledge and later rows first."""
    answers: list[int | None] = []
    for key, at in entities.iter_rows():
        seen = [
            (since, known if is_known else since, place, price)
            for place, (other, since, known, price) in enumerate(features.iter_rows())
            if other == key and since <= at and (not is_known or known <= at)
        ]
        best = max(seen, default=None)
        old = best is not None and max_age is not None and (at - best[0]).days > max_age
        answers.append(None if best is None or old else best[3])
    return answers


KEYS = st.sampled_from(["a", "b", "c"])
DAYS = st.integers(0, 12)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.none(), KEYS), DAYS), max_size=12),
    st.lists(st.tuples(KEYS, DAYS, DAYS), max_size=20),
    st.one_of(st.none(), st.integers(0, 6)),
    st.booleans(),
)
def test_it_is_what_a_loop_over_all_pairs_finds(
    left: list[Any], right: list[Any], max_age: int | None, is_known: bool
) -> None:
    entities = asked(*left)
    features = facts(*((key, since, known, price) for price, (key, since, known) in enumerate(right)))
    made = as_of_join(
        entities,
        features if is_known else features.drop("known_at"),
        on=["release_id"],
        at="at",
        known_at="known_at" if is_known else None,
        max_age=None if max_age is None else timedelta(days=max_age),
    )
    assert made.drop("price").equals(entities)
    assert made["price"].to_list() == by_hand(entities, features, max_age, is_known=is_known)


def test_a_price_that_was_corrected_later_is_seen_as_it_was_believed() -> None:
    prices = facts(("a", 0, 0, 10), ("a", 5, 5, 12), ("a", 5, 8, 11), ("a", 2, 9, 99), ("a", 20, 6, 15))
    made = as_of_join(
        asked(*(("a", at) for at in (0, 4, 5, 7, 8, 9, 19, 20))),
        prices,
        on=["release_id"],
        at="at",
        known_at="known_at",
    )
    # The correction of day 5 counts from day 8; one of day 2 that comes on day 9 no longer does; one announced waits.
    assert made["price"].to_list() == [10, 10, 12, 12, 11, 11, 11, 15]


def test_several_keys_any_order_and_moments_with_a_zone() -> None:
    moment = pl.Datetime("us", "UTC")
    at = [datetime(2024, 3, 1, 12), datetime(2024, 3, 1, 11, 59)]  # noqa: DTZ001 - the frame's type brings the zone
    entities = pl.DataFrame({"r": [1, 1], "region": ["DE", "DE"], "t": at, "y": [5.0, 6.0]}).with_columns(
        pl.col("t").dt.replace_time_zone("UTC").cast(moment)
    )
    stock = pl.DataFrame(
        {"region": ["FR", "DE", "DE"], "r": [1, 1, 1], "valid_from": [at[1], at[0], at[1]], "stock": [1.0, 2.0, None]}
    ).with_columns(pl.col("valid_from").dt.replace_time_zone("UTC").cast(moment))
    made = as_of_join(entities, stock, on=["r", "region"], at="t")
    assert made.columns == ["r", "region", "t", "y", "stock"]
    assert made["stock"].to_list() == [2.0, None]


@pytest.mark.parametrize(
    ("entities", "features", "message"),
    [
        (asked(("a", 1)).drop("at"), facts(), "entities: column 'at' is missing"),
        (asked(("a", 1)), facts().drop("valid_from"), "features: column 'valid_from' is missing"),
        (asked(("a", 1)).with_columns(pl.col("at").cast(pl.Datetime)), facts(), "valid_from is Date, at is Datetime"),
        (asked(("a", 1)).with_columns(price=pl.lit(1)), facts(), "price: in the entities and in the features"),
        (asked(("a", 1)).with_columns(release_id=pl.lit(1)), facts(), "release_id: Int32 in the entities and String"),
        (asked(("a", 1)).with_columns(at=pl.lit("soon")), facts(), "at is String; a Date or a Datetime is needed"),
        (
            asked(("a", 1)),
            facts(("a", 1, 1, 1)).with_columns(known_at=pl.lit(None, pl.Date)),
            "1 of 1 rows have no known_at; fill or drop them",
        ),
    ],
)
def test_what_does_not_fit_is_said(entities: pl.DataFrame, features: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        as_of_join(entities, features, on=["release_id"], at="at", known_at="known_at")
