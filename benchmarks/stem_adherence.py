"""Stems by rules against the JAMS they were planned from: `python -m benchmarks.stem_adherence [FOLDER]`.

FOLDER has rendered songs, NAME.mp3 with NAME.json beside each, which are measured before the generated ones. Each of
those is a score of :mod:`audio.songs` that no test uses; its truth is the JAMS. Each stem has one seed, nothing is
tried again: the numbers are those of the backend and not of the selection.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

STEMS = ("drums", "bass", "piano")
SEEDS = range(90_000, 90_020)
BARS = 4


@dataclass(frozen=True)
class Row:
    """One stem of one song: what is measured, its value, and the error of its length."""

    song: str
    stem: str
    measure: str
    value: float
    length_error_samples: float


def measure_song(seed: int, folder: Path, stems: Sequence[str] = STEMS, bars: int = BARS) -> list[Row]:
    """The stems of one generated song.

    Raises:
        audio.generation.plan.CannotPlanError: the song has too few bars.
    """
    from audio.songs.score import score_of
    from audio.songs.truth import write_truth

    path = folder / f"{seed}.jams"
    write_truth(score_of(seed, 3), path)
    return measure(str(seed), json.loads(path.read_text(encoding="utf-8")), folder, stems, bars)


def measure(song: str, jams: dict[str, Any], folder: Path, stems: Sequence[str] = STEMS, bars: int = BARS) -> list[Row]:
    """The stems of the first bars of a song, each by its first seed.

    Raises:
        audio.generation.plan.CannotPlanError: the song has too few bars.
    """
    from audio.generation.adherence import MEASURES
    from audio.generation.backends import RuleBackend
    from audio.generation.drafts import draft_stem
    from audio.generation.plan import plan_loop

    plan = plan_loop(jams, bars)
    rows = []
    for stem in stems:
        scores = draft_stem(plan, stem, RuleBackend(), folder / song, attempts=1).attempts[0].scores
        name = MEASURES[stem]
        rows.append(Row(song, stem, name, scores.get(name, 0.0), scores["length_error_samples"]))
    return rows


def report(rows: Sequence[Row]) -> str:
    """A table: mean and worst value of each stem, and the largest error of a length."""
    lines = ["| stem | measure | songs | mean | worst | length error, samples |", "|---|---|---|---|---|---|"]
    for stem in dict.fromkeys(row.stem for row in rows):
        own = [row for row in rows if row.stem == stem]
        values, errors = [row.value for row in own], [abs(row.length_error_samples) for row in own]
        shown = f"{fmean(values):.3f} | {min(values):.3f} | {max(errors):.0f}"
        lines.append(f"| {stem} | {own[0].measure} | {len(own)} | {shown} |")
    return "\n".join(lines)


def main(told: Callable[[str], None] = lambda text: print(text, file=sys.stderr)) -> None:
    """Measure all songs and print the tables."""
    from benchmarks.audio_truths import rendered_songs

    shared, rows = [], list[Row]()
    with tempfile.TemporaryDirectory() as folder:
        for known in rendered_songs(Path(sys.argv[1])) if len(sys.argv) > 1 else []:
            shared += measure(known.name, json.loads(known.truth.dumps()), Path(folder))
        for seed in SEEDS:
            rows += measure_song(seed, Path(folder))
            told(f"song {seed}: " + ", ".join(f"{row.stem} {row.value:.2f}" for row in rows[-len(STEMS) :]))
    print("\n\n".join(report(one) for one in (shared, rows) if one))


if __name__ == "__main__":
    main()
