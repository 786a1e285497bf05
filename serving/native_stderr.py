"""Keeps what native code prints when it panics off the terminal: its error is raised too, and told in one line.

A full disk makes threads of delta-rs panic, and Rust prints each panic to file descriptor 2 before anybody can answer.
So that descriptor is led through a pipe while a command runs, and panics are left out; what Python prints goes to the
terminal as ever. With RUST_BACKTRACE=full nothing is left out.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

# Commands that start servers or other programs, which keep the terminal for themselves.
APART = frozenset({"bench", "hold", "mcp", "serve", "spark", "superset", "trino"})
_PANIC = re.compile(rb"thread '.*' (\(\d+\) )?panicked at ")
_OF_PANIC = re.compile(rb"(stack backtrace:|note: |\s+\d+: |\s+at |\s*$)")
LONGEST_WAIT_S = 1.0  # for what native code has printed last; a child that lives on may hold the pipe open


def without_panics(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without those of panics: a head, a line of message, and what follows of notes and frames."""
    within = is_message = False
    for line in lines:
        if _PANIC.match(line):
            within = is_message = True
        elif is_message:
            is_message = False
        elif not (within and _OF_PANIC.match(line)):
            within = False
            yield line


@contextmanager
def filtered_stderr(arguments: list[str]) -> Iterator[None]:
    """Leave panics out of standard error while a command with these arguments runs."""
    if os.environ.get("RUST_BACKTRACE") == "full" or APART & set(arguments[:1]):
        yield
        return
    before, terminal = sys.stderr, os.dup(2)
    source, sink = os.pipe()
    os.dup2(sink, 2)
    os.close(sink)
    passing = threading.Thread(target=_pass_on, args=(source, terminal), daemon=True)
    passing.start()
    sys.stderr = os.fdopen(os.dup(terminal), "w", buffering=1, encoding=before.encoding, errors="backslashreplace")
    try:
        yield
    finally:
        sys.stderr.flush()
        sys.stderr = before
        os.dup2(terminal, 2)  # the last end of the pipe for writing, unless a child has another
        passing.join(LONGEST_WAIT_S)


def _pass_on(source: int, terminal: int) -> None:
    with os.fdopen(source, "rb") as native:
        for line in without_panics(native):
            os.write(terminal, line)
