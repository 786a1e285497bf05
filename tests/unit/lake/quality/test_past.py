"""Planted faults are found by a comparison with the past, and quiet days are left alone."""

import datetime as dt

import duckdb
import pytest

from lake.delta.views import duckdb_instance
from lake.quality.measures import ORDER_LINES, WATCHED
from lake.quality.past import Oddity, fresh_days, oddities
from tests.planted_faults import FAULTS, Fault

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 6, 29)
TABLES = f"""
create table orders as
with days as (select date '{FIRST}' + n::int as day from range(0, {(LAST - FIRST).days + 1}) t(n))
select day || '-' || n as order_id, day + interval (8 * 60 + hash(day, n, 1) % 600) minute as ordered_at,
  'B' || hash(day, n, 2) % 90 as buyer_id,
  ['EUR', 'EUR', 'EUR', 'GBP', 'USD'][1 + (hash(day, n, 3) % 5)::int] as currency,
  ['Germany', 'France', 'United Kingdom', 'United States', 'Spain'][1 + (hash(day, n, 4) % 5)::int] as country,
  ['portal', 'api', 'mail'][1 + (hash(day, n, 5) % 3)::int] as channel,
  ordered_at as source_changed_at
from days, range(0, 80) t(n) where n < 50 + 15 * sin(dayofweek(day)) + hash(day) % 12;
create table order_lines as
select order_id, n::int as line_number, ordered_at, 'R' || hash(order_id, n, 1) % 400 as release_id, currency,
  if(hash(order_id, n, 2) % 30 = 0, -1, 1 + hash(order_id, n, 3) % 12)::bigint as quantity,
  (10 + hash(order_id, n, 4) % 1500 / 100)::decimal(12, 4) as unit_price,
  if(hash(order_id, n, 5) % 25 = 0, 'service', 'product') as item_category, source_changed_at
from orders, range(1, 8) t(n) where n <= 1 + hash(order_id) % 7;
"""


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    made = duckdb_instance()
    made.execute(TABLES)
    return made


def found(con: duckdb.DuckDBPyConnection, days: list[dt.date]) -> list[Oddity]:
    every = [odd for watched in WATCHED for odd in oddities(con, watched, watched.name, days, LAST)]
    return sorted(every, key=lambda odd: -odd.excess)


def names(odd: Oddity, fault: Fault) -> bool:
    return odd.table.endswith(fault.table) and fault.column in (None, odd.column)


@pytest.mark.heavy
def test_nine_of_ten_planted_faults_are_found(con: duckdb.DuckDBPyConnection) -> None:
    assert (len(FAULTS), len({fault.kind for fault in FAULTS})) == (60, 12)
    newest = [LAST - dt.timedelta(days=at) for at in range(3)]
    missed, unnamed = [], []
    for fault in FAULTS:
        con.execute("begin")
        con.execute(fault.sql.format(day=LAST))
        odd = found(con, newest)
        con.execute("rollback")
        if not odd:
            missed.append(fault)
        if not any(names(one, fault) for one in odd[:3]):
            unnamed.append(fault)
    assert len(missed) <= 6, missed
    assert len(unnamed) <= 9, unnamed


def test_quiet_days_are_left_alone(con: duckdb.DuckDBPyConnection) -> None:
    days = [LAST - dt.timedelta(days=at) for at in range(60)]
    assert len({odd.day for odd in found(con, days)}) <= 1


def test_days_are_compared_from_the_first_that_changed(con: duckdb.DuckDBPyConnection) -> None:
    before = LAST - dt.timedelta(days=1)
    con.execute(f"create table published as select ordered_at::date as day from order_lines where day < '{before}'")
    expected = [LAST - dt.timedelta(days=1), LAST]
    assert fresh_days(con, ORDER_LINES, "order_lines", "published") == expected
    assert fresh_days(con, ORDER_LINES, "order_lines", None) == [LAST]
    con.execute(f"delete from order_lines where ordered_at::date = date '{LAST}' - 5")
    assert fresh_days(con, ORDER_LINES, "order_lines", "published")[0] == LAST - dt.timedelta(days=5)


def test_too_short_a_past_says_nothing(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"delete from order_lines where ordered_at::date < date '{LAST}' - 10")
    assert oddities(con, ORDER_LINES, "order_lines", [LAST]) == []
