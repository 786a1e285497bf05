"""Functions of sections: intro, verse and chorus, only of songs whose form and levels speak clearly.

The chorus is the loudest letter that comes back, the verse the letter that comes back before it. Both must come at
least twice in turn, and the chorus must be louder by `LEAST_LOUDER_DB`. A letter that stands at the beginning only is
the intro. Bridges are not told: our letters do not tell those of the rendered songs from what is before them. How often
this is right: `python -m benchmarks.audio_functions FOLDER`.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from audio.features import FRAMES_PER_S, Features
from audio.sections import Section

LEAST_LOUDER_DB = 1.0
LEAST_TIMES = 2


def functions_of(sections: Sequence[Section], features: Features) -> list[str | None]:
    """The function of each section, None where it cannot be told; empty where the form does not speak clearly."""
    power = features.mel.sum(axis=1)
    return named([one.label for one in sections], [_level_db(power, one) for one in sections])


def named(labels: Sequence[str], levels_db: Sequence[float]) -> list[str | None]:
    """The functions from letters and levels alone."""
    turns = [label for label, _ in groupby(labels)]  # a section that is cut in two comes once
    again = [label for label in dict.fromkeys(turns) if turns.count(label) >= LEAST_TIMES]
    if len(again) < 2:
        return []
    level = {
        letter: float(np.mean([db for label, db in zip(labels, levels_db, strict=True) if label == letter]))
        for letter in again
    }
    chorus, verse = sorted(again, key=lambda letter: -level[letter])[:2]
    is_clear = level[chorus] - level[verse] >= LEAST_LOUDER_DB and turns.index(verse) < turns.index(chorus)
    if not is_clear:
        return []
    names: dict[str, str] = {chorus: "chorus", verse: "verse"}
    if turns.count(turns[0]) == 1:
        names[turns[0]] = "intro"
    return [names.get(label) for label in labels]


def _level_db(power: np.ndarray, section: Section) -> float:
    part = power[int(section.start_s * FRAMES_PER_S) : int(section.end_s * FRAMES_PER_S)]
    return float(10 * np.log10(part.mean() + 1e-12)) if part.size else -120.0
