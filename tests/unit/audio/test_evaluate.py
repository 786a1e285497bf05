"""Scores are wired right: the fixtures of mir_eval itself, passed through JAMS."""

import json
from collections.abc import Callable
from pathlib import Path

import jams
import mir_eval
import pytest

from audio.evaluate import NotJamsError, Scores, beats, chords, evaluate_folders, key, rows, sections, tempo

Observation = tuple[float, float, object] | tuple[float, float, object, float]


def annotated(namespace: str, told: list[Observation]) -> jams.JAMS:
    whole = jams.JAMS()
    whole.file_metadata.duration = max(time + duration for time, duration, *_ in told) + 1
    annotation = jams.Annotation(namespace=namespace)
    for time, duration, value, *sure in told:
        annotation.append(time=time, duration=duration, value=value, confidence=sure[0] if sure else None)
    whole.annotations.append(annotation)
    return whole


def spans(path: Path) -> list[Observation]:
    intervals, labels = mir_eval.io.load_labeled_intervals(str(path))
    return [(start, end - start, label) for (start, end), label in zip(intervals, labels, strict=True)]


def moments(path: Path) -> list[Observation]:
    return [(time_s, 0.0, None) for time_s in mir_eval.io.load_events(str(path))]


def firsts_of(path: Path) -> list[Observation]:
    """The fixture's beats as first beats, with a second beat behind each; those under 5 s are left out by both."""
    times = [float(time_s) for time_s in mir_eval.io.load_events(str(path))]
    return [pair for at in times for pair in ((at, 0.0, 1), (at + 0.111, 0.0, 2))]


def tempi(path: Path) -> list[Observation]:
    """Both tempi; the slower's weight is the third number."""
    given, weight = mir_eval.io.load_tempo(str(path))
    return [(0.0, 1.0, float(given[0]), weight), (0.0, 1.0, float(given[1]), 1 - weight)]


def keys(path: Path) -> list[Observation]:
    return [(0.0, 1.0, mir_eval.io.load_key(str(path)).replace(" ", ":"))]


CASES: list[tuple[str, str, str, Callable[[Path], list[Observation]], Callable[..., Scores], dict[str, str]]] = [
    (
        *("beat", "txt", "beat", moments, beats),
        {
            "beat_f": "F-measure",
            "beat_cmlt": "Correct Metric Level Total",
            "beat_amlt": "Any Metric Level Total",
        },
    ),
    # First beats are scored as beats are: with every beat of the fixture a first one, and others between.
    ("beat", "txt", "beat", firsts_of, beats, {"downbeat_f": "F-measure"}),
    ("tempo", "lab", "tempo", tempi, tempo, {"tempo_p": "P-score"}),
    ("key", "txt", "key_mode", keys, key, {"key": "Weighted Score"}),
    ("chord", "lab", "chord", spans, chords, {"chord_majmin": "majmin", "chord_root": "root"}),
    (
        *("segment", "lab", "segment_open", spans, lambda one, other: sections(one, other, trim=False)),
        {"boundary_f3": "F-measure@3.0", "boundary_f05": "F-measure@0.5", "label_f": "Pairwise F-measure"},
    ),
]


@pytest.mark.parametrize(
    ("folder", "ending", "namespace", "read", "score", "names"),
    CASES,
    ids=[next(iter(case[5])) for case in CASES],
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
    assert len(expected) >= 4
    for output in expected:
        number = output.stem.removeprefix("output")
        pair = [
            rows(annotated(namespace, read(place / f"{side}{number}.{ending}")), namespace) for side in ("ref", "est")
        ]
        published = json.loads(output.read_text())
        ours = score(*pair)
        for name, theirs in names.items():
            assert ours[name] == pytest.approx(published[theirs], abs=1e-6), f"{folder}{number} {name}"


def test_a_folder_is_scored_against_another(tmp_path: Path) -> None:
    references, estimates = tmp_path / "references", tmp_path / "estimates"
    references.mkdir()
    estimates.mkdir()
    with pytest.raises(FileNotFoundError, match=r"no reference in .*references"):
        evaluate_folders(references, estimates)
    whole = annotated("beat", [(float(at), 0.0, at % 4 + 1) for at in range(4, 24)])
    for name in ("heard", "failed"):
        whole.save(str(references / f"{name}.jams"), strict=False)
    with pytest.raises(FileNotFoundError, match=r"no estimate in .*estimates .*such as failed\.jams"):
        evaluate_folders(references, estimates)
    half = annotated("beat", [(float(at), 0.0, at % 4 + 1) for at in range(4, 24, 2)])
    half.save(str(estimates / "heard.jams"), strict=False)
    scores = evaluate_folders(references, estimates)
    # Of 19 beats after 5 s the 9 even ones are found: precision 1, recall 9/19. First beats are 8, 12, 16 and 20.
    assert scores["heard"]["beat_f"] == pytest.approx(2 * (9 / 19) / (1 + 9 / 19))
    assert scores["heard"]["downbeat_f"] == 1.0
    assert scores["failed"] == {"beat_f": 0.0, "beat_cmlt": 0.0, "beat_amlt": 0.0, "downbeat_f": 0.0}
    (estimates / "failed.jams").write_text("[]")
    with pytest.raises(NotJamsError, match=r"failed\.jams: no JAMS"):
        evaluate_folders(references, estimates)


def test_a_tempo_at_the_wrong_octave_is_right_but_for_a_factor() -> None:
    reference = rows(annotated("tempo", [(0.0, 9.0, 72.0)]), "tempo")
    for given, scores in ((144.0, (0, 1)), (74.5, (1, 1)), (76.0, (0, 0)), (24.3, (0, 1))):
        estimate = rows(annotated("tempo", [(0.0, 9.0, given, 0.6), (0.0, 9.0, 72.0, 0.4)]), "tempo")
        assert tuple(tempo(reference, estimate).values()) == scores
