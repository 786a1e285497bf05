"""One file to everything that can be told of it. Whatever the methods cannot tell is left empty."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.chords import NO_CHORD, Chord, chords_of
from audio.confidence import log_odds, probability
from audio.embedding import embedding_of
from audio.features import Features, Floats, features_of
from audio.functions import functions_of
from audio.guard import check_features, check_file
from audio.key import key_of
from audio.levels import Loudness
from audio.onsets import Onsets, onsets_of
from audio.pitch import Chroma, Tuning, chroma_of, movement_of, tuning_of, variety_of
from audio.rhythm import Rhythm, rhythm_of
from audio.sections import Section, sections_of

LEAST_AGREEMENT = 0.2  # of peaks on one tempered grid: speech, noise, applause and free singing lie under it
LEAST_VARIETY = 1.9  # of pitch classes: a sine lies under it
LEAST_MOVEMENT = 0.006  # of pitch classes over time: drones and hum have a tenth of that, music five times as much
VERSION = "5"  # of what the analysis answers: a new one means that files are worth analysing again


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
        evidence: per aspect, what its confidence rests on.
        backend: who heard it, by the names of `audio.backends`.
        tool: that and its version, as it stands in the JAMS.
        functions: of each section, intro, verse or chorus, None where it cannot be told; empty: of no section.
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
    evidence: dict[str, tuple[float, ...]] = field(default_factory=dict)
    backend: str = "own"
    tool: str = "lacquer analyze"
    functions: list[str | None] = field(default_factory=list)


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


@dataclass(frozen=True)
class Heard:
    """What the aspects are taken from: pitch classes at the song's tuning, onsets, beats and bars."""

    tuning: Tuning | None
    chroma: Chroma
    onsets: Onsets
    rhythm: Rhythm | None

    @property
    def is_pitched(self) -> bool:
        """Whether there is a scale to speak of: a song has one, and noise, speech, applause and drones have none."""
        agrees = self.tuning is not None and self.tuning.agreement > LEAST_AGREEMENT
        return agrees and variety_of(self.chroma) > LEAST_VARIETY and movement_of(self.chroma) > LEAST_MOVEMENT

    @property
    def beats_s(self) -> NDArray[np.float64]:
        """Seconds of the beats."""
        return self.rhythm.beats_s if self.rhythm else np.zeros(0)

    @property
    def downbeats_s(self) -> NDArray[np.float64]:
        """Seconds of the first beats of bars."""
        return self.rhythm.downbeats_s if self.rhythm else np.zeros(0)


def heard(features: Features) -> Heard:
    """Tuning, pitch classes, onsets and rhythm of a song."""
    tuning = tuning_of(features)
    chroma = chroma_of(features, tuning.hz if tuning else 440.0)
    onsets = onsets_of(features)
    return Heard(tuning, chroma, onsets, rhythm_of(onsets, chroma))


def analyse_features(features: Features) -> Analysis:
    """Analyse what was taken from a file that passed the guard."""
    duration_s = features.duration_s
    parts = heard(features)
    tuning, chroma, rhythm, downbeats_s = parts.tuning, parts.chroma, parts.rhythm, parts.downbeats_s
    is_pitched = parts.is_pitched
    chords = [Chord(0.0, duration_s, NO_CHORD, 0.0)]
    if is_pitched:
        chords = chords_of(chroma, parts.beats_s, downbeats_s, duration_s)
    sections = sections_of(features, chroma, downbeats_s, duration_s)
    key = key_of(chroma, chords, downbeats_s, [one.start_s for one in sections]) if is_pitched else None
    evidence = rhythm.evidence if rhythm else {}
    if is_pitched and tuning:
        evidence = evidence | {"tuning": (tuning.agreement,)} | ({"key": (log_odds(key.share),)} if key else {})
    confidence = {aspect: probability(aspect, told) for aspect, told in evidence.items()}
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
        embedding=embedding_of(features, parts.onsets, chroma),
        confidence=confidence | _of_parts(chords, sections),
        outline=features.outline,
        evidence=evidence,
        functions=functions_of(sections, features),
    )


def _numbered(rhythm: Rhythm) -> list[Beat]:
    """The beats with their positions; those before the first downbeat count up to it."""
    bar = rhythm.beats_per_bar
    return [
        Beat(float(time_s), (at - rhythm.first) % bar + 1 if bar else None) for at, time_s in enumerate(rhythm.beats_s)
    ]


def _of_parts(chords: list[Chord], sections: list[Section]) -> dict[str, float]:
    """Of chords and of boundaries the expected share that is right."""
    sounding = [probability("chords", [one.clarity]) for one in chords if one.label != NO_CHORD]
    begun = [probability("sections", [one.contrast]) for one in sections[1:]]
    found = {"chords": float(np.mean(sounding))} if sounding else {}
    return found | ({"sections": float(np.mean(begun))} if begun else {})
