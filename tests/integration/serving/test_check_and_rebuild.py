"""`lacquer check` and `lacquer rebuild` over a lake that a real run has built: Delta, dbt and Dagster, small."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from assets.silver.order_lines import ORDER_LINES
from lake.delta.table import Table
from lake.lakehouse import Lake
from serving.cli import app


def invoke(*arguments: str | Path) -> Result:
    """Run the command line; only a crash raises."""
    answer = CliRunner().invoke(app, [str(argument) for argument in arguments])
    if answer.exception is not None and not isinstance(answer.exception, SystemExit):
        raise answer.exception
    return answer


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    """Four months of the demo distributor."""
    folder = tmp_path_factory.mktemp("rebuild")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DAGSTER_HOME", str(folder / "dagster"))
        answer = invoke("run", "--lake", folder / "lake", "--days", "120", "--order-lines", "10000", "--no-backtest")
        assert answer.exit_code == 0, answer.output
        yield Lake(folder / "lake")


def rows(lake: Lake, key: str) -> list[tuple[Any, ...]]:
    con = lake.connect({key: lake.published()[key]})
    return con.execute(f"select * from {key.replace('/', '.')} order by all").fetchall()


def months(lake: Lake) -> list[str]:
    key = "gold/fct_order_line"
    con = lake.connect({key: lake.published()[key]})
    found = con.execute("select distinct strftime(order_month, '%Y-%m') from gold.fct_order_line order by all")
    return [month for (month,) in found.fetchall()]


def exported(lake: Lake) -> set[str]:
    return {path.name for path in (lake.root / "outbox" / "pim").glob("*.jsonl")}


def test_a_sound_lake_passes_every_check_and_nothing_is_written(built: Lake) -> None:
    before = built.versions()
    answer = invoke("check", "--lake", built.root)
    assert answer.exit_code == 0, answer.output
    assert "failed" not in answer.stdout
    for words in ("silver/order_lines", "unique_keys", "balance", "gold/fct_order_line"):
        assert words in answer.stdout
    assert built.versions() == before
    assert built.pinned() == {}


def test_a_range_rebuilds_its_months_and_what_follows(built: Lake) -> None:
    before, state, files = built.published(), rows(built, "gold/fct_sales_day"), exported(built)
    wanted = months(built)[1]
    answer = invoke("rebuild", "--from", wanted, "--to", wanted, "--lake", built.root)
    assert answer.exit_code == 0, answer.output
    after = built.published()
    assert after["gold/fct_order_line"] == before["gold/fct_order_line"] + 1
    touched = Table(built.path("gold/fct_order_line")).changes(before["gold/fct_order_line"]).partitions
    assert touched == {f"{wanted}-01"}
    moved = {key for key in after if after[key] != before[key]}
    assert "gold/fct_sales_day" in moved
    assert not moved & {key for key in before if key.startswith(("bronze/", "silver/", "gold/dim_"))}
    assert rows(built, "gold/fct_sales_day") == state
    assert exported(built) == files, "unchanged forecasts are not written back again"


@pytest.mark.heavy
def test_without_a_range_all_of_gold_is_built_again(built: Lake) -> None:
    before = built.published()
    facts = {key: rows(built, key) for key in ("gold/fct_order_line", "gold/dim_release", "gold/mart_sales_overview")}
    answer = invoke("rebuild", "--lake", built.root)
    assert answer.exit_code == 0, answer.output
    for key, state in facts.items():
        assert built.published()[key] > before[key]
        assert rows(built, key) == state


@pytest.mark.heavy
def test_silver_from_bronze_has_the_same_state_and_balance(built: Lake) -> None:
    keys = ("silver/order_lines", "silver/orders", "silver/releases", "silver/releases_history", "gold/fct_order_line")
    before = {key: rows(built, key) for key in keys}
    table = built.table(ORDER_LINES)
    read, dead = (table.transactions(f"count:{name}") for name in ("read", "dead"))
    versions = built.published()
    answer = invoke("rebuild", "--silver", "--lake", built.root)
    assert answer.exit_code == 0, answer.output
    assert all(built.published()[key] > versions[key] for key in keys)
    assert {key: rows(built, key) for key in keys} == before
    assert (table.transactions("count:read"), table.transactions("count:dead")) == (read, dead)
    assert invoke("check", "--lake", built.root).exit_code == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2031-01"), "lies after --to"),
        (("--from", "1999-01", "--to", "1999-02"), "no month of gold from 1999-01 to 1999-02"),
        (("--from", "2010-13"), "write it as YYYY-MM"),
        (("--silver", "--to", "2010-12"), "leave out --from and --to"),
    ],
)
def test_a_wrong_range_names_the_months_that_exist(built: Lake, options: tuple[str, ...], words: str) -> None:
    answer = invoke("rebuild", *options, "--lake", built.root)
    assert answer.exit_code == 1
    assert words in answer.output
    if "--silver" not in options:
        assert f"gold has the months {months(built)[0]} to {months(built)[-1]}" in answer.output


@pytest.mark.parametrize("command", ["check", "rebuild"])
def test_before_the_first_publication_there_is_nothing_to_do(command: str, tmp_path: Path) -> None:
    answer = invoke(command, "--lake", tmp_path / "lake")
    assert answer.exit_code == 1
    assert "nothing is published" in answer.output


def test_a_doubled_key_fails_the_check(built: Lake) -> None:
    """Written behind the contract's back: the check is the one that tells."""
    table = built.table(ORDER_LINES)
    stored = table.snapshot().to_pyarrow_dataset().to_table()
    version = table.overwrite(pa.concat_tables([stored, stored.slice(0, 1)]))
    built.publish({table.name: version}, "vandal")
    answer = invoke("check", "--lake", built.root)
    assert answer.exit_code == 1
    assert "stands more than once" in " ".join(answer.stdout.split())
    assert "checks failed" in answer.stderr
