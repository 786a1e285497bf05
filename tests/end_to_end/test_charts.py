"""The real catalogues and charts from landing to gold, without an order: everything balances, joins are counted.

The oracle of the joins is SQL over the landed lines, by their numbers; how the numbers come about is the pack's test.
"""

from pathlib import Path

import duckdb
import pytest

from lake.lakehouse import Lake
from tests.end_to_end import states
from tests.end_to_end.commands import lacquer

LANDED = """
create table events as from read_json('{root}/landing/signals/*.jsonl', columns = {{
  event_id: 'VARCHAR', kind: 'VARCHAR', source: 'VARCHAR', entity_type: 'VARCHAR', entity_id: 'VARCHAR',
  value: 'VARCHAR', occurred_at: 'TIMESTAMPTZ'
}});
create table objects as from read_json('{root}/landing/pim/*.jsonl', columns = {{
  id: 'VARCHAR', classname: 'VARCHAR', artist: 'STRUCT(id VARCHAR)', release: 'STRUCT(id VARCHAR)'
}});
"""
MET = """
with reaches as (
  select 'release' as entity_type, id as entity_id, id as release_id from objects where classname = 'Release'
  union all select 'artist', artist.id, id from objects where classname = 'Release' and artist is not null
  union all select 'track', id, release.id from objects where classname = 'Track'
)
select kind, source, count(distinct event_id), count(distinct release_id)
from events left join reaches using (entity_type, entity_id) group by all order by all
"""

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory, lacquer_data: Path) -> Path:
    root = tmp_path_factory.mktemp("charts")
    answer = lacquer(root, "run", "--pack", "charts", "--data", lacquer_data, "--until", "2025")
    assert answer.returncode == 0, answer.stderr
    assert "Skipped: the lake holds no orders" in answer.stdout
    assert "landed + " in answer.stderr
    return root


@pytest.fixture(scope="module")
def landed(charts: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("set TimeZone = 'UTC'")
    con.execute(LANDED.format(root=charts))
    return con


def test_every_landed_line_stands_in_silver(charts: Path, landed: duckdb.DuckDBPyConnection) -> None:
    lake = Lake(charts).connect_published()
    for table, where in {
        "artists": "from objects where classname = 'Artist'",
        "labels": "from objects where classname = 'Label'",
        "releases": "from objects where classname = 'Release'",
        "tracks": "from objects where classname = 'Track'",
        "signals": "from events",
        "reviews": "from events where kind = 'review'",
        "competitor_prices": "from events where kind = 'competitor_price'",
    }.items():
        count = f"select count(*) from silver.{table}"
        assert lake.execute(count).fetchall() == landed.execute(f"select count(*) {where}").fetchall(), table
    money = landed.execute("select sum(value::decimal(18, 4)) from events where kind = 'competitor_price'").fetchall()
    assert lake.execute("select sum(price) from silver.competitor_prices").fetchall() == money


def test_the_joins_are_counted(charts: Path, landed: duckdb.DuckDBPyConnection) -> None:
    sql = "select kind, source, events, releases_met from gold.mart_signal_coverage order by all"
    assert Lake(charts).connect_published().execute(sql).fetchall() == landed.execute(MET).fetchall()


def test_one_more_year_rewrites_its_own_months(charts: Path, lacquer_data: Path) -> None:
    before = states.files(charts)
    answer = lacquer(charts, "run", "--pack", "charts", "--data", lacquer_data, "--until", "2026")
    assert answer.returncode == 0, answer.stderr
    changed = states.rewritten(before, states.files(charts))
    for table in ("silver/signals", "gold/fct_signal_day"):
        assert changed[table] == {f"2026-{month:02}-01" for month in range(1, 9)}, table
    assert {table for table, parts in changed.items() if parts} == {
        "silver/signals", "gold/fct_signal_day", "gold/mart_signal_coverage", "gold/mart_release_vector",
    }  # fmt: skip
