"""Fit the constants of the audio analysis on rendered songs, and print them: `python -m benchmarks.audio_fit STAGE`.

Each song counts twice: as it was rendered, and worn (`audio.songs.wear`). Stages, in this order, as each rests on the
ones before: `rhythm` (weights of `audio.rhythm`, drawn to those that stand there), `boundaries` (weights of
`audio.sections`), `key` (weights of `audio.key`), `confidence` (curves of `audio.confidence`). Only seeds under the
held-out ones are taken. What is printed is copied into the modules by hand, so that a change of the analysis is always
somebody's decision.
"""

import argparse
import pickle
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from benchmarks.audio_answers import SCORED, Answer, answers_of

if TYPE_CHECKING:
    import jams

    from audio.features import Features

Sample = tuple["Features", "jams.JAMS"]
PENALTY = 2.0  # of the squared weights: a few hundred bar lines must not decide on their own
PULL = 0.3  # of the key's weights to those of theory
THEORY = {"profile": 6.0, "home": 6.0, "diatonic": 5.0, "first": 0.5, "sections": 1.0}
THEORY |= {"phrases": 1.5, "cadences": 2.0, "bass": 1.0}
PULL_RHYTHM = 3.0  # to the weights that stand there, which earlier songs have made
RIGHT_BEATS_F = 0.8
STAGES = ("rhythm", "boundaries", "key", "confidence")


def samples_of(seeds: Iterable[int], kept: Path) -> Iterable[Sample]:
    """Features and truth of songs, clean and worn; kept in a folder, since rendering takes most of the time."""
    from audio.features import features_of
    from audio.songs.wear import worn
    from benchmarks.audio_songs import songs_of

    kept.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path = kept / f"{seed}.pickle"
        if not path.exists():
            with tempfile.TemporaryDirectory(prefix="lacquer-songs-") as folder:
                song = next(iter(songs_of([seed], Path(folder))))
                worn(song.sound, seed, used := Path(folder) / "worn.mp3")
                path.write_bytes(pickle.dumps([(features_of(one), song.truth) for one in (song.sound, used)]))
        yield from pickle.loads(path.read_bytes())


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
    songs: Sequence[NDArray[np.float64]],
    right: Sequence[NDArray[np.bool_]],
    prior: NDArray[np.float64],
    pull: float = PULL,
    least: float | None = 0.0,
) -> NDArray[np.float64]:
    """Weights, none under ``least``, of the multinomial logit: of each song's options (rows) one of the right ones.

    They are drawn to ``prior``, so that what the songs say little about keeps the weight that theory gives it.
    """
    from scipy.optimize import minimize
    from scipy.special import logsumexp

    def loss(weights: NDArray[np.float64]) -> float:
        scores = [rows @ weights for rows in songs]
        told = sum(logsumexp(one) - logsumexp(one[at]) for one, at in zip(scores, right, strict=True))
        return float(told + pull * np.sum((weights - prior) ** 2) / 2)

    found = minimize(loss, prior, method="L-BFGS-B", bounds=[(least, None)] * prior.size)
    return np.asarray(found.x)


def rhythm_weights(samples: Iterable[Sample]) -> dict[str, float]:
    """What each kind of evidence is worth for a way to count; songs without a right way say nothing."""
    import mir_eval

    from audio.analysis import heard
    from audio.evaluate import rows
    from audio.rhythm import WEIGHTS, candidates_of

    songs, right = [], []
    for features, truth in samples:
        parts = heard(features)
        true_s = mir_eval.beat.trim_beats(np.array([float(row.time) for row in rows(truth, "beat")]))
        ways = candidates_of(parts.onsets, parts.chroma)
        fits = [mir_eval.beat.f_measure(true_s, mir_eval.beat.trim_beats(way.beats_s)) for way in ways]
        if max(fits, default=0.0) < RIGHT_BEATS_F:
            continue
        songs.append(np.array([[way.evidence[name] for name in WEIGHTS] for way in ways]))
        right.append(np.array(fits) >= max(RIGHT_BEATS_F, max(fits) - 0.05))
    fitted = choice(songs, right, np.array(list(WEIGHTS.values())), PULL_RHYTHM, least=None)
    return dict(zip(WEIGHTS, map(float, fitted), strict=True))


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
    from audio.key import WEIGHTS, key_evidence
    from audio.pitch import NAMES
    from audio.sections import sections_of

    songs, chosen = [], []
    for features, truth in samples:
        parts, end = heard(features), features.duration_s
        chords = chords_of(parts.chroma, parts.beats_s, parts.downbeats_s, end)
        begun = [one.start_s for one in sections_of(features, parts.chroma, parts.downbeats_s, end)]
        evidence = key_evidence(parts.chroma, chords, parts.downbeats_s, begun)
        songs.append(np.array([[one[name] for name in WEIGHTS] for one in evidence]))
        tonic, _, mode = rows(truth, "key_mode")[0].value.partition(":")
        chosen.append(np.arange(24) == NAMES.index(tonic) + 12 * (mode == "minor"))
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
    stages = {"rhythm": rhythm_weights, "boundaries": boundary_weights, "key": key_weights}
    if asked.stage in stages:
        fitted: object = {name: round(value, 2) for name, value in stages[asked.stage](samples).items()}
    else:
        told = (answers_of(analyse_features(features), truth) for features, truth in samples)
        fitted = confidence_curves(answer for answers in told for answer in answers)
    print(fitted)


if __name__ == "__main__":
    main()
