"""What a declared snapshot leaves out is deleted; what a delta leaves out, or a broken snapshot, is not."""

from pathlib import Path
from typing import Any

import pytest

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from lake.ingest.bronze import Landed
from lake.ingest.pulls import left_out
from lake.ingest.pulls.left_out import take_in_with_left_out
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from tests.extract_builders import folder
from tests.lake_builders import LINES, LINES_FEED, land, new_session, rows, stated

HEADER = "order_id,line_no,title,category,qty,price,created_at\n"
GOOD = "1,1,Blue,product,1,2.50,2026-03-01T10:15:00Z\n"
SNAPSHOT = "kind: snapshot\nkey: [order_id, line_no]\n"


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def extract(lake: Lake, day: str, *orders: str, options: str = SNAPSHOT, price: str = "2.50") -> Path:
    body = "".join(f"{order},1,Blue,product,1,{price},2026-03-01T10:15:00Z\n" for order in orders)
    path = folder(lake, options=options) / f"{day}.csv"
    path.write_text(HEADER + body)
    return path


def run(lake: Lake) -> Landed:
    session = new_session(lake)
    landed = take_in_with_left_out(lake, session, ERP_CHANGES, DOOR, lake.root / "landing" / "erp")
    assert landed.is_balanced
    refresh(lake, session, LINES, LINES_FEED)
    return landed


def orders(lake: Lake) -> list[str]:
    return [row["order_id"] for row in rows(lake, "silver/lines")]


def test_a_snapshot_deletes_what_it_leaves_out_and_a_later_one_brings_it_back(lake: Lake) -> None:
    extract(lake, "2026-03-01", "1", "2", "3")
    assert (run(lake).rows, orders(lake)) == (3, ["1", "2", "3"])
    extract(lake, "2026-03-02", "1", "3")
    assert (run(lake).rows, orders(lake)) == (3, ["1", "3"])
    extract(lake, "2026-03-03", "2", "3")
    assert (run(lake).rows, orders(lake)) == (3, ["2", "3"])
    again = run(lake)
    assert (again.rows, again.files) == (0, 0)


def test_several_snapshots_at_once_are_compared_in_the_order_of_their_moments(lake: Lake) -> None:
    extract(lake, "2026-03-01", "1", "2", "3")
    extract(lake, "2026-03-02", "1")
    extract(lake, "2026-03-03T0800", "1", "2")
    run(lake)
    assert orders(lake) == ["1", "2"]


def test_a_delta_says_nothing_about_what_it_leaves_out(lake: Lake) -> None:
    extract(lake, "2026-03-01", "1", "2", options="kind: delta\n")
    extract(lake, "2026-03-02", "1", options="kind: delta\n")
    run(lake)
    assert orders(lake) == ["1", "2"]


def test_what_was_stated_after_the_snapshots_moment_is_not_deleted(lake: Lake) -> None:
    extract(lake, "2026-03-01", "1")
    land(lake, "changes.jsonl", [stated(1, order_id="early"), stated(9 * 10**15, order_id="after")])
    run(lake)
    assert orders(lake) == ["1", "after"]


@pytest.mark.parametrize(
    ("body", "note"),
    [
        (HEADER, "without rows"),
        (HEADER + GOOD + "2,1,Blue\n", "1 rows cannot be read"),
        (HEADER + ",1,Blue,product,1,2.50,2026-03-01T10:15:00Z\n", "1 rows cannot be read"),
    ],
)
def test_a_snapshot_that_is_not_whole_deletes_nothing_and_says_so(lake: Lake, body: str, note: str) -> None:
    extract(lake, "2026-03-01", "1", "2")
    run(lake)
    (folder(lake) / "2026-03-02.csv").write_text(body)
    landed = run(lake)
    assert orders(lake) == ["1", "2"]
    assert [note in one for one in landed.notes] == [True]
    assert run(lake).notes == ()


def test_a_bad_value_is_not_a_row_that_is_gone(lake: Lake) -> None:
    extract(lake, "2026-03-01", "1", "2")
    run(lake)
    extract(lake, "2026-03-02", "1", "2", price="n/a")
    run(lake)
    assert orders(lake) == ["1", "2"]


@pytest.mark.parametrize("step", ["_land", "_record"])
def test_a_kill_while_it_compares_is_made_good(lake: Lake, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    extract(lake, "2026-03-01", "1", "2")
    run(lake)
    extract(lake, "2026-03-02", "1")
    with monkeypatch.context() as patch:
        patch.setattr(left_out, step, _killed)
        with pytest.raises(KeyboardInterrupt):
            run(lake)
    run(lake)
    assert orders(lake) == ["1"]
    assert [row["note"] for row in rows(lake, "lake/compared_snapshots")] == [None, None]


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt
