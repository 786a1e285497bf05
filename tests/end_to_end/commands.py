"""The command line in processes of its own, with a DAGSTER_HOME that nothing else uses.

A lake's home stands beside it, so that a copied lake brings the history of its runs along.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parents[2]
SEED, ORDER_LINES, DAYS = 68, 40_000, 122
# The pack as the tests want it: small, with every kind of planted fault in it, and ending on the first of a month.
DEMO = ("--pack", "demo", "--seed", str(SEED), "--order-lines", str(ORDER_LINES))


def home_of(lake: Path) -> Path:
    """The DAGSTER_HOME of a lake."""
    return lake.with_name(f"{lake.name}.dagster")


def environment(lake: Path, **settings: str) -> dict[str, str]:
    """What a process of ours gets: nothing of the developer's settings, UTC unless said otherwise."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LACQUER_", "DAGSTER_"))}
    fixed = {
        "DAGSTER_HOME": str(home_of(lake)),
        "DAGSTER_DISABLE_TELEMETRY": "true",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "PYTHONPATH": str(CHECKOUT),
        "COLUMNS": "120",
        "TZ": "UTC",
    }
    return {**kept, **fixed, **settings}


def command(*arguments: str | Path) -> list[str]:
    """The command line of `lacquer`, by the interpreter that runs the tests."""
    return [sys.executable, "-P", "-m", "serving.cli", *map(str, arguments)]


def start(lake: Path, *arguments: str | Path, **settings: str) -> subprocess.Popen[str]:
    """Start `lacquer` on a lake; its output is kept for `ended`."""
    return subprocess.Popen(
        command(*arguments, "--lake", lake),
        env=environment(lake, **settings),
        cwd=tempfile.gettempdir(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """Wait for a started command and give its answer."""
    out, err = process.communicate(timeout=280)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def lacquer(lake: Path, *arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `lacquer` on a lake to its end, whatever that is."""
    return ended(start(lake, *arguments, **settings))


def run_demo(lake: Path, days: int, **settings: str) -> str:
    """Run the main job on the first days of the demo pack; it must end well. Returns what was printed."""
    answer = lacquer(lake, "run", *DEMO, "--days", str(days), **settings)
    assert answer.returncode == 0, answer.stderr + answer.stdout
    return answer.stdout


def ask(lake: Path, query: str) -> list[dict[str, Any]]:
    """What `lacquer sql` answers."""
    answer = lacquer(lake, "sql", "--format", "json", query)
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def copied(lake: Path, to: Path) -> Path:
    """A copy of the lake and of its home, to be changed."""
    shutil.copytree(lake, to)
    shutil.copytree(home_of(lake), home_of(to), symlinks=True)
    return to
