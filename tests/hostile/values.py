"""What a JSON value becomes in a column of a type: the typed value, or nothing, for then the line is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

BAD = object()
# Values are JSON as it stands in the line, for some of them no Python value would write.
TEXTS: list[tuple[str, object]] = [
    ('"\'; drop table bronze.erp_changes; --"', "'; drop table bronze.erp_changes; --"),
    ('"\\u0000 nul"', "\0 nul"),
    ('"tab\\t line\\n quote\\""', 'tab\t line\n quote"'),
    ('"\\ud83d\\ude00"', "😀"),
    ('"%s{}$1"', "%s{}$1"),
    ('"NaN"', "NaN"),
    ('"null"', "null"),
    ("true", "true"),
    ("12.50", "12.5"),
    ("[]", "[]"),
    ('{"en": "Blue"}', '{"en":"Blue"}'),
]
INTEGERS: list[tuple[str, object]] = [
    ("7", 7),
    ('" 7 "', 7),
    ('"7"', 7),
    ('"7.0"', 7),
    ("7.0", 7),
    ("7e0", 7),
    ('"+7"', 7),
    ("7.5", BAD),
    ("true", BAD),
    ('"seven"', BAD),
    ('""', BAD),
    ("1e400", BAD),
    ("99999999999999999999999999999999999999999999999", BAD),
    ("2147483648", BAD),
    ('"0x07"', BAD),
    ('"1,000"', BAD),
    ("[7]", BAD),
    ('{"n": 7}', BAD),
    ('"7; drop table x"', BAD),
    ('"٧"', BAD),
]
MONEY: list[tuple[str, object]] = [
    ('"11.50"', Decimal("11.5000")),
    ("11.5", Decimal("11.5000")),
    ('" 11.50 "', Decimal("11.5000")),
    ('"1.00005"', Decimal("1.0001")),
    ("0", Decimal("0.0000")),
    ('"1e3"', Decimal("1000.0000")),
    ('"100000000"', BAD),
    ("1e30", BAD),
    ('"11,50"', BAD),
    ('"€ 11.50"', BAD),
    ("true", BAD),
    ('"NaN"', BAD),
    ('"Infinity"', BAD),
    ("[11.5]", BAD),
    ('""', BAD),
]
NUMBERS: list[tuple[str, object]] = [
    ("3.5", 3.5),
    ('" 3.5 "', 3.5),
    ('"1e3"', 1000.0),
    ("0.1", 0.1),
    ("123456789012345678901234567890", 123456789012345678901234567890.0),
    ('"NaN"', BAD),
    ('"Infinity"', BAD),
    ('"-inf"', BAD),
    ('"1e999"', BAD),
    ('"few"', BAD),
    ("false", BAD),
    ('{"v": 1}', BAD),
]
FLAGS: list[tuple[str, object]] = [
    ("true", True),
    ("false", False),
    ('"true"', True),
    ('"no way"', BAD),
    ("2", BAD),
    ("[]", BAD),
    ('"on air"', BAD),
]
DAYS: list[tuple[str, object]] = [
    ('"2024-02-29"', date(2024, 2, 29)),
    ('"0001-01-01"', date(1, 1, 1)),
    ('"9999-12-31"', date(9999, 12, 31)),
    ('"0000-01-01"', BAD),
    ('"10000-01-01"', BAD),
    ('"2023-02-29"', BAD),
    ('"29.02.2024"', BAD),
    ('"infinity"', BAD),
    ('"tomorrow"', BAD),
    ("20240229", BAD),
    ("true", BAD),
    ("[]", BAD),
]
MOMENTS: list[tuple[str, object]] = [
    ('"2024-02-29T12:00:00Z"', datetime(2024, 2, 29, 12, tzinfo=UTC)),
    ('"2024-02-29T12:00:00+02:00"', datetime(2024, 2, 29, 10, tzinfo=UTC)),
    ('"2024-02-29 12:00:00"', datetime(2024, 2, 29, 12, tzinfo=UTC)),
    ('"0001-01-01T00:00:00Z"', datetime(1, 1, 1, tzinfo=UTC)),
    ('"9999-12-31T23:59:59Z"', datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ('"0000-06-01T00:00:00Z"', BAD),
    ('"10000-01-01T00:00:00Z"', BAD),
    ('"2024-02-30T00:00:00Z"', BAD),
    ('"infinity"', BAD),
    ('"-infinity"', BAD),
    ('"yesterday"', BAD),
    ("1709208000", BAD),
    ("false", BAD),
    ("{}", BAD),
]
KINDS = {
    "text": TEXTS,
    "integer": INTEGERS,
    "money": MONEY,
    "number": NUMBERS,
    "flag": FLAGS,
    "day": DAYS,
    "moment": MOMENTS,
}
