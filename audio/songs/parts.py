"""The parts of a song as notes: bass, chords, melody, and the drums; each section with its own mix of them."""

from itertools import pairwise

import numpy as np

from audio.songs.drums import CRASH, DRUM_CHANNEL, Note, drums_of
from audio.songs.score import Chord, Score, Section

INTERVALS = {"maj": (0, 4, 7), "min": (0, 3, 7), "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10)}
INTERVALS |= {"hdim7": (0, 3, 6, 10)}
SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
BASSES, COMPS = (32, 33, 34, 38, 43), (0, 4, 24, 25, 26, 27, 16, 6, 11, 2)
LEAD_CHANNEL = 3
PADS, LEADS = (48, 49, 89, 52, 50), (73, 65, 56, 40, 80, 22, 68, 52, 53, 54, 71)


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
        chords, is_rim = _chords_within(score, section), section.label in "IO"
        notes += drums_of(score, section, own) if score.has_drums and (not is_rim or own.random() < 0.3) else []
        notes += _bass(score, chords, own) if score.has_bass and (not is_rim or own.random() < 0.5) else []
        notes += _comping(score, chords, own)
        notes += _pad(chords) if own.random() < 0.4 else []
        if section.label != "I" and own.random() < 0.8:
            notes += _melody(score, section, chords, own)
        if score.has_drums and number and own.random() < 0.5:
            notes.append(Note(DRUM_CHANNEL, CRASH, section.first_bar * score.beats_per_bar, 1.0, 95))
    notes += _pickup(score, rng)
    return [_swung(note) for note in notes] if score.swings else notes


def _swung(note: Note) -> Note:
    """The off-beat as the last of three parts of the beat, and what lies around it likewise."""
    beat, part = divmod(note.start, 1.0)
    late = part * 4 / 3 if part < 0.5 else 2 / 3 + (part - 0.5) * 2 / 3
    return Note(note.channel, note.pitch, beat + late, note.length, note.velocity)


def _chords_within(score: Score, section: Section) -> list[Chord]:
    begin, end = section.first_bar * score.beats_per_bar, (section.first_bar + section.bars) * score.beats_per_bar
    return [chord for chord in score.chords if begin <= chord.start < end]


def _bass(score: Score, chords: list[Chord], rng: np.random.Generator) -> list[Note]:
    styles = ["root", "eighths", "walking", "root and fifth", "syncopated", "sparse"]
    style = str(rng.choice(["walking", "root"], p=[0.6, 0.4]) if score.has_sevenths else rng.choice(styles))
    notes = []
    for number, chord in enumerate(chords):
        low = 28 + (chord.root + chord.bass - 4) % 12
        third, fifth = (low + step - chord.bass for step in INTERVALS[chord.quality][1:3])
        length, following = chord.end - chord.start, chords[(number + 1) % len(chords)]
        if style == "root" or score.metre == "6/8":
            notes.append(Note(0, low, chord.start, length * 0.9, 92))
        elif style == "sparse":
            notes += [Note(0, low, chord.start, min(1.0, length) * 0.8, 90)] if number % 2 == 0 else []
        elif style == "eighths" and score.bpm < 140:
            notes += [Note(0, low, chord.start + i / 2, 0.42, 84 + 8 * (i == 0)) for i in range(int(length * 2))]
        elif style == "syncopated":
            places = [at for at in (0.0, 1.5, 2.5, 3.5) if at < length]
            notes += [Note(0, low, chord.start + at, 0.45, 90 if at == 0 else 80) for at in places]
        elif style == "walking":
            to = 28 + (following.root + following.bass - 4) % 12 + int(rng.choice([-1, 1, 2]))
            steps = [low, third, fifth, third, fifth]
            line = [*(steps[i % 5] for i in range(int(length) - 1)), to if length > 1 else low]
            notes += [Note(0, pitch, chord.start + i, 0.9, 86 + 6 * (i == 0)) for i, pitch in enumerate(line)]
        else:
            middle = chord.start + int(np.ceil(length / 2))
            notes.append(Note(0, low, chord.start, (middle - chord.start) * 0.9, 92))
            if middle < chord.end:
                notes.append(Note(0, fifth, middle, (chord.end - middle) * 0.9, 82))
    return notes


def _comping(score: Score, chords: list[Chord], rng: np.random.Generator) -> list[Note]:
    styles = ["block", "beats", "arpeggio", "off-beats", "anticipated"]
    style = str(rng.choice(styles, p=[0.28, 0.25, 0.25, 0.12, 0.1]))
    if style in ("off-beats", "anticipated") and not score.has_drums:
        style = "beats"
    lowest = int(rng.integers(48, 60))  # which inversion the chord is voiced in
    opens = rng.random() < 0.3
    notes = []
    for chord in chords:
        pitches = sorted(lowest + (chord.root + step - lowest) % 12 for step in INTERVALS[chord.quality])
        if opens:
            pitches[1] += 12
        length = chord.end - chord.start
        if style == "block":
            notes += [Note(1, pitch, chord.start, length * 0.95, 80) for pitch in pitches]
        elif style == "anticipated":
            early = 0.5 if chord.start >= 1 and length > 1 else 0.0
            notes += [Note(1, pitch, chord.start - early, length * 0.9, 82) for pitch in pitches]
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
    firsts = [0.0] if rng.random() < 0.7 else []  # else the line may begin anywhere in the bar
    rhythms = [sorted({*firsts, *rng.choice(grid, size=max(1, grid.size // 3), replace=False)}) for _ in range(2)]
    follows = rng.random() < 0.7  # chord notes on the beats; else notes of the scale anywhere
    notes, pitch = [], 72
    for number in range(section.bars):
        begin = (section.first_bar + number) * score.beats_per_bar
        places = [*rhythms[number % 2], float(score.beats_per_bar)]
        for place, following in pairwise(places):
            at = begin + place
            chord = next((one for one in chords if one.start <= at < one.end), chords[-1])
            of_chord = [(chord.root + step) % 12 for step in INTERVALS[chord.quality][:3]]
            allowed = of_chord if (follows and place == int(place)) or shift else scale
            near = [one for one in range(pitch - 7, pitch + 8) if one % 12 in allowed and 62 <= one <= 86]
            pitch = int(rng.choice(near)) if near else 72
            notes.append(Note(3, pitch, at, (following - place) * 0.9, int(rng.integers(78, 96))))
    return notes


def _pickup(score: Score, rng: np.random.Generator) -> list[Note]:
    scale = [(score.tonic + step) % 12 for step in SCALES[score.mode]]
    pitches = [pitch for pitch in range(64, 80) if pitch % 12 in scale]
    return [Note(3, int(rng.choice(pitches)), float(-beat), 0.9, 84) for beat in range(score.pickup_beats, 0, -1)]
