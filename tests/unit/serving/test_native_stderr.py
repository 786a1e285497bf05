"""Panics of native code stay off the terminal, and nothing else does."""

import subprocess
import sys

import pytest

from serving.native_stderr import without_panics

PANIC = b"""
thread 'tokio-rt-worker' (10718) panicked at /home/runner/object_store-0.13.2/src/buffered.rs:369:41:
Already shut down
stack backtrace:
   0: std::panicking::begin_panic
             at /rustc/library/std/src/panicking.rs:1
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.
"""
SCRIPT = """
import os, subprocess, sys
from serving.native_stderr import filtered_stderr
with filtered_stderr(sys.argv[1:]):
    print("from Python", file=sys.stderr)
    os.write(2, b"native\\nthread 'main' panicked at a.rs:1:1:\\nboom\\nnote: run with `RUST_BACKTRACE=1`\\n")
    subprocess.run(["sh", "-c", "echo child >&2"], check=True)
print("after", file=sys.stderr)
"""


def test_a_panic_is_left_out_and_what_stands_around_it_is_not() -> None:
    lines = [b"before\n", *PANIC.splitlines(keepends=True)[1:], *PANIC.splitlines(keepends=True)[1:3], b"after\n"]
    assert list(without_panics(lines)) == [b"before\n", b"after\n"]


@pytest.mark.parametrize(("command", "is_filtered"), [("run", True), ("serve", False), ("hold", False)])
def test_what_python_and_children_print_comes_through(command: str, *, is_filtered: bool) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, command], capture_output=True, check=True, text=True)
    lines = set(done.stderr.splitlines())
    assert {"from Python", "native", "child", "after"} <= lines
    assert ("boom" not in lines) is is_filtered
