"""Numbers as people and systems write them, and how a column writes its own.

Understood beside digits: decimal comma or point, thousands by point, comma, blank or apostrophe, currency signs and
codes, units behind the number, a minus before or behind, brackets for a minus, ``CR``, exponents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

# Sign or code -> ISO 4217; a dollar is taken for the American one.
CURRENCY_SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "JPY", "zł": "PLN", "kr": "SEK", "US$": "USD", "Fr.": "CHF"}
CODES = ("EUR", "USD", "GBP", "CHF", "JPY", "PLN", "SEK", "NOK", "DKK", "CAD", "AUD", "CZK", "HUF")
_MONEY = re.compile(r"US\$|[€$£¥]|zł|kr\.?|Fr\.|\b(?:" + "|".join(CODES) + r")\b", re.IGNORECASE)
_UNITS = re.compile(r"\s*(?:st(?:ü?c?k)?|stck|stueck|stück|pcs?|units?|ex|x|ea|%)\.?$", re.IGNORECASE)
_BLANKS = re.compile(r"[\s\u00a0\u202f']|’")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_GROUPED = {sep: re.compile(rf"\d{{1,3}}(?:{re.escape(sep)}\d{{3}})+") for sep in ".,"}
EMPTY = ("-", "--", "–", "—", "n/a", "#n/a", "null", "none", "nan", "k.a.", "n.a.")


class NumberError(ValueError):
    """The text is no number; the message is the rule that it breaks."""


@dataclass(frozen=True)
class NumberFormat:
    """How numbers are written.

    ``decimal`` is ``,`` or ``.``, or ``either`` for cells of a workbook, of which only texts have a comma.
    """

    decimal: str = "."

    @property
    def thousands(self) -> str:
        """The sign between thousands, beside blanks and apostrophes."""
        return "." if self.decimal == "," else ","


def strip_dress(text: str) -> tuple[str, bool]:
    """The bare digits and separators of a number, and whether a minus stood somewhere."""
    bare = _UNITS.sub("", _MONEY.sub("", text.strip()).strip())
    negative = False
    if bare.startswith("(") and bare.endswith(")"):
        bare, negative = bare[1:-1], True
    bare = _BLANKS.sub("", bare).replace("−", "-").replace("–", "-")
    if bare.upper().endswith("CR"):
        bare, negative = bare[:-2], not negative
    if bare.endswith((",-", ".-")):  # whole euros: 9,-
        bare = bare[:-2]
    elif bare.endswith("-"):
        bare, negative = bare[:-1], not negative
    if bare.startswith("-"):
        bare, negative = bare[1:], not negative
    elif bare.startswith("+"):
        bare = bare[1:]
    return bare, negative


def parse_number(text: str, form: NumberFormat) -> Decimal:
    """Return the number that a text says.

    Raises:
        NumberError: it says none in this format.
    """
    bare, negative = strip_dress(text)
    decimal = form.decimal
    if decimal == "either":
        decimal = "," if "," in bare else "."
        # A number of a cell has no zeros at its end, so 1.200 is a text, and its point stands between thousands.
        if decimal == "." and _GROUPED["."].fullmatch(bare) and (bare.count(".") > 1 or bare.endswith("0")):
            decimal = ","
    thousands = "." if decimal == "," else ","
    whole = bare.split(decimal)[0]
    if thousands in bare:
        if thousands in bare[len(whole) :] or not _GROUPED[thousands].fullmatch(whole):
            raise NumberError(f"is no number with decimal {decimal!r}")
        bare = bare.replace(thousands, "")
    bare = bare.replace(decimal, ".")
    if not _NUMBER.fullmatch(bare):
        raise NumberError(f"is no number with decimal {decimal!r}")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        raise NumberError("is no number") from None
    return -number if negative else number


def is_number(text: str) -> bool:
    """Whether the text is a number in any format."""
    bare, _ = strip_dress(text)
    return any(_reads(bare, NumberFormat(decimal)) for decimal in ".,")


def _reads(text: str, form: NumberFormat) -> bool:
    try:
        parse_number(text, form)
    except NumberError:
        return False
    return True


def find_decimal(texts: Iterable[str]) -> str | None:
    """The decimal sign that some number settles; None where each could be read either way."""
    votes = {",": 0, ".": 0}
    for text in texts:
        bare, _ = strip_dress(text)
        if not re.fullmatch(r"[\d.,]+", bare):
            continue
        comma, point = bare.rfind(","), bare.rfind(".")
        if comma >= 0 and point >= 0:
            votes["," if comma > point else "."] += 1
        elif comma >= 0 and bare.count(",") == 1 and not _GROUPED[","].fullmatch(bare):
            votes[","] += 1
        elif point >= 0 and bare.count(".") == 1 and not _GROUPED["."].fullmatch(bare):
            votes["."] += 1
        elif bare.count(".") > 1 and _GROUPED["."].fullmatch(bare):
            votes[","] += 1
        elif bare.count(",") > 1 and _GROUPED[","].fullmatch(bare):
            votes["."] += 1
    if votes[","] == votes["."]:
        return None
    return max(votes, key=lambda sign: votes[sign])


def find_currency(texts: Iterable[str]) -> str | None:
    """The currency that most of the texts carry as a sign or code."""
    found: dict[str, int] = {}
    for text in texts:
        if sign := _MONEY.search(text):
            code = CURRENCY_SIGNS.get(sign[0].rstrip("."), CURRENCY_SIGNS.get(sign[0], sign[0].upper()))
            found[code] = found.get(code, 0) + 1
    return max(found, key=lambda code: found[code]) if found else None


def as_text(number: Decimal) -> str:
    """The number in plain digits, without an exponent and without needless zeros behind the point."""
    text = format(number, "f")
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
