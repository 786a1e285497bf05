"""Given the faults that were planted in the landed files, when they were taken in, then each has its listed outcome."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from assets.forecasts.inputs import read_facts
from lake.lakehouse import Lake
from resources.dbt.published import ReadOnly
from tests.end_to_end.commands import ask

if TYPE_CHECKING:
    from lake.delta.sessions import Session

Entry = dict[str, Any]
TABLES = {"erp-order_lines": "silver/order_lines", "erp-orders": "silver/orders", "signals-events": "silver/signals"}


@pytest.fixture(scope="module")
def planted(demo_lake: Path) -> list[Entry]:
    return [json.loads(line) for line in (demo_lake / "truth" / "planted.jsonl").read_text().splitlines()]


def named(planted: list[Entry], table: str, **wanted: str) -> list[Entry]:
    return [e for e in planted if table in e["file"] and all(e[name] == value for name, value in wanted.items())]


def landed_line(lake: Path, entry: Entry) -> bytes:
    return (lake / "landing" / entry["stream"] / entry["file"]).read_bytes().splitlines()[entry["line"] - 1]


def test_each_malformed_line_is_one_dead_letter_with_its_rule_and_its_bytes(
    demo_lake: Path, planted: list[Entry]
) -> None:
    con = Lake(demo_lake).connect_published()
    letters = con.execute("select landed_path, batch_line, rule, raw from dead_letters").fetchall()
    expected = [
        (f"{entry['stream']}/{entry['file']}", entry["line"], entry["rule"], landed_line(demo_lake, entry))
        for entry in planted
        if entry["outcome"] == "dead_letter"
    ]
    assert sorted(letters) == sorted(expected)
    assert {rule for _, _, rule, _ in letters} == {"json", "operation", "required", "type", "utf8"}


@pytest.mark.parametrize("table", TABLES)
def test_what_came_twice_counts_once_and_is_counted(demo_lake: Path, planted: list[Entry], table: str) -> None:
    (run,) = ask(demo_lake, "select summary from runs")
    counts = {count["table"]: count for count in json.loads(run["summary"])["counts"]}
    again = named(planted, table, kind="duplicate")
    assert len(again) > 0
    assert counts[TABLES[table]]["duplicate"] == len(again)


@pytest.mark.parametrize("table", ["orders", "order_lines"])
def test_what_was_deleted_is_gone_and_stays_gone(demo_lake: Path, planted: list[Entry], table: str) -> None:
    deleted = {tuple(entry["key"].values()) for entry in named(planted, f"erp-{table}", kind="deleted")}
    late = {tuple(entry["key"].values()) for entry in named(planted, f"erp-{table}", kind="late_after_delete")}
    assert deleted
    assert late <= deleted
    names = "order_id" if table == "orders" else "order_id, line_number"
    standing = set(Lake(demo_lake).connect_published().execute(f"select {names} from silver.{table}").fetchall())
    assert deleted & standing == set()
    if table == "order_lines":
        facts = Lake(demo_lake).connect_published().execute(f"select {names} from fct_order_line").fetchall()
        assert deleted & set(facts) == set()


def test_what_moved_to_another_month_stands_there_and_nowhere_else(demo_lake: Path, planted: list[Entry]) -> None:
    moved = {tuple(entry["key"].values()) for entry in named(planted, "erp-order_lines", kind="key_moving")}
    assert moved
    months = defaultdict(list)
    lines = "select order_id, line_number, order_month::varchar from fct_order_line"
    for order_id, line_number, month in Lake(demo_lake).connect_published().execute(lines).fetchall():
        if (order_id, line_number) in moved:
            months[order_id, line_number].append(month)
    assert months.keys() == moved
    for (order_id, _), found in months.items():
        # SO240303-000001 was an order of March before it moved.
        assert len(found) == 1
        assert found[0][:7] < f"20{order_id[2:4]}-{order_id[4:6]}"


def test_every_line_that_landed_has_one_fate(demo_lake: Path, planted: list[Entry]) -> None:
    con = Lake(demo_lake).connect_published()
    for stream, table in (("erp", "erp_changes"), ("pim", "pim_objects"), ("signals", "signal_events")):
        lines = [
            (f"{stream}/{path.name}", number)
            for path in (demo_lake / "landing" / stream).glob("*.jsonl")
            for number, line in enumerate(path.read_bytes().splitlines(), 1)
            if line.strip()
        ]
        kept = con.execute(f"select landed_path, batch_line from bronze.{table}").fetchall()
        dead = con.execute(
            "select landed_path, batch_line from dead_letters where table_name = $1", [f"bronze/{table}"]
        ).fetchall()
        assert Counter(kept) + Counter(dead) == Counter(lines)


def test_days_out_of_stock_are_the_planted_ones(demo_lake: Path) -> None:
    """What the forecast leaves out as unknown demand: every day of the planted stock-outs, and no other."""
    con = Lake(demo_lake).connect_published()
    planted = con.execute(
        """
        select distinct release_id, day::date::varchar from (
            select release_id, unnest(generate_series(first_date, first_date + (days - 1)::int, interval 1 day)) as day
            from read_json($1, columns = {release_id: 'varchar', first_date: 'date', days: 'bigint'})
        ) where day <= (select max(stock_date) from fct_inventory_snapshot) order by all
        """,
        [str(demo_lake / "truth" / "stock_outs.jsonl")],
    ).fetchall()
    found = read_facts(Lake(demo_lake), cast("Session", ReadOnly(Lake(demo_lake).published()))).stock_outs
    assert found is not None
    assert [(release, day.isoformat()) for release, day in found.rows()] == planted
    assert planted
