"""What can go wrong with money, asked of the order lines: rates that lack, currencies mixed up, prices off the list.

Each finding counts the lines and names the first. Lines without a rate warn, and stop what is downstream where they
are more than the allowed share; the others warn, for the rows are as the ERP states them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster import AssetCheckResult, AssetCheckSeverity, AssetCheckSpec, AssetKey

from lake.lakehouse import Lake

if TYPE_CHECKING:
    import duckdb

LINES = AssetKey(["gold", "fct_order_line"])
READ = ("gold/fct_order_line", "silver/prices", "silver/exchange_rates")
NAMED = 5
PRICES_DAYS = 90

_WITHOUT_RATE = """
select currency || ' ' || count(*) || ' from ' || min(order_date) || ' to ' || max(order_date)
  || ' (first: order ' || arg_min(order_id || ' line ' || line_number, ordered_at) || ')', count(*)
from gold.fct_order_line where house_revenue is null group by currency order by count(*) desc, currency
"""
_DISPUTED = """
select 'order ' || order_id || ' line ' || line_number || ' in ' || currency, 1
from gold.fct_order_line where is_currency_disputed order by ordered_at desc, order_id, line_number
"""
# From one day to the next a currency moves by a few percent; an inverted or misplaced rate by much more.
_RATES = """
with steps as (
  select currency, rate_date, rate, lag(rate) over (partition by currency order by rate_date) as before
  from silver.exchange_rates
)
select currency || ' on ' || rate_date || ': ' || rate || ' after ' || before, 1
from steps where rate not between before * 0.8 and before * 1.25 order by rate_date desc, currency
"""
# Buyers have discounts, so a line lies at or below its list price; half of it is no discount any more.
_PRICES = f"""
with recent as (
  select order_id, line_number, release_id, country, order_date, ordered_at, unit_price, currency
  from gold.fct_order_line
  where is_product and order_type = 'sale'
    and order_date > (select max(order_date) from gold.fct_order_line) - {PRICES_DAYS}
), listed as (
  select r.*, p.price, p.currency as list_currency
  from recent r asof join silver.prices p
    on r.release_id = p.release_id and r.country = p.country and r.order_date >= p.valid_from
)
select 'order ' || order_id || ' line ' || line_number || ': ' || unit_price || ' ' || currency
  || ' where the list says ' || price || ' ' || list_currency, 1
from listed
where currency <> list_currency or unit_price > price * 1.05 or unit_price < price * 0.5
order by ordered_at desc, order_id, line_number
"""


@dataclass(frozen=True)
class _Question:
    description: str
    query: str
    reads: str
    fault: str


QUESTIONS: Mapping[str, _Question] = {
    "rates_known": _Question(
        "each line in another currency has a rate of its day, or of the seven days before",
        _WITHOUT_RATE,
        "gold/fct_order_line",
        "order lines have no rate and count in no sum of the house currency; land exchange_rate signals",
    ),
    "one_currency_per_order": _Question(
        "a line is in the currency of its order",
        _DISPUTED,
        "gold/fct_order_line",
        "order lines are in another currency than their order",
    ),
    "rates_plausible": _Question(
        "no rate is a fifth below or a quarter above the one before it",
        _RATES,
        "silver/exchange_rates",
        "rates of exchange leap from the one before; inverted, or of another unit?",
    ),
    "prices_agree_with_list": _Question(
        f"lines of the last {PRICES_DAYS} days are in the currency of their country's price list, at half to all of it",
        _PRICES,
        "silver/prices",
        f"order lines of the last {PRICES_DAYS} days do not agree with the price list; is the currency right?",
    ),
}


@dataclass(frozen=True)
class Finding:
    """What one question found: how many rows are wrong, whether that is too many, and words that name the first."""

    name: str
    wrong: int
    is_error: bool
    words: str


def check_specs() -> list[AssetCheckSpec]:
    """The checks of the order lines that concern money."""
    return [
        AssetCheckSpec(name, asset=LINES, blocking=name == "rates_known", description=question.description)
        for name, question in QUESTIONS.items()
    ]


def findings(lake: Lake, versions: Mapping[str, int], allowed_share: float) -> Iterator[Finding]:
    """What is wrong with money at these versions; a table that is not there has nothing wrong."""
    read = {key: versions[key] for key in READ if key in versions}
    con = lake.connect(read)
    for name, question in QUESTIONS.items():
        rows = con.execute(question.query).fetchall() if {question.reads, READ[0]} <= read.keys() else []
        wrong = sum(count for _, count in rows)
        words = "none"
        if wrong:
            more = ", …" if len(rows) > NAMED else ""
            words = f"{wrong:,} {question.fault} ({'; '.join(row[0] for row in rows[:NAMED])}{more})"
        too_many = name == "rates_known" and wrong > allowed_share * _lines(con) if wrong else False
        yield Finding(name, wrong, too_many, words)


def _lines(con: duckdb.DuckDBPyConnection) -> int:
    (count,) = con.execute("select count(*) from gold.fct_order_line").fetchall()[0]
    return int(count)


def check_results(lake: Lake, versions: Mapping[str, int], allowed_share: float) -> Iterator[AssetCheckResult]:
    """The findings as results of the checks."""
    for found in findings(lake, versions, allowed_share):
        yield AssetCheckResult(
            check_name=found.name,
            asset_key=LINES,
            passed=not found.wrong,
            severity=AssetCheckSeverity.ERROR if found.is_error else AssetCheckSeverity.WARN,
            description=found.words,
            metadata={"rows": found.wrong},
        )
