"""What makes sound from a plan: the interface of backends, and the rule-based one, which needs no weights."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audio.generation.parts import STEMS, notes_of
from audio.generation.plan import Plan
from audio.generation.voices import RATE, render


class Backend(Protocol):
    """A generator of stems.

    Attributes:
        name: how a request names it.
        version: changes when the same plan and seed give other samples.
        stems: the stem types that it makes.
        rate: samples a second of what it returns.
    """

    name: str
    version: str
    stems: tuple[str, ...]
    rate: int

    def generate(self, plan: Plan, stem: str, seed: int) -> NDArray[np.float32]:
        """Mono samples of the stem; the same plan, stem and seed give the same samples."""


class RuleBackend:
    """Patterns and voicings by rules, synthesised by oscillators: exact on beat, chord and loop length."""

    name = "rules"
    version = "1"
    stems: tuple[str, ...] = STEMS
    rate = RATE

    def generate(self, plan: Plan, stem: str, seed: int) -> NDArray[np.float32]:
        """Mono samples of the stem, as long as the plan to the sample."""
        notes = notes_of(plan, stem, seed)
        return render(notes, stem, plan.duration_s, plan.tuning_hz, seed).astype(np.float32)
