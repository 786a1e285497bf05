"""How texts become values, in Spark's SQL as DuckDB does it: functions that a session gets once.

The engines' own casts differ: Spark takes ``2024`` for a date, ``1d`` for a number and ``12.0`` for no integer. Here a
text must have a shape that DuckDB takes, and the value is computed from its parts. Left out are names of time zones
other than UTC.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lake.masking import MASKS
from lake.personal import key_name

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_BLANK = r"[ \t-\r]*"
_DIGITS = r"\d+(?:_\d+)*"
_NUMBER = rf"^{_BLANK}([+-]?(?:{_DIGITS}\.?(?:{_DIGITS})?|\.{_DIGITS})(?:[eE][+-]?\d+)?){_BLANK}\z"
_DATE = r"(\d{1,4})([-/\\])(\d{1,2})\2(\d{1,2})"
_TIME = r"(?:[T ](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?"
_ZONE = r"(Z| UTC|[+-]\d{2}(?::?\d{2}(?::\d{2})?)?)?)?"
_MOMENT = rf"^{_BLANK}{_DATE}{_TIME}{_ZONE}{_BLANK}\z"
_SIGNED_ZONE = r"^([+-])(\d{2}):?(\d{2})?:?(\d{2})?\z"


def _part(group: int, otherwise: str = "0") -> str:
    return f"cast(coalesce(nullif(regexp_extract(t, r'{_MOMENT}', {group}), ''), '{otherwise}') as bigint)"


def _zone(group: int) -> str:
    return f"cast(coalesce(nullif(regexp_extract(z, r'{_SIGNED_ZONE}', {group}), ''), '0') as bigint)"


def definitions() -> dict[str, str]:
    """Signature -> body of each function, in the order in which they use each other."""
    year, month, day = (f"regexp_extract(t, r'{_MOMENT}', {group})" for group in (1, 3, 4))
    fraction = f"cast(rpad(left(regexp_extract(t, r'{_MOMENT}', 8), 6), 6, '0') as bigint)"
    hour, minute, second = _part(5), _part(6), _part(7)
    clock = f"({hour} * 3600 + {minute} * 60 + {second})"
    in_day = (
        f"({minute} < 60 and {second} < 60 and ({hour} < 24 or {hour} = 24 and {minute} + {second} + {fraction} = 0))"
    )
    return {
        "lq_number(t string) returns string": f"replace(nullif(regexp_extract(t, r'{_NUMBER}', 1), ''), '_', '')",
        "lq_decimal(t string) returns decimal(38, 18)": "try_cast(lq_number(t) as decimal(38, 18))",
        "lq_double(t string) returns double": (
            "case when lower(trim(t)) in ('nan', 'inf', 'infinity', '+inf', '-inf', '+infinity', '-infinity') "
            "then try_cast(trim(t) as double) else try_cast(lq_number(t) as double) end"
        ),
        "lq_bool(t string) returns boolean": (
            "case when lower(t) in ('true', 't', '1', 'yes', 'y') then true "
            "when lower(t) in ('false', 'f', '0', 'no', 'n') then false end"
        ),
        "lq_day(t string) returns date": (
            f"case when t rlike r'{_MOMENT}' "
            f"then try_cast(concat(lpad({year}, 4, '0'), '-', {month}, '-', {day}) as date) end"
        ),
        "lq_offset(z string) returns bigint": (
            f"({_zone(2)} * 3600 + {_zone(3)} * 60 + {_zone(4)}) * if(left(z, 1) = '-', -1, 1)"
        ),
        "lq_timestamp(t string) returns timestamp": (
            f"case when t rlike r'{_MOMENT}' and {in_day} then timestamp_micros("
            f"(unix_date(lq_day(t)) * 86400L + {clock} - lq_offset(regexp_extract(t, r'{_MOMENT}', 9))) * 1000000L "
            f"+ {fraction}) when lower(trim(t)) = 'epoch' then timestamp_micros(0L) end"
        ),
        "lq_date(t string) returns date": (
            f"case when lower(trim(t)) = 'epoch' then date '1970-01-01' when {in_day} then lq_day(t) end"
        ),
        # Of a variant's schema: silver asks whether a branch of a document is an object, null, or something else.
        "lq_kind(s string) returns string": (
            "case when s like 'OBJECT%' then 'OBJECT' when s = 'VOID' then 'NULL' else s end"
        ),
        # DuckDB divides floats as IEEE 754 does; Spark refuses to divide by zero.
        "lq_divide(a double, b double) returns double": (
            "case when b <> 0 then a / b when b is null then null when a = 0 or isnan(a) then double('NaN') "
            "when b = 0 then sign(a) * double('Infinity') end"
        ),
    }


def masked_expression() -> str:
    """The masking of free texts in Java's dialect of regular expressions, over the text ``t``."""
    expression = "t"
    for pattern, replacement in MASKS:
        java, group = pattern.replace("(?i:", "(?iu:"), re.sub(r"\\(\d)", r"$\1", replacement)
        expression = f'regexp_replace({expression}, r"{java}", r"{group}")'
    return expression


def create_functions(spark: SparkSession, pseudonym_key: str) -> None:
    """Give the session the functions that :func:`resources.spark.dialect.spark_sql` calls.

    Args:
        spark: the session.
        pseudonym_key: for columns of personal data. It becomes part of the SQL, so give one made for this purpose.
    """
    for signature, body in definitions().items():
        spark.sql(f"create or replace temporary function {signature} return {body}")
    spark.sql(f"create or replace temporary function masked(t string) returns string return {masked_expression()}")
    raw = pseudonym_key.encode().ljust(64, b"\0")
    if len(raw) > 64:
        raise ValueError("a pseudonym key of a comparison has at most 64 bytes")
    inner, outer = (bytes(byte ^ pad for byte in raw).hex() for pad in (0x36, 0x5C))
    spark.sql(
        "create or replace temporary function pseudonym(t string) returns string return "
        f"concat('{key_name(pseudonym_key)}:', left(sha2(concat(X'{outer}', "
        f"unhex(sha2(concat(X'{inner}', encode(t, 'UTF-8')), 256))), 256), 32))"
    )
