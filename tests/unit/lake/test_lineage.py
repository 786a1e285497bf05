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


def test_each_version_of_a_history_is_found_with_what_was_carried_into_it(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    moments = [1291191960000 + 1000 * second for second in range(9)]
    first = [stated(1, order_id="1", qty=2), deleted(2, order_id="1"), stated(3, order_id="1", note="kept")]
    second = [stated(4, order_id="1", note=UNAVAILABLE), stated(5, order_id="1", qty=9)]
    changes = [[line.replace(str(moments[0]), str(moments[at])) for at, line in enumerate(first, 1)]]
    changes.append([line.replace(str(moments[0]), str(moments[at])) for at, line in enumerate(second, 4)])
    loaded(lake, *changes)
    con = lake.connect(lake.versions())
    found = {
        position: sorted(
            (row.position, row.is_winner)
            for row in origins(
                con,
                LINES,
                LINES_FEED,
                f"(select *, true as is_carried from silver.lines_history where source_position = {position})",
            )
        )
        for position in (1, 3, 4, 5)
    }
    assert found[1] == [(1, True)]
    assert found[3] == [(3, True)]  # nothing had been left out yet
    assert found[4] == [(3, False), (4, True)]
    assert (5, True) in found[5]
    assert min(found[5]) >= (3, False)  # not the life before the deletion
