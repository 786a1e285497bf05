"""The backends with weights: a process per draft, bounded in time; what it returns is cut to the loop and levelled."""

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.generation.drafts import CannotGenerateError
from audio.generation.plan import Plan
from audio.generation.studio.models import folder_of, interpreter_of, version_of
from audio.generation.studio.prompt import prompt_of

PROGRAMS = {"musicgen": "musicgen_process.py", "stable-audio": "stable_audio_process.py"}
STEMS = ("drums", "bass", "guitar", "piano", "other", "synth")
RMS_DBFS, PEAK_DBFS = -20.0, -1.0
LONGEST_S = 1800.0
# Nothing is fetched or told; threads that wait leave the core to others.
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "OMP_WAIT_POLICY": "PASSIVE",
}


class ProcessError(CannotGenerateError):
    """The process of a model ended without a sound; the message has its last words."""


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
        with tempfile.TemporaryDirectory(prefix="lacquer-studio-") as work:
            request, answer = Path(work) / "asked.json", Path(work) / "samples.f32"
            request.write_text(json.dumps(asked), encoding="utf-8")
            self.rate = self._run(request, answer)
            samples = np.fromfile(answer, dtype=np.float32)
        return levelled(samples, round(plan.duration_s * self.rate))

    def _run(self, request: Path, answer: Path) -> int:
        """Run the process; the rate of what it wrote."""
        program = Path(__file__).with_name(PROGRAMS[self.name])
        command = [self._python, str(program), str(request), str(answer)]
        try:
            done = subprocess.run(
                command,
                cwd=request.parent,
                env={**os.environ, **ENVIRONMENT},
                capture_output=True,
                text=True,
                timeout=self.longest_s,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ProcessError(f"{self.name}: no draft within {self.longest_s:g} s") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise ProcessError(f"{self.name}: {last}" if done.returncode > 0 else f"{self.name}: killed by {last}")
        return int(json.loads(done.stdout.strip().splitlines()[-1])["rate"])


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
