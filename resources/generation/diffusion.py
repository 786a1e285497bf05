"""Pictures by a diffusion model on this machine: weights in the layout of diffusers, a process for each picture."""

from dataclasses import dataclass, field
from pathlib import Path

from resources.generation.making import CannotMakeError

NAME = "diffusion"


@dataclass(frozen=True)
class DiffusionModel:
    """A model in the folder `diffusion` below the folder of models.

    Attributes:
        folder: of its weights.
        python: the interpreter that runs it.
        may_use_cpu: whether it may run where no GPU is.
        version: of exactly these weights.
        model: the name that an asset keeps of it.
    """

    folder: Path
    python: str
    may_use_cpu: bool
    version: str
    model: str = field(default=NAME)

    @classmethod
    def found(cls, models: Path | None, may_use_cpu: bool) -> "DiffusionModel":
        """The model with the weights below the folder of models.

        Raises:
            CannotMakeError: weights or packages are missing.
        """
        from audio.generation.studio.models import NotAtHandError, folder_of, interpreter_of, version_of

        try:
            folder = folder_of(models, NAME)
            return cls(folder, interpreter_of(NAME), may_use_cpu, version_of(folder))
        except NotAtHandError as error:
            raise CannotMakeError(str(error)) from error

    def paint(self, prompt: str, width: int, height: int, seed: int) -> bytes:
        """A PNG in the shape that is wanted, as large as the model paints.

        Raises:
            CannotMakeError: the process failed, took too long, or found no GPU where it may not use the CPU.
        """
        from audio.generation import studio
        from audio.generation.studio.process import ProcessError, run_program

        program = Path(studio.__file__).with_name("diffusion_process.py")
        asked = {"folder": str(self.folder), "may_use_cpu": self.may_use_cpu, "seed": seed, "prompt": prompt}
        asked |= {"width": width, "height": height}
        try:
            return run_program(NAME, self.python, program, asked)[1]
        except ProcessError as error:
            raise CannotMakeError(str(error)) from error
