"""Gold rewrites what its sources have touched since, no more and no less."""

import copy
import datetime as dt
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from assets.silver.order_lines import ORDER_LINES
from lake.delta.table import Table
from lake.gold.build import GoldBuild
from lake.lakehouse import Lake
from resources.dbt.project import load_manifest
from tests.integration.gold.building import FACTS, build_gold, gold_versions, rows
from tests.integration.gold.silver_tables import Row, line, order, write, write_all

Gold = Callable[[str], GoldBuild]
NOVEMBER, DECEMBER, JANUARY = dt.date(2010, 11, 1), dt.date(2010, 12, 1), dt.date(2011, 1, 1)
LINES = [
    line("O1", "2010-11-05T08:00:00", quantity=3),
    line("O2", "2010-12-31T23:50:00", quantity=7),
    line("C2", "2011-01-01T00:10:00", quantity=-7),
    line("O3", "2011-01-05T09:00:00", release_id="R2", quantity=2),
]


@pytest.fixture(scope="module")
def first_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gold of the lines, built once. Not to be changed."""
    lake = Lake(tmp_path_factory.mktemp("first_build"))
    write_all(lake, LINES)
    build_gold(lake, "first")
    return lake.root


@pytest.fixture
def built(first_build: Path, lake: Lake) -> Lake:
    """A copy of it, to be changed."""
    shutil.copytree(first_build, lake.root)
    return lake


def test_a_second_run_writes_no_version_and_adds_no_file(built: Lake, gold: Gold):
    before = gold_versions(built), sorted(built.path("gold").rglob("*"))
    second = gold("second")
    assert {done.mode for done in second.written.values()} == {"skip"}
    assert (gold_versions(built), sorted(built.path("gold").rglob("*"))) == before


def test_one_months_change_rewrites_that_month_and_where_cancellations_reach(built: Lake, gold: Gold):
    write(built, "order_lines", [*LINES[2:], line("O4", "2011-01-09T09:00:00")], ["2011-01-01"])
    write(built, "orders", [order(LINES[2]), order(LINES[3]), order(line("O4", "2011-01-09T09:00:00"))], ["2011-01-01"])
    done = gold("second").written
    assert done["fct_order_line"].months == (JANUARY,)
    assert done["fct_sales_day"].months == (DECEMBER, JANUARY)
    assert sorted(name for name in done if done[name].mode == "skip") == [
        "dim_artist",
        "dim_artist_history",
        "dim_buyer",
        "dim_buyer_history",
        "dim_carrier",
        "dim_date",
        "dim_label",
        "dim_release",
        "dim_release_history",
        "dim_royalty_rate",
        "fct_buyer_interaction",
        "fct_campaign",
        "fct_inventory_snapshot",
        "fct_shipment",
        "fct_signal_day",
        "int_similar_release",
        "mart_alerts",
        "mart_forecast_accuracy",
        "mart_price",
        "mart_reco_buyer_top_n",
        "mart_review_sentiment",
        "mart_signal_coverage",
    ]
    changed = Table(built.path("gold/fct_sales_day")).changes(done["fct_sales_day"].version - 1)
    assert changed.partitions == {"2010-12-01", "2011-01-01"}


def test_a_row_that_leaves_its_month_is_gone_from_there(built: Lake, gold: Gold):
    moved = line("O1", "2011-01-20T08:00:00", quantity=3)
    write(built, "order_lines", [*LINES[2:], moved], ["2010-11-01", "2011-01-01"])
    write(built, "orders", [order(row) for row in (*LINES[2:], moved)], ["2010-11-01", "2011-01-01"])
    done = gold("second").written
    assert done["fct_order_line"].months == (NOVEMBER, JANUARY)
    assert rows(built, "fct_sales_day", "release_id, sales_date, gross_units") == [
        ("R1", dt.date(2010, 12, 31), 0),
        ("R1", dt.date(2011, 1, 1), 0),
        ("R1", dt.date(2011, 1, 20), 3),
        ("R2", dt.date(2011, 1, 5), 2),
    ]


def test_deleted_orders_empty_their_month_in_every_table(built: Lake, gold: Gold):
    write(built, "order_lines", [], ["2010-11-01"])
    write(built, "orders", [], ["2010-11-01"])
    done = gold("second").written
    assert (done["fct_order_line"].rows_written, done["fct_order_line"].months) == (0, (NOVEMBER,))
    for name in FACTS:
        assert NOVEMBER not in {month for (month,) in rows(built, name, "order_month")}


def test_a_cancellation_that_goes_away_brings_last_months_sale_back(built: Lake, gold: Gold):
    assert rows(built, "int_cancelled_order", "order_id, units") == [("O2", 7)]
    write(built, "order_lines", [LINES[3]], ["2011-01-01"])
    gold("second")
    assert rows(built, "int_cancelled_order") == []
    assert (dt.date(2010, 12, 31), 7) in rows(built, "fct_sales_day", "sales_date, gross_units")


@pytest.fixture(scope="module")
def late_line_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Gold of an order of November whose line is of December, built once. Not to be changed."""
    lake = Lake(tmp_path_factory.mktemp("late_line"))
    write_all(lake, [*LINES[1:], line("O1", "2010-12-02T08:00:00", quantity=3)])
    write(lake, "orders", [order(LINES[0])], ["2010-11-01"])
    write(lake, "orders", [order(LINES[1])], ["2010-12-01"])
    build_gold(lake, "first")
    return lake.root


@pytest.fixture
def late_line(late_line_build: Path, lake: Lake) -> Lake:
    """A copy of it, to be changed."""
    shutil.copytree(late_line_build, lake.root)
    return lake


def test_a_changed_header_reaches_lines_in_other_months(late_line: Lake, gold: Gold):
    write(late_line, "orders", [order(LINES[0], "B2", country="France")], ["2010-11-01"])
    assert gold("second").written["fct_order_line"].months == (DECEMBER,)
    assert ("O1", "B2", "France") in rows(late_line, "fct_order_line", "order_id, buyer_id, country")


def test_a_header_that_is_deleted_leaves_lines_of_other_months_without_buyer(late_line: Lake, gold: Gold):
    write(late_line, "orders", [], ["2010-11-01"])
    gold("second")
    assert ("O1", None, None) in rows(late_line, "fct_order_line", "order_id, buyer_id, country")


def test_a_column_added_in_silver_changes_nothing_in_gold(built: Lake, gold: Gold):
    table = Table(built.path("silver/order_lines"))
    wider = line("O5", "2011-01-11T09:00:00", quantity=4)
    old = table.snapshot().to_pyarrow_dataset().schema
    data = pa.Table.from_pylist(
        [{**row, "label": "x"} for row in (*LINES[2:], wider)], old.append(pa.field("label", pa.string()))
    )
    table.overwrite(data, [JANUARY])
    gold("second")
    assert [name for (name,) in rows(built, "fct_order_line", "order_id")] == ["C2", "O1", "O2", "O3", "O5"]


def test_a_log_that_no_longer_reaches_back_rebuilds_in_full(built: Lake, gold: Gold):
    log = built.path("silver/order_lines") / "_delta_log"
    write(built, "order_lines", LINES[2:], ["2011-01-01"])
    Table(built.path("silver/order_lines")).snapshot().create_checkpoint()
    for entry in sorted(log.glob("*.json"))[1:]:
        entry.unlink()
    done = gold("second").written["fct_order_line"]
    assert (done.mode, done.rows_written) == ("full", 4)
    assert "no longer reaches back" in done.reason


def test_headers_whose_former_state_is_gone_rebuild_their_lines_in_full(built: Lake, gold: Gold):
    write(built, "orders", [order(LINES[0], "B2")], ["2010-11-01"])
    Table(built.path("silver/orders")).snapshot().create_checkpoint()
    for entry in sorted((built.path("silver/orders") / "_delta_log").glob("*.json"))[:-1]:
        entry.unlink()
    done = gold("second").written["fct_order_line"]
    assert (done.mode, done.reason) == ("full", "the log of silver/orders no longer holds version 1")
    assert ("O1", "B2") in rows(built, "fct_order_line", "order_id, buyer_id")


def test_compaction_of_a_source_is_no_change(built: Lake, gold: Gold):
    table = built.table(ORDER_LINES)
    more = pa.Table.from_pylist([line("O6", "2010-11-07T09:00:00")], schema=ORDER_LINES.arrow_schema)
    table.append(more, {}, snapshot=table.snapshot())
    assert gold("second").written["fct_order_line"].months == (NOVEMBER,)
    assert table.snapshot().optimize.compact()["numFilesRemoved"] == 2
    assert {done.mode for done in gold("third").written.values()} == {"skip"}


def test_changed_sql_rebuilds_its_table_and_those_that_read_it(built: Lake):
    manifest = copy.deepcopy(load_manifest())
    manifest["nodes"]["model.lacquer.int_cancelled_order"]["raw_code"] += " -- changed"
    steps = GoldBuild(built, built.session("second"), manifest, FACTS).steps
    assert {name: step.mode for name, step in steps.items()} == {
        "fct_order_line": "skip",
        "int_cancelled_order": "full",
        "fct_sales_day": "full",
        "mart_sales_overview": "full",
    }


def _month_of_lines(rng: random.Random, month: int, count: int) -> list[Row]:
    made = []
    for number in range(count):
        day = rng.choice([1, 2, 15, 27, 28])
        at = f"2011-{month:02}-{day:02}T{rng.choice([0, 9, 23]):02}:{rng.randrange(60):02}:00"
        quantity = rng.choice([1, 2, 3, -1, -2, -3])
        made.append(line(f"{month}-{number}", at, rng.choice(["R1", "R2"]), quantity))
    return made


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.heavy) for seed in (1, 2))])
def test_catching_up_ends_where_a_full_build_ends(lake: Lake, tmp_path, seed: int):
    rng = random.Random(seed)
    silver = {month: _month_of_lines(rng, month, 25) for month in range(1, 5)}
    owners = {row["order_id"]: rng.choice(["B1", "B2", None]) for month in silver.values() for row in month}
    write_all(lake, [row for month in silver.values() for row in month], owners)
    build_gold(lake, "start", FACTS)
    for turn in range(3):
        month = rng.choice(list(silver))
        silver[month] = _month_of_lines(rng, month, rng.choice([0, 10, 25]))
        first = f"2011-{month:02}-01"
        write(lake, "order_lines", silver[month], [first])
        headers = {row["order_id"]: order(row, rng.choice(["B1", "B2", None])) for row in silver[month]}
        write(lake, "orders", headers.values(), [first])
        assert build_gold(lake, f"turn{turn}", FACTS).written["fct_order_line"].mode == "partitions"
    whole = Lake(tmp_path / "whole")
    shutil.copytree(lake.path("silver"), whole.path("silver"))
    build_gold(whole, "whole", FACTS)
    for name in FACTS:
        assert rows(lake, name) == rows(whole, name), name
