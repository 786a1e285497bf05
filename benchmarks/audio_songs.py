"""`lacquer bench audio`: songs of which the truth is known, analysed as `lacquer analyze` does, and scored.

Three tables: songs rendered here from seeds that nobody tunes on; the rendered songs of the public data sets, as a
regression; their recordings, of which little is known. Intervals are bootstrapped over songs. Nothing of them stays.
"""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.audio_answers import SCORED, Answer, answers_of
from benchmarks.audio_report import COLUMNS, calibration, score_rows
from benchmarks.audio_rivals import Rival, rivals_part, rivals_there
from benchmarks.audio_truths import Known, real_clips, rendered_songs
from benchmarks.failures import BenchmarkError
from benchmarks.report import Part

if TYPE_CHECKING:
    import jams

    from audio.analysis import Analysis
    from audio.evaluate import Scores

SONGS, TINY = 40, 2
BARS = {
    "tempo_acc1": 0.75,
    "tempo_acc2": 0.90,
    "beat_f": 0.80,
    "downbeat_f": 0.65,
    "key": 0.75,
    "chord_majmin": 0.70,
    "boundary_f3": 0.60,
    "tuning_error_hz": 2.0,
}
RENDERED_BARS = {
    "tempo_acc1": 0.90,
    "beat_f": 0.90,
    "downbeat_f": 0.85,
    "key": 1.0,
    "chord_majmin": 0.85,
    "boundary_f3": 0.80,
}
Told = Callable[[str], None]


def audio_parts(scale_name: str, data: Path | None, told: Told, *, rivals: bool = False) -> list[Part]:
    """The held-out songs, by libraries too if asked; songs and recordings of the public data sets that are there."""
    others = rivals_there(told) if rivals else []
    parts = _held_out(SONGS if scale_name == "full" else TINY, others, told)
    rendered = rendered_songs(data / "audio" / "rendered") if data is not None else []
    clips = real_clips(data / "audio") if data is not None else []
    if not rendered:
        told("no audio/rendered in the data folder: name its parent with --data or LACQUER_DATA to score it")
    if scale_name != "full":
        rendered, clips = rendered[:1], clips[:1]
    if rendered:
        scores = {one.name: _scored(one, told)[1] for one in rendered}
        title = f"audio: {len(scores)} rendered songs of the public data sets, a regression"
        parts.append(Part(title, COLUMNS, score_rows(scores, RENDERED_BARS), _under(scores), _measured(scores)))
    return [*parts, _real(clips, told)] if clips else parts


def _held_out(count: int, rivals: list[Rival], told: Told) -> list[Part]:
    """Render, analyse and score the songs of the held-out seeds: each by everybody while it is there."""
    from audio.songs import HELD_OUT_SEED

    seeds = range(HELD_OUT_SEED, HELD_OUT_SEED + count)
    scores: dict[str, Scores] = {}
    answers: list[Answer] = []
    cpu_s, music_s = 0.0, 0.0
    with tempfile.TemporaryDirectory(prefix="lacquer-songs-") as folder:
        for song in songs_of(seeds, Path(folder)):
            began = time.process_time()
            analysis, scores[song.name] = _scored(song, told)
            cpu_s += time.process_time() - began
            music_s += analysis.duration_s
            answers += answers_of(analysis, song.truth)
            for rival in rivals:
                rival.hear(song, told)
    verdicts = [f"{cpu_s / music_s * 180:.1f} CPU s for three minutes of music, one process, scoring included; bar 12"]
    verdicts += [_trust(aspect, [one for one in answers if one.aspect == aspect]) for aspect in SCORED]
    title = f"audio: {count} rendered songs, seeds {seeds[0]} to {seeds[-1]}, {music_s / 60:.0f} minutes"
    part = Part(title, COLUMNS, score_rows(scores, BARS), verdicts, _measured(scores))
    return [part, rivals_part(scores, rivals)] if rivals else [part]


def songs_of(seeds: Iterable[int], folder: Path) -> Iterator[Known]:
    """Songs rendered one after the other into one file: each stays until the next is asked for."""
    import jams

    from audio.songs.render import SOUNDFONTS, CannotRenderError, render
    from audio.songs.score import score_of
    from audio.songs.truth import write_truth

    sound, truth = folder / "song.wav", folder / "song.jams"
    for seed in seeds:
        score = score_of(seed, len(SOUNDFONTS))
        try:
            render(score, sound)
        except CannotRenderError as error:
            raise BenchmarkError(str(error)) from error
        write_truth(score, truth)
        yield Known(f"{seed} {score.metre}", sound, jams.load(str(truth), validate=False))


def _scored(song: Known, told: Told) -> "tuple[Analysis, Scores]":
    from audio.analysis import analyse
    from audio.evaluate import evaluate
    from audio.jams_file import as_jams

    told(f"audio: {song.name}")
    analysis = analyse(song.sound)
    return analysis, evaluate(song.truth, as_jams(analysis, song.name))


def _measured(scores: "Mapping[str, Scores]") -> list[dict[str, Any]]:
    return [{"song": name, **one} for name, one in scores.items()]


def _under(scores: "Mapping[str, Scores]") -> list[str]:
    """Which songs fall short of a bar, and where."""
    told = []
    for name, one in scores.items():
        short = [f"{figure} {one[figure]:.2f}" for figure, bar in RENDERED_BARS.items() if one.get(figure, 1.0) < bar]
        told += [f"{name}: {', '.join(short)}"] if short else []
    return told


def _trust(aspect: str, answers: list[Answer]) -> str:
    """How well a confidence tells right answers from wrong ones, and how far off it is."""
    if not answers:
        return f"confidence of {aspect}: no answers"
    right = [one.is_right for one in answers]
    auc, off = calibration([one.confidence for one in answers], right)
    area = "not defined" if auc is None else f"{auc:.2f}"
    return f"confidence of {aspect}: AUC {area}, ECE {off:.2f} ({sum(right)} of {len(right)} answers right)"


def _real(clips: list[Known], told: Told) -> Part:
    """What is known of each recording beside what was heard."""
    rows, measured = [], []
    for clip in clips:
        analysis, scores = _scored(clip, told)
        rows += [(clip.name, what, *pair) for what, *pair in _compared(clip.truth, analysis, scores)]
        measured.append({"clip": clip.name, **scores})
    return Part(
        title=f"audio: {len(clips)} recordings of which something is known",
        columns=("recording", "what", "known", "heard", "score"),
        rows=rows,
        verdicts=["no bars: clips of 3 s are too short for a beat, and a title is no annotation"],
        measured=measured,
    )


def _compared(truth: "jams.JAMS", analysis: "Analysis", scores: "Scores") -> Iterator[tuple[str, str, str, str]]:
    from audio.evaluate import rows

    nothing = "nothing"
    if known := rows(truth, "tempo"):
        heard = f"{analysis.tempi[0][0]:.1f} BPM" if analysis.tempi else nothing
        yield "tempo", f"{known[0].value:g} BPM", heard, f"Acc1 {scores['tempo_acc1']:.0f}"
    if known := rows(truth, "beat"):
        yield "beats", str(len(known)), str(len(analysis.beats)) or nothing, f"F {scores['beat_f']:.2f}"
    if known := rows(truth, "key_mode"):
        yield "key", str(known[0].value), analysis.key or nothing, f"weighted {scores['key']:.1f}"
    if known := rows(truth, "chord"):
        yield "chords", str(len(known)), str(len(analysis.chords)), f"majmin {scores['chord_majmin']:.2f}"
    if known := rows(truth, "segment_open"):
        heard, both = str(len(analysis.sections)), (scores["boundary_f3"], scores["label_f"])
        yield "sections", str(len(known)), heard, f"F@3s {both[0]:.2f}, labels {both[1]:.2f}"
