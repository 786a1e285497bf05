"""What the wholesaler's two extracts say, as rows of the ERP tables and of the PIM.

The rules stand here: which lines are the same in both extracts, what kind of order an invoice is, what is no product.
Which row goes into which file is `pack`'s business.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from demo.pack import PackError

EXTRACTS = ("orders_2009_12_to_2010_12.parquet", "orders_2010_12_to_2011_09.parquet")

# Codes that stand for money, carriage, tests or vouchers and not for goods. All other codes are goods, also those
# of the sister shop (DCGS...), PADS and SP1002, which have stock and a price per piece.
SERVICE_CODES = (
    "POST",  # postage
    "DOT",  # postage of the web shop
    "C2", "C3",  # carriage
    "M", "m",  # manual entries, any amount
    "D",  # discounts, as negative lines
    "S",  # samples, as credit
    "B",  # bad debt, on invoices beginning with A
    "BANK CHARGES", "AMAZONFEE", "CRUK",  # fees and a charity's commission
    "ADJUST", "ADJUST2",  # corrections of earlier invoices by hand
    "TEST001", "TEST002",  # "This is a test product."
    "GIFT",  # vouchers, and gift_0001_10 to _90 by their prefix
)  # fmt: skip
SERVICE_PREFIX = "gift_"

# Positions: the second of the change, then its place within the second. Tables share one log, so each has its range.
PLACES_PER_SECOND = 1_000_000
FIRST_PLACE = {"buyers": 0, "orders": 200_000, "order_lines": 400_000}

_RAW = """
create temp view raw as
select
    extract, Invoice as order_id, StockCode as sku, Quantity as qty, Price as price_number,
    "Customer ID"::varchar as buyer_id, Country as country, InvoiceDate as moment,
    nullif(Description, 'nan') as description
from (
    select 1 as extract, * from read_parquet('{first}')
    union all
    select 2 as extract, * from read_parquet('{second}')
)
"""

# The invoices of a day and after, with all that their buyers ever bought, which tells a buyer's first country from
# a change of it. What is numbered below is numbered within an invoice, a buyer or a moment, so that the rows from
# that day on are the same as if all were read.
_LINES = """
create temp table lines as
with asked as (select distinct order_id, buyer_id from raw where moment >= $since::timestamp),
kept as (
    select * from raw
    where order_id in (select order_id from asked) or buyer_id in (select buyer_id from asked)
),
-- Both extracts hold the same lines of an invoice, not always in the same order: the number follows from the content.
-- The time comes first, so that a line written later never renumbers an earlier one.
numbered as (
    select
        *,
        row_number() over (
            partition by extract, order_id order by moment, sku, qty, price_number, description nulls last
        ) as line_no
    from kept
)
select
    *,
    case left(order_id, 1) when 'A' then 'bad_debt_adjustment' when 'C' then 'cancellation' else 'sale' end
        as order_type,
    if(list_contains($services, sku) or starts_with(sku, $prefix), 'service', 'product') as item_category,
    price_number::varchar as price,
    epoch(moment)::bigint * $places + $first_line
        + dense_rank() over (partition by moment order by order_id, line_no) as lsn
from numbered
"""

_ORDERS = """
create temp table orders as
select
    extract, order_id, any_value(buyer_id) as buyer_id, any_value(country) as country,
    any_value(order_type) as order_type, any_value(moment) as moment,
    epoch(any_value(moment))::bigint * $places + $first_order
        + dense_rank() over (partition by any_value(moment) order by order_id) as lsn
from (select * replace (min(moment) over (partition by order_id) as moment) from lines)
group by extract, order_id
"""

# A buyer has a version for each change of country; the first one is its creation.
_BUYERS = """
create temp table buyers as
with ordered as (
    select
        buyer_id, country, moment, lsn, min(moment) over (partition by buyer_id) as created_at,
        lag(country) over (partition by buyer_id order by lsn, extract) as country_before
    from lines where buyer_id is not null
)
select
    buyer_id, country, moment, created_at, country_before is null as is_new,
    epoch(moment)::bigint * $places + $first_buyer + row_number() over (partition by moment order by lsn) as lsn
from ordered
where country_before is distinct from country
"""

# Numbers and titles come from all that was ever sold.
_RELEASES = """
create temp table releases as
with titles as (
    select sku, description, count(*) as uses from raw where description is not null group by all
),
best as (select sku, arg_min(description, (-uses, description)) as title from titles group by sku),
first_seen as (select sku, min(moment) as moment from raw group by all)
select
    (1000 + row_number() over (order by moment, sku))::varchar as id, sku as key,
    coalesce(title, sku) as title,
    if(list_contains($services, sku) or starts_with(sku, $prefix), 'service', 'goods') as format, moment
from first_seen left join best using (sku)
"""


def open_extracts(data: Path, since: date) -> duckdb.DuckDBPyConnection:
    """Return a connection with the tables `lines`, `orders`, `buyers` (versions) and `releases`.

    `lines` and `orders` have a row per extract that they stand in; two rows of one key are the same but for `extract`.
    Only what happened on the day `since` and after is complete in them, but for `releases`, which are all there.

    Raises:
        PackError: an extract is missing, or the two disagree about such an invoice that both hold.
    """
    paths = [data / "online_retail_ii" / name for name in EXTRACTS]
    for path in paths:
        if not path.exists():
            raise PackError(f"online-retail: no extract {path}; --data names the folder that holds online_retail_ii/")
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    first, second = (str(path).replace("'", "''") for path in paths)
    connection.execute(_RAW.format(first=first, second=second))
    places = {"places": PLACES_PER_SECOND}
    kinds = {"services": list(SERVICE_CODES), "prefix": SERVICE_PREFIX}
    connection.execute(
        _LINES, {"since": since.isoformat(), "first_line": FIRST_PLACE["order_lines"], **kinds, **places}
    )
    _check_agreement(connection)
    connection.execute(_ORDERS, {"first_order": FIRST_PLACE["orders"], **places})
    connection.execute(_BUYERS, {"first_buyer": FIRST_PLACE["buyers"], **places})
    connection.execute(_RELEASES, kinds)
    return connection


def _check_agreement(connection: duckdb.DuckDBPyConnection) -> None:
    inexact = connection.execute(
        "select order_id, line_no from lines where price_number::decimal(18, 4)::double <> price_number limit 1"
    ).fetchone()
    if inexact:
        raise PackError(f"online-retail: invoice {inexact[0]} line {inexact[1]} has a price of over 4 decimals")
    differing = connection.execute(
        """
        with both_hold as (
            select order_id from lines group by order_id having count(distinct extract) = 2
        )
        select order_id from lines semi join both_hold using (order_id)
        group by order_id, line_no, sku, qty, price, moment, buyer_id, country having count(*) <> 2
        order by order_id limit 1
        """
    ).fetchone()
    if differing:
        raise PackError(
            f"online-retail: invoice {differing[0]} stands in both extracts with different lines, so it cannot count "
            "once; take the extracts from one source"
        )
