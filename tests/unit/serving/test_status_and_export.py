"""`lacquer status` and `lacquer export`: what they say of a lake, and what stands in the files."""

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import Result

from lake.journals.imports import begin_import, finish_import
from lake.journals.runs import record_run
from lake.lakehouse import Lake
from serving.version import VERSION

Lacquer = Callable[..., Result]


def test_a_lake_without_anything_is_told_what_to_do_first(lacquer: Lacquer, tmp_path: Path) -> None:
    answer = lacquer("status", "--lake", tmp_path, "-f", "json")
    found = json.loads(answer.stdout)
    assert (answer.exit_code, found["run"], found["published_at"], found["waiting"]) == (0, None, None, {})
    assert "import FILE" in found["next"][0][1]


def test_a_failed_run_blocks_and_says_why_until_one_succeeds(lacquer: Lacquer, tmp_path: Path) -> None:
    import datetime as dt

    lake = Lake(tmp_path)
    first, second = (dt.datetime(2026, 3, day, 6, tzinfo=dt.UTC) for day in (1, 2))
    why = "silver/orders: check bad_share failed: 9 of 100 rows"
    record_run(lake, "r1", "none", first, 3.0, "failure", {"failures": [why]})
    answer = lacquer("status", "--lake", tmp_path)
    assert answer.exit_code == 1
    assert f"blocked by  {why}" in answer.stdout
    assert "run --pack none" in answer.stdout
    record_run(lake, "r2", "none", second, 3.0, "success", {})
    assert lacquer("status", "--lake", tmp_path).exit_code == 0


def test_landed_files_and_refused_imports_are_counted(lacquer: Lacquer, tmp_path: Path) -> None:
    (tmp_path / "landing" / "erp").mkdir(parents=True)
    (tmp_path / "landing" / "erp" / "a.jsonl").write_text("{}\n")
    lake = Lake(tmp_path)
    begin_import(lake, "i1", "orders.csv", initial=True)
    counts = {"read": 10, "skipped": 0, "refused": 3, "landed": 7, "rows": {}}
    finish_import(lake, "i1", "orders.csv", counts, [["Menge", "is no whole number", 3]], "imports/orders.faults.csv")
    found = json.loads(lacquer("status", "--lake", tmp_path, "-f", "json").stdout)
    assert found["waiting"] == {"erp": 1}
    assert [(one["where"], one["reason"], one["count"]) for one in found["refused"]] == [
        ("import of orders.csv", "Menge is no whole number", 3)
    ]


def test_files_that_no_stream_reads_are_named_with_the_way_out(lacquer: Lacquer, tmp_path: Path) -> None:
    (tmp_path / "landing" / "ERP").mkdir(parents=True)
    (tmp_path / "landing" / "ERP" / "a.jsonl").write_text("{}\n")
    words = "landing/ERP: 1 files are read by nobody; move them into landing/erp"

    assert f"unread      {words}" in lacquer("status", "--lake", tmp_path).stdout
    assert json.loads(lacquer("status", "--lake", tmp_path, "-f", "json").stdout)["unread"] == [words]


def test_the_newest_days_are_those_of_the_published_tables(lacquer: Lacquer, published_lake: Path) -> None:
    found = json.loads(lacquer("status", "--lake", published_lake, "-f", "json").stdout)
    assert found["newest"] == {"forecast": "2011-01-01"}


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_a_table_is_exported_as_it_is_published(
    form: str, lacquer: Lacquer, published_lake: Path, tmp_path: Path
) -> None:
    answer = lacquer("export", "releases", "-f", form, "--out", tmp_path, "--lake", published_lake)
    assert answer.exit_code == 0
    rows = duckdb.execute(
        f"select release_id, title, list_price from '{tmp_path}/releases.{form}' order by 1"
    ).fetchall()
    assert [(row[0], row[1]) for row in rows] == [("R1", "Blue, [Remix]"), ("R2", 'The "B" Side'), ("R3", None)]
    assert [Decimal(str(row[2])) if row[2] is not None else None for row in rows][:2] == [
        Decimal("12.99"),
        Decimal("7.0001"),
    ]
    assert not list(tmp_path.glob(".*"))


def test_a_sheet_of_excel_holds_numbers_dates_and_texts(lacquer: Lacquer, published_lake: Path, tmp_path: Path) -> None:
    import fastexcel

    assert lacquer("export", "forecasts", "--out", tmp_path, "--lake", published_lake).exit_code == 0
    rows = fastexcel.read_excel(tmp_path / "forecasts.xlsx").load_sheet(0).to_polars()
    assert rows["units_p50"].to_list() == [10.0, 40.0, 10.0, 20.0, 900.0]
    assert str(rows["origin"][0])[:10] == "2011-01-01"


def test_all_of_gold_becomes_one_database_that_is_replaced_whole(
    lacquer: Lacquer, published_lake: Path, tmp_path: Path
) -> None:
    target = tmp_path / "gold.duckdb"
    for _ in range(2):
        answer = lacquer("export", "--all", "-f", "duckdb", "--out", target, "--lake", published_lake)
        assert answer.exit_code == 0
    assert "2 tables" in answer.stdout
    with duckdb.connect(str(target), read_only=True) as con:
        assert con.execute("select count(*) from forecasts").fetchall() == [(5,)]
        comment = con.execute("select comment from duckdb_tables() where table_name = 'forecasts'").fetchall()[0][0]
        assert comment
    assert [path.name for path in tmp_path.iterdir()] == ["gold.duckdb"]


def test_an_export_of_nothing_or_of_an_unknown_table_is_refused(lacquer: Lacquer, published_lake: Path) -> None:
    assert "name tables" in lacquer("export", "--lake", published_lake).stderr
    assert "did you mean releases" in lacquer("export", "release", "--lake", published_lake).stderr


def test_several_statements_and_dot_commands_come_through_a_pipe(lacquer: Lacquer, published_lake: Path) -> None:
    text = ".tables\nselect 1 as a;\nselect 2\n as b;\n.columns silver.releases\n"
    answer = lacquer("sql", "--lake", published_lake, "-f", "csv", stdin=text)
    assert answer.exit_code == 0
    assert answer.stdout.startswith("gold.forecast_scores\ngold.forecasts\nsilver.releases\na\n1\n\nb\n2\n")
    assert "\nrelease_id,VARCHAR\n" in answer.stdout


def test_the_first_statement_that_fails_ends_a_pipe(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "select 1 as a; from nowhere; select 3 as c", "--lake", published_lake, "-f", "csv")
    assert (answer.exit_code, answer.stdout) == (1, "a\n1\n")
    assert "no published table nowhere" in answer.stderr


def test_lines_show_a_column_per_line(lacquer: Lacquer, published_lake: Path) -> None:
    query = "select release_id, title from releases order by 1 limit 2"
    answer = lacquer("sql", query, "--lake", published_lake, "-f", "lines")
    assert answer.stdout == (
        'row 1\n  release_id  R1\n  title       Blue, [Remix]\n\nrow 2\n  release_id  R2\n  title       The "B" Side\n'
    )


def test_a_result_goes_to_a_file_by_its_name(lacquer: Lacquer, published_lake: Path, tmp_path: Path) -> None:
    out = tmp_path / "top.parquet"
    answer = lacquer("sql", "from releases where release_id = 'R1';", "--lake", published_lake, "-o", out)
    assert answer.exit_code == 0
    assert duckdb.execute(f"select release_id from '{out}'").fetchall() == [("R1",)]
    assert "name it with --out" in lacquer("sql", "select 1", "--lake", published_lake, "-f", "xlsx").stderr
    assert "a file that ends in" in lacquer("sql", "select 1", "--lake", published_lake, "-o", "x.doc").stderr


def test_the_version_is_shown(lacquer: Lacquer) -> None:
    assert lacquer("--version").stdout.startswith(f"lacquer {VERSION}")
