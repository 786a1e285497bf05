"""Progress: plain lines for logs, a live display for terminals, the same events for both."""

import io
import re

import pytest
from rich.console import Console

from serving.runs.progress import LiveProgress, PlainProgress, Progress, clock, counts, progress_on


def work(progress: Progress) -> None:
    """Two steps end well, one fails."""
    with progress:
        progress.started("bronze/erp")
        for done in range(101):
            progress.advanced("bronze/erp", "files", done, 100)
        progress.finished("bronze/erp", 1.25, {"applied": 1204, "duplicate": 0, "dead_letters": 3})
        progress.started("silver/orders")
        progress.finished("silver/orders", 0.5)
        progress.started("gold")
        progress.failed("gold", "orders [x]: 2 keys stand twice")


def without_clock(text: str) -> list[str]:
    return [re.sub(r"^\[ *\d+:\d\d\] ", "", line) for line in text.splitlines()]


def test_where_there_is_no_terminal_each_event_is_a_line_for_the_log() -> None:
    out = io.StringIO()
    progress = progress_on(Console(file=out, width=20), steps=3)
    assert isinstance(progress, PlainProgress)
    work(progress)
    tenths = [f"bronze/erp: files, {done} of 100" for done in range(10, 101, 10)]
    assert without_clock(out.getvalue()) == [
        "bronze/erp ...",
        *tenths,
        "1/3 bronze/erp: done in 1.2 s; 1,204 applied, 3 dead letters",
        "silver/orders ...",
        "2/3 silver/orders: done in 0.5 s",
        "gold ...",
        "3/3 gold: FAILED: orders [x]: 2 keys stand twice",
    ]


def test_on_a_terminal_ended_steps_stay_and_the_display_goes() -> None:
    out = io.StringIO()
    progress = progress_on(Console(file=out, force_terminal=True, width=100, color_system=None), steps=3)
    assert isinstance(progress, LiveProgress)
    work(progress)
    shown = out.getvalue()
    assert re.search(r"✓ bronze/erp +1\.2 s +1,204 applied, 3 dead letters", shown)
    assert re.search(r"✗ gold +orders \[x\]: 2 keys stand twice", shown)
    assert shown.endswith("\x1b[2K"), "the live lines are erased at the end"
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1, "the cursor comes back"


def test_the_terminal_is_given_back_when_the_work_dies() -> None:
    out = io.StringIO()

    def dies() -> None:
        with LiveProgress(Console(file=out, force_terminal=True)) as progress:
            progress.started("gold")
            raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError, match="the disk is full"):
        dies()
    assert "\x1b[?25h" in out.getvalue()


def test_times_and_counts_read_well() -> None:
    assert [clock(0.4), clock(65), clock(600)] == ["0:00", "1:05", "10:00"]
    assert counts({"read": 1204, "dead_letters": 0}) == "1,204 read"
    assert counts(None) == ""
