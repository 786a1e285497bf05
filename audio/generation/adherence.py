"""How well a generated stem follows its plan, measured by our own analysis of the written file.

Drums by the F-measure of tracked beats (70 ms; the loop is repeated, as it is used), bass by the roots, harmonic stems
by major and minor triads, a line by the notes of the key; all by length, tuning, loudness, clipping and silence.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from audio.features import FRAMES_PER_S, PITCH_FRAMES_PER_S, Features, features_of
from audio.generation.parts import HARMONIC, Harmony, edges_s, harmony_of, scale_of
from audio.generation.plan import Plan
from audio.onsets import onsets_of
from audio.pitch import chroma_of, over_spans, tuning_of

LEAST_ADHERENCE = 0.9
MOST_CENTS = 20.0
LEAST_LUFS, MOST_LUFS, MOST_PEAK_DBTP = -40.0, -6.0, -0.1
MOST_SILENCE = 0.5  # of the loop; drums may rest between the hits
MOST_SILENCE_OF_DRUMS = 0.9
SILENT = 10 ** (-60 / 20)
MEASURES = {"drums": "beat_f", "bass": "root", "synth": "in_key", "vocals": "in_key"} | dict.fromkeys(HARMONIC, "chord")


@dataclass(frozen=True)
class Adherence:
    """The measured values by name, and each rule that the stem breaks; without reasons it is accepted."""

    scores: dict[str, float]
    reasons: tuple[str, ...]


def adherence_of(path: Path, samples: int, rate: int, plan: Plan, stem: str) -> Adherence:
    """Measure a stem's file of `samples` samples against its plan.

    Raises:
        NotDecodableError: nothing in the file decodes.
    """
    expected = round(plan.duration_s * rate)
    reasons = [f"length: {samples} samples, the loop has {expected}"] if samples != expected else []
    features = features_of(path)
    scores: dict[str, float] = {"length_error_samples": float(samples - expected)}
    reasons += _levels(features, scores, MOST_SILENCE_OF_DRUMS if stem == "drums" else MOST_SILENCE)
    if scores["silence"] < 1.0:
        measure = MEASURES[stem]
        value = _beat_f(features, plan) if measure == "beat_f" else _pitched(features, plan, measure)
        if value is not None:
            scores[measure] = value
            if value < LEAST_ADHERENCE:
                reasons.append(
                    f"{measure}: {value:.2f} of the plan is followed, at least {LEAST_ADHERENCE:.2f} must be"
                )
        if measure != "beat_f":
            reasons += _tuning(features, plan, scores)
    return Adherence(scores, tuple(reasons))


def _levels(features: Features, scores: dict[str, float], most_silence: float) -> list[str]:
    """Loudness, true peak and silence."""
    lufs, peak = features.loudness.integrated_lufs, features.loudness.true_peak_dbtp
    outline = features.outline
    scores["silence"] = float(np.mean(outline < SILENT)) if outline.size else 1.0
    reasons = []
    if lufs is None or peak is None:
        scores["silence"] = 1.0
        return ["silence: nothing is loud enough to be measured"]
    scores |= {"integrated_lufs": lufs, "true_peak_dbtp": peak}
    if not LEAST_LUFS <= lufs <= MOST_LUFS:
        reasons.append(f"loudness: {lufs:.1f} LUFS, allowed are {LEAST_LUFS:g} to {MOST_LUFS:g}")
    if peak > MOST_PEAK_DBTP:
        reasons.append(f"clipping: true peak {peak:.1f} dBTP, at most {MOST_PEAK_DBTP:g}")
    if scores["silence"] > most_silence:
        reasons.append(f"silence: {scores['silence']:.0%} of the loop is silent, at most {most_silence:.0%}")
    return reasons


def _beat_f(features: Features, plan: Plan) -> float:
    """The F-measure of the beats that are tracked at the plan's tempo, so that half or double tempo is no question."""
    import mir_eval

    from audio.beat_tracking import track

    frames = round(plan.duration_s * FRAMES_PER_S)
    thrice = replace(features, mel=np.tile(features.mel[:frames], (3, 1)))  # the first beat needs music before it
    bpm = 60 / float(np.median(np.diff(edges_s(plan))))
    loop_s = features.mel[:frames].shape[0] / FRAMES_PER_S
    found = track(onsets_of(thrice).strength, bpm) - loop_s
    half_s = 30 / bpm
    inside = found[(found >= -half_s) & (found < plan.duration_s - half_s)]
    return float(mir_eval.beat.f_measure(np.array(plan.beats_s), np.maximum(inside, 0.0))) if inside.size else 0.0


def _pitched(features: Features, plan: Plan, measure: str) -> float | None:
    """The share of the time with chords in which the measure holds, beat by beat; None where the plan has no chord."""
    chroma = chroma_of(features, plan.tuning_hz)
    series = chroma.bass if measure == "root" else chroma.whole
    scale = scale_of(plan.key)
    right = total = 0.0
    for chord in plan.chords:
        harmony = harmony_of(chord.label)
        if harmony is None:
            continue
        inner = [at for at in plan.beats_s if chord.start_s < at < chord.end_s]
        spans = np.array([chord.start_s, *inner, chord.end_s])
        for length, row in zip(np.diff(spans), over_spans(series, PITCH_FRAMES_PER_S, spans), strict=True):
            total += length
            right += length * _holds(row, measure, harmony, scale)
    return float(right / total) if total else None


def _holds(row: np.ndarray, measure: str, harmony: Harmony, scale: tuple[int, ...] | None) -> bool:
    if not row.any():
        return False
    if measure == "root":
        return int(np.argmax(row)) in (harmony.root, harmony.bass)
    if measure == "in_key":
        return int(np.argmax(row)) in (*(scale or ()), *harmony.pitch_classes)
    return _best_triad(row, harmony) in _triads(harmony)


def _triads(harmony: Harmony) -> set[tuple[int, int]]:
    """The triads, as root and third, that stand for the chord; major and minor where it has no third."""
    steps = {(one - harmony.root) % 12 for one in harmony.pitch_classes}
    thirds = {3, 4} & steps or {3, 4}
    return {(harmony.root, third) for third in thirds}


def _best_triad(row: np.ndarray, harmony: Harmony) -> tuple[int, int]:
    """Root and third of the chord whose template is nearest to the pitch classes.

    Templates are the major and minor triads, with or without a seventh, and the plan's own chord, so that a diminished
    or suspended one is not taken for the triad that it shares notes with.
    """
    templates = [
        ((root, third), tuple((root + step) % 12 for step in (0, third, 7, *extra)))
        for root in range(12)
        for third, extras in ((4, ((), (10,), (11,))), (3, ((), (10,))))
        for extra in extras
    ]
    templates.append((min(_triads(harmony)), harmony.pitch_classes))
    fits = [
        float(row[list(classes)].sum() / np.sqrt(len(classes))) - 0.04 * max(0, len(classes) - 3)
        for _, classes in templates
    ]
    return templates[int(np.argmax(fits))][0]


def _tuning(features: Features, plan: Plan, scores: dict[str, float]) -> list[str]:
    tuning = tuning_of(features)
    if tuning is None:
        return ["tuning: no pitch is found"]
    cents = (1200 * float(np.log2(tuning.hz / plan.tuning_hz)) + 50) % 100 - 50
    scores["tuning_cents"] = cents
    if abs(cents) > MOST_CENTS:
        return [f"tuning: {cents:+.0f} cents from A = {plan.tuning_hz:.1f} Hz, at most {MOST_CENTS:g}"]
    return []
