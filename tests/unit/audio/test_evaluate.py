"""Scores are wired right: the fixtures of mir_eval itself, passed through JAMS."""

import json
from collections.abc import Callable
from pathlib import Path

import jams
import mir_eval
import pytest

from audio.evaluate import Scores, beats, chords, evaluate_folders, key, rows, sections

Observation = tuple[float, float, object]


def annotated(namespace: str, told: list[Observation]) -> jams.JAMS:
    whole = jams.JAMS()
    whole.file_metadata.duration = max(time + duration for time, duration, _ in told) + 1
    annotation = jams.Annotation(namespace=namespace)
    for time, duration, value in told:
        annotation.append(time=time, duration=duration, value=value)
    whole.annotations.append(annotation)
    return whole


def spans(path: Path) -> list[Observation]:
    intervals, labels = mir_eval.io.load_labeled_intervals(str(path))
    return [(start, end - start, label) for (start, end), label in zip(intervals, labels, strict=True)]


def moments(path: Path) -> list[Observation]:
    return [(time_s, 0.0, None) for time_s in mir_eval.io.load_events(str(path))]


def keys(path: Path) -> list[Observation]:
    return [(0.0, 1.0, mir_eval.io.load_key(str(path)).replace(" ", ":"))]


CASES: list[tuple[str, str, str, Callable[[Path], list[Observation]], Callable[..., Scores], dict[str, str]]] = [
    ("beat", "txt", "beat", moments, beats, {"beat_f": "F-measure"}),
    ("key", "txt", "key_mode", keys, key, {"key": "Weighted Score"}),
    ("chord", "lab", "chord", spans, chords, {"chord_majmin": "majmin"}),
    (
        *("segment", "lab", "segment_open", spans, lambda one, other: sections(one, other, trim=False)),
        {"boundary_f3": "F-measure@3.0", "boundary_f05": "F-measure@0.5", "label_f": "Pairwise F-measure"},
    ),
]


@pytest.mark.parametrize(
    ("folder", "ending", "namespace", "read", "score", "names"), CASES, ids=[case[0] for case in CASES]
)
def test_scores_are_those_of_the_fixtures(
    lacquer_data: Path,
    folder: str,
    ending: str,
    namespace: str,
    read: Callable[[Path], list[Observation]],
    score: Callable[..., Scores],
    names: dict[str, str],
) -> None:
    place = lacquer_data / "audio" / "mir_eval_fixtures" / folder
    expected = sorted(place.glob("output*.json"))
    assert len(expected) >= 8
    for output in expected:
        number = output.stem.removeprefix("output")
        pair = [
            rows(annotated(namespace, read(place / f"{side}{number}.{ending}")), namespace) for side in ("ref", "est")
        ]
        published = json.loads(output.read_text())
        ours = score(*pair)
        for name, theirs in names.items():
            assert ours[name] == pytest.approx(published[theirs], abs=1e-6), f"{folder}{number} {name}"


def test_a_folder_needs_an_estimate_for_every_reference(tmp_path: Path) -> None:
    (tmp_path / "references").mkdir()
    (tmp_path / "estimates").mkdir()
    with pytest.raises(FileNotFoundError, match=r"no reference in .*references"):
        evaluate_folders(tmp_path / "references", tmp_path / "estimates")
    annotated("beat", [(1.0, 0.0, 1)]).save(str(tmp_path / "references" / "song.jams"), strict=False)
    with pytest.raises(FileNotFoundError, match=r"no estimate for song\.jams"):
        evaluate_folders(tmp_path / "references", tmp_path / "estimates")
