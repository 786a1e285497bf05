"""Prices that people applied: what, from when, who, why, and what it was expected to do.

A price is applied by a person and never by the lake. Nothing is deleted: a later price of the same release takes the
place of an earlier one. The ERP gets the prices as a file; its price list then says when they hold.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lake.contract import Column, Contract

if TYPE_CHECKING:
    from lake.lakehouse import Lake

EFFECT_DAYS = 30

APPLIED_PRICES = Contract(
    name="applied_prices",
    layer="gold",
    grain="one row per price that somebody applied",
    key=("price_id",),
    columns=(
        Column("price_id", "string", "number of the application"),
        Column("release_id", "string", "the release"),
        Column("strategy", "string", "strategy of the recommendation; null: a price of one's own", nullable=True),
        Column("valid_from", "date", "first day of the price"),
        Column("price_before", "float64", "list price before", nullable=True),
        Column("price", "float64", "the price, in `currency`", minimum=0),
        Column("currency", "string", "currency of the price, ISO 4217"),
        Column("expected_units", "float64", "units expected within 30 days of valid_from", nullable=True),
        Column("expected_low", "float64", "lower end of them", nullable=True),
        Column("expected_high", "float64", "upper end of them", nullable=True),
        Column("units_before", "float64", "units expected at the price before", nullable=True),
        Column("applied_by", "string", "who applied it, in their own words"),
        Column("why", "string", "why"),
        Column("applied_at", "timestamp", "moment it was applied"),
    ),
)
KEY = f"{APPLIED_PRICES.layer}/{APPLIED_PRICES.name}"
EXPORT_COLUMNS = ("sku", "valid_from", "price", "currency", "price_id")

# What sold within the 30 days, beside what was expected; null while the window has not ended.
EFFECT_SQL = f"""
with ended as (
  select a.*, coalesce(sum(d.gross_units), 0) as sold
  from gold.applied_prices a
  left join gold.fct_sales_day d
    on d.release_id = a.release_id and d.sales_date >= a.valid_from and d.sales_date < a.valid_from + {EFFECT_DAYS}
  group by all
),
known as (select max(sales_date) as as_of from gold.fct_sales_day)
select release_id, valid_from, price_before, price, round(expected_units, 1) as expected,
  round(expected_low, 1) as low, round(expected_high, 1) as high,
  case when valid_from + {EFFECT_DAYS - 1} <= as_of then sold end as sold,
  case when valid_from + {EFFECT_DAYS - 1} > as_of then 'window ends ' || (valid_from + {EFFECT_DAYS - 1})
    when sold between expected_low and expected_high then 'as expected'
    when sold < expected_low then 'fewer than expected'
    when sold > expected_high then 'more than expected'
    else 'nothing was expected' end as effect,
  applied_by, why
from ended, known order by applied_at, release_id
"""


def apply_prices(lake: Lake, prices: Sequence[Mapping[str, Any]], by: str, why: str) -> tuple[int, list[str]]:
    """Put prices on record, all in one commit; the version that holds them, and their numbers.

    Args:
        lake: that they belong to.
        prices: release_id, strategy, valid_from, price_before, price, currency, expected_units, expected_low,
            expected_high, units_before.
        by: who applies them.
        why: why.
    """
    now = dt.datetime.now(dt.UTC)
    rows = [
        {**one, "price_id": uuid.uuid4().hex[:12], "applied_by": by, "why": why, "applied_at": now} for one in prices
    ]
    return lake.journal(APPLIED_PRICES).note(rows), [str(one["price_id"]) for one in rows]


def erp_csv(prices: Sequence[Mapping[str, Any]], ids: Sequence[str]) -> str:
    """Return the prices as the ERP reads them: sku, valid_from, price with two decimals, currency, price_id."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(EXPORT_COLUMNS)
    for one, number in zip(prices, ids, strict=True):
        row = (one["release_id"], one["valid_from"].isoformat(), f"{one['price']:.2f}", one["currency"], number)
        writer.writerow(row)
    return text.getvalue()
