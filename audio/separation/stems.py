"""From a file to its stems: FLAC files of the file's own rate, time base and length, in bounded memory.

The file is decoded twice: the model wants the whole song's level before it hears the first window.
"""

import hashlib
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio.decode import Samples
from audio.separation.flac import BITS, FlacWriter
from audio.separation.mix import Converter, Mix
from audio.separation.separator import Separator
from audio.separation.windows import in_windows

QUIET = 1e-8


@dataclass(frozen=True)
class Stem:
    """One stem's file.

    Attributes:
        stem: what the model calls it.
        path: the file, in the folder that was named.
        duration_s: the decoded duration of the mix.
        sample_rate: that of the mix.
        channels: 1 for a mix of one channel, else 2.
        bits: of a sample.
        sha256: of the file.
        clipped: samples that were over full scale.
        level_db: its power against that of the mix.
    """

    stem: str
    path: str
    duration_s: float
    sample_rate: int
    channels: int
    bits: int
    sha256: str
    clipped: int
    level_db: float | None


@dataclass(frozen=True)
class Separated:
    """The stems of a file, which model made them, and how much of the mix their sum leaves out, in dB of the mix."""

    model: str
    checksum: str
    stems: tuple[Stem, ...]
    residual_db: float | None


@dataclass(frozen=True)
class _Heard:
    """What a first pass tells of the mix: its level as the model hears it, and its size."""

    mean: float
    deviation: float
    rate: int
    channels: int
    samples: int
    model_samples: int


def separate_file(
    path: Path, separator: Separator, folder: Path, told: Callable[[float], None] = lambda share: None
) -> Separated:
    """Take a file apart; ``folder/STEM.flac`` for each stem, each there whole or not at all.

    Args:
        path: the file.
        separator: the model.
        folder: where the stems go; made where it is not there.
        told: called with the share that is done, now and then.

    Raises:
        NotDecodableError: nothing in it decodes.
    """
    heard = _heard(path, separator)
    folder.mkdir(parents=True, exist_ok=True)
    channels = min(heard.channels, 2)
    with ExitStack() as open_files:
        writers = [
            open_files.enter_context(FlacWriter(folder / f"{name}.flac", heard.rate, channels))
            for name in separator.stems
        ]
        powers, whole, rest = _written(path, separator, heard, writers, told)
    stems = [
        Stem(
            stem=name,
            path=f"{name}.flac",
            duration_s=heard.samples / heard.rate,
            sample_rate=heard.rate,
            channels=channels,
            bits=BITS,
            sha256=_checksum(folder / f"{name}.flac"),
            clipped=writer.clipped,
            level_db=_db(power, whole),
        )
        for name, writer, power in zip(separator.stems, writers, powers, strict=True)
    ]
    return Separated(separator.model, separator.checksum, tuple(stems), _db(rest, whole))


def _heard(path: Path, separator: Separator) -> _Heard:
    """Mean and standard deviation of the mean of the channels, in one pass."""
    mix = Mix(path, separator.rate, separator.channels)
    count, total, squares = 0, 0.0, 0.0
    for block in mix:
        middle = block.mean(axis=0, dtype=np.float64)
        count += middle.size
        total += float(middle.sum())
        squares += float(middle @ middle)
    mean = total / max(count, 1)
    deviation = math.sqrt(max(squares - count * mean**2, 0.0) / max(count - 1, 1))
    told = mix.told
    return _Heard(mean, deviation + QUIET, told.rate, told.channels, round(told.decoded_s * told.rate), count)


def _written(
    path: Path, separator: Separator, heard: _Heard, writers: list[FlacWriter], told: Callable[[float], None]
) -> tuple[list[float], float, float]:
    """Separate and write; return the power of each stem, that of the mix, and that of what their sum leaves out."""
    channels = min(heard.channels, 2)
    backs = [Converter(separator.rate, separator.channels, heard.rate, channels) for _ in writers]
    powers, whole, rest, done = np.zeros(len(writers)), 0.0, 0.0, 0
    for mix, stems in in_windows(_levelled(path, separator, heard), separator):
        mix = mix * heard.deviation + heard.mean
        stems = stems * heard.deviation + heard.mean / len(
            writers
        )  # a shift belongs to all, so that the sum has it once
        powers += np.square(stems, dtype=np.float64).sum(axis=(1, 2))
        whole += float(np.square(mix, dtype=np.float64).sum())
        rest += float(np.square(mix - stems.sum(axis=0), dtype=np.float64).sum())
        for writer, back, stem in zip(writers, backs, stems, strict=True):
            _write(writer, back.push(stem), heard.samples)
        done += mix.shape[1]
        told(done / heard.model_samples)
    for writer, back in zip(writers, backs, strict=True):
        _write(writer, back.flush(), heard.samples)
        writer.push(np.zeros((channels, heard.samples - writer.samples), dtype=np.float32))
    return list(map(float, powers)), whole, rest


def _levelled(path: Path, separator: Separator, heard: _Heard) -> Iterator[Samples]:
    """The mix at the level that the model was trained with."""
    for block in Mix(path, separator.rate, separator.channels):
        yield np.asarray((block - heard.mean) / heard.deviation, dtype=np.float32)


def _write(writer: FlacWriter, blocks: Iterator[Samples], most: int) -> None:
    """Write the blocks up to the length of the mix: changes of rate round it."""
    for block in blocks:
        writer.push(block[:, : most - writer.samples])


def _db(power: float, reference: float) -> float | None:
    return 10 * math.log10(power / reference) if power > 0 and reference > 0 else None


def _checksum(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
