"""The drums of a song: grooves of each metre, fills, breaks."""

from dataclasses import dataclass

import numpy as np

from audio.songs.score import Score, Section

DRUM_CHANNEL = 9
KICK, SNARE, SIDE_STICK, HAT, OPEN_HAT, RIDE, SHAKER, CRASH, TOM = 36, 38, 37, 42, 46, 51, 70, 49, 45
# Kick and back beat of one bar, four places a beat (in 6/8 six): X strong, x light.
GROOVES: dict[str, tuple[tuple[str, str], ...]] = {
    "4/4": (
        ("X.......X.......", "....X.......X..."),
        ("X.......X.x.....", "....X.......X..."),
        ("X.....x...X.....", "....X.......X..."),
        ("X..x..X...x.....", "....X..x.x..X..x"),
        ("X.....X...X.....", "....X.......X..."),
        ("X..X......X..X..", "....X.......X..."),
        ("X...X...X...X...", "....X.......X..."),
        ("X...X...X...X...", "................"),
        ("X......x..x.....", "........X......."),
        ("X..xX..xX..xX..x", "..x..x....x..x.."),
        ("X...............", "....x.......x..."),
    ),
    "3/4": (("X...........", "....x...x..."), ("X.....x.....", "........X..."), ("X...........", "............")),
    "2/4": (("X.......", "....X..."), ("X.x.....", "....X..."), ("X...X...", "..x...x.")),
    "6/8": (("X...........", "......X....."), ("X...x.......", "......X...x."), ("X.....x.....", "......X.....")),
    "5/4": (("X...........X.......", "........X.......X..."), ("X.....X.....X.......", "........x.......X...")),
}
SLOW_ONLY = 8  # the groove of 4/4 that sounds like half the tempo; not over 110 BPM, where it would be the tempo
VELOCITIES = {"X": 102, "x": 72}


@dataclass(frozen=True)
class Note:
    """One note; start and length in beats from the first downbeat."""

    channel: int
    pitch: int
    start: float
    length: float
    velocity: int


def drums_of(score: Score, section: Section, rng: np.random.Generator) -> list[Note]:
    """The section's groove, with a fill or a break in its last bar, and perhaps out for its first half."""
    bar = _bar(score, rng)
    ends, rests = str(rng.choice(["fill", "break", "on"], p=[0.4, 0.12, 0.48])), rng.random() < 0.1
    notes = []
    for number in range(section.bars):
        start = (section.first_bar + number) * score.beats_per_bar
        if rests and number < section.bars // 2:
            continue
        last = number == section.bars - 1
        cut = score.beats_per_bar - 1 if last and ends == "fill" else 1 if last and ends == "break" else 99
        notes += [
            Note(DRUM_CHANNEL, pitch, start + at, 0.2, hit) for pitch, at, hit in bar if at < cut or pitch == KICK
        ]
        if last and ends == "fill":
            notes += _fill(start + score.beats_per_bar - 1, score.subdivision * 2)
    return notes


def _fill(begin: float, steps: int) -> list[Note]:
    return [Note(DRUM_CHANNEL, SNARE if i % 2 else TOM, begin + i / steps, 0.1, 80 + 4 * i) for i in range(steps)]


def _bar(score: Score, rng: np.random.Generator) -> list[tuple[int, float, int]]:
    """One bar as (drum, beat, velocity); the time keeper is denser when the beat is slow."""
    grooves, beats, bpm = GROOVES[score.metre], score.beats_per_bar, score.bpm
    chosen = int(rng.integers(len(grooves)))
    if score.metre == "4/4" and chosen == SLOW_ONLY and bpm > 110:
        chosen = 0
    back = SNARE if rng.random() < 0.75 else SIDE_STICK
    hits = []
    for drum, places in zip((KICK, back), grooves[chosen], strict=True):
        each = beats / len(places)
        hits += [(drum, at * each, VELOCITIES[mark]) for at, mark in enumerate(places) if mark != "."]
    keeper = int(rng.choice([HAT, HAT, RIDE, SHAKER]))
    per_beat = score.subdivision if score.metre == "6/8" or 75 < bpm < 150 else (4 if bpm <= 75 else 1)
    if per_beat == 4 and rng.random() < 0.4:
        per_beat = 2
    if per_beat == 2 and score.metre != "6/8" and rng.random() < 0.12:
        return hits + [(OPEN_HAT, beat + 0.5, 74) for beat in range(beats)]
    return hits + [(keeper, i / per_beat, 78 if i % per_beat == 0 else 58) for i in range(beats * per_beat)]
