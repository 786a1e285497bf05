"""The truth of a test song as JAMS, in the shape of an analysis."""

from pathlib import Path

from audio.songs.score import NAMES, Score

INVERSIONS = {0: "", 3: "/b3", 4: "/3", 7: "/5"}


def write_truth(score: Score, path: Path) -> None:
    """Write the reference: tempo, beats with their places in the bar, key, chords, sections, tuning."""
    import jams

    whole = jams.JAMS()
    duration = float(score.beat_times[-1])
    whole.file_metadata.title, whole.file_metadata.duration = f"song {score.seed}", duration
    observations: dict[str, list[tuple[float, float, object]]] = {
        "tempo": [(0.0, duration, score.main_bpm)],
        "beat": [
            (float(time_s), 0.0, (number - score.pickup_beats) % score.beats_per_bar + 1)
            for number, time_s in enumerate(score.beat_times[:-1])
        ],
        "key_mode": [(0.0, duration, f"{NAMES[score.tonic]}:{score.mode}")],
        "chord": [
            _span(score, chord.start, chord.end, f"{NAMES[chord.root]}:{chord.quality}{INVERSIONS[chord.bass]}")
            for chord in score.chords
        ],
        "segment_open": [
            _span(
                score,
                section.first_bar * score.beats_per_bar,
                (section.first_bar + section.bars) * score.beats_per_bar,
                section.label,
            )
            for section in score.sections
        ],
    }
    for namespace, told in observations.items():
        annotation = jams.Annotation(namespace=namespace, time=0.0, duration=duration)
        for time_s, seconds, value in told:
            annotation.append(time=time_s, duration=seconds, value=value, confidence=1.0)
        whole.annotations.append(annotation)
    beside = {"tuning_hz": score.tuning_hz, "beats_per_bar": score.beats_per_bar, "seed": score.seed}
    whole.sandbox.update(lacquer=beside)
    whole.save(str(path), strict=True)


def _span(score: Score, start: float, end: float, label: str) -> tuple[float, float, str]:
    begin = score.time_of(start)
    return begin, score.time_of(end) - begin, label
