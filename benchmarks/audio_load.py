"""`lacquer bench audio-load`: what the analysis takes: memory over many files and over long ones, songs a day.

The songs are made in NumPy. All of it goes through the pool, as in `lacquer analyze`.
"""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.failures import BenchmarkError
from benchmarks.report import Part
from benchmarks.sounds import write_song

if TYPE_CHECKING:
    from audio.pool import Job, Outcome

FILES = {"full": 200, "tiny": 6}
SETTLED = 20  # files after which a process has grown to what it needs
LENGTHS_S = {"full": (180, 600, 3_600), "tiny": (5, 10)}
SONGS = {"full": 6, "tiny": 2}
SONG_S = {"full": 180, "tiny": 5}
GROWTH_BAR_KIB, CPU_BAR_S = 50, 12


def load_parts(scale_name: str, told: Callable[[str], None]) -> list[Part]:
    """All three tables."""
    with tempfile.TemporaryDirectory(prefix="lacquer-load-") as folder:
        place = Path(folder)
        return [
            _growth(place, FILES[scale_name], told),
            _lengths(place, LENGTHS_S[scale_name], told),
            _throughput(place, SONGS[scale_name], SONG_S[scale_name], told),
        ]


def _growth(folder: Path, files: int, told: Callable[[str], None]) -> Part:
    """Memory held after each of many short files, by the one child that takes them all and by its parent."""
    from audio.confinement import held_mib

    rng = np.random.default_rng(1)
    told(f"audio-load: {files} short files")
    jobs = [_job(folder, number, float(rng.uniform(5, 15))) for number in range(files)]
    child, parent = [], []
    for outcome in _analysed(jobs, processes=1):
        assert outcome.spent is not None
        child.append(outcome.spent.held_mib)
        parent.append(held_mib()[0])
    settled = f"all but the first {SETTLED}" if files > 2 * SETTLED else "all"
    slopes = {name: slope_kib(held) for name, held in (("child", child), ("parent", parent))}
    rows = [
        (
            name,
            f"{held[0]:.0f}",
            f"{held[-1]:.0f}",
            f"{max(held):.0f}",
            f"{slopes[name]:.1f}",
            f"under {GROWTH_BAR_KIB}",
        )
        for name, held in (("child", child), ("parent", parent))
    ]
    return Part(
        title=f"audio-load: {files} files of 5 to 15 s through one process",
        columns=("process", "MiB after the first", "after the last", "at most", "KiB more a file", "bar"),
        rows=rows,
        verdicts=[f"the growth is that of a line through {settled} files"],
        measured={"child": child, "parent": parent},
    )


def slope_kib(held_mib: Sequence[float]) -> float:
    """KiB by which memory grows a file, by least squares over the files after it has settled."""
    settled = np.array(held_mib[SETTLED:] if len(held_mib) > 2 * SETTLED else held_mib) * 1024
    return float(np.polyfit(np.arange(settled.size), settled, 1)[0])


def _lengths(folder: Path, lengths_s: Sequence[int], told: Callable[[str], None]) -> Part:
    """Time and peak memory of files of several lengths, each in a process of its own."""
    rows, measured = [], []
    for seconds in lengths_s:
        told(f"audio-load: {seconds} s of music")
        outcome = next(iter(_analysed([_job(folder, seconds, seconds)], processes=1)))
        assert outcome.spent is not None
        cpu_s, peak = outcome.spent.cpu_s, outcome.spent.peak_mib
        rows.append((f"{seconds}", f"{cpu_s:.1f}", f"{cpu_s / seconds * 180:.1f}", f"{CPU_BAR_S}", f"{peak:,.0f}"))
        measured.append({"seconds": seconds, "cpu_s": cpu_s, "peak_mib": peak})
        outcome.job.path.unlink()
    return Part(
        title="audio-load: one file",
        columns=("music s", "CPU s", "CPU s for 3 minutes", "bar", "peak MiB"),
        rows=rows,
        verdicts=[],
        measured=measured,
    )


def _throughput(folder: Path, songs: int, seconds: int, told: Callable[[str], None]) -> Part:
    """The same songs by one process and by two."""
    jobs = [_job(folder, number, seconds) for number in range(songs)]
    rows, measured, walls = [], [], {}
    for processes in (1, 2):
        told(f"audio-load: {songs} songs of {seconds} s, {processes} at once")
        began = time.monotonic()
        outcomes = list(_analysed(jobs, processes))
        walls[processes] = time.monotonic() - began
        spent = [outcome.spent for outcome in outcomes if outcome.spent is not None]
        cpu_s, peak = sum(one.cpu_s for one in spent), max(one.peak_mib for one in spent)
        a_day = songs * 86_400 / walls[processes]
        cores = cpu_s / walls[processes]
        rows.append(
            (
                *(f"{processes}", f"{walls[processes]:.1f}", f"{cpu_s:.1f}", f"{cores:.2f}"),
                *(f"{peak:,.0f}", f"{a_day:,.0f}"),
            )
        )
        measured.append({"processes": processes, "wall_s": walls[processes], "cpu_s": cpu_s, "cores": cores})
    return Part(
        title=f"audio-load: {songs} songs of {seconds} s",
        columns=("processes", "wall s", "CPU s", "cores it got", "peak MiB of one", "songs a day"),
        rows=rows,
        verdicts=[
            f"two processes are {walls[1] / walls[2]:.2f} times as fast as one; starting them is counted",
            "songs a day are those of a machine with nothing else to do where a process got nearly a core of its own",
        ],
        measured=measured,
    )


def _job(folder: Path, seed: int, seconds: float) -> "Job":
    from audio.pool import Job

    path = folder / f"{seconds:.3f}-{seed}.wav"
    write_song(path, seed, seconds)
    return Job(path, path.with_suffix(".jams"))


def _analysed(jobs: "Sequence[Job]", processes: int) -> "Iterator[Outcome[Job]]":
    from audio.pool import analyse_all

    for outcome in analyse_all(jobs, processes):
        if outcome.reason is not None:
            raise BenchmarkError(f"{outcome.job.path.name}: {outcome.reason}")
        yield outcome
