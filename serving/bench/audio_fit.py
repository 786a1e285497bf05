"""Fit the constants of the audio analysis on rendered songs, and print them: `python -m serving.bench.audio_fit STAGE`.

Stages, in this order, as each rests on the ones before: `boundaries` (weights of `audio.sections`), `key` (weights of
`audio.key`), `confidence` (curves of `audio.confidence`). Only seeds under the held-out ones are taken. What is printed
is copied into the modules by hand, so that a change of the analysis is always somebody's decision.
"""

import argparse
import pickle
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from serving.bench.audio_answers import SCORED, Answer, answers_of

if TYPE_CHECKING:
    import jams

    from audio.features import Features

Sample = tuple["Features", "jams.JAMS"]
PENALTY = 2.0  # of the squared weights: a few hundred bar lines must not decide on their own
PULL = 0.3  # of the key's weights to those of theory
THEORY = {"profile": 6.0, "home": 6.0, "diatonic": 5.0, "first": 0.5, "sections": 1.0}
THEORY |= {"phrases": 1.5, "cadences": 2.0, "bass": 1.0}
STAGES = ("boundaries", "key", "confidence")


def samples_of(seeds: Iterable[int], kept: Path) -> Iterable[Sample]:
    """Features and truth of songs; kept in a folder, since rendering takes most of the time."""
    from audio.features import features_of
    from serving.bench.audio_songs import songs_of

    kept.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path = kept / f"{seed}.pickle"
        if not path.exists():
            with tempfile.TemporaryDirectory(prefix="lacquer-songs-") as folder:
                song = next(iter(songs_of([seed], Path(folder))))
                path.write_bytes(pickle.dumps((features_of(song.sound), song.truth)))
        yield pickle.loads(path.read_bytes())


def logistic(rows: NDArray[np.float64], right: NDArray[np.bool_], penalty: float = PENALTY) -> NDArray[np.float64]:
    """Intercept and weights, none negative, of the penalised logistic regression of ``right`` on rows (n, columns)."""
    from scipy.optimize import minimize

    signs = 2.0 * right - 1.0
    padded = np.concatenate([np.ones((len(rows), 1)), rows], axis=1)

    def loss(weights: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -signs * (padded @ weights)).sum() + penalty * np.sum(weights[1:] ** 2) / 2)

    bounds = [(None, None)] + [(0.0, None)] * rows.shape[1]
    return np.asarray(minimize(loss, np.zeros(padded.shape[1]), method="L-BFGS-B", bounds=bounds).x)


def choice(
    songs: Sequence[NDArray[np.float64]], chosen: Sequence[int], prior: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights, none negative, of the multinomial logit: of each song's options (rows) the chosen one.

    They are drawn to ``prior``, so that what the songs say little about keeps the weight that theory gives it.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    def loss(weights: NDArray[np.float64]) -> float:
        scores = [rows @ weights for rows in songs]
        told = sum(logsumexp(one) - one[at] for one, at in zip(scores, chosen, strict=True))
        return float(told + PULL * np.sum((weights - prior) ** 2) / 2)

    found = minimize(loss, prior, method="L-BFGS-B", bounds=[(0.0, None)] * prior.size)
    return np.asarray(found.x)


def boundary_weights(samples: Iterable[Sample]) -> dict[str, float]:
    """What each kind of evidence is worth for a boundary, and the intercept."""
    from audio.analysis import heard
    from audio.evaluate import rows
    from audio.sections import WEIGHTS, bar_lines, boundary_evidence, described

    lines, right = [], []
    for features, truth in samples:
        parts = heard(features)
        edges = bar_lines(features, parts.downbeats_s)
        if len(edges) < 6:
            continue
        whole, harmony = described(features, parts.chroma, edges)
        evidence = boundary_evidence(whole, harmony, features, edges)
        lines.append(np.stack([evidence[name] for name in WEIGHTS], axis=1)[1:-1])
        true_s = np.array([float(row.time) for row in rows(truth, "segment_open")])[1:]
        near = np.abs(edges[1:-1, None] - true_s[None]).min(axis=1) if true_s.size else np.full(len(edges) - 2, 9e9)
        right.append(near < 0.75 * float(np.median(np.diff(edges))))
    fitted = logistic(np.concatenate(lines), np.concatenate(right))
    return dict(zip(("intercept", *WEIGHTS), map(float, fitted), strict=True))


def key_weights(samples: Iterable[Sample]) -> dict[str, float]:
    """What each kind of evidence is worth for a key."""
    from audio.analysis import heard
    from audio.chords import chords_of
    from audio.evaluate import rows
    from audio.key import NAMES, WEIGHTS, key_evidence
    from audio.sections import sections_of

    songs, chosen = [], []
    for features, truth in samples:
        parts, end = heard(features), features.duration_s
        chords = chords_of(parts.chroma, parts.beats_s, parts.downbeats_s, end)
        begun = [one.start_s for one in sections_of(features, parts.chroma, parts.downbeats_s, end)]
        evidence = key_evidence(parts.chroma, chords, parts.downbeats_s, begun)
        songs.append(np.array([[one[name] for name in WEIGHTS] for one in evidence]))
        tonic, _, mode = rows(truth, "key_mode")[0].value.partition(":")
        chosen.append(NAMES.index(tonic) + 12 * (mode == "minor"))
    return dict(
        zip(WEIGHTS, map(float, choice(songs, chosen, np.array([THEORY[name] for name in WEIGHTS]))), strict=True)
    )


def confidence_curves(answers: Iterable[Answer]) -> dict[str, tuple[float, ...]]:
    """Intercept and slopes per aspect, from evidence and whether the answer was right."""
    gathered = list(answers)
    curves = {}
    for aspect in SCORED:
        own = [one for one in gathered if one.aspect == aspect]
        evidence = np.array([one.evidence for one in own])
        fitted = logistic(evidence, np.array([one.is_right for one in own]), penalty=0.5)
        curves[aspect] = tuple(round(float(value), 3) for value in fitted)
    return curves


def main() -> None:
    """Fit a stage and print its constants."""
    from audio.analysis import analyse_features
    from audio.songs import HELD_OUT_SEED

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--songs", type=int, default=110, help="how many seeds")
    parser.add_argument("--kept", type=Path, default=Path(".cache/songs"), help="folder for what was rendered")
    asked = parser.parse_args()
    if asked.first + asked.songs > HELD_OUT_SEED:
        parser.error(f"seeds from {HELD_OUT_SEED} on are held out: nobody tunes on them")
    samples = samples_of(range(asked.first, asked.first + asked.songs), asked.kept)
    if asked.stage == "boundaries":
        fitted: object = {name: round(value, 2) for name, value in boundary_weights(samples).items()}
    elif asked.stage == "key":
        fitted = {name: round(value, 2) for name, value in key_weights(samples).items()}
    else:
        told = (answers_of(analyse_features(features), truth) for features, truth in samples)
        fitted = confidence_curves(answer for answers in told for answer in answers)
    print(fitted)


if __name__ == "__main__":
    main()
