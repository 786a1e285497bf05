"""A process killed at any moment: the next run completes, with exact counts."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lake.lakehouse import Lake
from lake.silver.history import history_contract
from lake.silver.integrity import balance
from tests.integration.lake.test_concurrent_writers import changes
from tests.lake_builders import LINES, LINES_FEED, arrive, dead_letters, load, rows
from tests.lake_oracle import replay

pytestmark = pytest.mark.heavy

KILLS = 5
FILES = 18
CHECKOUT = Path(__file__).resolve().parents[3]
WORK = "import sys; from tests.integration.lake.test_kill import work; work(sys.argv[1])"


def contents() -> list[list[str]]:
    return [changes(seed, 7) for seed in range(FILES)]


def work(root: str) -> None:
    """Land and load file after file, going on where an earlier process was killed."""
    lake = Lake(root)
    folder = lake.root / "landing" / "erp"
    folder.mkdir(parents=True, exist_ok=True)
    for number, lines in enumerate(contents()):
        path = folder / f"2010-12-01--{number:02}.jsonl"
        if not path.exists():
            part = path.with_name(f".{path.name}.part")
            part.write_text("".join(line + "\n" for line in lines))
            os.replace(part, path)
        elif number + 1 < len(list(folder.glob("*.jsonl"))):
            continue
        print(number, flush=True)
        load(lake)


def _killed_while_it_works(root: Path, draw: random.Random) -> int:
    """Start the work, kill it at a random moment after its first file; how many files it had begun."""
    command = [sys.executable, "-c", WORK, str(root)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        begun = 1 if process.stdout.readline() else 0
        try:
            process.wait(draw.uniform(0.02, 1.2))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        begun += len(process.stdout.readlines())
    assert process.returncode in (0, -signal.SIGKILL), f"the work failed by itself: {process.returncode}"
    return begun


def test_killed_five_times_a_last_run_completes_with_exact_counts(tmp_path: Path) -> None:
    draw = random.Random()
    begun = sum(_killed_while_it_works(tmp_path, draw) for _ in range(KILLS))
    assert begun >= KILLS

    work(str(tmp_path))

    lake = Lake(tmp_path)
    lines = [line for file in contents() for line in file]
    expected = replay(lines)
    assert rows(lake, "silver/lines") == expected.state
    key = history_contract(LINES).key
    history = sorted(rows(lake, "silver/lines_history"), key=lambda row: tuple(row[name] for name in key))
    assert history == expected.history
    for table in ("bronze/erp_changes", "silver/lines"):
        found = dead_letters(lake, table)
        assert len({(row["batch_id"], row["batch_line"]) for row in found}) == len(found)
        assert sorted(row["rule"] for row in found) == sorted(r for by, r in expected.dead.values() if by == table)
    landed = arrive(lake)
    assert (landed.total_lines, landed.is_balanced) == (len(lines), True)
    fate = balance(lake, lake.table(LINES), LINES, LINES_FEED, lake.table(LINES).version())
    assert fate.passed, fate.words
    assert fate.numbers["read"] == expected.read
