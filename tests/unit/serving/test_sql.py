"""`lacquer sql`: what it sees, how it prints it, and what it says when it cannot."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from typer.testing import Result

from lake.lakehouse import Lake
from serving.commands.shell import Shell
from serving.queries.published import open_published

Lacquer = Callable[..., Result]


def test_it_sees_what_is_published_and_not_what_was_written_since(lacquer: Lacquer, published_lake: Path) -> None:
    assert Lake(published_lake).versions()["silver/releases"] > Lake(published_lake).published()["silver/releases"]
    answer = lacquer("sql", "select count(*) as n from releases", "--lake", published_lake, "--format", "csv")
    assert answer.stdout == "n\n3\n"


def test_bare_and_full_names_are_the_same_table(lacquer: Lacquer, published_lake: Path) -> None:
    query = "select count(*) as n from releases join silver.releases using (release_id)"
    assert lacquer("sql", query, "--lake", published_lake, "-f", "json").stdout == '[{"n": 3}]\n'


def test_csv_keeps_decimals_commas_quotes_and_moments(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "from releases order by all", "--lake", published_lake, "--format", "csv")
    assert list(csv.reader(io.StringIO(answer.stdout))) == [
        ["release_id", "title", "list_price", "is_published", "changed_at"],
        ["R1", "Blue, [Remix]", "12.9900", "true", "2010-12-01T08:26:00Z"],
        ["R2", 'The "B" Side', "7.0001", "false", "2010-12-01T08:26:00Z"],
        ["R3", "", "", "true", "2010-12-01T08:26:00Z"],
    ]


def test_json_keeps_every_digit_of_a_decimal(lacquer: Lacquer, published_lake: Path) -> None:
    query = (
        "select 12345678901234567890.1234::decimal(28, 4) as d, [1, null] as l, 'nan'::double as f, {'a': 0.10} as s"
    )
    answer = lacquer("sql", query, "--lake", published_lake, "--format", "json")
    assert answer.stdout == ('[{"d": 12345678901234567890.1234, "l": [1, null], "f": null, "s": {"a": 0.10}}]\n')
    assert json.loads(answer.stdout, parse_float=str)[0]["d"] == "12345678901234567890.1234"


def test_json_of_no_rows_is_an_empty_list(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "from releases where false", "--lake", published_lake, "--format", "json")
    assert json.loads(answer.stdout) == []


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_a_query_may_come_through_a_pipe(arguments: tuple[str, ...], lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", *arguments, "--lake", published_lake, "-f", "csv", stdin="select 1 as one;\n")
    assert answer.stdout == "one\n1\n"


def test_a_table_lines_up_numbers_on_the_right_and_takes_brackets_as_text(
    lacquer: Lacquer, published_lake: Path
) -> None:
    query = "select title, list_price from releases where list_price is not null order by list_price"
    lines = lacquer("sql", query, "--lake", published_lake).stdout.splitlines()
    assert [line.strip("│┃ ").split() for line in lines if "2.99" in line or "7.0" in line] == [
        ["The", '"B"', "Side", "│", "7.0001"],
        ["Blue,", "[Remix]", "│", "12.9900"],
    ]
    ends = [line.rstrip("│ ").rindex(digit) for line in lines for digit in ("7.0001", "12.9900") if digit in line]
    assert ends[0] == ends[1] + 1


def test_a_table_rounds_floats_and_csv_does_not(lacquer: Lacquer, published_lake: Path) -> None:
    query = "select 1.0::double / 3 as third, 1234567.5::double as big"
    shown = lacquer("sql", query, "--lake", published_lake).stdout
    assert "│ 0.333333 │ 1234567.5 │" in shown
    assert lacquer("sql", query, "--lake", published_lake, "-f", "csv").stdout.endswith(f"{1 / 3},1234567.5\n")


def test_a_long_result_is_cut_in_a_table_and_says_so(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "select range as n from range(1000)", "--lake", published_lake)
    assert "│ 199 │" in answer.stdout
    assert "│ 200 │" not in answer.stdout
    assert "the first 200 rows" in answer.stderr
    whole = lacquer("sql", "select range as n from range(25000)", "--lake", published_lake, "-f", "csv")
    assert whole.stdout.splitlines()[1:] == [str(n) for n in range(25000)]


def test_an_unknown_table_is_answered_with_near_names(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "from release", "--lake", published_lake)
    assert answer.exit_code == 1
    assert answer.stdout == ""
    assert answer.stderr == "error: no published table release: did you mean releases?\n"
    far = lacquer("sql", "from zzz", "--lake", published_lake)
    assert far.stderr == ("error: no published table zzz: published are forecast_scores, forecasts, releases\n")


def test_an_error_of_the_query_shows_no_traceback(lacquer: Lacquer, published_lake: Path) -> None:
    answer = lacquer("sql", "select titel from releases", "--lake", published_lake)
    assert answer.exit_code == 1
    assert "titel" in answer.stderr
    assert "title" in answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("select 1", "--lake", "{empty}/nowhere"), "no lake at {empty}/nowhere: build one with lacquer run"),
        (("select 1", "--lake", "{empty}"), "nothing is published in {empty} yet: finish a run with lacquer run"),
        (("select 1", "--lake", "gs://bucket/lake"), "lake gs://bucket/lake: a path, or object storage"),
        (("  ", "--lake", "{lake}"), "no query: give one"),
    ],
)
def test_what_cannot_be_done_says_what_to_do(
    arguments: tuple[str, ...], said: str, lacquer: Lacquer, published_lake: Path, tmp_path: Path
) -> None:
    places = {"empty": tmp_path, "lake": published_lake}
    answer = lacquer("sql", *(argument.format(**places) for argument in arguments))
    assert answer.exit_code == 1
    assert f"error: {said.format(**places)}" in answer.stderr
    assert answer.stdout == ""


def test_the_lake_of_the_environment_is_the_default(
    lacquer: Lacquer, published_lake: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LACQUER_LAKE", str(published_lake))
    assert lacquer("sql", "select 1 as one", "-f", "csv").stdout == "one\n1\n"


def typed(*lines: str) -> Callable[[str], str]:
    """Someone who types these lines and then Ctrl-D; a line `^C` is the interrupt key."""
    waiting = iter(lines)

    def read_line(_prompt: str) -> str:
        line = next(waiting, None)
        if line is None:
            raise EOFError
        if line == "^C":
            raise KeyboardInterrupt
        return line

    return read_line


@pytest.fixture
def connection(published_lake: Path) -> duckdb.DuckDBPyConnection:
    return open_published(str(published_lake))


def test_the_shell_runs_statements_over_several_lines(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    Shell(connection, typed("select count(*)", "as how_many from releases;", ".quit", "select 'unread';")).run()
    shown = capsys.readouterr().out
    assert "how_many" in shown
    assert "│        3 │" in shown
    assert "unread" not in shown


def test_the_shell_lists_tables_and_columns(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    Shell(connection, typed(".tables", ".columns releases", ".what")).run()
    shown = capsys.readouterr().out
    assert "gold.forecast_scores\ngold.forecasts\nsilver.releases\n" in shown
    assert "DECIMAL(12,4)" in shown
    assert ".columns NAME" in shown


def test_the_shell_survives_errors_and_interrupts(
    connection: duckdb.DuckDBPyConnection, capsys: pytest.CaptureFixture[str]
) -> None:
    Shell(connection, typed("from releasez;", "select 'dropped'", "^C", "select 'kept' as word;")).run()
    shown = capsys.readouterr().out
    assert "error: no published table releasez: did you mean releases" in shown
    assert "kept" in shown
    assert "dropped" not in shown


def test_it_writes_nothing_into_a_lake(lacquer: Lacquer, published_lake: Path, tmp_path: Path) -> None:
    def files() -> dict[str, tuple[int, int]]:
        found = [path for path in published_lake.rglob("*") if path.is_file()]
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found}

    before = files()
    copied = f"copy (select 1) to '{tmp_path / 'x.csv'}'"
    queries = ("from releases", "create table t as select 1 as a; from t", copied, "no query")
    for query in queries:
        lacquer("sql", query, "--lake", published_lake)
    assert files() == before

    answer = lacquer("sql", "from releases", "--lake", tmp_path / "none")
    assert (answer.exit_code, answer.stderr.count("\n"), answer.stderr.startswith("error: ")) == (1, 1, True)
    assert not (tmp_path / "none").exists()
