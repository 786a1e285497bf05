"""A disk that breaks: a write below the lake fails with EIO, once, or with ENOSPC, from then on.

A small library is compiled with the machine's C compiler and preloaded into the process that works, so that every
engine in it meets the error where it meets the disk.
"""

import errno
import os
import shutil
import subprocess
from pathlib import Path

from benchmarks.failures import BenchmarkError

FAULTS = {"EIO": errno.EIO, "ENOSPC": errno.ENOSPC}
WRITES = 15  # a run of the work makes at least so many


def build_faults(folder: Path) -> Path:
    """Compile the library into the folder.

    Raises:
        BenchmarkError: there is no C compiler, or it fails.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        raise BenchmarkError("no C compiler (cc), which disk errors are planted with; on Debian: apt-get install gcc")
    library = folder / "faults.so"
    source = Path(__file__).with_name("faults.c")
    command = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BenchmarkError(f"{source.name} does not compile: {done.stderr}")
    return library


def fault_environment(library: Path, root: Path, fault: str, at: int) -> dict[str, str]:
    """The environment of a process whose write number ``at`` below the root fails."""
    planted = {
        "LD_PRELOAD": str(library),
        "FAULT_ROOT": f"{root.resolve()}/",
        "FAULT_AT": str(at),
        "FAULT_ERRNO": str(FAULTS[fault]),
        "FAULT_STAYS": "1" if fault == "ENOSPC" else "0",
    }
    return os.environ | planted
