"""Runs a program in the environment of `make rivals`."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.failures import BenchmarkError

RIVALS = Path(__file__).parents[2] / ".cache" / "rivals" / "venv" / "bin" / "python"
# Nothing is fetched, and each chain runs on a device of its own where there are cores.
ENVIRONMENT = {"JAX_PLATFORMS": "cpu", "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}


def interpreter_of(*packages: str) -> str:
    """The interpreter that has the packages: that of `make rivals`, else this one.

    Raises:
        BenchmarkError: neither has.
    """
    if RIVALS.is_file():
        return str(RIVALS)
    missing = [one for one in packages if importlib.util.find_spec(one) is None]
    if missing:
        raise BenchmarkError(f"not installed: {', '.join(missing)}; make rivals installs it")
    return sys.executable


def run_program(name: str, packages: Sequence[str], arguments: Sequence[str], longest_s: float) -> None:
    """Run a program of this folder with its arguments.

    Raises:
        BenchmarkError: the packages are missing, the program failed, or it took longer than `longest_s`.
    """
    python = interpreter_of(*packages)
    command = [python, str(Path(__file__).with_name(name)), *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"} | ENVIRONMENT
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=longest_s, check=False)
    except subprocess.TimeoutExpired as error:
        raise BenchmarkError(f"{name}: no answer within {longest_s:g} s") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BenchmarkError(f"{name} ended with exit code {done.returncode}: {last}")
