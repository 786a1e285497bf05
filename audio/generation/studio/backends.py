"""The backends with weights: a process per draft, bounded in time; what it returns is cut to the loop and levelled."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.generation.plan import Plan
from audio.generation.studio.models import folder_of, interpreter_of, version_of
from audio.generation.studio.process import LONGEST_S, ProcessError, run_program
from audio.generation.studio.prompt import prompt_of

PROGRAMS = {"musicgen": "musicgen_process.py", "stable-audio": "stable_audio_process.py"}
STEMS = ("drums", "bass", "guitar", "piano", "other", "synth")
RMS_DBFS, PEAK_DBFS = -20.0, -1.0


@dataclass
class StudioBackend:
    """A model with weights behind the interface of backends.

    Attributes:
        name: musicgen or stable-audio.
        folder: of its weights.
        may_use_cpu: whether it may run where no GPU is.
        longest_s: time that a draft may take.
        style: words for the prompt.
        rate: samples a second of the last draft.
    """

    name: str
    folder: Path
    may_use_cpu: bool = False
    longest_s: float = LONGEST_S
    style: str = ""
    stems: tuple[str, ...] = STEMS
    rate: int = 0
    version: str = field(init=False)
    _python: str = field(init=False)

    def __post_init__(self) -> None:
        self._python, self.version = interpreter_of(self.name), version_of(self.folder)

    @classmethod
    def found(cls, name: str, models: Path | None, may_use_cpu: bool) -> "StudioBackend":
        """The backend with the weights below the folder of models.

        Raises:
            NotAtHandError: weights or packages are missing.
        """
        return cls(name, folder_of(models, name), may_use_cpu)

    def generate(self, plan: Plan, stem: str, seed: int) -> NDArray[np.float32]:
        """Mono samples of the stem, as long as the plan to the sample.

        Raises:
            ProcessError: the process failed, took too long, or found no GPU where it may not use the CPU.
        """
        asked = {
            "folder": str(self.folder),
            "seed": seed,
            "duration_s": plan.duration_s,
            "may_use_cpu": self.may_use_cpu,
            **prompt_of(plan, stem, self.style),
        }
        program = Path(__file__).with_name(PROGRAMS[self.name])
        told, answer = run_program(self.name, self._python, program, asked, self.longest_s)
        self.rate = int(told["rate"])
        return levelled(np.frombuffer(answer, dtype=np.float32), round(plan.duration_s * self.rate))


def levelled(samples: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The first `count` samples, silence where they end earlier, at -20 dBFS and below -1 dBFS at the peak."""
    if not np.isfinite(samples).all():
        raise ProcessError("the model returned samples that are no numbers")
    whole = np.zeros(count, dtype=np.float32)
    whole[: min(count, samples.size)] = samples[:count]
    rms, peak = float(np.sqrt(np.mean(whole**2))), float(np.abs(whole).max(initial=0.0))
    if rms == 0:
        return whole
    gain = min(10 ** (RMS_DBFS / 20) / rms, 10 ** (PEAK_DBFS / 20) / peak)
    return (whole * gain).astype(np.float32)
