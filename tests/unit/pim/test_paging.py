"""A listing that moves while it is read: nothing that was there all the time is missed, nothing comes twice."""

import random
from typing import Any

import pytest

from resources.pim.graphql import PimError
from resources.pim.paging import every
from tests.pim_server.client import hub_of
from tests.pim_server.server import PimServer

SELECTION = "id releaseId modificationDate"


def fill(pim: PimServer, count: int) -> None:
    for number in range(count):
        pim.store.put(100 + number, "Release", releaseId=f"R{number:06}")


def listed(pim: PimServer, **more: Any) -> list[int]:
    with hub_of(pim) as hub:
        return [int(node["id"]) for node in every(hub, "Release", SELECTION, **{"first": 10, "overlap": 3, **more})]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 47])
def test_every_object_comes_once(pim: PimServer, count: int) -> None:
    fill(pim, count)
    assert listed(pim) == list(range(100, 100 + count))


def test_the_unpublished_are_listed_too(pim: PimServer) -> None:
    fill(pim, 3)
    pim.store.put(101, "Release", published=False)
    assert listed(pim) == [100, 101, 102]


@pytest.mark.parametrize("seed", range(6))
def test_while_objects_vanish_appear_and_double(pim: PimServer, seed: int) -> None:
    """Those that stay are each listed once; of those that come or go while it is read, either answer is right."""
    draw = random.Random(seed)
    fill(pim, 80)
    gone: set[int] = set()
    new: set[int] = set()

    def move(_: str) -> None:
        for _turn in range(draw.randrange(12)):
            if draw.random() < 0.7 and len(pim.store.objects) > 20:
                gone.add(victim := draw.choice(sorted(pim.store.objects)))
                del pim.store.objects[victim]
            else:
                new.add(id_ := draw.randrange(1, 400))
                pim.store.put(id_, "Release", releaseId=f"N{id_:06}")

    def double(edges: list[Any], _: int) -> list[Any]:
        return [*edges[:2], *edges, *edges[-2:]] if draw.random() < 0.5 else edges

    pim.before, pim.relist = move, double
    for _ in range(10):
        pim.query_faults.extend(["", draw.choice(["cut", "429", "500"])])
    found = listed(pim)
    assert len(found) == len(set(found))
    stayed = set(range(100, 180)) - gone
    assert stayed - set(found) == set()
    assert set(found) - set(range(100, 180)) - new == set()


def test_a_page_edge_that_shifts_by_more_than_the_overlap_is_gone_back_over(pim: PimServer) -> None:
    fill(pim, 60)

    def vanish(_: str) -> None:
        if len(pim.asked) == 3:  # two pages have been read, to id 116: most of what was passed goes
            for id_ in range(100, 115):
                del pim.store.objects[id_]

    pim.before = vanish
    assert listed(pim) == list(range(100, 160))


def test_an_answer_that_is_not_sorted_or_never_ends_is_an_error(pim: PimServer) -> None:
    fill(pim, 30)
    pim.relist = lambda edges, after: edges[::-1]
    with pytest.raises(PimError, match="not sorted by id"):
        listed(pim)
    pim.relist = lambda edges, after: [] if after else edges
    with pytest.raises(PimError, match="no end after"):
        listed(pim)


def test_a_total_that_counts_what_the_key_does_not_see_ends_in_an_error_soon(pim: PimServer) -> None:
    fill(pim, 30)
    execute = pim.execute

    def exaggerated(body: dict[str, Any]) -> dict[str, Any]:
        answer = execute(body)
        answer["data"]["list"]["totalCount"] = 1_000_000
        return answer

    pim.execute = exaggerated  # type: ignore[method-assign]
    with pytest.raises(PimError, match="no end after"):
        listed(pim)
    assert len(pim.asked) < 200
