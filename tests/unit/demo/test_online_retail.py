"""Given the wholesaler's extracts, when they are landed, then orders are those of the raw files, the overlap once.

The oracle is SQL over the raw Parquet files; the landing files are read by DuckDB's own JSON reader.
"""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from demo.envelopes import ERP_FIELDS
from demo.online_retail.extracts import SERVICE_CODES
from demo.pack import PackError
from demo.packs import PACKS
from tests.unit.demo.conftest import contents

pytestmark = pytest.mark.heavy

# An invoice of both extracts is taken from the second one.
RAW = """
create view raw as
select * from read_parquet('{folder}/orders_2010_12_to_2011_09.parquet')
union all
select * from read_parquet('{folder}/orders_2009_12_to_2010_12.parquet')
where Invoice not in (select Invoice from read_parquet('{folder}/orders_2010_12_to_2011_09.parquet'))
"""
# A change of a row is what stands at the greatest position of its key.
LANDED = """
create table {table} as
select unnest(after), op, lsn from (
    select after, op, source.lsn as lsn
    from read_json('{root}/landing/erp/*erp-{table}*.jsonl', format='newline_delimited', columns={{
        after: 'STRUCT({fields})', op: 'VARCHAR', source: 'STRUCT(lsn BIGINT)'
    }})
)
qualify row_number() over (partition by {key} order by lsn desc) = 1
"""
KEYS = {"buyers": "after.buyer_id", "orders": "after.order_id", "order_lines": "after.order_id, after.line_no"}


def opened(root: Path, data: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone='UTC'")
    connection.execute(RAW.format(folder=data / "online_retail_ii"))
    for table, key in KEYS.items():
        types = {"line_no": "INTEGER", "qty": "INTEGER"}
        fields = ", ".join(f"{name} {types.get(name, 'VARCHAR')}" for name in ERP_FIELDS[table])
        connection.execute(LANDED.format(table=table, root=root, fields=fields, key=key))
    return connection


@pytest.fixture(scope="module")
def first_load(tmp_path_factory: pytest.TempPathFactory, lacquer_data: Path) -> Path:
    root = tmp_path_factory.mktemp("online_retail") / "lake"
    PACKS["online-retail"].land(root, data=lacquer_data)
    return root


@pytest.fixture(scope="module")
def lake(first_load: Path, lacquer_data: Path) -> duckdb.DuckDBPyConnection:
    return opened(first_load, lacquer_data)


def test_months_equal_the_raw_files_to_the_cent(lake: duckdb.DuckDBPyConnection) -> None:
    measures = "count(*), sum({q}), sum({q} * {p}::decimal(18, 4)), count(*) filter ({q} < 0)"
    raw = lake.execute(
        f"select strftime(InvoiceDate, '%Y-%m'), {measures.format(q='Quantity', p='Price')} "
        "from raw group by 1 order by 1"
    ).fetchall()
    landed = lake.execute(
        f"select left(created_at, 7), {measures.format(q='qty', p='price')} from order_lines group by 1 order by 1"
    ).fetchall()
    assert landed == raw
    assert len(landed) == 22
    assert sum(row[1] for row in landed) == 525_461 + 334_054 - 22_523


def test_both_extracts_are_landed_in_full_and_the_overlap_alike(first_load: Path) -> None:
    paths = sorted(first_load.glob("landing/erp/*order_lines*.jsonl"))
    assert [path.name for path in paths] == [
        "2010-12-09--erp-order_lines--extract-1.jsonl",
        "2011-09-09--erp-order_lines--extract-2.jsonl",
    ]
    first, second = (path.read_bytes().splitlines() for path in paths)
    assert (len(first), len(second)) == (525_461, 334_054)
    assert len(set(first) & set(second)) == 22_523


def test_each_line_of_an_invoice_has_its_number(lake: duckdb.DuckDBPyConnection) -> None:
    gaps = lake.execute(
        "select order_id from order_lines group by order_id having min(line_no) <> 1 or max(line_no) <> count(*)"
    ).fetchall()
    assert gaps == []


def test_kinds_of_orders_and_items(lake: duckdb.DuckDBPyConnection) -> None:
    raw = lake.execute(
        """
        select case when Invoice[1] = 'A' then 'bad_debt_adjustment' when Invoice[1] = 'C' then 'cancellation'
            else 'sale' end as order_type, count(distinct Invoice), count(*),
            count(*) filter (list_contains($codes, StockCode) or StockCode like 'gift%')
        from raw group by 1 order by 1
        """,
        {"codes": list(SERVICE_CODES)},
    ).fetchall()
    landed = lake.execute(
        """
        select order_type, count(distinct order_id), count(*), count(*) filter (item_category = 'service')
        from order_lines group by 1 order by 1
        """
    ).fetchall()
    assert landed == raw
    assert landed[0] == ("bad_debt_adjustment", 6, 6, 6)
    assert lake.execute("select order_type, count(*) from orders group by 1 order by 1").fetchall() == [
        row[:2] for row in raw
    ]


def test_orders_and_buyers_refer_to_each_other(lake: duckdb.DuckDBPyConnection) -> None:
    for query in (
        "select order_id from orders anti join order_lines using (order_id)",
        "select order_id from order_lines anti join orders using (order_id)",
        "select buyer_id from orders anti join buyers using (buyer_id) where buyer_id is not null",
        'select "Customer ID"::varchar from raw where "Customer ID" is not null except select buyer_id from buyers',
    ):
        assert lake.execute(query).fetchall() == []
    latest = """
        select "Customer ID"::varchar, arg_max(Country, (InvoiceDate, Invoice)) from raw
        where "Customer ID" is not null group by 1
    """
    wrong = f"({latest}) except select buyer_id, country from buyers"
    assert lake.execute(wrong).fetchall() == []


def test_every_code_is_in_the_catalogue_with_its_commonest_description(
    first_load: Path, lake: duckdb.DuckDBPyConnection
) -> None:
    lake.execute(
        f"create or replace view objects as select distinct releaseId, title, format from "
        f"read_json('{first_load}/landing/pim/*.jsonl', format='newline_delimited', "
        "columns={releaseId: 'VARCHAR', title: 'VARCHAR', format: 'VARCHAR'})"
    )
    assert lake.execute("select count(*), count(distinct releaseId) from objects").fetchone() == (5084, 5084)
    assert lake.execute("select StockCode from raw except select releaseId from objects").fetchall() == []
    titles = dict(lake.execute("select releaseId, title from objects").fetchall())
    assert titles["22041"] == 'RECORD FRAME 7" SINGLE SIZE '
    assert titles["gift_0001_30"] == "Dotcomgiftshop Gift Voucher £30.00"
    assert titles["DCGS0016"] == "DCGS0016"  # the extract says "nan"


def test_a_line_is_an_envelope(first_load: Path) -> None:
    path = first_load / "landing/erp/2010-12-09--erp-order_lines--extract-1.jsonl"
    with path.open() as file:
        assert next(file) == (
            '{"before":null,"after":{"order_id":"489434","line_no":1,"sku":"21232","item_category":"product",'
            '"order_type":"sale","qty":24,"price":"1.25","currency":"GBP","created_at":"2009-12-01T07:45:00Z"},"op":"r",'
            '"source":{"version":"3.7.0.Final","connector":"postgresql","name":"erp","ts_ms":1259653500000,"db":"erp",'
            '"schema":"public","table":"order_lines","txId":1259653500,"lsn":1259653500400001},"ts_ms":1259653500900}\n'
        )


def test_one_more_daily_drop_adds_that_day_only(tmp_path: Path, lacquer_data: Path) -> None:
    pack, daily = PACKS["online-retail"], {"drops": "daily", "daily_from": "2009-12-03"}
    pack.land(tmp_path, data=lacquer_data, options={**daily, "until": "2009-12-06"})
    before = contents(tmp_path)
    landed = pack.land(tmp_path, data=lacquer_data, options={**daily, "until": date(2009, 12, 7)})
    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert sorted(after.keys() - before.keys()) == [
        "erp/2009-12-07--erp-buyers.jsonl",
        "erp/2009-12-07--erp-order_lines.jsonl",
        "erp/2009-12-07--erp-orders.jsonl",
        "pim/2009-12-07--pim-objects.jsonl",
    ]
    assert landed.new_files == 4
    assert pack.land(tmp_path, data=lacquer_data, options={**daily, "until": "2009-12-07"}).new_files == 0
    with pytest.raises(PackError, match="a lake only grows: ask for until=2009-12-07 or later"):
        pack.land(tmp_path, data=lacquer_data, options={**daily, "until": "2009-12-06"})


def test_a_day_landed_by_itself_is_the_day_landed_with_all_others(tmp_path: Path, lacquer_data: Path) -> None:
    """A late day asks for a part of the extracts only: buyers known for two years, numbers, codes must not differ."""
    daily = {"drops": "daily", "daily_from": "2011-08-25"}
    for day in ("2011-08-30", "2011-09-04", "2011-09-05"):
        PACKS["online-retail"].land(tmp_path / "bit by bit", data=lacquer_data, options={**daily, "until": day})
    PACKS["online-retail"].land(tmp_path / "at once", data=lacquer_data, options={**daily, "until": "2011-09-05"})
    assert contents(tmp_path / "bit by bit") == contents(tmp_path / "at once")


def test_daily_drops_end_where_the_first_load_does(
    tmp_path: Path, lacquer_data: Path, lake: duckdb.DuckDBPyConnection
) -> None:
    """The days begin inside the overlap, so that both extracts have a first load."""
    options = {"drops": "daily", "daily_from": "2010-12-05"}
    PACKS["online-retail"].land(tmp_path, data=lacquer_data, options=options)
    with opened(tmp_path, lacquer_data) as daily:
        for table in KEYS:
            rows = f"select count(*), bit_xor(hash(r)) from (select * exclude (op) from {table}) r"
            assert daily.execute(rows).fetchone() == lake.execute(rows).fetchone()
        since = "created_at >= '2010-12-05'"
        assert daily.execute(f"select distinct op from order_lines where {since}").fetchall() == [("c",)]
        assert daily.execute(f"select distinct op from order_lines where not {since}").fetchall() == [("r",)]


def test_what_cannot_be_landed_says_why(tmp_path: Path, lacquer_data: Path) -> None:
    pack = PACKS["online-retail"]
    with pytest.raises(PackError, match="say where it is with --data DIR"):
        pack.land(tmp_path)
    with pytest.raises(PackError, match="drops is initial or daily, not 'weekly'"):
        pack.land(tmp_path, data=lacquer_data, options={"drops": "weekly"})
    with pytest.raises(PackError, match="run from 2009-12-01 to 2011-09-09"):
        pack.land(tmp_path, data=lacquer_data, options={"drops": "daily", "until": "2012-01-01"})
    with pytest.raises(PackError, match="--data names the folder that holds online_retail_ii"):
        pack.land(tmp_path, data=tmp_path)
