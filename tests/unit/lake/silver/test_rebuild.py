"""A table made anew from all of bronze: as if its contract had always been this one."""

from dataclasses import replace
from pathlib import Path

import pytest

from lake.contract import Contract
from lake.lakehouse import Lake
from lake.maintenance import maintain
from lake.silver.history import history_contract, refresh_history
from lake.silver.integrity import balance
from lake.silver.refresh import Refreshed, refresh
from tests.lake_builders import LINES, LINES_FEED, dead_letters, load, loaded, new_session, rows, stated

WIDER = replace(LINES, rules=())
CHANGES = [
    stated(1),
    stated(2, title="gift"),
    stated(3, order_id="2", qty="many"),
    stated(4, order_id="3", title="gift"),
]


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    loaded(lake, CHANGES)
    return lake


def rebuilt(lake: Lake, contract: Contract) -> Refreshed:
    session = new_session(lake)
    done = refresh(lake, session, contract, LINES_FEED, in_full=True)
    refresh_history(lake, session, contract, LINES_FEED, in_full=True)
    found = balance(lake, lake.table(contract), contract, LINES_FEED, done.version)
    assert found.passed, found.words
    return done


def test_a_dead_letter_that_the_contract_now_takes_comes_to_life(lake: Lake) -> None:
    assert [row["rule"] for row in dead_letters(lake, "silver/lines")] == ["no_gifts", "type", "no_gifts"]
    found_at = dead_letters(lake, "silver/lines")[1]["found_at"]

    done = rebuilt(lake, WIDER)

    assert done.rebuilt
    assert [(row["order_id"], row["title"]) for row in rows(lake, "silver/lines")] == [("1", "gift"), ("3", "gift")]
    assert [(row["rule"], row["found_at"]) for row in dead_letters(lake, "silver/lines")] == [("type", found_at)]


def test_a_row_that_the_contract_no_longer_takes_becomes_a_dead_letter(lake: Lake) -> None:
    rebuilt(lake, WIDER)
    rebuilt(lake, LINES)
    assert [row["order_id"] for row in rows(lake, "silver/lines")] == ["1"]
    assert sorted(row["rule"] for row in dead_letters(lake, "silver/lines")) == ["no_gifts", "no_gifts", "type"]


def test_a_rebuild_under_the_same_contract_changes_no_row(lake: Lake) -> None:
    before = [rows(lake, key) for key in ("silver/lines", "silver/lines_history", "bronze/dead_letters")]
    done = rebuilt(lake, LINES)
    assert (done.totals.read, done.totals.dead) == (4, 3)
    assert [rows(lake, key) for key in ("silver/lines", "silver/lines_history", "bronze/dead_letters")] == before
    assert lake.table(history_contract(LINES)).version() >= 2
    assert load(lake).batch.read == 0


def test_dead_letters_that_expired_are_counted_once_after_a_rebuild(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lake.maintenance.DEAD_LETTER_DAYS", -1)
    maintain(lake)
    assert dead_letters(lake, "silver/lines") == []
    assert balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version()).passed

    rebuilt(lake, LINES)

    assert len(dead_letters(lake, "silver/lines")) == 3
