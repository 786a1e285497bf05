"""How right an analysis is: mir_eval's scores of estimated JAMS against reference JAMS.

A reference without an annotation is not scored for it; an estimate that says nothing where the reference does scores 0.
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
        FileNotFoundError: there is no reference, or an estimate of that name is missing.
    """
    import jams

    found = sorted(references.glob("*.jams"))
    if not found:
        raise FileNotFoundError(f"no reference in {references}: it should hold NAME.jams files")
    if missing := [path.name for path in found if not (estimates / path.name).is_file()]:
        raise FileNotFoundError(f"{estimates}: no estimate for {', '.join(missing)}")
    load = {"validate": False}  # references of others need not be strict to be compared with
    return {
        path.stem: evaluate(jams.load(str(path), **load), jams.load(str(estimates / path.name), **load))
        for path in found
    }


def evaluate(reference: "jams.JAMS", estimate: "jams.JAMS") -> Scores:
    """All scores that the reference allows, each between 0 and 1, but `tuning_error_hz`."""
    scores: Scores = {}
    for namespace, score in (("tempo", tempo), ("beat", beats), ("key_mode", key), ("chord", chords)):
        told = rows(reference, namespace)
        if told:
            scores |= score(told, rows(estimate, namespace))
    if told := rows(reference, "segment_open") or _functions(reference):
        scores |= sections(told, rows(estimate, "segment_open"))
    theirs, ours = ((getattr(one.sandbox, "lacquer", None) or {}).get("tuning_hz") for one in (reference, estimate))
    if theirs is not None and ours is not None:
        scores["tuning_error_hz"] = abs(float(theirs) - float(ours))
    return scores


def rows(whole: "jams.JAMS", namespace: str) -> list[Any]:
    """The observations of the first annotation of a namespace, in time."""
    found = whole.search(namespace=f"^{namespace}$")
    return sorted(found[0].data, key=lambda row: row.time) if len(found) else []


def _functions(whole: "jams.JAMS") -> list[Any]:
    """Sections by other namespaces of segments, for references that use them."""
    names = ("segment_salami_.*", "segment_tut", "multi_segment")
    return next((told for name in names if (told := rows(whole, name))), [])


def tempo(reference: list[Any], estimate: list[Any]) -> Scores:
    """Acc1: the main tempo within 4%; Acc2: but for a factor of 2 or 3."""
    if not estimate:
        return {"tempo_acc1": 0.0, "tempo_acc2": 0.0}
    truth, main = float(_main(reference).value), float(_main(estimate).value)
    right = [abs(main * factor / truth - 1) <= TEMPO_TOLERANCE for factor in OCTAVES]
    return {"tempo_acc1": float(right[0]), "tempo_acc2": float(any(right))}


def _main(told: list[Any]) -> Any:
    """The surest observation; the first where none says how sure it is."""
    return max(told, key=lambda row: row.confidence if row.confidence is not None else 0.0)


def beats(reference: list[Any], estimate: list[Any]) -> Scores:
    """F-measures of beats and, where the reference numbers them, of first beats; after the first 5 s, within 70 ms."""
    scores = {"beat_f": _beat_f(_times(reference), _times(estimate))}
    firsts = [row for row in reference if row.value == 1]
    if firsts and len(firsts) < len(reference):
        scores["downbeat_f"] = _beat_f(_times(firsts), _times([row for row in estimate if row.value == 1]))
    return scores


def _times(told: list[Any]) -> NDArray[np.float64]:
    return np.array([float(row.time) for row in told])


def _beat_f(reference: NDArray[np.float64], estimate: NDArray[np.float64]) -> float:
    import mir_eval

    if reference.size and reference[-1] <= 5.0:  # shorter than what mir_eval leaves out
        trimmed = (reference, estimate)
    else:
        trimmed = (mir_eval.beat.trim_beats(reference), mir_eval.beat.trim_beats(estimate))
    if not trimmed[0].size or not trimmed[1].size:
        return 0.0
    return float(mir_eval.beat.f_measure(*trimmed))


def key(reference: list[Any], estimate: list[Any]) -> Scores:
    """MIREX' weighted score: 1 right, .5 a fifth above, .3 relative, .2 parallel."""
    import mir_eval

    if not estimate:
        return {"key": 0.0}
    names = [_main(told).value.replace(":", " ") for told in (reference, estimate)]
    return {"key": float(mir_eval.key.weighted_score(*names))}


def chords(reference: list[Any], estimate: list[Any]) -> Scores:
    """Share of the reference's time with the right triad, major, minor or none."""
    import mir_eval

    intervals, labels = labelled(reference)
    if not estimate or not len(intervals):
        return {"chord_majmin": 0.0}
    theirs, names = labelled(estimate)
    theirs, names = mir_eval.util.adjust_intervals(theirs, names, intervals.min(), intervals.max(), "N", "N")
    merged, truth, ours = mir_eval.util.merge_labeled_intervals(intervals, labels, theirs, names)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says so when nothing is comparable
        right = mir_eval.chord.majmin(truth, ours)
    lasting = mir_eval.util.intervals_to_durations(merged)
    return {"chord_majmin": float(mir_eval.chord.weighted_accuracy(right, lasting))}


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
