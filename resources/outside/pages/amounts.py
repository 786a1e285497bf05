"""Prices and ratings as people write them, "1.299,00 €" and "£12.99" alike; what can be read two ways is refused.

schema.org asks for a plain number with a point. Many pages print what their visitors see.
"""

import re
from decimal import Decimal

SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "zł": "PLN", "₹": "INR"}  # not $ and kr, which several currencies share
_SPACES = "\u00a0\u202f\u2009 '’"
_NUMBER = re.compile(rf"[-−–]?\s?\d(?:[\d.,{_SPACES}]*\d)?")
_LARGEST = Decimal(10_000_000)


class NoAmountError(ValueError):
    """A text that is no amount, or could be two."""


def amount(value: object) -> Decimal:
    """The amount above zero that a page states.

    Raises:
        NoAmountError: no number, several, one that can be read two ways, or one that is no price.
    """
    number = _plain(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else _written(value)
    if number <= 0:
        raise NoAmountError(f"{value!r} is not above zero")
    if number > _LARGEST:
        raise NoAmountError(f"{value!r} is more than a release can cost")
    return number


def mark(value: object) -> Decimal:
    """The number of a rating, with a point or a comma; unlike a price it has no thousands.

    Raises:
        NoAmountError: no number, or none above zero.
    """
    found = re.fullmatch(r"\s*(\d{1,4}(?:[.,]\d{1,20})?)\s*", value) if isinstance(value, str) else None
    return amount(Decimal(found[1].replace(",", ".")) if found else value)


def _plain(number: Decimal | int) -> Decimal:
    exact = Decimal(number)
    if not exact.is_finite() or abs(exact.adjusted()) > 12:
        raise NoAmountError(f"{number!r} is no amount")
    return exact


def _written(value: object) -> Decimal:
    if not isinstance(value, str) or len(value) > 100:
        raise NoAmountError(f"{str(value)[:40]!r} is no amount")
    found = _NUMBER.findall(value)
    if len(found) != 1:
        raise NoAmountError(f"{value!r} holds {len(found)} numbers, not one")
    text = re.sub(rf"[{_SPACES}]", "", found[0]).replace("−", "-").replace("–", "-")
    return Decimal(_with_point(text, value))


def _with_point(text: str, value: str) -> str:
    """The number with a point for its decimals and nothing between its thousands."""
    marks = [mark for mark in text if mark in ".,"]
    if len(set(marks)) == 2:
        decimal, thousands = marks[-1], marks[0]
        if marks.count(decimal) > 1 or not _is_grouped(text.split(decimal)[0], thousands):
            raise NoAmountError(f"{value!r} can be read in two ways")
        return text.replace(thousands, "").replace(decimal, ".")
    if len(marks) > 1:
        if not _is_grouped(text, marks[0]):
            raise NoAmountError(f"{value!r} can be read in two ways")
        return text.replace(marks[0], "")
    if marks and len(text.rsplit(marks[0], 1)[1]) == 3:
        raise NoAmountError(
            f"{value!r} can be read in two ways"
        )  # 1.299 is a thousand here and a little over one there
    return text.replace(",", ".")


def _is_grouped(whole: str, mark: str) -> bool:
    first, *rest = whole.lstrip("-").split(mark)
    return 1 <= len(first) <= 3 and all(len(group) == 3 for group in rest)


def currency_of(stated: object, price: object) -> str | None:
    """The ISO 4217 code that a page states, else that of the sign beside the price; None when neither says."""
    if isinstance(stated, str) and re.fullmatch(r"[A-Za-z]{3}", stated.strip()):
        return stated.strip().upper()
    for text in (stated, price):
        signs = {code for sign, code in SYMBOLS.items() if isinstance(text, str) and sign in text}
        if len(signs) == 1:
            return signs.pop()
    return None
