"""Requests and assets: states, who decided what, workers that are killed, and what it cost."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from lake.journals.generation import NEXT, Standing, StateError, Subject, note_state, read_standings
from lake.lakehouse import Lake
from resources.generation.costs import spent
from resources.generation.deciding import approve, history_of, reject
from resources.generation.installation import Generation
from resources.generation.making import CannotMakeError, Outcome
from resources.generation.requests import RequestError, Wish, ask, ask_again
from resources.generation.working import work
from tests.generation_builders import WISH, draft, planted

CHECKOUT = Path(__file__).parents[3]


def rows(lake: Lake, sql: str) -> list[tuple]:
    return lake.connect(lake.published()).execute(sql).fetchall()


def test_a_text_goes_from_pending_to_approved_and_every_step_has_a_name(lake: Lake) -> None:
    request = ask(lake, WISH, "ana")
    worked = work(lake, Generation())
    assert (worked.completed, worked.failed, worked.drafts) == ([request.id], [], 1)
    asset, content, state = rows(lake, "select asset_id, content, state from gold.generated_assets")[0]
    assert content.startswith("Discover Blue Hours by Artist 1.")
    assert state == "draft"
    approve(lake, asset, "Ada, marketing", "fits")
    found = rows(lake, "select state, changed_by, why from gold.generated_assets")
    assert found == [("approved", "Ada, marketing", "fits")]
    steps = rows(lake, f"select state from gold.generation_events where subject_id = '{request.id}' order by number")
    assert [one[0] for one in steps] == ["pending", "planning", "generating", "completed"]
    assert [(one["state"], one["who"]) for one in history_of(lake, asset)][1:] == [("approved", "Ada, marketing")]


SUBJECTS: tuple[Subject, ...] = ("request", "asset")


@pytest.mark.parametrize("subject", SUBJECTS)
def test_only_the_transitions_of_the_table_are_possible(lake: Lake, subject: Subject) -> None:
    states = [one for one in NEXT[subject] if one is not None]
    for number, before in enumerate(states):
        for after in states:
            path, key = _path_to(subject, before), f"{subject}{number}{after}"
            for step in path:
                note_state(lake, subject, key, step, "w", "y")
            if after in NEXT[subject][before]:
                assert note_state(lake, subject, key, after, "w", "y").state == after
            else:
                with pytest.raises(StateError, match=f"is {before}; it cannot become {after}"):
                    note_state(lake, subject, key, after, "w", "y")


def _path_to(subject: str, state: str) -> list[str]:
    """A shortest way to a state."""
    ways: list[list[str]] = [[one] for one in NEXT[subject][None]]
    while ways[0][-1] != state:
        way = ways.pop(0)
        ways += [[*way, one] for one in NEXT[subject][way[-1]] if one not in way]
    return ways[0]


def test_of_two_people_who_decide_at_once_one_is_told(lake: Lake) -> None:
    ask(lake, WISH, "ana")
    work(lake, Generation())
    asset = rows(lake, "select asset_id from gold.generated_assets")[0][0]
    outcomes: list[str | None] = []
    start = threading.Barrier(2)

    def decide(act: Callable[..., Standing], who: str) -> None:
        start.wait()
        try:
            outcomes.append(act(lake, asset, who, "mine").who)
        except StateError:
            outcomes.append(None)

    threads = [threading.Thread(target=decide, args=one) for one in ((approve, "a"), (approve, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([one for one in outcomes if one]) == 1
    assert [one["state"] for one in history_of(lake, asset)] == ["draft", "approved"]


def test_findings_block_the_approval_and_not_the_rejection(lake: Lake) -> None:
    ask(lake, WISH, "ana")
    work(lake, planted(lambda: draft(({"text": "Grammy", "reason": "no fact"},))))
    asset = rows(lake, "select asset_id from gold.generated_assets where finding_count = 1")[0][0]
    with pytest.raises(StateError, match='1 findings that block its approval: "Grammy": no fact'):
        approve(lake, asset, "ana", "nice")
    with pytest.raises(StateError, match="neither may be empty"):
        reject(lake, asset, "ana", " ")
    assert reject(lake, asset, "ana", "a lie").state == "rejected"


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (Wish("song", "R1", ("x",)), "kind 'song'"),
        (Wish("text", "R1", ("radio",), "en"), "channel 'radio': one of shop"),
        (Wish("text", "R1", ("shop",), "fr"), "language 'fr'"),
        (Wish("text", "R1", ("shop",), "en", "musicgen"), "makes no text"),
        (Wish("text", "R1", ("shop",), "en", parameters={"bars": 2}), "bars: a text takes seed"),
        (Wish("stem", "T1", ("vocals",)), "stems: vocals"),
        (Wish("stem", "T1", ("drums", "drums")), "name each once"),
        (Wish("stem", "T1", ("drums",), parameters={"bars": 65}), "bars is 65; 1 to 64"),
    ],
)
def test_what_cannot_be_made_is_refused_before_it_is_on_record(lake: Lake, wish: Wish, reason: str) -> None:
    with pytest.raises(RequestError, match=reason):
        ask(lake, wish, "ana")
    assert read_standings(lake) == {}


def test_an_unknown_release_is_refused(lake: Lake) -> None:
    with pytest.raises(LookupError, match=r"no release R9 in gold\.dim_release"):
        ask(lake, Wish("text", "R9", ("shop",), "en"), "ana")


def test_a_failure_has_its_reason_and_may_be_asked_again(lake: Lake) -> None:
    request = ask(lake, WISH, "ana")

    def fail() -> Outcome:
        raise CannotMakeError("no reason at all")

    assert work(lake, planted(fail)).failed == [request.id]
    assert rows(lake, "select state, why from gold.generation_requests") == [("failed", "no reason at all")]
    ask_again(lake, request.id, "ana", "once more")
    with pytest.raises(StateError, match="only a failed one"):
        ask_again(lake, request.id, "ana", "twice")
    assert work(lake, Generation()).completed == [request.id]


def test_a_fault_of_ours_fails_one_request_and_not_the_next(lake: Lake) -> None:
    first, second = ask(lake, WISH, "ana"), ask(lake, Wish("text", "R2", ("shop",), "en"), "ana")
    outcomes = [None, draft()]

    def make() -> Outcome:
        outcome = outcomes.pop(0)
        if outcome is None:
            raise KeyError("nothing there")
        return outcome

    worked = work(lake, planted(make))
    assert (worked.failed, worked.completed) == ([first.id], [second.id])
    assert (
        "KeyError: 'nothing there'"
        in rows(lake, "select why from gold.generation_requests where state = 'failed'")[0][0]
    )


def test_what_was_reserved_counts_until_the_cost_is_known_and_the_limit_holds(lake: Lake) -> None:
    ask(lake, WISH, "ana")
    seen: list[float] = []

    def make() -> Outcome:
        seen.append(spent(lake))
        return draft(cost=0.3)

    work(lake, planted(make, reserve=0.5, limit=1.0))
    assert seen == [0.5]
    assert spent(lake) == pytest.approx(0.3)
    ask(lake, WISH, "ana")
    work(lake, planted(make, reserve=0.8, limit=1.0))
    failed = rows(lake, "select why, cost from gold.generation_requests where state = 'failed'")
    assert failed[0][0].startswith("the monthly limit is 1: 0.3000 is spent and this may cost 0.8000")
    assert failed[0][1] == 0
    assert spent(lake) == pytest.approx(0.3)


def test_a_cost_that_nobody_knows_is_the_one_that_was_reserved(lake: Lake) -> None:
    ask(lake, WISH, "ana")

    def fail() -> Outcome:
        raise CannotMakeError("no answer", None)

    work(lake, planted(fail, reserve=0.5))
    assert spent(lake) == pytest.approx(0.5)
