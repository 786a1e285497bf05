"""The notes of a stem by rules: grooves on the beats, roots, voicings and a line over the chords of the plan.

Each note lies inside its chord and inside the loop, so that the loop repeats without a seam.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from audio.generation.plan import Plan, Span

HARMONIC = ("guitar", "piano", "other")
STEMS = ("drums", "bass", *HARMONIC, "synth")
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
BASS_LOWEST, CHORD_LOWEST, LEAD_FROM, LEAD_TO = 33, 52, 67, 84
SHORTEST_S = 0.05


@dataclass(frozen=True)
class Note:
    """One note in seconds of the loop; `pitch` is a MIDI number or the name of a drum."""

    start_s: float
    end_s: float
    pitch: int | str
    level: float


@dataclass(frozen=True)
class Harmony:
    """A chord as numbers: its root, the lowest pitch class, and its pitch classes."""

    root: int
    bass: int
    pitch_classes: tuple[int, ...]


def harmony_of(label: str) -> Harmony | None:
    """The pitch classes of a chord in Harte's notation; None where it is no chord.

    Raises:
        mir_eval.chord.InvalidChordException: the label is not in Harte's notation.
    """
    import mir_eval

    root, steps, bass = mir_eval.chord.encode(label)
    if root < 0:
        return None
    classes = tuple(int((root + step) % 12) for step in np.flatnonzero(steps))
    return Harmony(int(root), int((root + bass) % 12), classes)


def scale_of(key: str | None) -> tuple[int, ...] | None:
    """The pitch classes of a key as JAMS writes it, such as `Eb:minor`; None where the key or mode is unknown."""
    tonic, _, mode = (key or "").partition(":")
    if mode not in SCALES:
        return None
    harmony = harmony_of(tonic)
    return tuple((harmony.root + step) % 12 for step in SCALES[mode]) if harmony else None


def notes_of(plan: Plan, stem: str, seed: int) -> list[Note]:
    """The notes of a stem; another seed gives another variation of the same plan."""
    rng = np.random.default_rng([seed, STEMS.index(stem)])
    if stem == "drums":
        return _drums(plan, rng)
    if stem == "bass":
        return _bass(plan, rng)
    return _melody(plan, rng) if stem == "synth" else _comping(plan, rng, is_held=stem == "other")


def edges_s(plan: Plan) -> np.ndarray:
    """The beats and the end of the loop."""
    return np.array([*plan.beats_s, plan.duration_s])


def _drums(plan: Plan, rng: np.random.Generator) -> list[Note]:
    """Kick, back beat and a hat on each half beat; the seed adds light kicks between the beats."""
    edges, bar = edges_s(plan), plan.beats_per_bar
    extra = {int(at) for at in rng.choice(bar, size=max(1, bar // 2), replace=False)} if rng.random() < 0.5 else set()
    notes = []
    for number, (start, end) in enumerate(pairwise(edges)):
        place, half = number % bar, (start + end) / 2
        is_back = place % 2 == 1 if bar % 2 == 0 else place >= 2
        notes.append(Note(start, end, "snare" if is_back else "kick", 1.0 if place == 0 else 0.85))
        notes += [Note(start, half, "hat", 0.5), Note(half, end, "hat", 0.3)]
        notes += [Note(half, end, "kick", 0.3)] if place in extra else []
    return notes


def _bass(plan: Plan, rng: np.random.Generator) -> list[Note]:
    """The lowest note of the chord on each beat of it, or held; an octave higher now and then."""
    is_held, jumps = rng.random() < 0.4, float(rng.choice([0.0, 0.2]))
    notes = []
    for chord in plan.chords:
        harmony = harmony_of(chord.label)
        if harmony is None:
            continue
        low = BASS_LOWEST + (harmony.root - BASS_LOWEST) % 12
        for number, (start, end) in enumerate(_pieces(plan, chord, whole=is_held)):
            notes.append(Note(start, end, low + 12 * int(number > 0 and rng.random() < jumps), 0.9))
    return notes


def _comping(plan: Plan, rng: np.random.Generator, *, is_held: bool) -> list[Note]:
    """The chord in one voicing, on each beat or held; the seed chooses the inversion."""
    lowest = CHORD_LOWEST + int(rng.integers(12))
    holds = is_held or rng.random() < 0.4
    notes = []
    for chord in plan.chords:
        harmony = harmony_of(chord.label)
        if harmony is None:
            continue
        pitches = [lowest + (one - lowest) % 12 for one in harmony.pitch_classes]
        notes += [Note(start, end, pitch, 0.7) for start, end in _pieces(plan, chord, whole=holds) for pitch in pitches]
    return notes


def _melody(plan: Plan, rng: np.random.Generator) -> list[Note]:
    """A line near the note before: chord notes on the beats, notes of the scale between."""
    scale, pitch = scale_of(plan.key), (LEAD_FROM + LEAD_TO) // 2
    rhythm = [bool(rng.random() < 0.4) for _ in range(plan.beats_per_bar)]  # which beats have two notes
    notes = []
    for chord in plan.chords:
        harmony = harmony_of(chord.label)
        if harmony is None:
            continue
        for number, (start, end) in enumerate(_pieces(plan, chord, whole=False)):
            middle = (start + end) / 2
            parts = [(start, middle), (middle, end)] if rhythm[number % len(rhythm)] else [(start, end)]
            for at, (begin, stop) in enumerate(parts):
                allowed = scale if at and scale else harmony.pitch_classes
                near = [one for one in range(pitch - 7, pitch + 8) if one % 12 in allowed]
                pitch = int(rng.choice([one for one in near if LEAD_FROM <= one <= LEAD_TO] or near))
                notes.append(Note(begin, stop, pitch, 0.8))
    return notes


def _pieces(plan: Plan, chord: Span, *, whole: bool) -> list[tuple[float, float]]:
    """The chord cut at the beats, or at the first beats of bars where it is held."""
    edges = edges_s(plan)
    cuts = edges[:: plan.beats_per_bar] if whole else edges
    inner = [float(at) for at in cuts if chord.start_s + SHORTEST_S < at < chord.end_s - SHORTEST_S]
    return list(pairwise([chord.start_s, *inner, chord.end_s]))
