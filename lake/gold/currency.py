"""In which currency gold sums up, and what follows from it for a build.

The rates and the arithmetic stand in the SQL (`dbt_project/macros/money.sql`); here only the currency is settled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zlib import crc32

from lake.gold.models import ModelSpec
from lake.lakehouse import Lake

ORDER_LINES = "silver/order_lines"


class HouseCurrencyError(RuntimeError):
    """Order lines are in several currencies, and nobody has said which one gold sums up in."""


def settled(lake: Lake, versions: Mapping[str, int], wanted: str | None) -> str | None:
    """The currency to sum up in: the one that is wanted, else the one of all order lines; None where there are none.

    Raises:
        HouseCurrencyError: none is wanted, and the lines are in several.
    """
    if wanted or ORDER_LINES not in versions:
        return wanted
    con = lake.connect({ORDER_LINES: versions[ORDER_LINES]})
    found = con.execute(
        "select currency, count(*) from silver.order_lines group by all order by count(*) desc, currency"
    ).fetchall()
    if len(found) > 1:
        counted = ", ".join(f"{count:,} in {currency}" for currency, count in found)
        raise HouseCurrencyError(
            f"order lines are in {len(found)} currencies ({counted}), which are not added up as if they were one: set "
            f"LACQUER_HOUSE_CURRENCY to the currency of your books, such as {found[0][0]}, and land exchange_rate "
            "signals for the others"
        )
    return str(found[0][0]) if found else None


def in_currency(model: ModelSpec, currency: str | None) -> ModelSpec:
    """The model with the house currency in its code's number, so that another one builds its table anew."""
    if not model.in_house_currency or currency is None:
        return model
    return replace(model, code=model.code ^ crc32(currency.encode()))
