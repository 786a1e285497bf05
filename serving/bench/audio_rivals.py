"""What other libraries hear in the same songs, as JAMS that `lacquer evaluate` scores. None of them is a dependency.

`python -m serving.bench.audio_rivals songs DIR --first 7000 --songs 20` renders songs with their references;
`python -m serving.bench.audio_rivals librosa DIR --out OUT` (or `essentia`) hears them, in an environment of its own
that has jams and that library; `lacquer evaluate DIR OUT` scores them. What a library has no function for is left out.
Both are taken as their documentation shows them; keys with librosa are by the profiles of `audio.key` over its chroma.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

Observed = Mapping[str, Sequence[tuple[float, float, object]]]
MAJOR = (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30)
MINOR = (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)
NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")


def librosa_hears(sound: Path) -> tuple[Observed, float | None, float]:
    """Tempo and beats (Ellis), key by profiles, boundaries (agglomerative), tuning."""
    import librosa

    samples, rate = librosa.load(str(sound))
    end = len(samples) / rate
    tempo, beats = librosa.beat.beat_track(y=samples, sr=rate, units="time")
    offset = librosa.estimate_tuning(y=samples, sr=rate)
    chroma = librosa.feature.chroma_cqt(y=samples, sr=rate, tuning=offset)
    fits = [
        np.corrcoef(chroma.mean(axis=1), np.roll(one, tonic))[0, 1] for one in (MAJOR, MINOR) for tonic in range(12)
    ]
    mode, tonic = divmod(int(np.argmax(fits)), 12)
    timbre = librosa.feature.mfcc(y=samples, sr=rate)
    count = max(2, round(end / 15))  # it wants to be told how many sections there are
    edges = librosa.frames_to_time(librosa.segment.agglomerative(np.vstack([timbre, 20 * chroma]), count), sr=rate)
    inner = [float(at) for at in edges if 0.5 < at < end - 0.5]
    sections = [(at, to - at, str(number)) for number, (at, to) in enumerate(pairwise([0.0, *inner, end]))]
    observed = _observed(end, float(np.ravel(tempo)[0]), beats, NAMES[tonic], mode)
    return {**observed, "segment_open": sections}, 440 * 2 ** (offset / 12), end


def essentia_hears(sound: Path) -> tuple[Observed, float | None, float]:
    """RhythmExtractor2013 (degara), KeyExtractor (bgate), ChordsDetectionBeats, TuningFrequency.

    SBic finds boundaries, but with parameters that differ from song to song: no fair setting was found for it.
    """
    import essentia.standard as standard

    samples = standard.MonoLoader(filename=str(sound))()
    end = len(samples) / 44_100
    bpm, beats, *_ = standard.RhythmExtractor2013(method="degara")(samples)
    tonic, mode, _ = standard.KeyExtractor(profileType="bgate")(samples)
    window, spectrum = standard.Windowing(type="blackmanharris62"), standard.Spectrum()
    peaks = standard.SpectralPeaks(minFrequency=40, maxFrequency=5000, orderBy="magnitude", magnitudeThreshold=1e-5)
    tuner = standard.TuningFrequency(resolution=1)
    frames = [spectrum(window(one)) for one in standard.FrameGenerator(samples, frameSize=8192, hopSize=2048)]
    heard = [peaks(one) for one in frames]
    a_hz = float(np.median([tuner(*one)[0] for one in heard]))
    profile = standard.HPCP(referenceFrequency=a_hz, harmonics=4)
    names, _ = standard.ChordsDetectionBeats(hopSize=2048)(np.array([profile(*one) for one in heard]), beats)
    labels = [f"{name.removesuffix('m')}:{'min' if name.endswith('m') else 'maj'}" for name in names]
    chords = [(float(at), float(to - at), label) for (at, to), label in zip(pairwise(beats), labels, strict=False)]
    return {**_observed(end, bpm, beats, tonic, mode == "minor"), "chord": chords}, a_hz, end


def _observed(
    end: float, bpm: float, beats: Sequence[float], tonic: str, is_minor: object
) -> dict[str, list[tuple[float, float, object]]]:
    return {
        "tempo": [(0.0, end, float(bpm))],
        "beat": [(float(at), 0.0, None) for at in beats],
        "key_mode": [(0.0, end, f"{tonic}:{'minor' if is_minor else 'major'}")],
    }


def hear(hears: Callable[[Path], Any], songs: Path, out: Path) -> None:
    """Hear every song of a folder and write what was heard; the CPU seconds per three minutes go to standard output."""
    from serving.bench.audio_truths import as_truth

    out.mkdir(parents=True, exist_ok=True)
    cpu_s = music_s = 0.0
    for sound in sorted(path for path in songs.iterdir() if path.suffix in (".wav", ".mp3")):
        began = time.process_time()
        observed, tuning_hz, end = hears(sound)
        cpu_s, music_s = cpu_s + time.process_time() - began, music_s + end
        as_truth(end, observed, tuning_hz).save(str(out / f"{sound.stem}.jams"), strict=False)
        print(f"{sound.stem}: {cpu_s / music_s * 180:.1f} CPU s for three minutes so far", file=sys.stderr)


def write_songs(folder: Path, first: int, count: int) -> None:
    """Render songs with their references beside them."""
    from audio.songs.render import SOUNDFONTS, render
    from audio.songs.score import score_of
    from audio.songs.truth import write_truth

    folder.mkdir(parents=True, exist_ok=True)
    for seed in range(first, first + count):
        score = score_of(seed, len(SOUNDFONTS))
        render(score, folder / f"{seed}.wav")
        write_truth(score, folder / f"{seed}.jams")


def main() -> None:
    """Render, or hear."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("songs", "librosa", "essentia"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, default=Path("heard"))
    parser.add_argument("--first", type=int, default=7000)
    parser.add_argument("--songs", type=int, default=20)
    asked = parser.parse_args()
    if asked.what == "songs":
        write_songs(asked.folder, asked.first, asked.songs)
    else:
        hear({"librosa": librosa_hears, "essentia": essentia_hears}[asked.what], asked.folder, asked.out)


if __name__ == "__main__":
    main()
