"""The result of a run as people read it: what came in, what will sell, how good that is, what took how long, what next.

Plain values in, text out. `serving.runs.results` reads the values; a run keeps the same `Summary` in its `runs` table
(`as_document`).
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

SHOWN_STEPS = 8


@dataclass(frozen=True)
class TableCount:
    """What one load did to one table. Everything that came in is in exactly one of the six."""

    table: str
    landed: int
    applied: int
    superseded: int = 0
    duplicate: int = 0
    deleted: int = 0
    dead_letters: int = 0
    tied: int = 0


@dataclass(frozen=True)
class DeadLetters:
    """Rows of one table that were refused for one reason; `example` is the place of the first."""

    table: str
    reason: str
    count: int
    example: str


@dataclass(frozen=True)
class ReleaseForecast:
    """What one release will sell within the horizon; P90: nine times in ten it will be no more."""

    release_id: str
    title: str
    horizon_days: int
    p50: float
    p90: float
    risk_level: str


@dataclass(frozen=True)
class Accuracy:
    """How one model did in the backtest; lower pinball is better, and one model of each horizon serves."""

    horizon_days: int
    model: str
    pinball: float | None
    wape: float | None
    coverage_p90: float | None
    serves: bool


@dataclass(frozen=True)
class StepTime:
    """How long one step of the run took."""

    step: str
    seconds: float


@dataclass(frozen=True)
class Summary:
    """One run. Empty parts are left out of the picture."""

    run_id: str
    pack: str
    lake: str
    seconds: float
    counts: Sequence[TableCount] = ()
    dead_letters: Sequence[DeadLetters] = ()
    forecasts: Sequence[ReleaseForecast] = ()
    accuracy: Sequence[Accuracy] = ()
    steps: Sequence[StepTime] = ()
    notes: Sequence[str] = ()
    warnings: Sequence[str] = ()
    failures: Sequence[str] = ()
    next: Sequence[tuple[str, str]] = field(default=(), metadata={"of": "what one finds, and the command for it"})

    def as_document(self) -> dict[str, object]:
        """The summary as plain dictionaries and lists, as the `runs` table keeps it."""
        return dataclasses.asdict(self)


def show(summary: Summary, console: "Console") -> None:
    """Print the summary; the most wanted part, the forecasts, comes after what it rests on."""
    parts = (
        _counts(summary.counts),
        _dead_letters(summary.dead_letters),
        _forecasts(summary.forecasts),
        _accuracy(summary.accuracy),
        _steps(summary.steps),
    )
    if summary.counts and parts[0] is None:
        console.print("\nNothing new was read: every landed file was taken in before.")
    for part in parts:
        if part is not None:
            # rich would fold a title at the width of its table.
            title, part.title = part.title, None
            console.print(f"\n{title}", style="bold", markup=False, highlight=False)
            console.print(part)
    for note in summary.notes:
        console.print(f"\n{note}", markup=False, highlight=False, soft_wrap=True)
    closing = f"run {summary.run_id}, pack {summary.pack}: {summary.seconds:.1f} s; lake {summary.lake}"
    console.print(f"\n{closing}", markup=False, highlight=False, soft_wrap=True)
    for what, command in summary.next:
        console.print(f"  {what:<38} {command}", markup=False, highlight=False, soft_wrap=True)


def _table(title: str, *columns: str, numbers: Sequence[str] = ()) -> "Table":
    from rich import box
    from rich.table import Table

    table = Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for place, column in enumerate(columns):
        right = column in numbers
        table.add_column(column, justify="right" if right else "left", overflow="fold", no_wrap=place == 0)
    return table


def _add(table: "Table", *cells: str, style: str | None = None) -> None:
    """Add a row of plain text: a title may hold square brackets, which rich would take for its own."""
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells), style=style)


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _counts(counts: Sequence[TableCount]) -> "Table | None":
    busy = [count for count in counts if count.landed]
    if not busy:
        return None
    # Short words: 80 columns hold the longest table name and millions. Older rows are the superseded ones.
    tied = any(count.tied for count in busy)
    numbers = ("landed", "applied", "older", "double", "deleted", "dead", *(["tied"] if tied else []))
    table = _table("What was read", "table", *numbers, numbers=numbers)
    for count in busy:
        values = (count.landed, count.applied, count.superseded, count.duplicate, count.deleted, count.dead_letters)
        _add(table, count.table, *(_whole(value) for value in (*values, *([count.tied] if tied else []))))
    return table


def _dead_letters(letters: Sequence[DeadLetters]) -> "Table | None":
    if not letters:
        return None
    table = _table("What was refused so far", "table", "rows", "reason", "first at", numbers=("rows",))
    for letter in letters:
        _add(table, letter.table, _whole(letter.count), letter.reason, letter.example)
    return table


def _forecasts(forecasts: Sequence[ReleaseForecast]) -> "Table | None":
    if not forecasts:
        return None
    horizon = forecasts[0].horizon_days
    table = _table(
        f"What will sell most in the next {horizon} days, in units",
        "release",
        "title",
        "P50",
        "P90",
        "risk",
        numbers=("P50", "P90"),
    )
    for row in forecasts:
        _add(table, row.release_id, row.title, _whole(row.p50), _whole(row.p90), row.risk_level)
    return table


def _accuracy(accuracy: Sequence[Accuracy]) -> "Table | None":
    if not accuracy:
        return None
    table = _table(
        "How good that is (one backtest, lower pinball is better)",
        "days",
        "model",
        "pinball",
        "WAPE",
        "P90 coverage",
        "serves",
        numbers=("days", "pinball", "WAPE", "P90 coverage"),
    )
    last = None
    for row in accuracy:
        if last is not None and row.horizon_days != last:
            table.add_section()
        last = row.horizon_days
        pinball = "-" if row.pinball is None else f"{row.pinball:.3f}"
        _add(
            table,
            str(row.horizon_days),
            row.model,
            pinball,
            _share(row.wape),
            _share(row.coverage_p90),
            "yes" if row.serves else "",
            style="bold" if row.serves else None,
        )
    return table


def _steps(steps: Sequence[StepTime]) -> "Table | None":
    if not steps:
        return None
    table = _table("What took how long", "step", "seconds", numbers=("seconds",))
    slowest = sorted(steps, key=lambda step: step.seconds, reverse=True)
    for step in slowest[:SHOWN_STEPS]:
        _add(table, step.step, f"{step.seconds:.1f}")
    if others := slowest[SHOWN_STEPS:]:
        _add(table, f"{len(others)} others", f"{sum(step.seconds for step in others):.1f}", style="dim")
    return table
