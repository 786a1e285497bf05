"""A pack lands in a process of its own beside the imports: what it does to the command, and what ends it.

Each case runs in a fresh Python, for this one has threads, beside which no process is forked.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

BEGIN = """
import os, sys, time, typer
from pathlib import Path
from serving.runs import warming
from serving.failures import fail
warming.GRAPH = ("statistics",)
"""


def python(land: str, after: str = "", before: str = "") -> subprocess.Popen[str]:
    """A command that lands by the function ``land`` of the text, and does something afterwards."""
    text = f"{BEGIN}\n{before}\n{land}\nwarming.land_while_importing(land)\n{after}\n"
    return subprocess.Popen(
        [sys.executable, "-c", text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    )


def test_it_lands_in_another_process_and_the_graph_is_imported_afterwards(tmp_path: Path) -> None:
    landed = tmp_path / "landed"
    command = python(
        f"def land(): Path({str(landed)!r}).write_text(str(os.getpid()))",
        "print(os.getpid(), 'statistics' in sys.modules)",
    )
    said, _ = command.communicate(timeout=60)
    own, imported = said.split()
    assert imported == "True"
    assert landed.read_text() not in ("", own)


def test_what_the_landing_refuses_ends_the_command_with_one_line() -> None:
    command = python("def land(): fail('no such folder')", "print('went on')")
    said, errors = command.communicate(timeout=60)
    assert command.returncode == 1
    assert (said, errors.splitlines()[0]) == ("", "error: no such folder")
    assert errors.count("no such folder") == 1


def test_a_fault_of_the_landing_keeps_its_traceback_and_ends_the_command() -> None:
    command = python("def land(): {}['a fault of ours']", "print('went on')")
    said, errors = command.communicate(timeout=60)
    assert command.returncode != 0
    assert said == ""
    assert "KeyError: 'a fault of ours'" in errors


def test_a_landing_that_is_killed_is_named() -> None:
    command = python("def land(): os.kill(os.getpid(), 9)", "print('went on')")
    said, errors = command.communicate(timeout=60)
    assert (command.returncode != 0, said) == (True, "")
    assert "the landing was ended by signal 9" in errors


def test_a_landing_that_is_interrupted_ends_the_command_without_a_traceback_of_its_own() -> None:
    command = python("def land(): os.kill(os.getpid(), 2); time.sleep(60)", "print('went on')")
    said, errors = command.communicate(timeout=60)
    assert (command.returncode != 0, said) == (True, "")
    assert "KeyboardInterrupt" not in errors


def test_the_landing_ends_with_a_command_that_is_killed(tmp_path: Path) -> None:
    number = tmp_path / "pid"
    command = python(f"def land():\n  Path({str(number)!r}).write_text(str(os.getpid()))\n  time.sleep(120)")
    until = time.monotonic() + 60
    while not (number.exists() and number.read_text()) and time.monotonic() < until:
        time.sleep(0.02)
    landing = int(number.read_text())
    command.send_signal(signal.SIGKILL)
    command.communicate(timeout=60)  # the landing holds the pipes: they close when it is gone
    while _is_alive(landing) and time.monotonic() < until:
        time.sleep(0.02)
    assert not _is_alive(landing)


def test_beside_other_threads_it_lands_first_and_imports_then(tmp_path: Path) -> None:
    landed = tmp_path / "landed"
    command = python(
        f"def land(): Path({str(landed)!r}).write_text(f\"{{os.getpid()}} {{'statistics' in sys.modules}}\")",
        "print(os.getpid(), 'statistics' in sys.modules)",
        before="import threading; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
    )
    said, _ = command.communicate(timeout=60)
    assert (landed.read_text().split(), said.split()[1]) == ([said.split()[0], "False"], "True")


def _is_alive(pid: int) -> bool:
    status = Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
