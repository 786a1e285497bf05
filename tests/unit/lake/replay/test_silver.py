"""Dead letters taken in after all: as if the contract had always been this one, without reading all of bronze again."""

from collections.abc import Callable
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from lake.contract import Contract, Rule
from lake.dead_letters import rewrite_letters
from lake.lakehouse import Lake
from lake.silver import history as past
from lake.silver import replay as replaying
from lake.silver.history import refresh_history
from lake.silver.integrity import balance
from lake.silver.refresh import Attempt, refresh
from lake.silver.replay import Replayed, finish_replay, rehearse, replay
from lake.tally import Tally
from tests.lake_builders import (
    LINES,
    LINES_FEED,
    dead_letters,
    deleted,
    land,
    load,
    loaded,
    new_session,
    rows,
    stated,
)

WIDER = replace(LINES, rules=())
FIRST = [
    stated(1),
    stated(2, title="gift"),
    stated(3, order_id="2", qty="many"),
    stated(4, order_id="3", title="gift", created_at="2011-03-01T00:00:00Z"),
    stated(5, order_id="4", title="gift"),
    stated(6, order_id="5", title="gift"),
    stated(6, order_id="5", title="gift"),
]
# Newer states of order 4 (deleted) and 5.
SECOND = [deleted(7, order_id="4"), stated(8, order_id="5")]
TABLES = ("silver/lines", "silver/lines_history")


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path / "lake")
    loaded(lake, FIRST, SECOND)
    return lake


def take_in(lake: Lake, contract: Contract = WIDER) -> Replayed:
    return replay(lake, new_session(lake), contract, LINES_FEED)


def assert_balanced(lake: Lake, version: int | None = None) -> None:
    table = lake.table(LINES)
    found = balance(lake, table, LINES, LINES_FEED, table.version() if version is None else version)
    assert found.passed, found.words


def letters(lake: Lake) -> list[tuple[Any, ...]]:
    return [(row["batch_line"], row["rule"], row["reason"]) for row in dead_letters(lake, "silver/lines")]


def assert_as_rebuilt(lake: Lake, contract: Contract, folder: Path) -> None:
    """The same changes, read from the beginning under the contract, give the same tables and letters."""
    other = Lake(folder)
    loaded(other, FIRST, SECOND, contract=contract)
    for key in TABLES:
        assert rows(lake, key) == rows(other, key), key
    assert letters(lake) == letters(other)
    assert not [row for row in rows(lake, "bronze/dead_letters") if row["replay"] is not None]


def test_what_passes_now_is_taken_in_by_position_and_counted(lake: Lake, tmp_path: Path) -> None:
    before = lake.table(LINES).version()
    assert [line for line, _, _ in letters(lake)] == [2, 3, 4, 5, 6, 7]

    done = take_in(lake)

    # 2 and 4 are the newest of their orders; 5 and 6 are older than what stands, 7 repeats 6.
    assert done.batch == Tally(read=6, applied=2, superseded=2, duplicate=1, dead=1)
    assert [(row["order_id"], row["title"]) for row in rows(lake, "silver/lines")] == [
        ("1", "gift"),
        ("3", "gift"),
        ("5", "Blue"),
    ]
    assert letters(lake) == [(3, "type", "quantity is no int32")]
    assert_balanced(lake)
    assert_balanced(lake, before)
    assert_as_rebuilt(lake, WIDER, tmp_path / "other")
    assert Tally.standing(lake.table(LINES).snapshot()).read == 9


def test_a_second_time_changes_nothing(lake: Lake) -> None:
    take_in(lake)
    before = lake.versions()
    again = take_in(lake)
    assert (again.passed, again.batch.read, again.batch.dead) == (0, 1, 1)
    assert lake.versions() == before


def test_a_letter_that_fails_otherwise_gets_the_reason_of_today(lake: Lake) -> None:
    found_at = [row["found_at"] for row in dead_letters(lake, "silver/lines")]
    take_in(lake, replace(LINES, rules=(Rule("no_presents", "title <> 'gift'", "a present is no order", ("title",)),)))
    assert letters(lake)[:2] == [(2, "no_presents", "a present is no order"), (3, "type", "quantity is no int32")]
    assert [row["found_at"] for row in dead_letters(lake, "silver/lines")] == found_at
    assert_balanced(lake)


def test_only_letters_are_parsed_and_the_reading_position_stays(lake: Lake) -> None:
    land(lake, "2011.jsonl", [stated(9, order_id="9")])
    position = lake.table(LINES).transactions("read:erp_changes")
    done = take_in(lake)
    assert done.batch.read == 6
    assert lake.table(LINES).transactions("read:erp_changes") == position
    assert load(lake, WIDER).batch == Tally(read=1, applied=1)
    assert_balanced(lake)


def test_a_rehearsal_says_what_a_replay_does_and_writes_nothing(lake: Lake) -> None:
    before = lake.versions()
    fates, refused = rehearse(lake, WIDER, LINES_FEED)
    assert lake.versions() == before
    assert fates == take_in(lake).batch
    assert refused.column("reason").to_pylist() == ["quantity is no int32"]


WRITES: dict[str, tuple[Any, str]] = {
    "the claim": (replaying, "rewrite_letters"),
    "the table": (Attempt, "write"),
    "the history": (past, "_write"),
}


@pytest.mark.parametrize(
    ("what", "when", "then"),
    [
        *((what, when, "again") for what in WRITES for when in ("before", "after")),
        ("the claim", "after", "a run"),
        ("the table", "after", "a run"),
        ("the claim", "after", "a rebuild"),
        ("the table", "after", "a rebuild"),
    ],
)
def test_a_kill_between_any_two_writes_is_completed(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, when: str, then: str
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(*WRITES[what], _killed(getattr(*WRITES[what]), when))
        with pytest.raises(KeyboardInterrupt):
            take_in(lake)
    assert_balanced(lake)

    if then == "a run":
        land(lake, "2011.jsonl", ["null"])
        done = load(lake, WIDER)
        if done.replays:
            finish_replay(lake, new_session(lake), WIDER, LINES_FEED)
        assert_balanced(lake)
    if then == "a rebuild":
        session = new_session(lake)
        refresh(lake, session, WIDER, LINES_FEED, in_full=True)
        refresh_history(lake, session, WIDER, LINES_FEED, in_full=True)
        assert_balanced(lake)
    take_in(lake)

    assert_balanced(lake)
    assert_as_rebuilt(lake, WIDER, tmp_path / "other")


def _killed(write: Callable[..., Any], when: str) -> Callable[..., Any]:
    def killed(*arguments: Any, **named: Any) -> None:
        if when == "after":
            write(*arguments, **named)
        raise KeyboardInterrupt

    return killed


def test_killed_before_the_letters_go(lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite, calls = rewrite_letters, list[int]()

    def killed(*arguments: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        rewrite(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr("lake.silver.replay.rewrite_letters", killed)
        with pytest.raises(KeyboardInterrupt):
            take_in(lake)
    assert len(letters(lake)) == 6
    assert_balanced(lake)
    assert take_in(lake).passed == 0
    assert_balanced(lake)
    assert_as_rebuilt(lake, WIDER, tmp_path / "other")


def _replay_in_process(root: str) -> int:
    return take_in(Lake(root)).passed


def test_two_at_once_take_each_letter_in_once(lake: Lake, tmp_path: Path) -> None:
    with get_context("spawn").Pool(2) as pool:
        passed = pool.map(_replay_in_process, [str(lake.root)] * 2)
    assert sorted(passed) == [0, 5]
    assert_balanced(lake)
    assert_as_rebuilt(lake, WIDER, tmp_path / "other")


def test_a_run_that_was_killed_before_its_commit_then_the_contract_relaxed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path / "lake")
    with monkeypatch.context() as patch:
        patch.setattr(Attempt, "write", _killed(Attempt.write, "before"))
        with pytest.raises(KeyboardInterrupt):
            loaded(lake, FIRST)
    assert len(letters(lake)) == 6

    load(lake, WIDER)

    assert [line for line, _, _ in letters(lake)] == [3]
    assert_balanced(lake)
    loaded(lake, SECOND, contract=WIDER)
    assert_as_rebuilt(lake, WIDER, tmp_path / "other")


def test_carried_values_are_folded_anew(tmp_path: Path) -> None:
    changes = [
        stated(1, note="first"),
        stated(2, title="gift", note="second"),
        stated(3, note="__debezium_unavailable_value"),
    ]
    lake = Lake(tmp_path / "lake")
    loaded(lake, changes)
    assert [row["note"] for row in rows(lake, "silver/lines")] == ["first"]
    done = take_in(lake)
    assert done.batch == Tally(read=1, superseded=1)
    assert [row["note"] for row in rows(lake, "silver/lines")] == ["second"]
    assert [row["note"] for row in rows(lake, "silver/lines_history")] == ["second"]
    assert_balanced(lake)
