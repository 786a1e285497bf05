"""Which columns make the net price of a unit: a price, an amount by the quantity, with discount or tax."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

from lake.importing.assembly import Assembly, decimal_of
from lake.importing.mapping import Field
from lake.importing.numerals import NumberError, NumberFormat, parse_number

SAMPLED = 2_000
NEAR = Decimal("0.01")  # amounts are rounded


def unit_price(one: Assembly) -> Field:
    """Where the net price of a unit comes from; what is assumed is noted."""
    column, quantity, name = one.reading.column, one.reading.column("quantity"), one.source.path.name
    total, discount = column("line_total"), column("discount_percent")
    if found := column("unit_price"):
        if total and quantity and _takes_off(one, found, quantity, total):
            one.notes.append(
                f"{name}: {total} is less than {found} times {quantity}; the price is {total} / {quantity}"
            )
            return Field(divide=(total, quantity))
        if discount and not total and _says_percent(one, discount):
            one.notes.append(f"{name}: {discount} is taken off {found}")
            return Field(column=found, less=discount)
        return Field(column=found)
    if total:
        return Field(divide=(total, quantity)) if quantity else Field(column=total)
    return _from_gross(one, quantity, name)


def _from_gross(one: Assembly, quantity: str | None, name: str) -> Field:
    column = one.reading.column
    if gross := column("unit_price_gross"):
        rate = column("tax_rate") or "19"
        if not column("tax_rate"):
            one.notes.append(f"{name}: {gross} is gross and no column says the tax; 19% is assumed")
        return Field(net_of=gross, rate=rate)
    if total := column("line_total_gross"):
        one.notes.append(f"{name}: {total} is gross; prices include tax")
        return Field(divide=(total, quantity)) if quantity else Field(column=total)
    one.notes.append(f"{name}: no price; every line is worth 0")
    return Field(constant="0")


def is_negative(one: Assembly, column: str | None) -> bool:
    """Whether nearly all numbers of the column are below zero."""
    found = _numbers(one, column) if column else []
    said = [number for number in found if number]
    return bool(said) and sum(number < 0 for number in said) >= 0.9 * len(said)


def has_signs(one: Assembly, column: str | None) -> bool:
    """Whether some number of the column is below zero."""
    return bool(column) and any(number is not None and number < 0 for number in _numbers(one, str(column)))


def _takes_off(one: Assembly, price: str, quantity: str, total: str) -> bool:
    """Whether amounts are below price times quantity in some rows and above it in none, as discounts make them."""
    below = above = 0
    for cost, count, amount in zip(*(_numbers(one, name) for name in (price, quantity, total)), strict=True):
        if not cost or not count or amount is None:
            continue
        whole = cost * count
        below += abs(amount) < abs(whole) * (1 - NEAR) - NEAR
        above += abs(amount) > abs(whole) * (1 + NEAR) + NEAR
    return below > 0 and not above


def _says_percent(one: Assembly, column: str) -> bool:
    """Whether a discount is in percent: its name or its cells say so."""
    texts = one.reading.profiles[column].values
    named = any(sign in column.lower() for sign in ("%", "percent", "prozent", "pct", "satz", "taux", "rate"))
    return named or any("%" in text for text in texts)


def _numbers(one: Assembly, column: str) -> Sequence[Decimal | None]:
    form = NumberFormat(decimal_of(one.source, one.reading))
    found: list[Decimal | None] = []
    for text in islice(one.layout.column(column), SAMPLED):
        try:
            found.append(parse_number(text, form) if text else None)
        except NumberError:
            found.append(None)
    return found
