"""The same songs heard by libraries, as by `lacquer analyze --backend`, beside ours: `lacquer bench audio --rivals`."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.audio_report import TUNING, score_rows
from benchmarks.report import Part

if TYPE_CHECKING:
    from audio.evaluate import Scores
    from benchmarks.audio_truths import Known

# What no library of ours has a function for: zeros would not be theirs.
NOT_THEIRS = ("downbeat_f",)


@dataclass
class Rival:
    """A library, what it scored on each song so far, and what that took."""

    name: str
    scores: "dict[str, Scores]" = field(default_factory=dict)
    cpu_s: float = 0.0
    music_s: float = 0.0

    def hear(self, song: "Known", told: Callable[[str], None]) -> None:
        """Analyse and score a song."""
        from audio.backends import analyse
        from audio.evaluate import evaluate
        from audio.jams_file import as_jams

        told(f"audio: {song.name}, {self.name}")
        began = time.process_time()
        analysis = analyse(song.sound, self.name)
        scores = evaluate(song.truth, as_jams(analysis, song.name))
        self.cpu_s += time.process_time() - began
        self.music_s += analysis.duration_s
        self.scores[song.name] = {name: value for name, value in scores.items() if name not in NOT_THEIRS}


def rivals_there(told: Callable[[str], None]) -> list[Rival]:
    """The libraries that are installed; which are not is told."""
    from audio.backends import BACKENDS, OWN, why_not

    for name in BACKENDS:
        if reason := why_not(name):
            told(f"left out: {reason}")
    return [Rival(name) for name in BACKENDS if name != OWN and why_not(name) is None]


def rivals_part(own: "Mapping[str, Scores]", rivals: Sequence[Rival]) -> Part:
    """Means over the songs with their intervals, ours first."""
    everyone: dict[str, Mapping[str, Scores]] = {"own": own, **{one.name: one.scores for one in rivals}}
    tables = {name: {row[0]: row for row in score_rows(scores, {})} for name, scores in everyone.items()}
    rows = []
    for figure in tables["own"]:
        cells = [f"{row[1]} ({row[2]})" if (row := table.get(figure)) else "-" for table in tables.values()]
        rows.append((figure + (", median" if figure == TUNING else ""), *cells))
    spent = [f"{one.name}: {one.cpu_s / max(one.music_s, 1e-9) * 180:.1f} CPU s for three minutes" for one in rivals]
    return Part(
        title=f"audio: the same {len(own)} songs heard by libraries",
        columns=("figure", *everyone),
        rows=rows,
        verdicts=[*spent, '"-": it has no such function; decoding, guards and scoring are the same for all'],
        measured={name: _means(scores) for name, scores in everyone.items()},
    )


def _means(scores: "Mapping[str, Scores]") -> dict[str, float]:
    names = {name for one in scores.values() for name in one}
    return {name: float(np.mean([one[name] for one in scores.values() if name in one])) for name in sorted(names)}
