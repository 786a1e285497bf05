"""Original, stem and mix of both on the same grid and equally loud, so that nobody compares levels."""

from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.decode import Decoder
from audio.generation.drafts import write_flac
from audio.generation.plan import Plan

PARTS = ("original", "stem", "mix")
RMS_DBFS, PEAK_DBFS = -20.0, -1.0
Floats = NDArray[np.float64]


class CannotAuditionError(ValueError):
    """Original and stem cannot be compared; the message says why."""


@dataclass(frozen=True)
class Audition:
    """The files by part, their rate, and the level that all three have."""

    paths: dict[str, Path]
    rate: int
    rms_dbfs: float


def audition(original: Path, stem: Path, plan: Plan, folder: Path) -> Audition:
    """Write original.flac, stem.flac and mix.flac: mono, the loop of the plan to the sample, at one level.

    Raises:
        NotDecodableError: one of the files does not decode.
        CannotAuditionError: the original ends before the loop does, or one of them is silent.
    """
    whole, rate = _mono(original)
    begin, count = round(plan.source_start_s * rate), round(plan.duration_s * rate)
    if whole.size < begin + count:
        raise CannotAuditionError(
            f"{original.name} has {whole.size / rate:.1f} s; the loop ends at {(begin + count) / rate:.1f} s"
        )
    played = _resampled(*_mono(stem), rate)
    own = np.zeros(count)
    own[: min(count, played.size)] = played[:count]
    parts = {"original": _at_level(whole[begin : begin + count], original), "stem": _at_level(own, stem)}
    parts["mix"] = _at_level(parts["original"] + parts["stem"], stem)
    # One gain for all three: what keeps the loudest peak below the ceiling keeps the levels equal.
    peak = max(float(np.abs(one).max()) for one in parts.values())
    gain = min(1.0, 10 ** (PEAK_DBFS / 20) / peak)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {name: folder / f"{name}.flac" for name in PARTS}
    for name, path in paths.items():
        write_flac((parts[name] * gain).astype(np.float32), rate, path)
    return Audition(paths, rate, RMS_DBFS + 20 * float(np.log10(gain)))


def _mono(path: Path) -> tuple[Floats, int]:
    decoder = Decoder(path)
    blocks = [block.mean(axis=0, dtype=np.float64) for block in decoder]
    return np.concatenate(blocks), decoder.told.rate


def _resampled(samples: Floats, rate: int, wanted: int) -> Floats:
    if rate == wanted:
        return samples
    from scipy.signal import resample_poly

    common = gcd(rate, wanted)
    return np.asarray(resample_poly(samples, wanted // common, rate // common))


def _at_level(samples: Floats, path: Path) -> Floats:
    rms = float(np.sqrt(np.mean(samples**2)))
    if rms < 1e-6:
        raise CannotAuditionError(f"{path.name} is silent in the loop; there is nothing to compare")
    return np.asarray(samples * (10 ** (RMS_DBFS / 20) / rms))
