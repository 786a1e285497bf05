"""librosa in our place: tempo and beats (Ellis), tuning, key and chords over its chroma, agglomerative sections.

It has no downbeats and no metre. Keys are by the profiles of `audio.key`, chords by 24 templates and its Viterbi
decoder, as its documentation shows; its segmenter wants to be told how many sections there are: one in 15 s.
"""

from importlib.metadata import version

import librosa
import numpy as np
from numpy.typing import NDArray

from audio.backends.answers import Answers, spans
from audio.decode import Samples
from audio.key import PROFILES
from audio.pitch import NAMES
from audio.sections import letters_of
from audio.stream import RATE as RATE

SECTION_S = 15.0
STAYING = 0.8  # probability that a chord goes on over a beat
EDGE_S = 0.5


def tool() -> str:
    """Name and version."""
    return f"librosa {version('librosa')}"


def hear(samples: Samples) -> Answers:
    """What it hears in the samples of a song at `RATE`."""
    end_s = samples.size / RATE
    bpm, beats_s = librosa.beat.beat_track(y=samples, sr=RATE, units="time")
    offset = float(librosa.estimate_tuning(y=samples, sr=RATE, n_fft=4096, resolution=1e-3))
    chroma = librosa.feature.chroma_cqt(y=samples, sr=RATE, tuning=offset)
    edges_s = np.concatenate([[0.0], beats_s[(beats_s > EDGE_S) & (beats_s < end_s - EDGE_S)], [end_s]])
    frames = librosa.time_to_frames(edges_s[1:-1], sr=RATE)
    by_beat = librosa.util.sync(chroma, frames, aggregate=np.median)
    timbre = librosa.util.sync(librosa.feature.mfcc(y=samples, sr=RATE), frames)
    found_bpm = float(np.ravel(bpm)[0])
    return Answers(
        bpm=found_bpm if found_bpm > 0 else None,
        beats_s=np.asarray(beats_s, dtype=np.float64),
        key=_key(chroma),
        tuning_hz=float(440.0 * 2 ** (offset / 12)),
        chords=spans(edges_s, _chords(by_beat)),
        sections=_sections(edges_s, timbre, by_beat, end_s),
    )


def _key(chroma: NDArray[np.floating]) -> str:
    """The profile that goes best with the mean of the pitch classes."""
    mean = chroma.mean(axis=1)
    fits = {
        f"{NAMES[tonic]}:{mode}": float(np.corrcoef(mean, np.roll(profile, tonic))[0, 1])
        for mode, profile in PROFILES.items()
        for tonic in range(12)
    }
    return max(fits, key=lambda name: fits[name])


def _chords(by_beat: NDArray[np.floating]) -> list[str]:
    """The most probable triad of each beat."""
    templates = np.array(
        [np.roll(np.eye(12)[list(steps)].sum(axis=0), root) for steps in ((0, 4, 7), (0, 3, 7)) for root in range(12)]
    )
    unit = by_beat / np.maximum(np.linalg.norm(by_beat, axis=0, keepdims=True), 1e-9)
    scores = np.exp(10 * templates @ unit / np.sqrt(3))
    path = librosa.sequence.viterbi_discriminative(
        scores / scores.sum(axis=0, keepdims=True), librosa.sequence.transition_loop(24, STAYING)
    )
    return [f"{NAMES[state % 12]}:{'maj' if state < 12 else 'min'}" for state in path]


def _sections(
    edges_s: NDArray[np.float64], timbre: NDArray[np.floating], by_beat: NDArray[np.floating], end_s: float
) -> tuple[tuple[float, float, str], ...]:
    count = max(2, round(end_s / SECTION_S))
    described = np.vstack([timbre / (timbre.std(axis=1, keepdims=True) + 1e-9), by_beat / (by_beat.std() + 1e-9)])
    if described.shape[1] <= count:
        return ((0.0, end_s, "A"),)
    begins = [*map(int, librosa.segment.agglomerative(described, count)), described.shape[1]]
    letters = letters_of(np.asarray(described.T, dtype=np.float32), begins)
    return spans([float(edges_s[at]) for at in begins], letters)
