"""The bronze rows behind silver rows: winners, doubled changes, carried values, nothing from before a deletion."""

from pathlib import Path

from lake.delta.views import create_view, snapshot_sql
from lake.lakehouse import Lake
from lake.lineage.bronze import origins
from tests.lake_builders import LINES, LINES_FEED, UNAVAILABLE, deleted, loaded, stated


def _found(lake: Lake, key: str) -> list[tuple[int, bool, str, int]]:
    con = lake.connect(lake.versions())
    query = snapshot_sql(lake.table(LINES).snapshot(), tombstones=True)
    create_view(con, "silver", "lines", f"select * from ({query}) where order_id = '{key}' and not is_deleted")
    return [
        (row.position, row.is_winner, row.landed_path, row.batch_line)
        for row in origins(con, LINES, LINES_FEED, "silver.lines")
    ]


def test_winners_doubles_and_carried_values(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = [
        stated(1, order_id="1"), stated(5, order_id="1", qty=3), stated(2, order_id="2", qty=9),
        stated(3, order_id="3", note="lost"), deleted(4, order_id="3"),
    ]  # fmt: skip
    second = [
        stated(5, order_id="1", qty=3), stated(6, order_id="1", qty="many"), stated(4, order_id="1", qty=8),
        stated(7, order_id="3", note="kept"), stated(8, order_id="3", note=UNAVAILABLE),
    ]  # fmt: skip
    loaded(lake, first, second)
    a, b = "erp/2010-12-01--0000.jsonl", "erp/2010-12-01--0001.jsonl"
    assert sorted(_found(lake, "1")) == [(5, True, a, 2), (5, True, b, 1)]  # not 6, which became a dead letter
    assert _found(lake, "2") == [(2, True, a, 3)]
    assert _found(lake, "3") == [(7, False, b, 4), (8, True, b, 5)]  # not 3, from before the deletion
