"""Lines that a door of bronze refused and lets pass after it was mended: once, at their place; silver reads them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lake.dead_letters import DEAD_LETTERS, count_dead_letters, rewrite_letters
from lake.delta.views import duckdb_connection
from lake.ingest.bronze import Landed
from lake.ingest.envelopes import Door
from lake.ingest.replay import rehearse_door, replay_door
from lake.lakehouse import Lake
from lake.silver.integrity import balance
from lake.tally import Tally
from tests.lake_builders import (
    CHANGES,
    DOOR,
    LINES,
    LINES_FEED,
    arrive,
    dead_letters,
    land,
    load,
    new_session,
    rows,
    stated,
)

# The ERP begins to write "upd" where it wrote "u".
MENDED = replace(
    DOOR,
    op="case when json_type(text) = 'NULL' then 't' when doc.op = 'upd' then 'u' else doc.op end",
)
FIRST = [stated(1), stated(2, "upd", title="newer"), "{", stated(9, "delete")]
SECOND = [stated(3, order_id="2"), stated(2, "upd", order_id="2", title="older")]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    for number, lines in enumerate((FIRST, SECOND)):
        land(lake, f"{number}.jsonl", lines)
        load(lake)
    return lake


def take_in(lake: Lake, door: Door = MENDED) -> Landed:
    return replay_door(lake, new_session(lake), CHANGES, door)


def letters(lake: Lake) -> list[tuple[str, int, str]]:
    found = dead_letters(lake, "bronze/erp_changes")
    return [(row["landed_path"], row["batch_line"], row["reason"]) for row in found]


REFUSED = [("erp/0.jsonl", 3, "malformed JSON"), ("erp/0.jsonl", 4, "unknown operation")]


def assert_taken_in_once(lake: Lake) -> None:
    assert sorted(letters(lake)) == REFUSED
    places = [(row["landed_path"], row["batch_line"], row["op"]) for row in rows(lake, "bronze/erp_changes")]
    wanted = [("erp/0.jsonl", 1, "u"), ("erp/0.jsonl", 2, "u"), ("erp/1.jsonl", 1, "u"), ("erp/1.jsonl", 2, "u")]
    assert sorted(places) == wanted
    landed = arrive(lake, door=MENDED)
    assert (landed.total_lines, landed.total_rows, landed.total_dead, landed.is_balanced) == (6, 4, 2, True)


def test_what_passes_now_is_a_row_at_its_place_and_silver_keeps_what_is_newer(lake: Lake) -> None:
    done = take_in(lake)

    assert (done.rows, done.dead, done.is_balanced) == (2, 2, True)
    assert_taken_in_once(lake)
    assert load(lake).batch == Tally(read=2, applied=1, superseded=1)
    assert [(row["order_id"], row["title"]) for row in rows(lake, "silver/lines")] == [("1", "newer"), ("2", "Blue")]
    assert balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version()).passed


def test_a_second_time_changes_nothing(lake: Lake) -> None:
    take_in(lake)
    before = lake.versions()
    assert (take_in(lake).rows, lake.versions()) == (0, before)


def test_under_the_same_door_nothing_passes(lake: Lake) -> None:
    before = lake.versions()
    assert (take_in(lake, DOOR).rows, lake.versions()) == (0, before)


def test_a_line_that_is_refused_otherwise_gets_the_reason_of_today(lake: Lake) -> None:
    faults = (("op not in ('c', 'u', 'd', 't')", "operation", "the operation is not one of ours"),)
    take_in(lake, replace(DOOR, faults=faults))
    assert ("erp/0.jsonl", 4, "the operation is not one of ours") in letters(lake)


def test_a_rehearsal_says_what_would_pass_and_writes_nothing(lake: Lake) -> None:
    before = lake.versions()
    passed, refused = rehearse_door(lake, CHANGES, MENDED)
    assert lake.versions() == before
    assert (passed, sorted(refused.column("batch_line").to_pylist())) == (2, [3, 4])


@pytest.mark.parametrize("call", [1, 2])
def test_a_kill_between_any_two_writes_is_completed(lake: Lake, monkeypatch: pytest.MonkeyPatch, call: int) -> None:
    import deltalake

    write, rewrite, calls = deltalake.write_deltalake, rewrite_letters, list[int]()

    def killed(of: Any) -> Any:
        def writing(*arguments: Any, **named: Any) -> None:
            calls.append(1)
            if len(calls) == call:
                raise KeyboardInterrupt
            of(*arguments, **named)

        return writing

    with monkeypatch.context() as patch:
        patch.setattr(deltalake, "write_deltalake", killed(write))
        patch.setattr("lake.ingest.replay.rewrite_letters", killed(rewrite))
        with pytest.raises(KeyboardInterrupt):
            take_in(lake)
    landed = arrive(lake, door=MENDED)
    assert landed.is_balanced, landed

    take_in(lake)

    assert_taken_in_once(lake)


def test_a_load_that_was_killed_before_its_commit_then_the_door_mended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    land(lake, "0.jsonl", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr("lake.delta.table.Table.append", _killed_for("erp_changes"))
        with pytest.raises(KeyboardInterrupt):
            arrive(lake)
    assert len(letters(lake)) == 3

    landed = arrive(lake, door=MENDED)

    assert (landed.rows, landed.dead, landed.is_balanced) == (2, 2, True)
    assert sorted(letters(lake)) == REFUSED
    assert count_dead_letters(duckdb_connection(), lake.table(DEAD_LETTERS), "bronze/erp_changes", revived=0) == 2


def _killed_for(name: str):
    from lake.delta.table import Table

    append = Table.append

    def killed(self: Table, *arguments: Any, **named: Any) -> int:
        if self.path.name == name:
            raise KeyboardInterrupt
        return append(self, *arguments, **named)

    return killed
