"""What a child process of the pool may take of the machine, and what it has taken."""

import os
import resource
import signal
from pathlib import Path


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
