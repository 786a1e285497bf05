"""An analysis taken apart into single answers, each right or wrong: what a confidence is calibrated and judged on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audio.confidence import probability

if TYPE_CHECKING:
    import jams

    from audio.analysis import Analysis

RIGHT_F = 0.85  # beats and first beats are right from that F on
RIGHT_HZ = 2.0
RIGHT_S = 3.0
SCORED = ("tempo", "beats", "downbeats", "key", "tuning", "chords", "sections")


@dataclass(frozen=True)
class Answer:
    """One answer: what its confidence rests on, and whether it is right."""

    aspect: str
    evidence: tuple[float, ...]
    is_right: bool

    @property
    def confidence(self) -> float:
        """The probability that was given for it."""
        return probability(self.aspect, self.evidence)


def answers_of(analysis: "Analysis", truth: "jams.JAMS") -> Iterator[Answer]:
    """The answers of a song: one each for tempo, beats, first beats, key and tuning; one per chord and boundary."""
    from audio.evaluate import evaluate, rows
    from audio.jams_file import as_jams

    scores = evaluate(truth, as_jams(analysis, "song"))
    right = {
        "tempo": scores.get("tempo_acc1", 0.0) == 1.0,
        "beats": scores.get("beat_f", 0.0) >= RIGHT_F,
        "downbeats": scores.get("downbeat_f", 0.0) >= RIGHT_F,
        "key": scores.get("key", 0.0) == 1.0,
        "tuning": scores.get("tuning_error_hz", RIGHT_HZ) < RIGHT_HZ,
    }
    for aspect, evidence in analysis.evidence.items():
        yield Answer(aspect, evidence, right[aspect])
    yield from _chords(analysis, rows(truth, "chord"))
    begun = [float(row.time) for row in rows(truth, "segment_open")]
    for section in analysis.sections[1:]:
        is_right = any(abs(section.start_s - at) <= RIGHT_S for at in begun)
        yield Answer("sections", (section.contrast,), is_right)


def _chords(analysis: "Analysis", truth: list[Any]) -> Iterator[Answer]:
    """A chord is right if the reference has its triad in its middle."""
    import mir_eval

    from audio.chords import NO_CHORD

    for chord in analysis.chords:
        middle = (chord.start_s + chord.end_s) / 2
        there = next((row.value for row in truth if row.time <= middle < row.time + row.duration), None)
        if chord.label == NO_CHORD or there is None:
            continue
        comparison = float(mir_eval.chord.majmin([there], [chord.label])[0])
        if comparison >= 0:  # -1: neither major nor minor, which we do not claim to tell
            yield Answer("chords", (chord.clarity,), comparison == 1.0)
