"""How evidence becomes a decision: keys between relatives, boundaries as a best path, weights as a fit."""

from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from audio.chords import Chord
from audio.key import key_of
from audio.pitch import NAMES, Chroma
from audio.sections import INTERCEPT, LENGTHS, SHORTEST_S, best_path
from benchmarks.audio_fit import choice, logistic


def sounding(label: str) -> NDArray[np.float32]:
    """The pitch classes of a triad."""
    root, _, kind = label.partition(":")
    pitches = np.zeros(12, dtype=np.float32)
    pitches[[(NAMES.index(root) + step) % 12 for step in (0, 3 if kind == "min" else 4, 7)]] = 1
    return pitches


@pytest.mark.parametrize(
    ("loop", "key"),
    [
        (("C:maj", "G:maj", "A:min", "F:maj"), "C:major"),
        (("A:min", "F:maj", "C:maj", "G:maj", "C:maj", "F:maj", "G:maj", "C:maj"), "C:major"),
        (("A:min", "F:maj", "D:min", "E:maj"), "A:minor"),
        (("A:min", "G:maj", "F:maj", "G:maj"), "A:minor"),
    ],
)
def test_of_two_keys_with_the_same_notes_the_one_is_given_in_which_the_chords_are_at_home(
    loop: tuple[str, ...], key: str
) -> None:
    heard = np.stack([sounding(label) for label in loop])
    chords = [Chord(2.0 * at, 2.0 * at + 2.0, loop[at % len(loop)], 0.1) for at in range(32)]
    bars_s = np.arange(0, 64, 2.0)
    assert key_of(Chroma(heard, heard), chords, bars_s, [0.0, 16.0, 32.0, 48.0]).name == key


def test_the_path_of_boundaries_is_the_best_of_all() -> None:
    """Against all subsets of 11 bar lines, scored by hand."""
    edges = np.linspace(0.0, 36.0, 13)
    every: list[tuple[int, ...]] = [(0, *inner, 12) for size in range(12) for inner in combinations(range(1, 12), size)]
    for seed in range(5):
        logits = np.random.default_rng(seed).normal(-0.5, 1.5, 13)

        def worth(path: tuple[int, ...], logits: NDArray[np.float64] = logits) -> float:
            total = float(sum(logits[at] for at in path[1:-1]))
            for begin, end in pairwise(path):
                length_s = edges[end] - edges[begin]
                is_rim = begin == 0 and length_s > SHORTEST_S / 2
                if length_s < SHORTEST_S and not is_rim and (begin or end < 12):
                    return -np.inf
                if begin > 0 and end < 12:
                    total += next(value for unit, value in LENGTHS if (end - begin) % unit == 0)
            return float(total)

        assert best_path(logits, edges, has_bars=True) == list(every[int(np.argmax([worth(path) for path in every]))])
    assert INTERCEPT < 0  # a bar line of which nothing is known is none


def test_planted_weights_come_back() -> None:
    rng = np.random.default_rng(4)
    rows = rng.normal(size=(4000, 2))
    right = rng.random(4000) < 1 / (1 + np.exp(-(-1.0 + rows @ [1.5, 0.7])))
    np.testing.assert_allclose(logistic(rows, right), [-1.0, 1.5, 0.7], atol=0.15)
    assert logistic(-rows, right)[1:] == pytest.approx([0, 0])  # what speaks for an answer does not speak against it
    songs = [rng.normal(size=(6, 2)) for _ in range(250)]
    chosen = [int(np.argmax(song @ [2.0, 1.0] + rng.gumbel(size=6))) for song in songs]
    wanted = [np.arange(6) == one for one in chosen]
    np.testing.assert_allclose(choice(songs, wanted, np.zeros(2)), [2.0, 1.0], atol=0.4)
