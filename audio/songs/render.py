"""From notes to sound: a MIDI file in the song's tuning, rendered by fluidsynth with a free soundfont."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from audio.songs.drums import DRUM_CHANNEL
from audio.songs.parts import LEAD_CHANNEL, notes_of, programs_of
from audio.songs.score import Score

# In Debian: fluid-soundfont-gm, timgm6mb-soundfont, musescore-general-soundfont-small.
SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
)
TICKS_PER_S = 2_000
JITTER_S = 0.006  # players are not machines


class CannotRenderError(Exception):
    """fluidsynth or a soundfont is not there, or rendering failed."""


def check_renderer() -> None:
    """Raise CannotRenderError, with what to install, unless songs can be rendered."""
    missing = [str(font) for font in SOUNDFONTS if not font.exists()]
    if shutil.which("fluidsynth") is None or missing:
        raise CannotRenderError(
            f"cannot render test songs: {'missing ' + ', '.join(missing) if missing else 'no fluidsynth'}; on Debian: "
            "apt-get install fluidsynth fluid-soundfont-gm timgm6mb-soundfont musescore-general-soundfont-small"
        )


def write_midi(score: Score, path: Path) -> None:
    """Write the song's notes with a tick every half millisecond; tuning is a pitch bend on every pitched channel."""
    import mido

    rng = np.random.default_rng([score.seed, 3])
    events: list[tuple[int, int, Any]] = []
    cents = 1200 * np.log2(score.tuning_hz / 440.0)
    for channel, program in programs_of(score).items():
        events.append((0, 0, mido.Message("program_change", channel=channel, program=program)))
        bend = round(cents / 200 * 8191)  # the bend's range is two semitones by default
        events.append((0, 0, mido.Message("pitchwheel", channel=channel, pitch=bend)))
    vibrato = int(rng.choice([0, 0, 50, 90]))  # singers and winds; 1 is the modulation wheel
    events.append((0, 0, mido.Message("control_change", channel=LEAD_CHANNEL, control=1, value=vibrato)))
    events += _fade(score) if score.fades else []
    for note in notes_of(score):
        start = max(0.0, score.time_of(note.start) + rng.normal(0, JITTER_S / 2))
        end = max(start + 0.03, score.time_of(note.start + note.length))
        velocity = int(np.clip(note.velocity + rng.integers(-5, 6), 1, 127))
        where = {"channel": note.channel, "note": note.pitch}
        events.append((round(start * TICKS_PER_S), 2, mido.Message("note_on", velocity=velocity, **where)))
        events.append((round(end * TICKS_PER_S), 1, mido.Message("note_off", velocity=0, **where)))
    assert DRUM_CHANNEL not in programs_of(score)
    track, now = mido.MidiTrack(), 0
    for tick, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=tick - now))
        now = tick
    midi = mido.MidiFile(ticks_per_beat=TICKS_PER_S // 2)  # at the default of two beats a second
    midi.tracks.append(track)
    midi.save(str(path))


def _fade(score: Score) -> list[tuple[int, int, Any]]:
    """Every channel's expression going down over the last twelfth of the song."""
    import mido

    end_s = float(score.beat_times[-1])
    return [
        (round((end_s * (11 / 12 + step / 12 / 60)) * TICKS_PER_S), 0, message)
        for step in range(60)
        for channel in (*programs_of(score), DRUM_CHANNEL)
        for message in [mido.Message("control_change", channel=channel, control=11, value=127 - 2 * step)]
    ]


def render(score: Score, path: Path) -> None:
    """Render the song into a WAV file of 44.1 kHz stereo.

    Raises:
        CannotRenderError: fluidsynth is not there or fails.
    """
    check_renderer()
    midi = path.with_suffix(".mid")
    write_midi(score, midi)
    font = str(SOUNDFONTS[score.soundfont])
    command = ["fluidsynth", "-ni", "-q", "-g", "0.6", "-r", "44100", "-F", str(path), font, str(midi)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    midi.unlink()
    if done.returncode or not path.exists():
        raise CannotRenderError(f"fluidsynth failed on song {score.seed}: {done.stderr[-500:]}")
