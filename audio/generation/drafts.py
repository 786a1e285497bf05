"""A request for a stem: drafts by successive seeds until one follows the plan, at most so many; each one explained."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from audio.generation.adherence import MEASURES, adherence_of
from audio.generation.backends import Backend
from audio.generation.plan import Plan

ATTEMPTS = 3


class CannotGenerateError(ValueError):
    """The backend does not make the stem."""


@dataclass(frozen=True)
class Attempt:
    """One draft: its seed, what was measured, and why it was rejected (nothing where it was accepted)."""

    seed: int
    scores: dict[str, float]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Draft:
    """The outcome of a request for a stem; `path` and `sha256` only where an attempt was accepted."""

    stem: str
    backend: str
    backend_version: str
    attempts: tuple[Attempt, ...]
    path: Path | None
    sha256: str | None

    @property
    def is_accepted(self) -> bool:
        """Whether the last attempt follows the plan."""
        return self.path is not None


def draft_stem(plan: Plan, stem: str, backend: Backend, folder: Path, seed: int = 0, attempts: int = ATTEMPTS) -> Draft:
    """Generate a stem into `folder/STEM.flac`; a draft under the thresholds is deleted and the next seed is tried.

    Raises:
        CannotGenerateError: the backend does not make this stem, or `attempts` is below one.
    """
    check_stem(stem, backend)
    if attempts < 1:
        raise CannotGenerateError(f"attempts is {attempts}; at least one is needed")
    folder.mkdir(parents=True, exist_ok=True)
    part, path = folder / f"{stem}.draft.flac", folder / f"{stem}.flac"
    path.unlink(missing_ok=True)
    made: list[Attempt] = []
    for number in range(attempts):
        samples = backend.generate(plan, stem, seed + number)
        write_flac(samples, backend.rate, part)
        measured = adherence_of(part, samples.size, backend.rate, plan, stem)
        made.append(Attempt(seed + number, measured.scores, measured.reasons))
        if not measured.reasons:
            part.replace(path)
            checksum = hashlib.sha256(path.read_bytes()).hexdigest()
            return Draft(stem, backend.name, backend.version, tuple(made), path, checksum)
        part.unlink()
    return Draft(stem, backend.name, backend.version, tuple(made), None, None)


def check_stem(stem: str, backend: Backend) -> None:
    """Raise CannotGenerateError unless the backend makes the stem and its adherence can be measured."""
    if stem not in backend.stems or stem not in MEASURES:
        raise CannotGenerateError(f"{backend.name} makes no {stem}; it makes {', '.join(backend.stems)}")


def write_flac(samples: np.ndarray, rate: int, path: Path) -> None:
    """Write mono samples as FLAC of 24 bits."""
    from audio.separation.flac import FlacWriter

    with FlacWriter(path, rate, 1) as writer:
        writer.push(np.asarray(samples, dtype=np.float32)[None])
