"""The test songs' truth: it follows from the seed, and its times are those of the notes."""

from pathlib import Path

import mido
import numpy as np
import pytest

from audio.songs.parts import notes_of
from audio.songs.render import write_midi
from audio.songs.score import BEATS_PER_BAR, score_of

SEEDS = range(300, 340)


def test_songs_cover_what_they_are_for() -> None:
    scores = [score_of(seed, soundfonts=3) for seed in SEEDS]
    assert {score.metre for score in scores} == set(BEATS_PER_BAR)
    assert {score.soundfont for score in scores} == {0, 1, 2}
    assert {score.change for score in scores} == {"steady", "drift", "step"}
    assert {score.mode for score in scores} == {"major", "minor"}
    assert all(50 <= score.bpm <= 190 and 425 <= score.tuning_hz <= 450 for score in scores)
    assert any(score.pickup_beats for score in scores)
    assert any(not score.has_drums for score in scores)
    assert any(score.modulates_at for score in scores)


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_a_seed_is_a_song_and_sections_and_chords_fill_it(seed: int) -> None:
    score, again = score_of(seed, soundfonts=3), score_of(seed, soundfonts=3)
    assert notes_of(score) == notes_of(again)
    assert np.all(np.diff(score.beat_times) > 0)
    assert [one.start for one in score.chords[1:]] == [one.end for one in score.chords[:-1]]
    assert score.chords[-1].end == score.beats
    assert score.time_of(0) == pytest.approx(score.beat_times[score.pickup_beats])


def test_notes_sound_when_the_truth_says(tmp_path: Path) -> None:
    """The bass of the first chord after any intro starts on a beat of the truth, within what players stray."""
    score = score_of(304, soundfonts=3)
    write_midi(score, tmp_path / "song.mid")
    now, starts = 0.0, []
    for message in mido.MidiFile(str(tmp_path / "song.mid")):
        now += message.time
        if message.type == "note_on" and message.channel == 0:
            starts.append(now)
    off = [np.abs(score.beat_times - at).min() for at in starts]
    assert np.percentile(off, 50) < 0.01
