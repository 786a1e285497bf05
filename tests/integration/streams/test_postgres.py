"""PostgreSQL, Debezium, Kafka, bronze, silver: silver equals the table, also when servers are killed on the way."""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from assets.bronze import fields
from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from assets.bronze.streaming import read_into_bronze
from assets.silver import FEEDS
from assets.silver.order_lines import ORDER_LINES
from benchmarks.servers.connect import Connect, postgres_connector
from benchmarks.servers.kafka import Broker
from lake.ingest.bronze import take_in
from lake.ingest.pulls.truncated import take_in_with_truncated
from lake.ingest.streams.ingest import Bounds
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from resources.streams.connecting import Streams
from resources.streams.reader import BrokersUnreachableError
from tests.integration.erp.postgres import Postgres, newest_programs
from tests.lake_builders import new_session
from tests.needs import need

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(280)]
ROWS, CHANGED, DEADLINE_S = 20_000, 10_000, 90.0
TABLE = """create table shop.order_lines (
  order_id text, line_no int, sku text not null, item_category text not null default 'product',
  order_type text not null default 'sale', created_at timestamptz not null default '2026-03-29 01:30:00.123456+00',
  qty int not null, price numeric(12, 4) not null, currency text not null default 'EUR',
  primary key (order_id, line_no))"""
STATE = (
    "select count(*), md5(string_agg(concat_ws('|', order_id, line_no, sku, qty, price, "
    "to_char(created_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')), ',' "
    'order by order_id collate "C", line_no)) '
    "from shop.order_lines"
)
SILVER = (
    "select count(*), md5(string_agg(concat_ws('|', order_id, line_number, release_id, quantity, unit_price, "
    "strftime(ordered_at at time zone 'UTC', '%Y-%m-%d %H:%M:%S.%f')), ',' order by order_id, line_number)) "
    "from silver.order_lines"
)


@pytest.fixture(scope="module")
def postgres() -> Iterator[Postgres]:
    programs = need(newest_programs(), "no PostgreSQL on this machine: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="lacquer-postgres-") as folder:
        server = Postgres(Path(folder), programs, more=("wal_level=logical", "max_replication_slots=4"))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture
def connect(broker: Broker, tmp_path: Path) -> Iterator[Connect]:
    server = Connect(tmp_path / "connect", broker.address).start()
    try:
        yield server
    finally:
        server.stop()


def test_silver_equals_the_table(broker: Broker, connect: Connect, postgres: Postgres, tmp_path: Path) -> None:
    lake = Lake(tmp_path / "lake")
    topics = ("shop.shop.order_lines", "shop.transaction", "__debezium-heartbeat.shop")
    streams = Streams({"erp": topics}, {name: str(value) for name, value in broker.options.items()}, "cdc")
    with psycopg.connect(postgres.url, autocommit=True) as shop:
        shop.execute("create schema shop")
        shop.execute(TABLE)
        shop.execute("create table shop.debezium_signal (id text primary key, type text not null, data text)")
        shop.execute("alter table shop.order_lines alter column sku set storage external")
        insert = "insert into shop.order_lines (order_id, line_no, sku, qty, price) "
        shop.execute(insert + f"select 'A' || g, 1, 'R' || g % 50, g % 7, g / 100.0 from generate_series(1, {ROWS}) g")
        connect.run_connector("shop", postgres_connector(postgres.port, "shop", "shop"))
        shop.execute(insert + "values ('L2', 1, 'R' || repeat('x', 5000), 1, 1)")
        _wait(lake, streams, shop.execute(STATE).fetchone())

        shop.execute(f"update shop.order_lines set qty = qty + 1 where substr(order_id, 2)::int <= {CHANGED}")
        shop.execute("delete from shop.order_lines where substr(order_id, 2)::int % 100 = 0")
        shop.execute("update shop.order_lines set line_no = 9 where substr(order_id, 2)::int % 100 = 1")
        _wait(lake, streams, shop.execute(STATE).fetchone())

        shop.execute("alter table shop.order_lines add column note text default 'new'")
        shop.execute("update shop.order_lines set qty = 5 where order_id = 'L2'")  # its sku is not sent again
        data = '{"data-collections": ["shop.order_lines"], "type": "incremental"}'
        shop.execute("insert into shop.debezium_signal values ('again', 'execute-snapshot', %s)", (data,))
        connect.kill()
        broker.kill()
    postgres.crash()
    with psycopg.connect(postgres.url, autocommit=True) as shop:
        shop.execute("update shop.order_lines set price = price + 0.5 where substr(order_id, 2)::int % 3 = 0")
        broker.start()
        connect.start()
        _wait(lake, streams, shop.execute(STATE).fetchone())

        # The window of a chunk drops what was updated meanwhile, 1,024 rows at the most.
        _wait_for(lake, streams, "payload ->> '$.source.snapshot' = 'incremental'", ROWS // 2)
        _wait(lake, streams, shop.execute(STATE).fetchone())

        shop.execute("truncate shop.order_lines")
        shop.execute(insert + "select 'B' || g, 1, 'R1', 2, 1.25 from generate_series(1, 100) g")
        _wait(lake, streams, shop.execute(STATE).fetchone())
    for topic in topics[1:]:  # kept by their kind, and no row of the table
        _wait_for(lake, streams, f"batch_id like 'kafka:{topic}/%'", 1)


def _wait(lake: Lake, streams: Streams, wanted: object) -> None:
    """Read and refresh until silver is the table, hash by hash."""
    end, found = time.monotonic() + DEADLINE_S, None
    while time.monotonic() < end:
        try:
            read_into_bronze(streams, lake, "erp", Bounds())
        except (ValueError, BrokersUnreachableError):  # the topic is not made yet, or the broker is coming back
            time.sleep(0.2)
            continue
        session = new_session(lake)
        take_in_with_truncated(take_in, fields.KEYS, lake, session, ERP_CHANGES, DOOR, lake.root / "landing" / "erp")
        refresh(lake, session, ORDER_LINES, FEEDS["order_lines"])
        found = lake.connect(session.versions).execute(SILVER).fetchone()
        if found == wanted:
            return
        time.sleep(0.2)
    assert found == wanted


def _wait_for(lake: Lake, streams: Streams, condition: str, count: int) -> None:
    """Read until bronze has so many rows of a kind."""
    end, found = time.monotonic() + DEADLINE_S, 0
    while found < count and time.monotonic() < end:
        read_into_bronze(streams, lake, "erp", Bounds())
        con = lake.connect({"bronze/erp_changes": lake.table(ERP_CHANGES).version()})
        found = con.execute(f"select count(*) from bronze.erp_changes where {condition}").fetchall()[0][0]
        time.sleep(0.2)
    assert found >= count, condition
