"""Decimals and times as Debezium and Kafka Connect encode them, each as the text that silver casts.

Decimals: text, base64 of the unscaled number in two's complement (the scale stands in the schema, or is declared), or a
struct of scale and value. Times: days, milliseconds, microseconds or nanoseconds since 1970, or ISO 8601. What cannot
be decoded stays as it is, and silver refuses it with the text that was found.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Callable
from typing import Any

Decode = Callable[[Any], Any]
# How many of a unit make a second.
PER_SECOND = {"seconds": 1, "millis": 10**3, "micros": 10**6, "nanos": 10**9}
# The least number of each unit that is taken for it where nothing says the unit: a moment after 1973 and before 5138.
_LEAST = {"nanos": 10**17, "micros": 10**14, "millis": 10**11}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}Z")


def decimal_text(unscaled: int, scale: int) -> str:
    """The decimal number ``unscaled / 10**scale`` in plain digits.

    >>> decimal_text(-1205, 2), decimal_text(7, 3), decimal_text(5, -2)
    ('-12.05', '0.007', '500')
    """
    if scale <= 0:
        return str(unscaled * 10**-scale)
    sign, digits = ("-" if unscaled < 0 else ""), str(abs(unscaled)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def from_bytes(value: Any, scale: int) -> Any:
    """The decimal of an unscaled number's bytes: base64, or bytes that a union has unpacked.

    >>> from_bytes("BLU=", 2)
    '12.05'
    """
    if isinstance(value, str):
        try:
            value = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            return value
    return decimal_text(int.from_bytes(value, "big", signed=True), scale) if isinstance(value, bytes) else value


def from_struct(value: Any) -> Any:
    """The decimal of a struct of scale and value.

    >>> from_struct({"scale": 1, "value": "Kg=="})
    '4.2'
    """
    if isinstance(value, dict) and isinstance(value.get("scale"), int):
        return from_bytes(value.get("value"), value["scale"])
    return value


def moment(value: Any, unit: str | None = None) -> Any:
    """The moment of a number since 1970, in UTC; ``unit`` None: by its size.

    >>> moment(1_774_749_000_123_456_789), moment(1_774_749_000_123, "millis")
    ('2026-03-29T01:50:00.123456789Z', '2026-03-29T01:50:00.123Z')
    """
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    if unit is None:
        unit = next((one for one, least in _LEAST.items() if abs(value) >= least), "seconds")
    per_second = PER_SECOND[unit]
    seconds, part = divmod(value, per_second)
    try:
        whole = (_EPOCH + dt.timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    except OverflowError:
        return value
    digits = len(str(per_second)) - 1
    return f"{whole}.{part:0{digits}}Z" if digits else f"{whole}Z"


def day(value: Any) -> Any:
    """The date of a number of days since 1970, or of ISO 8601 with a Z.

    >>> day(20_541), day("2026-03-29Z")
    ('2026-03-29', '2026-03-29')
    """
    if isinstance(value, str):
        return value[:-1] if _ISO_DATE.fullmatch(value) else value
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    try:
        if abs(value) >= _LEAST["millis"]:
            return str(moment(value)).split("T", 1)[0]
        return (_EPOCH + dt.timedelta(days=value)).date().isoformat()
    except OverflowError:
        return value


def by_type(logical: str, scale: int | None = None, unit: str | None = None) -> Decode | None:
    """How a value becomes text for a column of this type where no schema says how it was encoded; None: as it is.

    Args:
        logical: the contract's type.
        scale: the declared scale of a decimal in base64.
        unit: the declared unit of a time.
    """
    if logical.startswith("decimal"):
        return from_struct if scale is None else lambda value: _either(value, scale)
    if logical == "timestamp":
        return lambda value: moment(value, unit)
    return day if logical == "date" else None


def _either(value: Any, scale: int) -> Any:
    return from_struct(value) if isinstance(value, dict) else from_bytes(value, scale)


def by_schema(name: str | None, scale: str | None) -> Decode | None:
    """How a value becomes text by the schema's semantic type; None: it is text, a number or nothing we decode."""
    units = {
        "io.debezium.time.Timestamp": "millis",
        "org.apache.kafka.connect.data.Timestamp": "millis",
        "io.debezium.time.MicroTimestamp": "micros",
        "io.debezium.time.NanoTimestamp": "nanos",
    }
    if name == "org.apache.kafka.connect.data.Decimal":
        return lambda value: from_bytes(value, int(scale or 0))
    if name == "io.debezium.data.VariableScaleDecimal":
        return from_struct
    if name in ("io.debezium.time.Date", "org.apache.kafka.connect.data.Date", "io.debezium.time.IsoDate"):
        return day
    return (lambda value: moment(value, units[name])) if name in units else None
