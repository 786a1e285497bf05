"""Essentia in our place (AGPL-3.0): RhythmExtractor2013, KeyExtractor, TuningFrequency, ChordsDetectionBeats, SBic.

It has no downbeats, no metre and no labels of sections. All with the settings of its documentation.
"""

import essentia
import essentia.standard as standard
import numpy as np
from numpy.typing import NDArray

from audio.backends.answers import Answers, spans
from audio.decode import Samples
from audio.pitch import NAMES
from audio.sections import letters_of

RATE = 44_100
HOP, WINDOW = 2048, 8192
EDGE_S = 0.5
SHARPS = {"C#": "Db", "D#": "Eb", "F#": "Gb", "G#": "Ab", "A#": "Bb"}


def tool() -> str:
    """Name and version."""
    return f"essentia {essentia.__version__}"


def hear(samples: Samples) -> Answers:
    """What it hears in the samples of a song at `RATE`."""
    essentia.log.infoActive = essentia.log.warningActive = False
    bpm, beats_s, *_ = standard.RhythmExtractor2013(method="degara")(samples)
    tonic, mode, _ = standard.KeyExtractor(profileType="bgate")(samples)
    peaks, coefficients = _described(samples)
    tuner = standard.TuningFrequency(resolution=1)
    a_hz = float(np.median([tuner(*one)[0] for one in peaks]))
    return Answers(
        bpm=float(bpm) if bpm > 0 else None,
        beats_s=np.asarray(beats_s, dtype=np.float64),
        key=f"{SHARPS.get(tonic, tonic)}:{mode}",
        tuning_hz=a_hz,
        chords=_chords(peaks, beats_s, a_hz),
        sections=_sections(coefficients, samples.size / RATE),
    )


def _described(samples: Samples) -> tuple[list[tuple[Samples, Samples]], NDArray[np.float32]]:
    """Spectral peaks of each window (Hz, magnitudes), and its MFCC, shape (13, windows)."""
    window, spectrum, mfcc = (
        standard.Windowing(type="blackmanharris62"),
        standard.Spectrum(),
        standard.MFCC(inputSize=WINDOW // 2 + 1),
    )
    finder = standard.SpectralPeaks(minFrequency=40, maxFrequency=5000, orderBy="magnitude", magnitudeThreshold=1e-5)
    spectra = [spectrum(window(one)) for one in standard.FrameGenerator(samples, frameSize=WINDOW, hopSize=HOP)]
    return [finder(one) for one in spectra], np.array([mfcc(one)[1] for one in spectra], dtype=np.float32).T


def _chords(
    peaks: list[tuple[Samples, Samples]], beats_s: Samples, a_hz: float
) -> tuple[tuple[float, float, str], ...]:
    if len(beats_s) < 2:
        return ()
    profile = standard.HPCP(referenceFrequency=a_hz, harmonics=4)
    names, _ = standard.ChordsDetectionBeats(hopSize=HOP)(np.array([profile(*one) for one in peaks]), beats_s)
    return spans(beats_s, [_harte(name) for name in names])


def _harte(name: str) -> str:
    root = name.removesuffix("m")
    named = SHARPS.get(root, root)
    if named not in NAMES:
        raise ValueError(f"Essentia called a chord {name!r}")
    return f"{named}:{'min' if name.endswith('m') else 'maj'}"


def _sections(coefficients: NDArray[np.float32], end_s: float) -> tuple[tuple[float, float, str], ...]:
    """Boundaries by the Bayesian information criterion, letters by our linkage: it has none."""
    count = coefficients.shape[1]
    inner = sorted({int(at) for at in standard.SBic()(coefficients) if EDGE_S < at * HOP / RATE < end_s - EDGE_S})
    letters = letters_of(np.asarray(coefficients.T), [0, *inner, count])
    return spans([0.0, *(at * HOP / RATE for at in inner), end_s], letters)
