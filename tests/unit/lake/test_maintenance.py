"""Upkeep takes what nobody needs: never a row, a published or pinned state, or what a consumer has yet to read."""

from pathlib import Path

import pytest

from lake.lakehouse import Lake
from lake.maintenance import Retention, maintain
from lake.silver.history import refresh_history
from lake.silver.integrity import balance
from lake.silver.refresh import refresh
from tests.lake_builders import CHANGES, LINES, LINES_FEED, arrive, land, load, loaded, new_session, rows, stated

MANY_FILES = 3
NOTHING = Retention(0, 0, 0, 0)
TABLES = ("bronze/erp_changes", "bronze/dead_letters", "silver/lines", "silver/lines_history")


def state(lake: Lake) -> list[list[dict]]:
    return [rows(lake, key) for key in TABLES]


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    monkeypatch.setattr("lake.maintenance.MANY_FILES", MANY_FILES)
    lake, session = Lake(tmp_path), Lake(tmp_path).session("first")
    for number in range(MANY_FILES + 2):
        land(lake, f"{number}.jsonl", [stated(number, order_id=str(number)), stated(number, qty="many"), "{"])
        arrive(lake, session)
    refresh(lake, session, LINES, LINES_FEED)
    refresh_history(lake, session, LINES, LINES_FEED)
    session.close()
    return lake


def test_upkeep_changes_no_row_and_makes_fewer_files(lake: Lake) -> None:
    before = state(lake)
    files = len(lake.table(CHANGES).snapshot().file_uris())

    done = {one.table: one for one in maintain(lake, NOTHING)}

    assert state(lake) == before
    assert files == MANY_FILES + 2
    assert len(lake.table(CHANGES).snapshot().file_uris()) == 1
    assert (done["bronze/erp_changes"].compacted, done["bronze/erp_changes"].vacuumed) == (files, files)
    found = balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version())
    assert found.passed, found.words
    again = load(lake)
    assert (again.batch.read, again.rebuilt) == (0, False)
    assert arrive(lake).is_balanced


def test_upkeep_twice_finds_nothing_more_to_do(lake: Lake) -> None:
    maintain(lake, NOTHING)
    assert [one for one in maintain(lake, NOTHING) if one.compacted] == []


def test_what_is_published_or_pinned_can_still_be_read(lake: Lake) -> None:
    lake.publish(new_session(lake).versions, "published")
    published = rows(lake, "silver/lines")
    loaded(lake, [stated(50, qty=5)])
    pinned, held = new_session(lake), rows(lake, "silver/lines")
    loaded(lake, [stated(60, qty=6)])

    maintain(lake, NOTHING)

    names = list(published[0])
    shown = lake.connect_published().execute(f"select {', '.join(names)} from lines order by all").fetchall()
    assert shown == [tuple(row.values()) for row in published]
    shown = lake.connect(pinned.versions).execute(f"select {', '.join(names)} from lines order by all").fetchall()
    assert shown == [tuple(row.values()) for row in held]


def test_a_compacted_table_is_published_as_it_was(lake: Lake) -> None:
    lake.publish(new_session(lake).versions, "run")
    before = lake.connect_published().execute("from erp_changes order by all").fetchall()
    maintain(lake, NOTHING)
    assert lake.published()["bronze/erp_changes"] == lake.table(CHANGES).version()
    assert lake.connect_published().execute("from erp_changes order by all").fetchall() == before


def test_a_refresh_that_is_not_published_stays_hidden(lake: Lake) -> None:
    lake.publish(new_session(lake).versions, "run")
    for number in range(20, 20 + MANY_FILES):
        land(lake, f"{number}.jsonl", [stated(number, order_id=str(number))])
        arrive(lake)
    load(lake)
    maintain(lake, NOTHING)
    assert lake.connect_published().execute("select count(*) from lines").fetchall() == [(MANY_FILES + 2,)]
    assert lake.connect_published().execute("select count(*) from erp_changes").fetchall() == [(2 * MANY_FILES + 4,)]


def test_what_a_consumer_has_yet_to_read_is_kept(lake: Lake) -> None:
    for number in range(20, 23):
        land(lake, f"{number}.jsonl", [stated(number, order_id=str(number))])
        arrive(lake)

    maintain(lake, NOTHING)
    done = load(lake)

    assert (done.batch.read, done.batch.applied, done.rebuilt) == (3, 3, False)
    assert len(rows(lake, "silver/lines")) == MANY_FILES + 2 + 3


def test_files_within_the_retention_stay(lake: Lake) -> None:
    assert all(one.vacuumed == 0 for one in maintain(lake, Retention(1, 1, 1, 1)))
