"""The parts of a song as notes: drums, bass, chords, melody; each section with its own mix of them."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from audio.songs.score import Chord, Score, Section

INTERVALS = {"maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10)}
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
KICK, SNARE, SIDE_STICK, HAT, OPEN_HAT, RIDE, SHAKER, CRASH, TOM = 36, 38, 37, 42, 46, 51, 70, 49, 45
BASSES, COMPS = (32, 33, 34, 38, 43), (0, 4, 24, 25, 26, 16, 6, 11)
PADS, LEADS = (48, 49, 89, 52), (73, 65, 56, 40, 80, 22, 68)
DRUM_CHANNEL = 9


@dataclass(frozen=True)
class Note:
    """One note; start and length in beats from the first downbeat."""

    channel: int
    pitch: int
    start: float
    length: float
    velocity: int


def programs_of(score: Score) -> dict[int, int]:
    """The General MIDI program of each channel: bass, chords, pad, melody."""
    rng = np.random.default_rng([score.seed, 1])
    return {channel: int(rng.choice(bank)) for channel, bank in enumerate((BASSES, COMPS, PADS, LEADS))}


def notes_of(score: Score) -> list[Note]:
    """All notes of the song."""
    rng = np.random.default_rng([score.seed, 2])
    styles = {letter: int(rng.integers(1_000_000)) for letter in sorted({one.label for one in score.sections})}
    notes: list[Note] = []
    for number, section in enumerate(score.sections):
        own = np.random.default_rng([styles[section.label], score.seed])  # a repeat of a letter sounds alike
        chords = _chords_within(score, section)
        notes += _drums(score, section, own) if score.has_drums and section.label != "I" else []
        notes += _bass(score, chords, own) if section.label != "I" or own.random() < 0.5 else []
        notes += _comping(score, chords, own)
        notes += _pad(chords) if own.random() < 0.4 else []
        if section.label != "I" and own.random() < 0.8:
            notes += _melody(score, section, chords, own)
        if score.has_drums and number and own.random() < 0.6:
            notes.append(Note(DRUM_CHANNEL, CRASH, section.first_bar * score.beats_per_bar, 1.0, 95))
    notes += _pickup(score, rng)
    return notes


def _chords_within(score: Score, section: Section) -> list[Chord]:
    begin, end = section.first_bar * score.beats_per_bar, (section.first_bar + section.bars) * score.beats_per_bar
    return [chord for chord in score.chords if begin <= chord.start < end]


def _drums(score: Score, section: Section, rng: np.random.Generator) -> list[Note]:
    bar = _drum_bar(score, rng)
    fills = rng.random() < 0.5
    notes = []
    for number in range(section.bars):
        start = (section.first_bar + number) * score.beats_per_bar
        last = fills and number == section.bars - 1
        for pitch, at, velocity in bar:
            if not (last and at >= score.beats_per_bar - 1 and pitch in (HAT, RIDE, SHAKER)):
                notes.append(Note(DRUM_CHANNEL, pitch, start + at, 0.2, velocity))
        if last:
            steps = score.subdivision * 2
            begin = start + score.beats_per_bar - 1
            notes += [
                Note(DRUM_CHANNEL, SNARE if i % 2 else TOM, begin + i / steps, 0.1, 80 + 4 * i) for i in range(steps)
            ]
    return notes


def _drum_bar(score: Score, rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """One bar as (drum, beat, velocity): a style of the metre, denser when the beat is slow."""
    beats, bpm = score.beats_per_bar, score.bpm
    time_keeper = int(rng.choice([HAT, HAT, RIDE, SHAKER]))
    per_beat = score.subdivision if score.metre == "6/8" or 75 < bpm < 150 else (4 if bpm <= 75 else 1)
    if per_beat == 4 and rng.random() < 0.4:
        per_beat = 2
    hits = [(time_keeper, i / per_beat, 78 if i % per_beat == 0 else 58) for i in range(beats * per_beat)]
    back = SNARE if rng.random() < 0.75 else SIDE_STICK
    style = rng.choice(["back beat", "four on the floor", "sparse"], p=[0.6, 0.2, 0.2])
    if score.metre == "3/4":
        hits += [(KICK, 0.0, 105), (back, 1.0, 70), (back, 2.0, 74 if style != "sparse" else 50)]
    elif score.metre == "5/4":
        hits += [(KICK, 0.0, 105), (KICK, 3.0, 90), (back, 2.0, 84), (back, 4.0, 84)]
    elif score.metre == "6/8":
        hits += [(KICK, 0.0, 105), (back, 1.0, 92)]
    elif score.metre == "2/4":
        hits += [(KICK, 0.0, 105), (back, 1.0, 92)] + ([(KICK, 0.5, 70)] if rng.random() < 0.3 else [])
    elif style == "four on the floor":
        hits += [(KICK, float(i), 105) for i in range(4)] + [(back, 1.0, 88), (back, 3.0, 88)]
        hits += [(OPEN_HAT, i + 0.5, 70) for i in range(4)]
    else:
        hits += [(KICK, 0.0, 105), (KICK, 2.0, 98), (back, 1.0, 95), (back, 3.0, 95)]
        hits += [(KICK, float(rng.choice([1.5, 2.5, 3.5])), 80)] if style == "back beat" else []
    return hits


def _bass(score: Score, chords: list[Chord], rng: np.random.Generator) -> list[Note]:
    style = str(rng.choice(["root", "eighths", "walking", "root and fifth"]))
    notes = []
    for chord in chords:
        low = 28 + (chord.root - 4) % 12
        third = INTERVALS[chord.quality][1]
        length = chord.end - chord.start
        if style == "root" or score.metre == "6/8":
            notes.append(Note(0, low, chord.start, length * 0.9, 92))
        elif style == "eighths" and score.bpm < 140:
            notes += [Note(0, low, chord.start + i / 2, 0.42, 84 + 8 * (i == 0)) for i in range(int(length * 2))]
        elif style == "walking":
            steps = (0, third, 7, third, 7)
            notes += [Note(0, low + steps[i % 5], chord.start + i, 0.9, 86 + 6 * (i == 0)) for i in range(int(length))]
        else:
            middle = chord.start + int(np.ceil(length / 2))
            notes.append(Note(0, low, chord.start, (middle - chord.start) * 0.9, 92))
            if middle < chord.end:
                notes.append(Note(0, low + 7, middle, (chord.end - middle) * 0.9, 82))
    return notes


def _comping(score: Score, chords: list[Chord], rng: np.random.Generator) -> list[Note]:
    style = str(rng.choice(["block", "beats", "arpeggio", "off-beats"], p=[0.3, 0.3, 0.25, 0.15]))
    if style == "off-beats" and not score.has_drums:
        style = "beats"
    notes = []
    for chord in chords:
        pitches = [52 + (chord.root + step - 4) % 12 for step in INTERVALS[chord.quality]]
        length = chord.end - chord.start
        if style == "block":
            notes += [Note(1, pitch, chord.start, length * 0.95, 80) for pitch in pitches]
        elif style == "arpeggio":
            steps = score.subdivision
            for i in range(round(length * steps)):
                pitch = sorted(pitches)[(0, 1, 2, 1)[i % 4] % len(pitches)]
                notes.append(Note(1, pitch, chord.start + i / steps, 0.9 / steps * 1.5, 82 if i % steps == 0 else 68))
        else:
            offset = 0.5 if style == "off-beats" else 0.0
            for beat in range(round(length)):
                velocity = 86 if beat == 0 else 74
                notes += [Note(1, pitch, chord.start + beat + offset, 0.45, velocity) for pitch in pitches]
    return notes


def _pad(chords: list[Chord]) -> list[Note]:
    return [
        Note(2, 55 + (chord.root + step - 7) % 12, chord.start, chord.end - chord.start, 62)
        for chord in chords
        for step in INTERVALS[chord.quality][:3]
    ]


def _melody(score: Score, section: Section, chords: list[Chord], rng: np.random.Generator) -> list[Note]:
    """A line of chord notes on strong places and scale notes between, the same rhythm in every second bar."""
    shift = 0 if score.modulates_at is None or section.first_bar * score.beats_per_bar < score.modulates_at else 1
    scale = [(score.tonic + step) % 12 for step in SCALES[score.mode]]
    grid = np.arange(0, score.beats_per_bar, 1 / score.subdivision)
    rhythms = [sorted({0.0, *rng.choice(grid, size=max(1, grid.size // 3), replace=False)}) for _ in range(2)]
    notes, pitch = [], 72
    for number in range(section.bars):
        begin = (section.first_bar + number) * score.beats_per_bar
        places = [*rhythms[number % 2], float(score.beats_per_bar)]
        for place, following in pairwise(places):
            at = begin + place
            chord = next((one for one in chords if one.start <= at < one.end), chords[-1])
            of_chord = [(chord.root + step) % 12 for step in INTERVALS[chord.quality][:3]]
            allowed = of_chord if place == int(place) or shift else scale
            near = [one for one in range(pitch - 7, pitch + 8) if one % 12 in allowed and 62 <= one <= 86]
            pitch = int(rng.choice(near)) if near else 72
            notes.append(Note(3, pitch, at, (following - place) * 0.9, int(rng.integers(78, 96))))
    return notes


def _pickup(score: Score, rng: np.random.Generator) -> list[Note]:
    scale = [(score.tonic + step) % 12 for step in SCALES[score.mode]]
    pitches = [pitch for pitch in range(64, 80) if pitch % 12 in scale]
    return [Note(3, int(rng.choice(pitches)), float(-beat), 0.9, 84) for beat in range(score.pickup_beats, 0, -1)]
