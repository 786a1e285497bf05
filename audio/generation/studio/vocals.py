"""Vocals of a DiffSinger voice bank behind the interface of backends: a line of the plan on a vowel. Experimental."""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from audio.generation.parts import Note, notes_of
from audio.generation.plan import Plan
from audio.generation.studio.backends import levelled
from audio.generation.studio.models import folder_of, interpreter_of, version_of
from audio.generation.studio.process import LONGEST_S, run_program

NAME, STEM = "vocals", "vocals"
LINE = "synth"  # the part of the rules whose notes are sung
DOWN = 12  # semitones, into the range of a voice
SHORTEST_S = 0.15


@dataclass
class VocalsBackend:
    """A voice bank.

    Attributes:
        folder: of the voice bank.
        may_use_cpu: whether it may run where no GPU is.
        longest_s: time that a draft may take.
        rate: samples a second of the last draft.
        style: words for a prompt, which a voice bank does not take.
    """

    folder: Path
    may_use_cpu: bool = False
    longest_s: float = LONGEST_S
    rate: int = 0
    style: str = ""
    name: str = NAME
    stems: tuple[str, ...] = (STEM,)
    version: str = field(init=False)
    _python: str = field(init=False)

    def __post_init__(self) -> None:
        self._python, self.version = interpreter_of(self.name), version_of(self.folder)

    @classmethod
    def found(cls, models: Path | None, may_use_cpu: bool) -> "VocalsBackend":
        """The backend with the voice bank below the folder of models.

        Raises:
            NotAtHandError: the voice bank or packages are missing.
        """
        return cls(folder_of(models, NAME), may_use_cpu)

    def generate(self, plan: Plan, stem: str, seed: int) -> NDArray[np.float32]:
        """Mono samples of the stem, as long as the plan to the sample.

        Raises:
            ProcessError: the process failed, took too long, or found no GPU where it may not use the CPU.
        """
        notes = [[one.start_s, one.end_s, _hz(one, plan.tuning_hz)] for one in sung(notes_of(plan, LINE, seed))]
        asked = {"folder": str(self.folder), "seed": seed, "duration_s": plan.duration_s, "notes": notes}
        asked["may_use_cpu"] = self.may_use_cpu
        program = Path(__file__).with_name("vocals_process.py")
        told, answer = run_program(self.name, self._python, program, asked, self.longest_s)
        self.rate = int(told["rate"])
        return levelled(np.frombuffer(answer, dtype=np.float32), round(plan.duration_s * self.rate))


def sung(notes: list[Note]) -> list[Note]:
    """The notes as they are sung: an octave lower; one that is too short to be sung lengthens the one before."""
    done: list[Note] = []
    for one in notes:
        if done and one.end_s - one.start_s < SHORTEST_S and one.start_s - done[-1].end_s < SHORTEST_S:
            done[-1] = Note(done[-1].start_s, one.end_s, done[-1].pitch, done[-1].level)
        else:
            done.append(Note(one.start_s, one.end_s, int(one.pitch) - DOWN, one.level))
    return done


def _hz(note: Note, tuning_hz: float) -> float:
    return float(tuning_hz * 2 ** ((int(note.pitch) - 69) / 12))
