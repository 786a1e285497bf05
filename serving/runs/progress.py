"""Progress of long work: on a terminal a live display, elsewhere plain lines that a log can keep.

Whoever does the work calls the four methods of `Progress`; what a step is, is its business (an asset, a landing file).
Output goes to standard error, so that standard output holds results only.
"""

import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


class Progress(Protocol):
    """What happens to the steps of one piece of work, told as it happens."""

    def started(self, step: str) -> None:
        """The step began."""

    def advanced(self, step: str, what: str, done: int, total: int) -> None:
        """The step has done so many of its parts."""

    def finished(self, step: str, seconds: float, rows: Mapping[str, int] | None = None) -> None:
        """The step ended well; `rows` says what of what (read, applied, dead letters)."""

    def failed(self, step: str, message: str) -> None:
        """The step ended with an error."""

    def __enter__(self) -> Self:
        """Begin to show."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was."""


def progress_on(console: "Console", steps: int | None = None) -> Progress:
    """A display that fits the console; `steps` is how many there will be, where that is known."""
    return LiveProgress(console, steps) if console.is_terminal else PlainProgress(console, steps)


def clock(seconds: float) -> str:
    """Minutes and seconds, 1:05."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def counts(rows: Mapping[str, int] | None) -> str:
    """The counts that are not zero: 1,204 applied, 3 dead letters."""
    return ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in (rows or {}).items() if count)


class PlainProgress:
    """One line when a step starts, one when it ends, with the time since the work began."""

    def __init__(self, console: "Console", steps: int | None = None) -> None:
        self._console = console
        self._steps = steps
        self._ended = 0
        self._began = time.monotonic()
        self._tenths: dict[str, int] = {}

    def _line(self, text: str) -> None:
        since = clock(time.monotonic() - self._began)
        self._console.print(f"[{since:>5}] {text}", markup=False, highlight=False, soft_wrap=True)

    def _count(self) -> str:
        self._ended += 1
        return f"{self._ended}/{self._steps} " if self._steps else ""

    def started(self, step: str) -> None:
        """Say that the step began."""
        self._line(f"{step} ...")

    def advanced(self, step: str, what: str, done: int, total: int) -> None:
        """Say it at each tenth of the way, no oftener."""
        tenth = 10 * done // total if total else 10
        if tenth > self._tenths.get(step, 0):
            self._tenths[step] = tenth
            self._line(f"{step}: {what}, {done:,} of {total:,}")

    def finished(self, step: str, seconds: float, rows: Mapping[str, int] | None = None) -> None:
        """Say how long it took and what it did."""
        self._line(f"{self._count()}{step}: done in {seconds:.1f} s{'; ' if counts(rows) else ''}{counts(rows)}")

    def failed(self, step: str, message: str) -> None:
        """Say what went wrong."""
        self._line(f"{self._count()}{step}: FAILED: {message}")

    def __enter__(self) -> Self:
        """Nothing has to be prepared."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing has to be cleared away."""


class LiveProgress:
    """Finished steps scroll up; below them the running ones, each with its own clock, and the whole."""

    def __init__(self, console: "Console", steps: int | None = None) -> None:
        from rich.live import Live

        self._console = console
        self._steps = steps
        self._ended = 0
        self._began = time.monotonic()
        self._running: dict[str, tuple[float, str]] = {}
        self._live = Live(console=console, get_renderable=self._picture, refresh_per_second=8, transient=True)

    def _picture(self) -> "RenderableType":
        from rich.spinner import Spinner
        from rich.table import Table
        from rich.text import Text

        now = time.monotonic()
        grid = Table.grid(padding=(0, 1))
        for step, (began, part) in self._running.items():
            grid.add_row(Spinner("dots", style="cyan"), Text(step), Text(clock(now - began), style="dim"), Text(part))
        ended = f"{self._ended} of {self._steps} steps" if self._steps else f"{self._ended} steps"
        grid.add_row("", Text(ended, style="bold"), Text(clock(now - self._began), style="bold"), "")
        return grid

    def _scroll(self, step: str, mark: str, style: str, text: str) -> None:
        from rich.text import Text

        self._running.pop(step, None)
        self._ended += 1
        self._console.print(Text.assemble((f"{mark} ", style), f"{step:<32} ", text))

    def started(self, step: str) -> None:
        """Add the step to the running ones."""
        self._running[step] = (time.monotonic(), "")

    def advanced(self, step: str, what: str, done: int, total: int) -> None:
        """Show the part beside the running step."""
        began, _ = self._running.get(step, (time.monotonic(), ""))
        self._running[step] = (began, f"{what} {done:,}/{total:,}")

    def finished(self, step: str, seconds: float, rows: Mapping[str, int] | None = None) -> None:
        """Let the step scroll up with its time and counts."""
        self._scroll(step, "✓", "green", f"{seconds:6.1f} s  {counts(rows)}")

    def failed(self, step: str, message: str) -> None:
        """Let the step scroll up with its error."""
        self._scroll(step, "✗", "bold red", message)

    def __enter__(self) -> Self:
        """Take over the lower lines of the terminal."""
        self._live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Give them back."""
        self._live.__exit__(kind, error, trace)
