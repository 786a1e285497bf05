"""Does the analysis gain from stems? `python -m benchmarks.audio_stems FOLDER`; FOLDER has rendered songs and truths.

The stems are those of a median filter (Fitzgerald, DAFx 2010): what is struck, and what sounds on. Beats come from the
struck part, chords from the sounding part over the mix's beats, the key from both; beside the same from the mix alone.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.audio_truths import Known, rendered_songs

if TYPE_CHECKING:
    from audio.analysis import Heard
    from audio.features import Features

RATE, WINDOW, HOP, REACH = 22_050, 2_048, 512, 31
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """One song and aspect: the score of the mix alone, and that with stems."""

    song: str
    aspect: str
    mix: float
    stems: float


def split(samples: Floats) -> tuple[Floats, Floats]:
    """What is struck and what sounds on; their sum is the sound."""
    from scipy.ndimage import median_filter
    from scipy.signal import istft, stft

    _, _, bins = stft(samples, RATE, nperseg=WINDOW, noverlap=WINDOW - HOP)
    size = np.abs(bins).astype(np.float32)
    along, across = median_filter(size, (1, REACH)) ** 2, median_filter(size, (REACH, 1)) ** 2
    share = across / (along + across + 1e-12)
    struck = istft(bins * share, RATE, nperseg=WINDOW, noverlap=WINDOW - HOP)[1][: samples.size]
    return struck.astype(np.float32), (samples[: struck.size] - struck).astype(np.float32)


def compare(song: Known, folder: Path) -> list[Row]:
    """Scores of one song."""
    from audio.analysis import heard
    from audio.features import features_of
    from audio.generation.drafts import write_flac

    paths = [folder / f"{song.name}-{name}.flac" for name in ("struck", "sounding")]
    for path, part in zip(paths, split(_samples(song.sound)), strict=True):
        write_flac(part, RATE, path)
    mix, struck, sounding = (features_of(path) for path in (song.sound, *paths))
    whole, beating, tonal = (heard(one) for one in (mix, struck, sounding))
    own = _answers(mix, whole, whole, whole)
    theirs = _answers(mix, beating, tonal, whole)
    truth = song.truth
    return [Row(song.name, name, _score(truth, name, own), _score(truth, name, theirs)) for name in own]


def _samples(path: Path) -> Floats:
    from scipy.signal import resample_poly

    from audio.decode import Decoder

    decoder = Decoder(path)
    mono = np.concatenate([block.mean(axis=0) for block in decoder])
    return np.asarray(resample_poly(mono, RATE, decoder.told.rate), dtype=np.float32)


def _answers(mix: "Features", beating: "Heard", tonal: "Heard", bars: "Heard") -> dict[str, Any]:
    """Beats, chords and key; chords lie over the beats of the mix, so that they are compared and not the grid."""
    from audio.chords import chords_of
    from audio.key import key_of
    from audio.sections import sections_of

    chords = chords_of(tonal.chroma, bars.beats_s, bars.downbeats_s, mix.duration_s)
    starts = [one.start_s for one in sections_of(mix, bars.chroma, bars.downbeats_s, mix.duration_s)]
    key = key_of(tonal.chroma, chords, bars.downbeats_s, starts)
    return {"beats": beating.beats_s, "chords": chords, "key": key.name if key else None}


def _score(truth: Any, aspect: str, answers: dict[str, Any]) -> float:
    from audio.evaluate import chords, key, rows
    from benchmarks.audio_truths import as_truth

    end = float(truth.file_metadata.duration)
    if aspect == "beats":
        import mir_eval

        return float(mir_eval.beat.f_measure(np.array([row.time for row in rows(truth, "beat")]), answers["beats"]))
    if aspect == "key":
        told = as_truth(end, {"key_mode": [(0.0, end, answers["key"])]} if answers["key"] else {})
        return key(rows(truth, "key_mode"), rows(told, "key_mode"))["key"]
    spans = [(one.start_s, one.end_s - one.start_s, one.label) for one in answers["chords"]]
    return chords(rows(truth, "chord"), rows(as_truth(end, {"chord": spans}), "chord"))["chord_majmin"]


def report(found: Sequence[Row]) -> str:
    """A table of songs and means, and which aspects win."""
    lines = ["| song | aspect | mix | with stems |", "|---|---|---|---|"]
    lines += [f"| {one.song} | {one.aspect} | {one.mix:.3f} | {one.stems:.3f} |" for one in found]
    for aspect in dict.fromkeys(one.aspect for one in found):
        own = [one for one in found if one.aspect == aspect]
        mix, stems = fmean(one.mix for one in own), fmean(one.stems for one in own)
        verdict = "wins" if stems > mix + 0.005 else "does not win"
        lines.append(f"| mean | {aspect} | {mix:.3f} | {stems:.3f}: {verdict} |")
    return "\n".join(lines)


def main() -> None:
    """Compare all songs of a folder and print the table."""
    if len(sys.argv) != 2 or not (songs := rendered_songs(Path(sys.argv[1]))):
        sys.exit("name a folder of rendered songs: NAME.mp3 with NAME.json beside each")
    found: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for song in songs:
            found += compare(song, Path(folder))
            print(report(found[-3:]), file=sys.stderr)
    print(report(found))


if __name__ == "__main__":
    main()
