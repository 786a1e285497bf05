"""Rows of gold are traced to landed lines; what must be found is read from the landed files themselves."""

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from assets.lineage.links import LINEAGES
from assets.lineage.tables import trace_table
from assets.lineage.tracing import trace_row
from lake.lakehouse import Lake
from tests.integration.dagster.running import Lacquer, ask

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(1200)]

Place = tuple[str, str, int]  # file, SHA-256, line
KEYS = {"order_lines": ("order_id", "line_no"), "orders": ("order_id",), "buyers": ("buyer_id",)}


def _newest_places(root: Path) -> dict[tuple[str, ...], set[Place]]:
    """Where the landed files state the newest change of each key; twice where it landed twice."""
    found: dict[tuple[str, ...], tuple[int, set[Place]]] = defaultdict(lambda: (-1, set()))
    folder = root / "landing"
    for path in sorted((folder / "erp").rglob("*.jsonl")):
        content = path.read_bytes()
        sha = hashlib.sha256(content).hexdigest()
        for number, line in enumerate(content.split(b"\n"), 1):
            change = _parsed(line)
            table = (change.get("source") or {}).get("table")
            row = change.get("after") or change.get("before")
            if table not in KEYS or not row or not all(name in row for name in KEYS[table]):
                continue
            key = (table, *(str(row[name]) for name in KEYS[table]))
            lsn, places = found[key]
            if change["source"]["lsn"] > lsn:
                lsn, places = change["source"]["lsn"], set()
            if change["source"]["lsn"] == lsn:
                found[key] = (lsn, places | {(path.relative_to(folder).as_posix(), sha, number)})
    return {key: places for key, (_, places) in found.items()}


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        change = json.loads(line)
    except ValueError:
        return {}
    return change if isinstance(change, dict) else {}


def _places(root: Path, table: str, key: str, silver: str) -> set[Place]:
    trace = trace_row(Lake(root), table, key)
    return {
        (row.landed_path, row.batch_id, row.batch_line)
        for one in trace.origins
        if one.silver == silver
        for row in one.rows
        if row.is_winner
    }


def test_twenty_rows_of_gold_are_found_in_the_landed_files(built_lake: Path) -> None:
    newest = _newest_places(built_lake)
    lines = ask(built_lake, "select order_id, line_number from fct_order_line order by hash(order_id), 2 limit 8")
    for order_id, number in lines:
        key = f"{order_id},{number}"
        assert (
            _places(built_lake, "fct_order_line", key, "silver/order_lines")
            == newest["order_lines", order_id, str(number)]
        )
        assert _places(built_lake, "fct_order_line", key, "silver/orders") == newest["orders", order_id]
    days = ask(built_lake, "select release_id, sales_date from fct_sales_day order by hash(release_id), 2 limit 8")
    for release, day in days:
        sold = ask(
            built_lake,
            "select order_id, line_number from silver.order_lines where is_product "
            f"and release_id = '{release}' and cast(ordered_at as date) = date '{day}'",
        )
        wanted = set().union(*(newest["order_lines", order, str(number)] for order, number in sold))
        assert _places(built_lake, "fct_sales_day", f"{release},{day}", "silver/order_lines") == wanted
    for (buyer,) in ask(built_lake, "select buyer_id from dim_buyer order by hash(buyer_id) limit 4"):
        assert _places(built_lake, "dim_buyer", buyer, "silver/buyers") == newest["buyers", buyer]


def test_one_row_of_every_declared_table_reaches_unchanged_files(built_lake: Path) -> None:
    for table, lineage in LINEAGES.items():
        row = ask(built_lake, f"select {', '.join(lineage.key)} from {table.replace('/', '.')} order by all limit 1")[0]
        trace = trace_row(Lake(built_lake), table, ",".join(str(value) for value in row))
        assert any(one.rows for one in trace.origins), table
        assert {state for one in trace.origins for state in one.files.values()} == {"same"}, table


def test_the_command_names_a_changed_file_and_a_wrong_key(lake: Path, lacquer: Lacquer) -> None:
    ((buyer,),) = ask(lake, "select min(buyer_id) from dim_buyer")
    shown = lacquer("trace", "dim_buyer", buyer).stdout
    assert "the file is unchanged" in shown
    path = next(iter(trace_row(Lake(lake), "dim_buyer", buyer).origins[0].files))[0]
    (lake / "landing" / path).write_text("{}\n")
    assert "THE FILE HAS CHANGED" in lacquer("trace", "dim_buyer", buyer).stdout
    assert "no row has buyer_id 'nobody'" in lacquer("trace", "dim_buyer", "nobody").stderr
    assert "these can: gold/dim_artist" in lacquer("trace", "mart_plan", "1").stderr
    assert "the key is order_id,line_number" in lacquer("trace", "fct_order_line", "1").stderr


# Made of no landed file: a calendar, and what people and the lake itself write.
OF_NO_FILE = {"gold/dim_date", "gold/forecast_overrides"}
NOTHING_LANDED = {"bronze/feedback_events", "silver/sales_feedback"}  # in this lake


def test_every_published_table_leads_to_its_landed_files(built_lake: Path) -> None:
    store = Lake(built_lake)
    landed = {path.relative_to(built_lake / "landing").as_posix() for path in (built_lake / "landing").rglob("*")}
    without = set()
    for table in store.published():
        if table.startswith("lake/"):
            continue
        found = trace_table(store, table)
        if not found.files:
            without.add(table)
        for one in found.files:
            assert set(one.states) == {"same"}, table
            assert set(one.examples.values()) <= landed
    assert without <= OF_NO_FILE | NOTHING_LANDED
    assert "bronze/erp_changes" in {one.table for one in trace_table(store, "mart_decisions").files}


def test_versions_are_traced_to_the_changes_that_state_them(built_lake: Path) -> None:
    asked = "select buyer_version_key, buyer_id, valid_from from dim_buyer_history order by hash(buyer_id) limit 5"
    for key, buyer, valid_from in ask(built_lake, asked):
        (origin,) = trace_row(Lake(built_lake), "dim_buyer_history", key).origins
        stating = [row for row in origin.rows if row.is_winner]
        assert {row.key for row in stating} == {(buyer,)}
        assert {row.changed_at for row in stating} == {valid_from}
