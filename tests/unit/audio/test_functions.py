"""Functions of sections: told of clear forms only, and written to JAMS in a namespace of their own."""

import numpy as np
import pytest

from audio.analysis import Analysis
from audio.functions import named
from audio.jams_file import as_jams
from audio.levels import Loudness
from audio.sections import Section
from benchmarks.audio_functions import right_share
from tests.needs import need_packages


def test_the_loudest_letter_that_comes_back_is_the_chorus() -> None:
    labels = ["A", "B", "C", "C", "B", "C"]
    assert named(labels, [14, 17, 19.5, 19, 17, 19]) == ["intro", "verse", "chorus", "chorus", "verse", "chorus"]
    assert named(["B", "C", "B", "D", "C"], [17, 19, 17, 15, 19]) == ["verse", "chorus", "verse", None, "chorus"]


@pytest.mark.parametrize(
    ("labels", "levels"),
    [
        (["A", "B", "C", "C"], [27, 29, 32, 30]),  # nothing comes back
        (["A", "B", "C", "B"], [18, 19, 21, 19]),  # the loud one comes once
        (["B", "C", "B", "C"], [19, 19.5, 19, 19.5]),  # the levels are alike
        (["C", "B", "C", "B"], [21, 19, 21, 19]),  # it begins with what would be the chorus
        ([], []),
    ],
)
def test_a_form_that_does_not_speak_clearly_gets_none(labels: list[str], levels: list[float]) -> None:
    assert named(labels, levels) == []


def test_the_share_that_is_right_counts_time() -> None:
    truth = [(0.0, 10.0, "verse"), (10.0, 20.0, "chorus")]
    assert right_share([(0.0, 12.0, "verse"), (12.0, 20.0, "chorus")], truth) == pytest.approx(0.9)
    assert right_share([], truth) == 0.0


@pytest.mark.heavy
def test_functions_stand_in_a_valid_namespace_of_their_own_and_only_where_some_are_told() -> None:
    need_packages("jams", target="audio")
    sections = [Section(4.0 * at, 4.0 * at + 4, label, 0.0) for at, label in enumerate("ABC")]
    song = Analysis(
        duration_s=12.0,
        expected_s=None,
        is_partial=False,
        sections=sections,
        loudness=Loudness(None, None, None),
        embedding=np.zeros(4, dtype=np.float32),
        confidence={},
        outline=np.zeros(4, dtype=np.float32),
        functions=["intro", None, "chorus"],
        tempi=[],
        beats=[],
        beats_per_bar=None,
        key=None,
        tuning_hz=None,
        chords=[],
    )
    whole = as_jams(song, "song")
    whole.validate(strict=True)
    (told,) = whole.search(namespace="^segment_salami_function$")
    assert [(row.time, row.duration, row.value) for row in told.data] == [(0.0, 4.0, "intro"), (8.0, 4.0, "chorus")]
    song.functions.clear()
    assert not len(as_jams(song, "song").search(namespace="segment_salami_function"))
