"""One file to everything that can be told of it. Whatever the methods cannot tell is left empty."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio.chords import NO_CHORD, Chord, chords_of
from audio.confidence import probability
from audio.embedding import embedding_of
from audio.features import Features, Floats, features_of
from audio.guard import check_features, check_file
from audio.key import Key, key_of
from audio.levels import Loudness
from audio.onsets import onsets_of
from audio.pitch import Tuning, chroma_of, movement_of, tuning_of, variety_of
from audio.rhythm import Rhythm, rhythm_of
from audio.sections import Section, sections_of

LEAST_AGREEMENT = 0.2  # of peaks on one tempered grid: speech, noise, applause and free singing lie under it
LEAST_VARIETY = 1.9  # of pitch classes: a sine lies under it
LEAST_MOVEMENT = 0.006  # of pitch classes over time: drones and hum have a tenth of that, music five times as much
VERSION = "1"  # of what the analysis answers: a new one means that files are worth analysing again


@dataclass(frozen=True)
class Beat:
    """A beat and its position in the bar, from 1; None where no bars were found."""

    time_s: float
    position: int | None


@dataclass(frozen=True)
class Analysis:
    """What a file sounds like. None or empty: the methods cannot tell.

    Attributes:
        duration_s: seconds that were decoded.
        expected_s: seconds that the file promises.
        is_partial: whether some of it did not decode.
        tempi: BPM with confidence, the main one first, confidences adding up to 1.
        beats: beats from the first to the last that is heard.
        beats_per_bar: of the metre.
        key: as in JAMS' `key_mode`.
        tuning_hz: where A lies.
        chords: without gaps from 0 to the end, `N` where there is none.
        sections: without gaps from 0 to the end.
        loudness: EBU R128.
        embedding: for similar songs, length 1.
        confidence: per aspect, the calibrated probability of being right.
        outline: peaks of the waveform, for drawing.
    """

    duration_s: float
    expected_s: float | None
    is_partial: bool
    tempi: list[tuple[float, float]]
    beats: list[Beat]
    beats_per_bar: int | None
    key: str | None
    tuning_hz: float | None
    chords: list[Chord]
    sections: list[Section]
    loudness: Loudness
    embedding: Floats
    confidence: dict[str, float]
    outline: Floats


def analyse(path: Path) -> Analysis:
    """Analyse a file.

    Raises:
        NotAnalysedError: the guard refuses it; the message says why.
        NotDecodableError: nothing in it decodes.
    """
    check_file(path)
    features = features_of(path)
    check_features(features)
    return analyse_features(features)


def analyse_features(features: Features) -> Analysis:
    """Analyse what was taken from a file that passed the guard."""
    duration_s = features.duration_s
    tuning = tuning_of(features)
    chroma = chroma_of(features, tuning.hz if tuning else 440.0)
    onsets = onsets_of(features)
    rhythm = rhythm_of(onsets, chroma)
    is_moving = variety_of(chroma) > LEAST_VARIETY and movement_of(chroma) > LEAST_MOVEMENT
    is_pitched = tuning is not None and tuning.agreement > LEAST_AGREEMENT and is_moving
    beats_s = rhythm.beats_s if rhythm else np.zeros(0)
    downbeats_s = rhythm.downbeats_s if rhythm else np.zeros(0)
    chords = chords_of(chroma, beats_s, duration_s) if is_pitched else [Chord(0.0, duration_s, NO_CHORD, 0.0)]
    key = key_of(chroma, chords) if is_pitched else None
    sections = sections_of(features, chroma, downbeats_s, duration_s)
    return Analysis(
        duration_s=duration_s,
        expected_s=features.decoded.expected_s,
        is_partial=features.decoded.is_partial,
        tempi=rhythm.tempi if rhythm else [],
        beats=_numbered(rhythm) if rhythm else [],
        beats_per_bar=rhythm.beats_per_bar if rhythm else None,
        key=key.name if key else None,
        tuning_hz=tuning.hz if tuning and is_pitched else None,
        chords=chords,
        sections=sections,
        loudness=features.loudness,
        embedding=embedding_of(features, onsets, chroma),
        confidence=(rhythm.confidence if rhythm else {}) | (_of_pitch(key, tuning, chords) if is_pitched else {}),
        outline=features.outline,
    )


def _numbered(rhythm: Rhythm) -> list[Beat]:
    """The beats with their positions; those before the first downbeat count up to it."""
    bar = rhythm.beats_per_bar
    return [
        Beat(float(time_s), (at - rhythm.first) % bar + 1 if bar else None) for at, time_s in enumerate(rhythm.beats_s)
    ]


def _of_pitch(key: Key | None, tuning: Tuning | None, chords: list[Chord]) -> dict[str, float]:
    sounding = [chord for chord in chords if chord.label != NO_CHORD]
    found = {"tuning": probability("tuning", [tuning.agreement])} if tuning else {}
    if key:
        found["key"] = probability("key", [key.margin])
    if sounding:
        found["chords"] = float(np.mean([probability("chords", [chord.clarity]) for chord in sounding]))
    return found
