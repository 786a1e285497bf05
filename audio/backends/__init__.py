"""Who hears a song: our own analysis, or a library in its place. The same guards, the same JAMS, which says who it was.

A library is one module here with `RATE`, `tool()` and `hear(samples)`. It answers what it has functions for and leaves
the rest empty. Decoding, loudness and the embedding are ours whoever hears; confidences are fitted on our answers, and
those of others have none. No library is needed, or imported, unless it is asked for.
"""

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from audio.pool import ANALYSIS, Job, Task, Work

if TYPE_CHECKING:
    from audio.analysis import Analysis

OWN = "own"
LIBRARY_MIB = 4_000  # a library holds the whole song, several times over


@dataclass(frozen=True)
class Backend:
    """Where a backend's code is, what it needs, and what it is.

    Attributes:
        module: with `RATE`, `tool()` and `hear(samples)`; empty for our own.
        package: what has to be installed, by the make target of the same name.
        licence: of the package.
    """

    module: str = ""
    package: str = ""
    licence: str = ""


BACKENDS = {
    OWN: Backend(),
    "librosa": Backend("audio.backends.by_librosa", "librosa", "ISC"),
    "essentia": Backend("audio.backends.by_essentia", "essentia", "AGPL-3.0"),
}


def why_not(name: str) -> str | None:
    """Why a backend cannot be used, with what to do about it; None where it can."""
    if name not in BACKENDS:
        return f"there is no backend {name!r}; there are {', '.join(BACKENDS)}"
    package = BACKENDS[name].package
    if package and find_spec(package) is None:
        return (
            f"the backend {name} needs the package {package} ({BACKENDS[name].licence}); install it with make {package}"
        )
    return None


def work_of(name: str) -> Work[Job]:
    """How the pool does it: a library is loaded before memory is bounded, and may take more of it."""
    chosen = BACKENDS[name]
    if not chosen.module:
        return ANALYSIS
    return Work(
        Task(ANALYSIS.task.function, LIBRARY_MIB, loads=(chosen.module,)), lambda job: 3 * ANALYSIS.seconds(job)
    )


def analyse(path: Path, name: str = OWN) -> "Analysis":
    """Analyse a file with a backend.

    Raises:
        NotAnalysedError: the guard refuses it; the message says why.
        NotDecodableError: nothing in it decodes.
    """
    from audio import analysis

    if name == OWN:
        return analysis.analyse(path)
    from audio.backends.answers import assembled
    from audio.features import features_of
    from audio.guard import check_features, check_file
    from audio.stream import Recorder

    check_file(path)
    library = import_module(BACKENDS[name].module)
    recorder = Recorder(library.RATE)
    features = features_of(path, recorder)
    check_features(features)  # before the library sees it: some never come back from samples that are no numbers
    return assembled(features, library.hear(recorder.samples()), name, library.tool())
