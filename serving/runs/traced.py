"""A progress display that also traces each step of a run."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from serving.runs.progress import Progress
from serving.telemetry.tracing import Span, Tracing


class TracedProgress:
    """Passes everything on to a display, and makes one span per step.

    Args:
        shown: the display.
        tracing: makes the spans.
        run: the span of the run, which steps are part of.
    """

    def __init__(self, shown: Progress, tracing: Tracing, run: Span) -> None:
        self._shown, self._tracing, self._run = shown, tracing, run
        self._open: dict[str, Span] = {}

    def started(self, step: str) -> None:
        """Begin the step's span."""
        self._open[step] = self._tracing.start(step, {"lacquer.step": step}, parent=self._run)
        self._shown.started(step)

    def advanced(self, step: str, what: str, done: int, total: int) -> None:
        """Show it."""
        self._shown.advanced(step, what, done, total)

    def finished(self, step: str, seconds: float, rows: Mapping[str, int] | None = None) -> None:
        """End the step's span."""
        if span := self._open.pop(step, None):
            span.end()
        self._shown.finished(step, seconds, rows)

    def failed(self, step: str, message: str) -> None:
        """End the step's span as failed; the message stays out of it, since it can quote a row."""
        if span := self._open.pop(step, None):
            span.fail()
            span.end()
        self._shown.failed(step, message)

    def __enter__(self) -> Self:
        """Begin to show."""
        self._shown.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the terminal as it was; a step that is still open was broken off."""
        for span in self._open.values():
            span.fail()
            span.end()
        self._shown.__exit__(kind, error, trace)
