"""`lacquer bench audio`: rendered songs with a known truth, analysed as `lacquer analyze` does, and scored.

The songs are made from seeds that nobody tunes on. Intervals are bootstrapped over songs. Nothing of them stays.
"""

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from serving.bench.report import Part
from serving.failures import fail

if TYPE_CHECKING:
    from audio.evaluate import Scores

SONGS, TINY = 40, 2
BARS = {
    "tempo_acc1": 0.75,
    "tempo_acc2": 0.90,
    "beat_f": 0.80,
    "downbeat_f": 0.65,
    "key": 0.75,
    "chord_majmin": 0.70,
    "boundary_f3": 0.60,
}
SURE_OF = {"tempo": "tempo_acc1", "beats": "beat_f", "downbeats": "downbeat_f", "key": "key", "chords": "chord_majmin"}
RIGHT = 0.85  # a score from which on an answer counts as right
COLUMNS = ("figure", "mean", "95% interval", "bar", "songs")


def audio_part(scale_name: str, told: Callable[[str], None]) -> Part:
    """Render, analyse and score the held-out songs."""
    from audio.songs import HELD_OUT_SEED

    count = SONGS if scale_name == "full" else TINY
    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + count)
    with tempfile.TemporaryDirectory(prefix="lacquer-songs-") as folder:
        scores, sure, cpu_s, music_s = _measured(list(seeds), Path(folder), told)
    rows = [_row(name, [one[name] for one in scores.values() if name in one]) for name in _names(scores)]
    verdicts = [f"{cpu_s / music_s * 180:.1f} CPU s for three minutes of music, one process; bar 12"]
    verdicts += [_calibration(aspect, name, scores, sure) for aspect, name in SURE_OF.items()]
    return Part(
        title=f"audio: {count} rendered songs, seeds {seeds[0]} to {seeds[-1]}, {music_s / 60:.0f} minutes",
        columns=COLUMNS,
        rows=rows,
        verdicts=[verdict for verdict in verdicts if verdict],
        measured=[{"song": name, **one} for name, one in scores.items()],
    )


def _names(scores: "Mapping[str, Scores]") -> list[str]:
    found = {name for one in scores.values() for name in one}
    return [*BARS, *sorted(found - set(BARS))]


def _measured(
    seeds: list[int], folder: Path, told: Callable[[str], None]
) -> "tuple[dict[str, Scores], dict[str, dict[str, float]], float, float]":
    """Scores and confidences per song, CPU seconds of the analysis, seconds of music."""
    import jams

    from audio.analysis import analyse
    from audio.evaluate import evaluate
    from audio.jams_file import as_jams
    from audio.songs.render import SOUNDFONTS, CannotRenderError, render
    from audio.songs.score import score_of
    from audio.songs.truth import write_truth

    scores, sure, cpu_s, music_s = {}, {}, 0.0, 0.0
    for number, seed in enumerate(seeds, start=1):
        told(f"audio: song {number} of {len(seeds)}")
        score, sound, truth = score_of(seed, len(SOUNDFONTS)), folder / "song.wav", folder / "song.jams"
        try:
            render(score, sound)
        except CannotRenderError as error:
            fail(str(error))
        write_truth(score, truth)
        began = time.process_time()
        analysis = analyse(sound)
        cpu_s += time.process_time() - began
        music_s += analysis.duration_s
        name = f"{seed} {score.metre}"
        scores[name] = evaluate(jams.load(str(truth), validate=False), as_jams(analysis, name))
        sure[name] = analysis.confidence
    return scores, sure, cpu_s, music_s


def _row(name: str, values: list[float]) -> tuple[str, ...]:
    """The mean of a score with its interval; of the tuning error the median."""
    numbers = np.array(values)
    middle = np.median if name == "tuning_error_hz" else np.mean
    rng = np.random.default_rng(0)
    drawn = middle(rng.choice(numbers, size=(2000, numbers.size)), axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    bar = "under 2" if name == "tuning_error_hz" else f"{BARS[name]:.2f}" if name in BARS else "-"
    return (name, f"{middle(numbers):.3f}", f"{low:.3f} to {high:.3f}", bar, str(numbers.size))


def _calibration(
    aspect: str, name: str, scores: "Mapping[str, Scores]", sure: Mapping[str, Mapping[str, float]]
) -> str:
    """How well a confidence tells right from wrong (AUC), and how far it is off on average (ECE of five bins)."""
    songs = [song for song in scores if aspect in sure[song] and name in scores[song]]
    told = np.array([sure[song][aspect] for song in songs])
    right = np.array([scores[song][name] >= RIGHT for song in songs])
    if not songs:
        return ""
    bins = np.clip((told * 5).astype(int), 0, 4)
    off = sum(abs(told[bins == at].mean() - right[bins == at].mean()) * np.mean(bins == at) for at in set(bins))
    yes, no = told[right], told[~right]
    auc = f"{np.mean((yes[:, None] > no) + 0.5 * (yes[:, None] == no)):.2f}" if yes.size and no.size else "not defined"
    return (
        f"confidence of {aspect}: AUC {auc}, ECE {off:.2f} ({right.sum()} of {right.size} songs with {name} >= {RIGHT})"
    )
