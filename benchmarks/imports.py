"""How long the front doors take: `import definitions` beside what it cannot do without, and `lacquer --help`."""

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import CaseFailedError, Measured, ratio
from benchmarks.report import Part

CHECKOUT = Path(__file__).parents[1]
IMPORT_BAR, HELP_BAR_S = 1.25, 0.7
COMMANDS = {
    ("import", "import definitions"): ["-c", "import definitions"],
    ("import", "import dagster, dagster_dbt"): ["-c", "import dagster, dagster_dbt"],
    ("help", "lacquer --help"): ["-m", "serving.cli", "--help"],
}


def import_times(repetitions: int, told: Callable[[str], None]) -> list[Measured]:
    """The medians of the repetitions, taken in turn; each in a fresh interpreter."""
    runs: dict[tuple[str, str], list[tuple[float, float, float]]] = {which: [] for which in COMMANDS}
    for turn in range(repetitions):
        told(f"imports: {turn + 1} of {repetitions}")
        for which, arguments in COMMANDS.items():
            runs[which].append(_timed(arguments))
    measured = []
    for (figure, case), taken in runs.items():
        wall, cpu, peak = (statistics.median(values) for values in zip(*taken, strict=True))
        is_ours = case != "import dagster, dagster_dbt"
        measured.append(Measured(figure, case, is_ours, not is_ours, wall, cpu, peak, None))
    return measured


def _timed(arguments: list[str]) -> tuple[float, float, float]:
    """Wall and CPU seconds of a fresh interpreter in the checkout, and the peak of the largest child so far in MiB."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    child = subprocess.run([sys.executable, *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if child.returncode:
        raise CaseFailedError(f"{' '.join(arguments)} ended with {child.returncode}: {child.stderr[-2000:]}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def import_part(repetitions: int, told: Callable[[str], None]) -> Part:
    """The doors' times beside their bars."""
    measured = import_times(repetitions, told)
    doors = [one for one in measured if one.figure == "import"]
    seconds = next(one.wall_s for one in measured if one.figure == "help")
    rows = [(one.figure, one.case, f"{one.wall_s:.2f}", f"{one.cpu_s:.2f}") for one in measured]
    wall, cpu = ratio(doors), ratio(doors, "cpu_s")
    return Part(
        title=f"import: medians of {repetitions} in turn",
        columns=("figure", "case", "wall s", "CPU s"),
        rows=rows,
        verdicts=[
            f"import definitions: {wall:.2f} times in wall time, {cpu:.2f} in CPU; bar {IMPORT_BAR}",
            f"lacquer --help: {seconds:.2f} s; bar {HELP_BAR_S} s",
        ],
        measured=[asdict(one) for one in measured],
    )
