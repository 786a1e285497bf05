"""How the text of a cell becomes one that a column's type accepts; what it breaks is raised as a rule."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal

from lake.contract import Column
from lake.importing.dates import parse_moment
from lake.importing.identifiers import ean13, id_of, isrc, plain_identifier
from lake.importing.mapping import Field
from lake.importing.numerals import EMPTY, NumberFormat, as_text, parse_number
from lake.types import decimal_parts

TRUE = {"true", "1", "yes", "y", "ja", "j", "oui", "o", "x", "wahr", "vrai", "active", "aktiv", "published", "publish"}
FALSE = {"false", "0", "no", "n", "nein", "non", "falsch", "faux", "inactive", "inaktiv", "draft", "archived", "-1"}


class ValueRuleError(ValueError):
    """A rule that a value breaks; the message is the rule."""


def parser(column: Column, field: Field, numbers: NumberFormat, zone: str) -> Callable[..., str | None]:
    """How a text becomes one that the column's type accepts; what it breaks is raised."""
    kind = column.type

    def number(text: str, form: NumberFormat = numbers) -> str | None:
        if text.lower() in EMPTY:
            return None
        return _bounded(_number(text, form, whole=kind in ("int32", "int64")), column)

    def moment(text: str) -> str | None:
        if text.lower() in EMPTY:
            return None
        found, has_time = parse_moment(text, field.format or ("%Y-%m-%d",), zone)
        if not 1900 <= found.year < 2200:
            raise ValueRuleError("lies outside of the years 1900 to 2199")
        if kind == "date":
            return f"{found:%Y-%m-%d}" if not has_time else text_day(text)
        return f"{found:%Y-%m-%dT%H:%M:%S}" + (f".{found:%f}" if found.microsecond else "") + "Z"

    def text_day(text: str) -> str:
        stated, _ = parse_moment(re.sub(r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})$", "", text), field.format or ("%Y-%m-%d",))
        return f"{stated:%Y-%m-%d}"

    def string(text: str) -> str | None:
        return _string(text, column, field)

    if kind in ("int32", "int64", "float64") or decimal_parts(kind):
        return number
    return moment if kind in ("date", "timestamp") else _truth if kind == "bool" else string


def _number(text: str, form: NumberFormat, *, whole: bool) -> Decimal:
    """The number of a cell; of a whole one that a workbook has as the text 1.234 the point is for thousands."""
    found = parse_number(text, form)
    if whole and form.decimal == "either" and found != found.to_integral_value():
        return parse_number(text, NumberFormat(","))
    return found


def _bounded(number: Decimal, column: Column) -> str:
    if column.type in ("int32", "int64"):
        if number != number.to_integral_value():
            raise ValueRuleError("is no whole number")
        if abs(number) >= 2**31:
            raise ValueRuleError("is too large for a whole number of 32 bits")
    elif (parts := decimal_parts(column.type)) and abs(number) >= 10 ** (parts[0] - parts[1]):
        raise ValueRuleError(f"has more than {parts[0] - parts[1]} digits before the point")
    if column.minimum is not None and number < column.minimum and column.name != "unit_price":
        raise ValueRuleError(f"is below {column.minimum:g}")
    if column.maximum is not None and number > column.maximum:
        raise ValueRuleError(f"is above {column.maximum:g}")
    return as_text(number)


def _truth(text: str) -> str:
    if text.lower() in TRUE | FALSE:
        return "true" if text.lower() in TRUE else "false"
    raise ValueRuleError("is neither yes nor no")


def _string(text: str, column: Column, field: Field) -> str | None:
    text = " ".join(text.split())
    if text.upper() in ("#N/A", "#REF!", "#VALUE!", "#NAME?"):
        return None
    if field.id_of:
        return id_of(text)
    if field.ean or column.name == "ean":
        return ean13(text)
    if field.isrc:
        return isrc(text)
    if column.name.endswith("_id") or column.name in ("catalogue_number", "warehouse"):
        text = plain_identifier(text)
        text = text.zfill(field.pad) if field.pad and text.isdigit() else text
    if column.name == "currency":
        text = text.upper()
        if not re.fullmatch("[A-Z]{3}", text):
            raise ValueRuleError("is no currency code of three letters, such as EUR")
    if column.allowed and text not in column.allowed:
        raise ValueRuleError(f"is none of {', '.join(column.allowed)}; map it under `values`")
    return text
