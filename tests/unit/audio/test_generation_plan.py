"""The plan of a loop against a JAMS written by hand."""

import pytest

from audio.generation.plan import CannotPlanError, Span, plan_loop


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
