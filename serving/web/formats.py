"""Numbers, money and dates as English and German readers write them."""

import datetime as dt
from decimal import Decimal
from typing import Any

LANGUAGES = ("en", "de")
MISSING = "–"
# Columns of units and sums of money, which tables write without decimals.
WHOLE = frozenset(
    {
        *("stake", "order_units", "order_cost", "advertising_budget", "profit_low", "profit_expected", "profit_high"),
        *("units_now", "units", "revenue_gain", "margin_gain", "rank", "money", "reviews", "positive", "negative"),
    }
)
NUMBERS = WHOLE | {
    "current_price",
    "price",
    "score",
    "impact",
    "confidence",
    "score_mean",
    "rating_mean",
    "rating_change",
    "score_change",
}
_SWAPPED = str.maketrans(",.", ".,")


def number(value: Any, language: str, digits: int = 0) -> str:
    """1,234.5 or 1.234,5; a dash for nothing."""
    if value is None:
        return MISSING
    text = f"{value:,.{digits}f}"
    return text.translate(_SWAPPED) if language == "de" else text


def money(value: Any, language: str, currency: str | None = "") -> str:
    """1,234.50 EUR or 1.234,50 EUR."""
    if value is None:
        return MISSING
    cents = Decimal(value).quantize(Decimal("0.01")) if isinstance(value, int | Decimal) else round(float(value), 2)
    return f"{number(cents, language, 2)} {currency or ''}".strip()


def share(value: Any, language: str, digits: int = 1) -> str:
    """12.3% or 12,3 %."""
    if value is None:
        return MISSING
    text = number(float(value) * 100, language, digits)
    return f"{text} %" if language == "de" else f"{text}%"


def change(value: float | None, language: str) -> str:
    """A change with its sign."""
    if value is None:
        return MISSING
    return f"{'+' if value >= 0 else '−'}{share(abs(value), language)}"


def day(value: Any, language: str) -> str:
    """31 Jan 2026 or 31.01.2026."""
    if value is None:
        return MISSING
    return f"{value:%d.%m.%Y}" if language == "de" else f"{value.day} {value:%b %Y}"


def moment(value: Any, language: str) -> str:
    """A moment in UTC."""
    if value is None:
        return MISSING
    return f"{day(value, language)}, {value.astimezone(dt.UTC):%H:%M} UTC"


def cell(value: Any, language: str, column: str) -> str:
    """A value of a table, by what its column is: whole units and sums, prices to the cent, the rest as it is."""
    is_number = isinstance(value, float | Decimal) or (isinstance(value, int) and not isinstance(value, bool))
    if is_number and column in WHOLE:
        return number(value, language)
    return anything(value, language)


def anything(value: Any, language: str) -> str:
    """A value of any type, for tables whose columns are not known beforehand."""
    if value is None:
        return MISSING
    if isinstance(value, bool):
        return "✓" if value else MISSING
    if isinstance(value, dt.datetime):
        return moment(value, language)
    if isinstance(value, dt.date):
        return day(value, language)
    if isinstance(value, float | Decimal):
        return number(value, language, 2)
    if isinstance(value, list):
        return ", ".join(anything(one, language) for one in value)
    return str(value)
