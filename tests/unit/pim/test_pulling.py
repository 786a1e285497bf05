"""Objects read from the Data Hub land as an export would, once; what is gone there is deleted here."""

import json
import shutil
from dataclasses import replace

import pytest

from assets.bronze.pim_objects import DOOR, PIM_OBJECTS
from assets.pim.objects import pim_classes
from assets.silver import FEEDS
from assets.silver.releases import RELEASES
from lake.ingest.bronze import take_in
from lake.journals.standings import STANDINGS
from lake.lakehouse import Lake
from lake.silver.refresh import refresh
from resources.pim.graphql import PimError
from resources.pim.pulling import LOOK_BACK_S, PimObjects, Pulled
from resources.web.errors import WebError
from tests.pim_server.client import hub_of
from tests.pim_server.server import PimServer

CLASSES = {one.name: one for one in pim_classes()}


def pull(lake: Lake, pim: PimServer, *, full: bool = False) -> Pulled:
    with hub_of(pim) as hub:
        (done,) = PimObjects(lake.root, hub).pull([CLASSES["Release"]], full=full)
    return done


def build(lake: Lake, run: str) -> list[tuple[object, ...]]:
    """Take in what has landed; the releases that stand then."""
    session = lake.session(run)
    take_in(lake, session, PIM_OBJECTS, DOOR, lake.root / "landing" / "pim")
    version = refresh(lake, session, RELEASES, FEEDS["releases"]).version
    return (
        lake.connect({"silver/releases": version})
        .execute(
            "select release_id, title, artist_id, list_price::varchar, is_published from silver.releases order by all"
        )
        .fetchall()
    )


def fill(pim: PimServer) -> None:
    pim.store.put(77, "Artist", artistId="A0007", name="The Lathes")
    for number in range(1, 6):
        pim.store.put(
            1000 + number, "Release", releaseId=f"R{number}", title=f"T{number}", artist=77, listPrice="19.90",
            modificationDate=1_700_000_000 + number,
        )  # fmt: skip


def test_what_silver_needs_is_asked_for_class_by_class() -> None:
    assert CLASSES["Artist"].key == "artistId"
    assert CLASSES["Release"].required == ("id", "fullpath", "modificationDate", "published", "releaseId", "title")
    assert "artist { ... on object_Artist { id artistId } }" in CLASSES["Release"].selection


def test_a_pulled_object_reads_like_one_of_an_export(lake: Lake, pim: PimServer) -> None:
    fill(pim)
    pim.store.put(1002, "Release", published=False, modificationDate=1_700_000_002)
    done = pull(lake, pim)
    assert (done.listed, done.landed, done.deleted, done.is_full) == (5, 5, 0, True)
    assert done.file is not None
    first = json.loads(done.file.read_text().splitlines()[0])
    assert first["classname"] == "Release"
    assert (first["id"], first["modificationDate"]) == ("1001", 1_700_000_001)
    assert first["artist"] == {"id": "77", "artistId": "A0007"}
    assert build(lake, "one") == [
        (f"R{number}", f"T{number}", "A0007", "19.9000", number != 2) for number in range(1, 6)
    ]


def test_an_endpoint_may_show_less_than_there_are_columns_but_not_less_than_is_required(
    lake: Lake, pim: PimServer
) -> None:
    fill(pim)
    more = replace(CLASSES["Release"], optional=(*CLASSES["Release"].optional, "mood", "studio { name }"))
    with hub_of(pim) as hub:
        source = PimObjects(lake.root, hub)
        (done, other) = source.pull([more, replace(more, name="Concert")])
        # What the contract may also read from a PIM and this one does not show, then what was asked for here.
        known = ("ean", "catalogueNumber", "unitCost", "supplier", "leadDays", "minimumOrder", "royaltyPercent")
        absent = (*known, "mood", "studio { name }")
        assert (done.landed, done.notes) == (5, tuple(f"Release has no {name}" for name in absent))
        assert (other.landed, other.notes) == (0, ("the endpoint does not show the class Concert",))
        with pytest.raises(PimError, match="Cannot query field 'catalogueNumber'"):
            list(source.pull([replace(more, required=("id", "catalogueNumber"))]))


def test_only_what_changed_is_read_again_and_what_is_known_is_not_landed_again(lake: Lake, pim: PimServer) -> None:
    fill(pim)
    pull(lake, pim)
    build(lake, "one")
    again = pull(lake, pim)
    assert (again.landed, again.file) == (0, None)
    pim.store.put(1003, "Release", title="Third", modificationDate=1_700_000_900)
    changed = pull(lake, pim)
    assert changed.landed == 1
    assert build(lake, "two")[2][1] == "Third"
    # Saved earlier than the newest that was seen, but visible only now: within the look back it is found.
    pim.store.put(1004, "Release", title="Fourth", modificationDate=1_700_000_900 - LOOK_BACK_S + 1)
    assert pull(lake, pim).landed == 1
    assert build(lake, "three")[3][1] == "Fourth"


def test_losing_where_it_stood_loses_nothing(lake: Lake, pim: PimServer) -> None:
    fill(pim)
    pull(lake, pim)
    before = build(lake, "one")
    shutil.rmtree(lake.path(f"lake/{STANDINGS.name}"))
    again = pull(lake, pim)
    assert (again.is_full, again.landed) == (True, 0)
    assert build(lake, "two") == before


def test_an_object_that_is_gone_is_deleted_by_the_comparison_and_comes_back_when_it_does(
    lake: Lake, pim: PimServer
) -> None:
    fill(pim)
    pull(lake, pim)
    build(lake, "one")
    lost = pim.store.objects.pop(1002)
    assert pull(lake, pim).deleted == 0
    done = pull(lake, pim, full=True)
    assert (done.listed, done.landed, done.deleted) == (4, 1, 1)
    assert [row[0] for row in build(lake, "two")] == ["R1", "R3", "R4", "R5"]
    assert pull(lake, pim, full=True).deleted == 0
    pim.store.objects[1002] = lost
    pim.store.put(1002, "Release", title="Back", modificationDate=int(pim.store.clock()) + 5)
    pull(lake, pim)
    assert build(lake, "three")[1][:2] == ("R2", "Back")


def test_an_object_that_only_the_listing_leaves_out_is_not_deleted(lake: Lake, pim: PimServer) -> None:
    fill(pim)
    pull(lake, pim)
    build(lake, "one")
    pim.relist = lambda edges, after: [edge for edge in edges if edge["node"]["id"] != "1002" or len(edges) == 1]
    assert pull(lake, pim, full=True).deleted == 0


def test_a_key_that_no_longer_sees_the_objects_deletes_none(lake: Lake, pim: PimServer) -> None:
    for number in range(5):
        pim.store.put(1000 + number, "Release", releaseId=f"R{number}", title="T")
    pull(lake, pim)
    build(lake, "one")
    pim.store.objects.clear()
    with pytest.raises(PimError, match="5 of 5 known objects are not there: too many"):
        pull(lake, pim, full=True)
    assert len(build(lake, "two")) == 5


def test_a_reading_that_is_broken_off_lands_nothing_and_is_begun_again(lake: Lake, pim: PimServer) -> None:
    for number in range(250):
        pim.store.put(1000 + number, "Release", releaseId=f"R{number}", title="T")
    pim.query_faults.extend(["", ""] + ["500"] * 4)
    with pytest.raises(WebError, match="4 attempts"):
        pull(lake, pim)
    assert not list((lake.root / "landing").rglob("*.jsonl"))
    assert pull(lake, pim).landed == 250


def test_an_object_that_is_odd_costs_no_other(lake: Lake, pim: PimServer) -> None:
    fill(pim)
    pim.store.put(1002, "Release", title="cut within \ud83d", modificationDate=1_700_000_002)
    undated = lambda node: {**node, "modificationDate": None} if node["id"] == "1003" else node  # noqa: E731
    pim.relist = lambda edges, after: [{"node": undated(edge["node"])} for edge in edges]
    assert pull(lake, pim).landed == 5
    assert [row[:2] for row in build(lake, "one")] == [
        ("R1", "T1"),
        ("R2", "cut within \ufffd"),
        ("R4", "T4"),
        ("R5", "T5"),
    ]


@pytest.mark.parametrize("node", ["text", [1], {"id": None}, {"id": "abc"}, {"releaseId": "R1"}])
def test_an_answer_of_another_shape_is_an_error_of_the_pim(lake: Lake, pim: PimServer, node: object) -> None:
    fill(pim)
    pim.relist = lambda edges, after: [{"node": node}]
    with pytest.raises(PimError, match="an object without the number that is its id"):
        pull(lake, pim)


def test_what_is_told_of_a_class_that_the_endpoint_does_not_show_holds_up_nothing(lake: Lake, pim: PimServer) -> None:
    with hub_of(pim) as hub:
        done = PimObjects(lake.root, hub).land(replace(CLASSES["Label"], name="Concert"), [12])
    assert (done.landed, done.keys, done.notes) == (0, (), ("the endpoint does not show the class Concert",))
