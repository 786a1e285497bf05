"""The SQL of a tenant leaves its lake by no statement, and the same statements would without the lock."""

from pathlib import Path

import duckdb
import pytest

from lake.lakehouse import Lake
from serving.queries.published import open_published
from tests.integration.scale.conftest import Border, digest

pytestmark = pytest.mark.heavy


def statements(other: Path, mine: Path) -> list[str]:
    """SQL that reads, lists, attaches, writes or unlocks what lies outside a tenant's lake."""
    table = other / "gold" / "dim_release"
    parquet = next(str(one) for one in table.rglob("*.parquet"))
    around = str(mine / "gold" / ".." / ".." / ".." / "umbra" / "lake" / Path(parquet).relative_to(other))
    log = next(str(one) for one in (table / "_delta_log").glob("*.json"))
    files = (parquet, around, f"file://{parquet}", parquet.replace("/umbra/", "/umbra/./"), str(table / "*.parquet"))
    readers = ("read_parquet", "parquet_scan", "parquet_metadata", "parquet_schema", "read_blob", "read_text")
    found = [f"select * from {reader}('{file}')" for reader in readers for file in files]
    found += [f"from '{file}'" for file in files]
    more = (log, str(other.parent / "settings.env"), str(mine.parent / "settings.env"), "/etc/passwd", str(other))
    texts = ("read_csv", "read_json", "read_json_objects", "read_ndjson", "read_text", "read_blob", "sniff_csv")
    found += [f"select * from {reader}('{file}')" for reader in texts for file in more]
    found += [f"select * from glob('{other}/**')", f"select * from delta_scan('{table}')"]
    database = other.parent / "lake.operational.sqlite"
    found += [f"attach '{database}' as o (type sqlite)", f"attach '{other}/x.duckdb' as o", "load sqlite"]
    found += [f"copy (select 1) to '{other}/{name}'" for name in ("x.csv", "gold/x.parquet", "lake/published/x.json")]
    found += [f"export database '{other}/x'", f"import database '{other}'", "install httpfs", "load httpfs"]
    found += [f"copy dim_release from '{parquet}'", "select * from read_csv('http://127.0.0.1:9/x.csv')"]
    unlock = ("enable_external_access = true", "lock_configuration = false", f"allowed_directories = ['{other}']",
              "allowed_paths = ['/']", f"file_search_path = '{other}'", f"temp_directory = '{other}'",
              f"home_directory = '{other}'", f"secret_directory = '{other}'", f"log_query_path = '{other}/q.log'",
              f"extension_directory = '{other}'")  # fmt: skip
    found += [f"{verb} {one}" for verb in ("set", "set global") for one in unlock]
    found += [f"pragma {one}" for one in (f"enable_logging('{other}')", f"profiling_output='{other}/p.json'")]
    return [*found, f"create secret s (type s3, key_id 'a', secret 'b', scope '{other}')"]


def test_no_sql_of_one_tenant_leaves_its_lake(border: Border, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LACQUER_TENANT", "acme")
    before = digest(border.other.folder)
    connection = open_published(str(border.mine.lake))
    titles = connection.execute("select title from dim_release order by all").fetchall()
    assert ("Blue Hours",) in titles
    asked = statements(border.other.lake, border.mine.lake)
    assert len(asked) >= 100
    for statement in asked:
        try:
            rows = connection.execute(statement).fetchall()
        except duckdb.Error:
            continue
        assert not rows, statement
    assert connection.execute("select title from dim_release order by all").fetchall() == titles
    assert digest(border.other.folder) == before


def test_without_a_lock_the_same_sql_would_read_the_other_lake(border: Border) -> None:
    connection = Lake(border.mine.lake).connect_published()
    read = 0
    for statement in statements(border.other.lake, border.mine.lake)[:35]:
        try:
            read += "Umbra" in str(connection.execute(statement).fetchall())
        except duckdb.Error:
            continue
    assert read >= 5
