"""What a child process of the pool does with one file."""

import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from audio.analysis import Analysis
from audio.backends import analyse
from audio.decode import NotDecodableError
from audio.files import readable
from audio.guard import NotAnalysedError
from audio.jams_file import beside, write_jams
from audio.page import write_page
from audio.pool import Job


def confine(mib: int) -> None:
    """Bound what this process may allocate, keep it to one core, and let the parent answer Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with open("/proc/self/statm", encoding="ascii") as opened:
        mapped = int(opened.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (mapped + mib * 2**20, mapped + mib * 2**20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def held_mib() -> tuple[float, float]:
    """The MiB of memory that this process holds, and the most that it has held."""
    if (status := Path("/proc/self/status")).exists():
        stated = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(stated["VmRSS"].split()[0]) / 1024, int(stated["VmHWM"].split()[0]) / 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # bytes, on a Mac
    return most, most


def analyse_to_jams(job: Job, _: Callable[[float], None]) -> tuple[dict[str, Any] | None, str | None]:
    """Analyse a file, write its JAMS and its page; return what the summary says of it, or why there is nothing."""
    import av

    path, jams = job.path, job.jams
    av.logging.set_level(av.logging.PANIC)
    try:
        analysis = analyse(path, job.backend)
        write_jams(analysis, readable(path.stem), jams)
        write_page(analysis, path, jams.with_suffix(".html"))
    except (NotAnalysedError, NotDecodableError) as refused:
        return None, str(refused)
    except MemoryError:
        return None, "out of memory: more than a process may have"
    except Exception as error:  # the bug of one file must not end the others; it is told, with its type
        return None, f"the analysis failed: {type(error).__name__}: {error}"
    return told_of(analysis), None


def told_of(analysis: Analysis) -> dict[str, Any]:
    """What the summary says of a file, plain values."""
    told = beside(analysis)
    del told["embedding"]
    return {
        **told,
        "bpm": analysis.tempi[0][0] if analysis.tempi else None,
        "bpm_alternative": analysis.tempi[1][0] if analysis.tempi else None,
        "beats": len(analysis.beats),
        "key": analysis.key,
        "chords": sum(chord.label != "N" for chord in analysis.chords),
        "sections": "".join(section.label for section in analysis.sections),
    }
