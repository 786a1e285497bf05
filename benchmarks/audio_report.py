"""Rows of the audio tables: a score's mean with its interval, and how far a confidence can be trusted."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from audio.evaluate import Scores

COLUMNS = ("figure", "mean", "95% interval", "bar", "songs")
ORDER = ("tempo_acc1", "tempo_acc2", "beat_f", "downbeat_f", "key", "chord_majmin", "boundary_f3")
TUNING = "tuning_error_hz"


def score_rows(scores: "Mapping[str, Scores]", bars: Mapping[str, float]) -> list[tuple[str, ...]]:
    """A row per figure: the mean over songs (of the tuning error the median), bootstrapped over songs, and its bar."""
    found = {name for one in scores.values() for name in one}
    names = [*(name for name in ORDER if name in found), *sorted(found - set(ORDER))]
    return [_row(name, [one[name] for one in scores.values() if name in one], bars) for name in names]


def _row(name: str, values: Sequence[float], bars: Mapping[str, float]) -> tuple[str, ...]:
    numbers = np.array(values)
    middle = np.median if name == TUNING else np.mean
    rng = np.random.default_rng(0)
    drawn = middle(rng.choice(numbers, size=(2000, numbers.size)), axis=1)
    low, high = np.percentile(drawn, [2.5, 97.5])
    bar = "-" if name not in bars else f"under {bars[name]:g}" if name == TUNING else f"{bars[name]:.2f}"
    return (name, f"{middle(numbers):.3f}", f"{low:.3f} to {high:.3f}", bar, str(numbers.size))


def calibration(told: Sequence[float], right: Sequence[bool]) -> tuple[float | None, float]:
    """How well confidences tell right from wrong, and how far off they are.

    Returns:
        The area under the ROC curve (None where all are right, or none is), and the expected calibration error over
        five bins of equal width (Naeini et al., AAAI 2015).
    """
    sure, correct = np.asarray(told, dtype=np.float64), np.asarray(right, dtype=bool)
    bins = np.clip((sure * 5).astype(int), 0, 4)
    off = sum(abs(sure[bins == at].mean() - correct[bins == at].mean()) * np.mean(bins == at) for at in set(bins))
    yes, no = sure[correct], sure[~correct]
    if not yes.size or not no.size:
        return None, float(off)
    return float(np.mean((yes[:, None] > no) + 0.5 * (yes[:, None] == no))), float(off)
