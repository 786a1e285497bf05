"""Prices as people write them; an amount that can be read in two ways is no amount."""

import contextlib
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resources.outside.pages.amounts import NoAmountError, amount, currency_of, mark


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("12.99", "12.99"),
        ("12,99 €", "12.99"),
        ("€12.99", "12.99"),
        ("EUR 12", "12"),
        ("1.299,00 €", "1299.00"),
        ("1,299.00", "1299.00"),
        ("1 299,00", "1299.00"),
        ("1\u202f299,00\u00a0€", "1299.00"),
        ("1'299.50 CHF", "1299.50"),
        ("1.234.567", "1234567"),
        ("9,9", "9.9"),
        ("0.99", "0.99"),
        (1299, "1299"),
        (Decimal("1.299"), "1.299"),
    ],
)
def test_what_is_written_is_what_is_meant(written: Any, meant: str) -> None:
    assert amount(written) == Decimal(meant)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("1.299", "two ways"),
        ("1,299", "two ways"),
        ("12.34.56", "two ways"),
        ("1,23.45", "two ways"),
        ("1,299.00.00", "two ways"),
        ("9.99 - 12.99", "2 numbers"),
        ("", "0 numbers"),
        ("free", "0 numbers"),
        ("0", "not above zero"),
        ("0,00 €", "not above zero"),
        ("-5", "not above zero"),
        ("−5,00", "not above zero"),
        (Decimal("-0.01"), "not above zero"),
        (0, "not above zero"),
        ("99999999", "more than"),
        ("4.006.381.333.931", "more than"),
        (Decimal("1E+400000"), "no amount"),
        (Decimal("NaN"), "no amount"),
        (True, "no amount"),
        (None, "no amount"),
        ({"price": 1}, "no amount"),
        ("1" * 5000, "no amount"),
    ],
)
def test_what_is_no_price_is_refused_with_a_reason(written: Any, said: str) -> None:
    with pytest.raises(NoAmountError, match=said):
        amount(written)


@given(st.decimals(min_value="0.01", max_value="999999.99", places=2))
def test_both_ways_of_writing_money_give_the_same_amount(price: Decimal) -> None:
    english = f"{price:,.2f}"
    german = english.translate(str.maketrans(",.", ".,"))
    assert amount(english) == amount(german) == amount(f"{price:.2f} €") == price


@given(st.text(max_size=30))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    with contextlib.suppress(NoAmountError):
        assert amount(text) > 0


def test_a_mark_has_no_thousands() -> None:
    assert [mark(one) for one in ("4.667", "4,5", " 8 ", Decimal("3.25"))] == [
        Decimal("4.667"),
        Decimal("4.5"),
        Decimal(8),
        Decimal("3.25"),
    ]


@pytest.mark.parametrize(
    ("stated", "price", "code"),
    [
        ("eur", "1", "EUR"),
        (None, "12,99 €", "EUR"),
        ("€", "1", "EUR"),
        ("", "£3", "GBP"),
        (None, "$3", None),
        (None, "€3 / £2", None),
        (["EUR"], Decimal(1), None),
    ],
)
def test_the_currency_is_stated_or_shown_and_never_guessed(stated: Any, price: Any, code: str | None) -> None:
    assert currency_of(stated, price) == code
