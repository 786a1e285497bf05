"""What a child process of the pool does with one file, where it is analysed."""

from collections.abc import Callable
from typing import Any

from audio.analysis import Analysis
from audio.backends import analyse
from audio.decode import NotDecodableError
from audio.files import readable
from audio.guard import NotAnalysedError
from audio.jams_file import beside, write_jams
from audio.page import write_page
from audio.pool import Job


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
