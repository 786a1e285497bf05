"""The public holidays of a country by its name, as orders state it.

Belongs here: names into dates. Does not belong here: what holidays do to sales.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

SCHEMA = {"holiday": pl.String, "ds": pl.Date}


def public_holidays(country: str | None, first: date, last: date) -> pl.DataFrame:
    """[holiday, ds] of the public holidays of `country` (its name or ISO code) in the years of the two dates.

    Empty where the country is None or none that the holidays package knows.
    """
    from holidays import country_holidays
    from holidays.registry import COUNTRIES

    code = _code(country or "", COUNTRIES)
    if code is None:
        return pl.DataFrame(schema=SCHEMA)
    found = country_holidays(code, years=range(first.year, last.year + 1), language="en_US")
    rows = [(words, day) for day, words in sorted(found.items()) if first <= day <= last]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _code(country: str, known: Mapping[str, tuple[str, ...]]) -> str | None:
    """The two letters of a country: `known` has class name, two and three letters by a name with underscores."""
    by_name = known.get(country.strip().lower().replace(" ", "_"))
    if by_name is not None:
        return by_name[1]
    return next((codes[1] for codes in known.values() if country in codes[1:3]), None)
