"""Shares of the market, by hand: points of charts, sellers of our releases, and what is sold out counts on no side."""

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from assets.triggers.market_sql import MARKET_METRICS_SQL

MONDAY, TUESDAY = dt.date(2026, 1, 5), dt.date(2026, 1, 6)


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    made = duckdb.connect()
    made.execute("""
        create schema gold; create schema silver;
        create table silver.releases as from (values ('ours'), ('ours too')) t(release_id);
        create table gold.fct_signal_day as from (values
            ('release', 'ours', 'chart_position', date '2026-01-05', 'pop', 'DE', 101.0, 101.0, 1),
            ('release', 'ours', 'chart_position', date '2026-01-05', 'pop', 'FR', 151.0, 151.0, 1),
            ('release', 'theirs', 'chart_position', date '2026-01-05', 'pop', 'DE', 1.0, 1.0, 1),
            ('release', 'theirs', 'chart_position', date '2026-01-06', 'pop', 'DE', 1.0, 1.0, 1),
            ('artist', 'ours', 'chart_position', date '2026-01-06', 'pop', 'DE', 1.0, 1.0, 1),
            ('release', 'ours', 'competitor_rating', date '2026-01-06', 'shop', 'DE', 4.0, 9.0, 2),
            ('release', 'ours', 'plays', date '2026-01-06', 'app', 'DE', 4.0, 9.0, 2)
        ) t(entity_type, entity_id, kind, signal_date, source, region, value_min, value_sum, events);
        create table silver.competitor_prices as from (values
            ('ours', timestamp '2026-01-05 08:00', 'a', null), ('ours', timestamp '2026-01-05 09:00', 'b', 'in_stock'),
            ('ours', timestamp '2026-01-05 09:00', 'c', 'out_of_stock'),
            ('ours too', timestamp '2026-01-05 09:00', 'a', null)
        ) t(release_id, observed_at, source, availability);
        create table gold.fct_inventory_snapshot as from (values
            ('ours', date '2026-01-05', 3), ('ours', date '2026-01-05', -3), ('ours too', date '2026-01-05', 5)
        ) t(release_id, stock_date, available);
    """)
    yield made
    made.close()


def test_shares_and_ratings_are_those_of_the_day(con: duckdb.DuckDBPyConnection) -> None:
    rows = con.execute(f"with {MARKET_METRICS_SQL} from market").fetchall()
    found = {(name, metric, day): share for name, metric, day, share in rows}
    assert len(found) == len(rows) == 7
    assert found["ours", "chart_share", MONDAY] == pytest.approx((100 + 50) / (100 + 50 + 200))
    assert found["market:chart", "chart_share", MONDAY] == pytest.approx(150 / 350)
    assert found["market:chart", "chart_share", TUESDAY] == 0  # we have left the chart
    assert found["ours", "offer_share", MONDAY] == 0  # sold out
    assert found["ours too", "offer_share", MONDAY] == 1 / 2
    assert found["market:offers", "offer_share", MONDAY] == 1 / 4
    assert found["ours", "competitor_rating", TUESDAY] == 4.5
