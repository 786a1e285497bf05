"""How right an analysis is: mir_eval's scores of estimated JAMS against reference JAMS.

A reference without an annotation is not scored for it; an estimate that says nothing where the reference does scores 0,
and so does a song without an estimate: a file on which the analysis failed has no JAMS.
Metrics and conventions: Raffel et al., "mir_eval", ISMIR 2014; tempo accuracy: Gouyon et al., IEEE TASLP 2006.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import jams

TEMPO_TOLERANCE = 0.04
OCTAVES = (1.0, 2.0, 0.5, 3.0, 1 / 3)
Scores = dict[str, float]


def evaluate_folders(references: Path, estimates: Path) -> dict[str, Scores]:
    """The scores per name of the JAMS files that stand in the references' folder.

    Raises:
        FileNotFoundError: there is no reference, or no estimate at all.
        NotJamsError: a file is no JAMS; the message names it.
    """
    found = sorted(references.glob("*.jams"))
    if not found:
        raise FileNotFoundError(f"no reference in {references}: it should hold NAME.jams files")
    if len(missing := missing_estimates(references, estimates)) == len(found):
        raise FileNotFoundError(f"no estimate in {estimates} has the name of a reference, such as {missing[0]}.jams")
    return {
        path.stem: evaluate(_loaded(path), None if path.stem in missing else _loaded(estimates / path.name))
        for path in found
    }


def missing_estimates(references: Path, estimates: Path) -> list[str]:
    """The names of the references that have no estimate."""
    return [path.stem for path in sorted(references.glob("*.jams")) if not (estimates / path.name).is_file()]


class NotJamsError(Exception):
    """A file that should be JAMS cannot be read as such."""


def _loaded(path: Path) -> "jams.JAMS":
    """A file as it is: references of others need not be strict to be compared with."""
    import jams

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return jams.load(str(path), validate=False)
        except (ValueError, TypeError, KeyError, AttributeError, jams.JamsError) as error:
            raise NotJamsError(f"{path}: no JAMS ({error}); mend it or take it away") from error


def evaluate(reference: "jams.JAMS", estimate: "jams.JAMS | None") -> Scores:
    """All scores that the reference allows, each between 0 and 1, but `tuning_error_hz`; without an estimate all 0."""
    scores: Scores = {}
    for namespace, score in (("tempo", tempo), ("beat", beats), ("key_mode", key), ("chord", chords)):
        told = rows(reference, namespace)
        if told:
            scores |= score(told, rows(estimate, namespace) if estimate else [])
    if told := rows(reference, "segment_open") or _functions(reference):
        scores |= sections(told, rows(estimate, "segment_open") if estimate else [])
    theirs, ours = (_tuning_hz(one) if one else None for one in (reference, estimate))
    if theirs is not None and ours is not None:
        scores["tuning_error_hz"] = abs(float(theirs) - float(ours))
    return scores


def _tuning_hz(whole: "jams.JAMS") -> float | None:
    return (getattr(whole.sandbox, "lacquer", None) or {}).get("tuning_hz")


def rows(whole: "jams.JAMS", namespace: str) -> list[Any]:
    """The observations of the first annotation of a namespace, in time."""
    found = whole.search(namespace=f"^{namespace}$")
    return sorted(found[0].data, key=lambda row: row.time) if len(found) else []


def _functions(whole: "jams.JAMS") -> list[Any]:
    """Sections by other namespaces of segments, for references that use them."""
    names = ("segment_salami_.*", "segment_tut", "multi_segment")
    return next((told for name in names if (told := rows(whole, name))), [])


def tempo(reference: list[Any], estimate: list[Any]) -> Scores:
    """Acc1: the main tempo within 4%; Acc2: but for a factor of 2 or 3; P: MIREX' score where a reference has two."""
    scores = {"tempo_acc1": 0.0, "tempo_acc2": 0.0}
    if estimate:
        truth, main = float(_main(reference).value), float(_main(estimate).value)
        right = [abs(main * factor / truth - 1) <= TEMPO_TOLERANCE for factor in OCTAVES]
        scores = {"tempo_acc1": float(right[0]), "tempo_acc2": float(any(right))}
    if len(reference) == 2 and all(row.confidence is not None for row in reference):
        scores["tempo_p"] = _tempo_p(reference, estimate)
    return scores


def _tempo_p(reference: list[Any], estimate: list[Any]) -> float:
    """Of two reference tempi the share, by their weights, that is among the first two estimates, within 8%."""
    import mir_eval

    if not estimate:
        return 0.0
    slow, fast = sorted(reference, key=lambda row: float(row.value))
    weight = slow.confidence / ((slow.confidence + fast.confidence) or 1.0)
    ours = [float(row.value) for row in sorted(estimate, key=lambda row: -(row.confidence or 0.0))[:2]]
    pair = np.array([ours[0], ours[-1]])
    return float(mir_eval.tempo.detection(np.array([float(slow.value), float(fast.value)]), weight, pair)[0])


def _main(told: list[Any]) -> Any:
    """The surest observation; the first where none says how sure it is."""
    return max(told, key=lambda row: row.confidence if row.confidence is not None else 0.0)


def beats(reference: list[Any], estimate: list[Any]) -> Scores:
    """F-measures of beats and, where the reference numbers them, of first beats; after the first 5 s, within 70 ms.

    `beat_cmlt` and `beat_amlt` are the shares of beats that go on correctly, at the reference's metrical level and at
    any (Hainsworth 2004; Klapuri et al. 2006).
    """
    truth, ours = _after_5_s(_times(reference), _times(estimate))
    correct, any_level = _continuity(truth, ours)
    scores = {"beat_f": _beat_f(truth, ours), "beat_cmlt": correct, "beat_amlt": any_level}
    firsts = [row for row in reference if row.value == 1]
    if firsts and len(firsts) < len(reference):
        marked = [row for row in estimate if row.value == 1]
        scores["downbeat_f"] = _beat_f(*_after_5_s(_times(firsts), _times(marked)))
    return scores


def _times(told: list[Any]) -> NDArray[np.float64]:
    return np.array([float(row.time) for row in told])


def _after_5_s(
    reference: NDArray[np.float64], estimate: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import mir_eval

    if reference.size and reference[-1] <= 5.0:  # shorter than what mir_eval leaves out
        return reference, estimate
    return mir_eval.beat.trim_beats(reference), mir_eval.beat.trim_beats(estimate)


def _beat_f(reference: NDArray[np.float64], estimate: NDArray[np.float64]) -> float:
    import mir_eval

    return float(mir_eval.beat.f_measure(reference, estimate)) if reference.size and estimate.size else 0.0


def _continuity(reference: NDArray[np.float64], estimate: NDArray[np.float64]) -> tuple[float, float]:
    import mir_eval

    if min(reference.size, estimate.size) < 2:
        return 0.0, 0.0
    _, correct, _, any_level = mir_eval.beat.continuity(reference, estimate)
    return float(correct), float(any_level)


def key(reference: list[Any], estimate: list[Any]) -> Scores:
    """MIREX' weighted score: 1 right, .5 a fifth above, .3 relative, .2 parallel."""
    import mir_eval

    if not estimate:
        return {"key": 0.0}
    names = [_main(told).value.replace(":", " ") for told in (reference, estimate)]
    return {"key": float(mir_eval.key.weighted_score(*names))}


def chords(reference: list[Any], estimate: list[Any]) -> Scores:
    """Shares of the reference's time with the right triad (major, minor or none), and with the right root."""
    import mir_eval

    intervals, labels = labelled(reference)
    if not estimate or not len(intervals):
        return {"chord_majmin": 0.0, "chord_root": 0.0}
    theirs, names = labelled(estimate)
    theirs, names = mir_eval.util.adjust_intervals(theirs, names, intervals.min(), intervals.max(), "N", "N")
    merged, truth, ours = mir_eval.util.merge_labeled_intervals(intervals, labels, theirs, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when nothing is comparable
        triads, roots = mir_eval.chord.majmin(truth, ours), mir_eval.chord.root(truth, ours)
        lasting = mir_eval.util.intervals_to_durations(merged)
        shares = [float(mir_eval.chord.weighted_accuracy(right, lasting)) for right in (triads, roots)]
    return {"chord_majmin": shares[0], "chord_root": shares[1]}


def sections(reference: list[Any], estimate: list[Any], *, trim: bool = True) -> Scores:
    """F-measures of boundaries within 3 s and 0.5 s (with ``trim`` without both ends) and of labels by pairs."""
    import mir_eval

    truth, names = labelled(reference)
    ours, labels = labelled(estimate)
    if not len(ours):
        return {"boundary_f3": 0.0, "boundary_f05": 0.0, "label_f": 0.0}
    truth, names = mir_eval.util.adjust_intervals(truth, names, t_min=0.0)
    ours, labels = mir_eval.util.adjust_intervals(ours, labels, 0.0, truth.max())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when there is only one section
        wide, narrow = (mir_eval.segment.detection(truth, ours, window=at, trim=trim)[2] for at in (3.0, 0.5))
        pairs = mir_eval.segment.pairwise(truth, names, ours, labels)[2]
    return {"boundary_f3": float(wide), "boundary_f05": float(narrow), "label_f": float(pairs)}


def labelled(told: list[Any]) -> tuple[NDArray[np.float64], list[str]]:
    """Intervals of shape (rows, 2) and their labels, without those of no duration."""
    lasting = [row for row in told if row.duration > 1e-6]
    spans = np.array([[float(row.time), float(row.time + row.duration)] for row in lasting]).reshape(-1, 2)
    return spans, [str(row.value) for row in lasting]


def means(scores: Mapping[str, Scores]) -> Scores:
    """The mean of each score over the songs that have it."""
    names = sorted({name for one in scores.values() for name in one})
    return {name: float(np.mean([one[name] for one in scores.values() if name in one])) for name in names}
