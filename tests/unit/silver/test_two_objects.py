"""Two objects of the PIM that state one number: the first keeps it, the other one neither overwrites nor deletes."""

from itertools import chain
from pathlib import Path

import pytest
from dagster import materialize

from assets.bronze.pim_objects import DOOR, PIM_OBJECTS, pim_objects
from assets.silver.releases import releases
from lake.ingest.replay import replay_door
from lake.lakehouse import Lake
from resources.lake import LakeResource
from resources.streams.connecting import Streams
from serving.queries.status import read_status
from tests.lake_builders import new_session
from tests.unit.silver.landed import Document, ask, letters, take_in

RELEASES = "select release_id, title from silver.releases order by all"
State = tuple[str, str, str | None, int]
FILES: list[list[State]] = [
    [("1001", "X1", "original", 100)],
    [("9001", "X1", "copy", 200), ("9002", "X2", "other", 200)],
    [("9001", "X1", None, 300)],
]


def states(rows: list[State]) -> list[Document]:
    """Listing nodes of (object, number, title, second); without a title the object is deleted."""
    found: list[Document] = []
    for number, key, title, second in rows:
        node: Document = {"id": number, "classname": "Release", "modificationDate": second, "releaseId": key}
        more: Document = {"event": "delete"} if title is None else {"published": True, "title": title}
        found.append(node | more)
    return found


def land(root: Path, *files: list[State]) -> None:
    for number, rows in enumerate(files):
        take_in(root, "pim", states(rows), pim_objects, releases, name=f"{number}-{rows[0][3]}")


@pytest.mark.parametrize("together", [False, True])
def test_a_copy_neither_overwrites_nor_deletes_its_original(tmp_path: Path, *, together: bool) -> None:
    land(tmp_path, *([list(chain(*FILES))[::-1]] if together else FILES))

    assert ask(tmp_path, RELEASES) == [("X1", "original"), ("X2", "other")]
    held = ask(tmp_path, "select rule, reason, count(*) from bronze.dead_letters group by all")
    assert [(rule, count) for rule, _, count in held] == [("claimed", 2)]
    assert held[0][1].startswith("object 9001 states releaseId X1, which object 1001 has; keep one")


def test_status_names_both_objects_and_the_way_out(tmp_path: Path) -> None:
    land(tmp_path, *FILES[:2])

    (refusal,) = read_status(Lake(tmp_path), "lacquer").refused
    assert "object 9001 states releaseId X1, which object 1001 has" in refusal.reason
    assert refusal.advice.startswith("delete one of the two objects")


def test_a_conflict_does_not_count_as_a_bad_row(tmp_path: Path) -> None:
    file = tmp_path / "landing" / "pim" / "one.jsonl"
    land(tmp_path, FILES[0])
    file.write_text('{"id": "9001", "classname": "Release", "modificationDate": 200, "releaseId": "X1"}\n')
    lake = LakeResource(root=tmp_path, allowed_bad_share=0, threads=1)
    done = materialize([pim_objects], resources={"lake": lake, "streams": Streams()})
    assert done.success
    assert len(letters(tmp_path)) == 1


@pytest.mark.parametrize("gives_up", [("1001", "X1", None, 150), ("1001", "X9", "renumbered", 150)])
def test_a_number_that_was_given_up_can_be_taken_over(tmp_path: Path, gives_up: State) -> None:
    land(tmp_path, FILES[0], [gives_up], [("9001", "X1", "successor", 200)], [("1001", "X1", "late", 120)])

    assert ("X1", "successor") in ask(tmp_path, RELEASES)
    assert letters(tmp_path) == []


def test_rows_without_an_object_are_not_compared(tmp_path: Path) -> None:
    land(tmp_path, [("X1", "X1", "imported", 100)], [("1001", "X1", "of the PIM", 200)], [("4711", "4711", "own", 1)])

    assert ask(tmp_path, RELEASES) == [("4711", "own"), ("X1", "of the PIM")]
    assert letters(tmp_path) == []


def test_a_replay_holds_back_what_is_claimed_still(tmp_path: Path) -> None:
    land(tmp_path, *FILES)
    lake = Lake(tmp_path)
    done = replay_door(lake, new_session(lake), PIM_OBJECTS, DOOR)

    assert (done.rows, done.dead, done.is_balanced) == (0, 2, True)
