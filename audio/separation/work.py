"""What a child process of the pool does with a file whose stems are wanted."""

import dataclasses
import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audio.decode import NotDecodableError
from audio.pool import Task, Work
from audio.separation.demucs_models import DemucsSeparator, load
from audio.separation.separator import CannotSeparateError
from audio.separation.stems import Separated, separate_file

MIB = 3_500  # three minutes and an hour alike take about 1,600 of it
BASE_S, PER_S = 120.0, 20.0  # time limit: two cores take about as long as the music lasts
STATED = "stems.json"


@dataclass(frozen=True)
class StemJob:
    """A file, the folder that its stems go to, and the model that makes them."""

    path: Path
    folder: Path
    duration_s: float
    models: Path
    model: str
    threads: int


# Threads that wait by spinning took 15 times the CPU as soon as anything else ran on the machine.
SEPARATION = Work[StemJob](
    Task(
        "audio.separation.work:separate_to_flac",
        MIB,
        loads=("torch", "demucs.htdemucs"),
        environment=(("OMP_WAIT_POLICY", "PASSIVE"),),
    ),
    lambda job: BASE_S + PER_S * job.duration_s,
)


def separate_to_flac(job: StemJob, told: Callable[[float], None]) -> tuple[dict[str, Any] | None, str | None]:
    """Separate a file; return what `stems.json` beside its stems says of them, or why there are none.

    That file is written last, so where it stands the stems are whole.
    """
    import av

    av.logging.set_level(av.logging.PANIC)
    stated = job.folder / STATED
    try:
        separator = _model(job.models, job.model, job.threads)
        stated.unlink(missing_ok=True)
        separated = separate_file(job.path, separator, job.folder, told)
        _without_others(job.folder, separated)
        answer = dataclasses.asdict(separated)
        part = stated.with_name(f"{STATED}.part")
        part.write_text(json.dumps(answer, indent=1), encoding="utf-8")
        part.replace(stated)
    except (CannotSeparateError, NotDecodableError) as refused:
        return None, str(refused)
    except MemoryError:
        return None, "out of memory: more than a process may have"
    except Exception as error:  # the bug of one file must not end the others; it is told, with its type
        reason = "out of memory: more than a process may have" if "alloc" in str(error).lower() else str(error)
        return None, f"the separation failed: {type(error).__name__}: {reason}"
    return answer, None


@functools.lru_cache(maxsize=1)
def _model(folder: Path, model: str, threads: int) -> DemucsSeparator:
    """The model, which the child keeps from file to file."""
    return load(folder, model, threads)


def _without_others(folder: Path, separated: Separated) -> None:
    """Remove stems that an earlier model left there under other names."""
    made = {stem.path for stem in separated.stems}
    for path in folder.glob("*.flac"):
        if path.name not in made:
            path.unlink()
