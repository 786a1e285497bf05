"""A run works on the versions it found, and on what it wrote itself; readers see what was published."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest

from lake.delta.sessions import PINS
from lake.lakehouse import PUBLISHED, Lake
from lake.silver.refresh import refresh
from tests.lake_builders import LINES, LINES_FEED, arrive, land, load, loaded, new_session, rows, stated


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    loaded(lake, [stated(1)])
    return lake


def pins_of(root: Path, run_id: str) -> dict[str, int]:
    return Lake(root).session(run_id).versions


def units(lake: Lake, versions: dict[str, int]) -> list[tuple[int]]:
    return lake.connect(versions).execute("select quantity from silver.lines order by all").fetchall()


def test_two_sessions_in_one_process_see_two_states(lake: Lake) -> None:
    earlier = new_session(lake)
    loaded(lake, [stated(2, qty=9)])
    later = new_session(lake)

    assert units(lake, earlier.versions) == [(1,)]
    assert units(lake, later.versions) == [(9,)]
    assert units(lake, earlier.versions) == [(1,)]


def test_a_session_opened_again_has_the_same_pins_in_another_process_too(lake: Lake) -> None:
    first = lake.session("run-1").versions
    loaded(lake, [stated(2)])

    assert lake.session("run-1").versions == first
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        assert pool.submit(pins_of, lake.root, "run-1").result() == first
    assert lake.session("run-2").versions["silver/lines"] == first["silver/lines"] + 1


def test_what_a_run_writes_is_seen_by_its_other_steps_and_by_no_other_run(lake: Lake) -> None:
    mine, other = lake.session("mine"), lake.session("other")
    land(lake, "new.jsonl", [stated(2, qty=5)])
    arrive(lake, mine)
    done = refresh(lake, mine, LINES, LINES_FEED)

    step = lake.session("mine")
    assert step.versions["silver/lines"] == done.version
    assert step.written == {"bronze/erp_changes", "silver/lines"}
    other.reload()
    assert units(lake, other.versions) == [(1,)]
    assert other.written == set()


def test_a_session_never_goes_back(lake: Lake) -> None:
    session = lake.session("mine")
    version = session.versions["silver/lines"]
    session.advance("silver/lines", version + 2)
    session.advance("silver/lines", version + 1)
    session.reload()
    assert session.versions["silver/lines"] == version + 2


def test_a_session_holds_its_versions_until_it_is_closed(lake: Lake) -> None:
    session = lake.session("mine")
    version = session.versions["silver/lines"]
    loaded(lake, [stated(2)])
    assert version in lake.pinned()["silver/lines"]
    session.close()
    assert all(row["run_id"] != "mine" for row in rows(lake, f"lake/{PINS.name}"))


@pytest.mark.parametrize("run_id", ["", "a b", "x" * 65, "a'b", "../up"])
def test_a_run_id_is_a_plain_word(lake: Lake, run_id: str) -> None:
    with pytest.raises(ValueError, match="use letters, digits, - and _, at most 64"):
        lake.session(run_id)


def test_readers_see_nothing_of_an_unpublished_refresh(lake: Lake) -> None:
    assert lake.published() == {}
    assert lake.connect_published().execute("select count(*) from duckdb_views() where not internal").fetchall() == [
        (0,)
    ]
    lake.publish(new_session(lake).versions, "first")
    loaded(lake, [stated(2, qty=9)], [stated(3, order_id="2")])

    con = lake.connect_published()
    assert con.execute("select order_id, quantity from lines").fetchall() == [("1", 1)]
    assert con.execute("select order_id, quantity from silver.lines").fetchall() == [("1", 1)]

    lake.publish(new_session(lake).versions, "second")
    assert con.execute("select quantity from lines").fetchall() == [(1,)], "an open connection keeps its state"
    assert lake.connect_published().execute("select order_id, quantity from lines order by all").fetchall() == [
        ("1", 9),
        ("2", 1),
    ]


def test_publishing_is_one_commit_and_nothing_new_is_none(lake: Lake) -> None:
    versions = new_session(lake).versions
    first = lake.publish(versions, "run")
    again = lake.publish(versions, "run")
    loaded(lake, [stated(2)])
    second = lake.publish(new_session(lake).versions, "run")
    assert (again, second) == (first, first + 1)
    assert lake.table(PUBLISHED).version() == second


def test_a_table_is_never_published_backwards(lake: Lake) -> None:
    earlier = new_session(lake).versions
    loaded(lake, [stated(2, qty=9)])
    later = new_session(lake).versions
    lake.publish(later, "later")
    state = lake.publish(earlier, "earlier")

    assert lake.published() == later
    assert state == lake.publish({}, "nothing")
    assert {row["run_id"] for row in rows(lake, "lake/published")} == {"later"}


def test_a_run_that_publishes_some_tables_leaves_the_others(lake: Lake) -> None:
    lake.publish(new_session(lake).versions, "all")
    before = lake.published()
    version = load(lake).version
    lake.publish({"silver/lines": version + 0, "gold/sales": 3}, "gold")
    assert lake.published() == before | {"gold/sales": 3}


def test_concurrent_publications_of_different_tables_all_land(lake: Lake) -> None:
    lake.publish({}, "none")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: lake.publish({f"gold/table_{number}": number}, f"run-{number}"), range(8)))
    assert lake.published() == {f"gold/table_{number}": number for number in range(8)}


def test_the_pins_and_the_published_state_are_no_tables_of_a_run(lake: Lake) -> None:
    lake.publish(new_session(lake).versions, "run")
    assert {"lake/pins", "lake/published"} <= set(lake.keys())
    assert not {"lake/pins", "lake/published"} & set(new_session(lake).versions)


def test_python_works_on_a_folder() -> None:
    with pytest.raises(ValueError, match="lake s3://bucket/lake: a path, or object storage by the command line"):
        Lake("s3://bucket/lake")


def test_a_session_that_was_closed_and_goes_on_pins_what_is_newest(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    loaded(lake, [stated(1)])
    session = lake.session("r1")
    session.close()
    loaded(lake, [stated(2, qty=5)])
    assert lake.session("r1").versions == lake.versions()
