"""The plan of a loop against a JAMS written by hand."""

import dataclasses
import json

import pytest

from audio.generation.plan import CannotPlanError, Span, plan_loop
from audio.generation.studio.prompt import prompt_of
from resources.generation.stems import plan_of


def _track():
    beats = [{"time": 0.5 * n, "duration": 0.0, "value": (n + 3) % 4 + 1} for n in range(10)]
    chords = [{"time": 0.0, "duration": 1.5, "value": "C:maj"}, {"time": 1.5, "duration": 9.0, "value": "G:maj"}]
    data = {"beat": beats, "chord": chords, "key_mode": [{"time": 0.0, "duration": 9.0, "value": "C:major"}]}
    return {"annotations": [{"namespace": name, "data": rows} for name, rows in data.items()]}


def test_loop_starts_on_the_first_downbeat_and_cuts_chords():
    plan = plan_loop(_track(), 2)
    assert (plan.source_start_s, plan.duration_s, plan.beats_per_bar) == (0.5, 4.0, 4)
    assert plan.beats_s == (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5)
    assert plan.chords == (Span(0.0, 1.0, "C:maj"), Span(1.0, 4.0, "G:maj"))
    assert (plan.key, plan.tuning_hz) == ("C:major", 440.0)


@pytest.mark.parametrize("bars", [0, 3])
def test_impossible_bars_are_refused(bars):
    with pytest.raises(CannotPlanError, match="bar"):
        plan_loop(_track(), bars)


def _with_sections():
    """Two bars of A, two of B, which is the chorus, and one of A again."""
    beats = [{"time": 0.5 * n, "duration": 0.0, "value": n % 4 + 1} for n in range(21)]
    parts = [(0.0, 4.0, "A"), (4.02, 3.98, "B"), (8.0, 2.0, "A")]
    rows = [{"time": time, "duration": length, "value": name} for time, length, name in parts]
    data = {"beat": beats, "segment_open": rows, "segment_salami_function": [rows[1] | {"value": "chorus"}]}
    return {"annotations": [{"namespace": name, "data": rows} for name, rows in data.items()]}


def test_the_plan_says_which_sections_it_covers():
    plan = plan_loop(_with_sections(), 3)
    assert [(one.start_s, round(one.end_s, 2), one.label) for one in plan.sections] == [
        (0.0, 4.0, "A"),
        (4.02, 6.0, "chorus"),
    ]


@pytest.mark.parametrize("name", ["chorus", "B", "Chorus"])
def test_a_loop_of_a_section_begins_with_its_first_bar(name):
    plan = plan_loop(_with_sections(), 2, name)
    assert (plan.source_start_s, plan.duration_s) == (4.0, 4.0)
    assert [one.label for one in plan.sections] == ["chorus"]
    assert "chorus" in prompt_of(plan, "drums")["prompt"]


def test_letters_are_no_words_of_a_prompt():
    assert prompt_of(plan_loop(_with_sections(), 2), "drums")["prompt"].startswith("solo drum kit groove, 120 BPM")


def test_a_section_that_cannot_be_looped_is_refused_with_the_reason():
    with pytest.raises(CannotPlanError, match="no section bridge; it has A, chorus"):
        plan_loop(_with_sections(), 2, "bridge")
    with pytest.raises(CannotPlanError, match="section A has 2 whole bars, the request needs 3"):
        plan_loop(_with_sections(), 3, "A")


def test_a_stored_plan_is_the_plan_again_also_one_from_before_there_were_sections():
    plan = plan_loop(_with_sections(), 2, "B")
    stored = json.loads(json.dumps(dataclasses.asdict(plan)))
    assert plan_of(stored) == plan
    assert plan_of({name: value for name, value in stored.items() if name != "sections"}).sections == ()
