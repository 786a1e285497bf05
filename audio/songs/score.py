"""The plan of a song: metre, tempo curve, key, tuning, form, chords; everything from one seed."""

from dataclasses import dataclass, field

import numpy as np

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
# Degrees in semitones above the tonic with the quality of the chord on them.
PROGRESSIONS = {
    "major": (
        ((0, "maj"), (7, "maj"), (9, "min"), (5, "maj")),
        ((0, "maj"), (5, "maj"), (7, "maj"), (0, "maj")),
        ((9, "min"), (5, "maj"), (0, "maj"), (7, "maj")),
        ((2, "min7"), (7, "7"), (0, "maj7"), (0, "maj7")),
        ((0, "maj"), (4, "min"), (5, "maj"), (7, "maj")),
        ((5, "maj"), (0, "maj"), (2, "min"), (7, "maj")),
        ((0, "maj"), (9, "min"), (2, "min"), (7, "maj")),
        ((0, "maj"), (10, "maj"), (5, "maj"), (0, "maj")),
        ((5, "maj"), (7, "maj"), (4, "min"), (9, "min")),
        ((0, "maj"), (7, "maj"), (0, "maj"), (7, "maj")),
        ((4, "min"), (9, "min"), (2, "min"), (7, "maj")),
        ((0, "maj"), (7, "maj"), (9, "min"), (4, "min"), (5, "maj"), (0, "maj"), (5, "maj"), (7, "maj")),
        tuple((degree, "7") for degree in (0, 5, 0, 0, 5, 5, 0, 0, 7, 5, 0, 7)),  # a blues
    ),
    "minor": (
        ((0, "min"), (8, "maj"), (3, "maj"), (10, "maj")),
        ((0, "min"), (5, "min"), (7, "maj"), (0, "min")),
        ((0, "min"), (10, "maj"), (8, "maj"), (7, "maj")),
        ((5, "min"), (0, "min"), (7, "7"), (0, "min")),
        ((0, "min"), (3, "maj"), (10, "maj"), (5, "min")),
        ((8, "maj"), (10, "maj"), (0, "min"), (0, "min")),
        ((0, "min"), (7, "min"), (8, "maj"), (10, "maj")),
        ((2, "hdim7"), (7, "7"), (0, "min7"), (0, "min7")),
        ((0, "min"), (5, "maj"), (0, "min"), (5, "maj")),
        ((0, "min"), (5, "min"), (10, "maj"), (3, "maj"), (8, "maj"), (2, "hdim7"), (7, "7"), (0, "min")),
    ),
}
FORMS = ("ABAB", "AABA", "IABABCB", "ABACA", "ABCB", "IABAB", "AABB", "IAABAO", "IABCABCO", "ABCD", "IABABCBO")
METRES = {"4/4": 0.45, "3/4": 0.2, "6/8": 0.13, "2/4": 0.11, "5/4": 0.11}
BEATS_PER_BAR = {"2/4": 2, "3/4": 3, "4/4": 4, "6/8": 2, "5/4": 5}
TUNINGS_HZ = (425.0, 450.0)


@dataclass(frozen=True)
class Chord:
    """A chord from one beat to another; beats count from the first downbeat."""

    start: float
    end: float
    root: int
    quality: str
    bass: int = 0  # semitones of the lowest note above the root


@dataclass(frozen=True)
class Section:
    """A stretch of bars under one letter."""

    label: str
    first_bar: int
    bars: int


@dataclass
class Score:
    """Everything that is decided before a note is written."""

    seed: int
    metre: str
    bpm: float
    tonic: int
    mode: str
    tuning_hz: float
    soundfont: int
    has_drums: bool
    lead_in_s: float
    pickup_beats: int
    change: str
    swings: bool = False
    has_bass: bool = True
    has_sevenths: bool = False
    fades: bool = False
    sections: list[Section] = field(default_factory=list)
    chords: list[Chord] = field(default_factory=list)
    modulates_at: float | None = None
    beat_times: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def beats_per_bar(self) -> int:
        """Beats in a bar; 6/8 has two dotted ones."""
        return BEATS_PER_BAR[self.metre]

    @property
    def subdivision(self) -> int:
        """Parts of a beat that the parts play: 3 in 6/8, else 2."""
        return 3 if self.metre == "6/8" else 2

    @property
    def main_bpm(self) -> float:
        """The tempo to be found: the median, or after a change of tempo that of the longer part."""
        bpm = 60 / np.diff(self.beat_times)
        if self.change == "step":
            tempi = np.unique(np.round(bpm, 6))
            return float(max(tempi, key=lambda one: np.sum(1 / bpm[np.isclose(bpm, one)])))
        return float(np.median(bpm))

    @property
    def beats(self) -> int:
        """Beats from the first downbeat to the end."""
        return sum(section.bars for section in self.sections) * self.beats_per_bar

    def time_of(self, beat: float) -> float:
        """Seconds of a beat, fractions between; beats before the first downbeat are negative."""
        grid = np.arange(self.beat_times.size) - self.pickup_beats
        return float(np.interp(beat, grid, self.beat_times))


def score_of(seed: int, soundfonts: int) -> Score:
    """The score of a seed."""
    rng = np.random.default_rng([seed, 20_261])
    metre = str(rng.choice(list(METRES), p=list(METRES.values())))
    low, high = {"6/8": (50, 110), "2/4": (60, 180)}.get(metre, (50, 190))
    score = Score(
        seed=seed,
        metre=metre,
        bpm=float(np.exp(rng.uniform(np.log(low), np.log(high)))),
        tonic=int(rng.integers(12)),
        mode="minor" if rng.random() < 0.4 else "major",
        tuning_hz=440.0 if rng.random() < 0.35 else float(rng.uniform(*TUNINGS_HZ)),
        soundfont=int(rng.integers(soundfonts)),
        has_drums=bool(rng.random() < 0.75),
        lead_in_s=float(rng.choice([0.0, 0.2, rng.uniform(0.3, 3.0)])),
        pickup_beats=int(rng.integers(1, BEATS_PER_BAR[metre])) if rng.random() < 0.25 else 0,
        change=str(rng.choice(["steady", "drift", "step"], p=[0.5, 0.35, 0.15])),
    )
    if metre != "6/8" and score.bpm < 170:
        score.swings = bool(rng.random() < 0.15)
    score.has_bass, score.has_sevenths = bool(rng.random() < 0.92), bool(rng.random() < 0.2)
    score.fades = bool(rng.random() < 0.12)
    _write_form(score, rng)
    _write_chords(score, rng)
    score.beat_times = _beat_times(score, rng)
    return score


def _write_form(score: Score, rng: np.random.Generator) -> None:
    """Sections of 2 to 18 bars, letters of different lengths, so that a song lasts about 40 to 130 seconds."""
    form = str(rng.choice(FORMS))
    bar_s = score.beats_per_bar * 60 / score.bpm
    usual = min((4, 8, 16), key=lambda count: abs(count * bar_s * len(form) - 75))
    bars: dict[str, int] = {}
    for letter in sorted(set(form)):
        factor = 0.5 if letter in "IO" else float(rng.choice([0.5, 1.0, 2.0], p=[0.2, 0.65, 0.15]))
        bars[letter] = int(np.clip(usual * factor, 2 if letter in "IO" else 4, 16))
        if rng.random() < 0.12:
            bars[letter] += int(rng.choice([-1, 1, 2]))
    first = 0
    for letter in form:
        score.sections.append(Section(letter, first, bars[letter]))
        first += bars[letter]


def _write_chords(score: Score, rng: np.random.Generator) -> None:
    """Each letter its progression, harmonic rhythm and inversions; the last section may stand higher."""
    chosen = rng.permutation(len(PROGRESSIONS[score.mode]))
    letters = sorted({section.label for section in score.sections})
    of = {letter: PROGRESSIONS[score.mode][chosen[i % len(chosen)]] for i, letter in enumerate(letters)}
    bar_s = score.beats_per_bar * 60 / score.bpm
    paces = (1.0, 2.0) if bar_s < 1.6 or score.beats_per_bar != 4 else (1.0, 0.5)
    pace = {letter: float(rng.choice(paces, p=[0.75, 0.25])) for letter in letters}
    inverts = {letter: bool(rng.random() < 0.2) for letter in letters}
    shift, modulates, seed = 0, rng.random() < 0.15, int(rng.integers(1_000_000))
    for number, section in enumerate(score.sections):
        if modulates and number == len(score.sections) - 1:
            shift, score.modulates_at = int(rng.choice([1, 2])), section.first_bar * score.beats_per_bar
        own = np.random.default_rng([seed, ord(section.label)])  # a letter's inversions come back with it
        steps, length = of[section.label], score.beats_per_bar * pace[section.label]
        begin, end = (section.first_bar + np.array([0, section.bars])) * score.beats_per_bar
        for position, start in enumerate(np.arange(begin, end, length)):
            degree, quality = steps[position % len(steps)]
            if score.has_sevenths:
                quality = {"maj": "7" if degree == 7 else "maj7", "min": "min7"}.get(quality, quality)
            inverted = inverts[section.label] and position % len(steps) and own.random() < 0.35
            bass = (
                int(own.choice([7, 3 if quality.startswith("min") else 4])) if inverted and "dim" not in quality else 0
            )
            root = (score.tonic + shift + degree) % 12
            score.chords.append(Chord(float(start), float(min(start + length, end)), root, quality, bass))


def _beat_times(score: Score, rng: np.random.Generator) -> np.ndarray:
    """Seconds of every beat, from the first of the pick-up to one past the last."""
    total = score.pickup_beats + score.beats + 1
    bpm = np.full(total, score.bpm)
    if score.change == "drift":
        depth, periods, phase = rng.uniform(0.02, 0.08), rng.uniform(0.5, 2.0), rng.uniform(0, 2 * np.pi)
        bpm *= 1 + depth * np.sin(phase + 2 * np.pi * periods * np.arange(total) / total)
    elif score.change == "step" and len(score.sections) > 2:
        at = score.sections[len(score.sections) // 2].first_bar * score.beats_per_bar + score.pickup_beats
        bpm[at:] *= float(rng.choice([0.8, 0.87, 1.15, 1.25]))
    intervals = 60 / bpm
    return np.asarray(score.lead_in_s + np.concatenate([[0.0], np.cumsum(intervals[:-1])]))
