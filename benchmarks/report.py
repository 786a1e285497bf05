"""What was measured, as a table on the terminal, as Markdown for the documentation, as JSON for machines."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.failures import BenchmarkError

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = (".md", ".json")


@dataclass(frozen=True)
class Part:
    """One table of the report: what it is about, its columns and rows, and the verdicts below it."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    verdicts: Sequence[str]
    measured: object


def check_target(out: Path | None) -> None:
    """Refuse, before anything is measured, a file that could not be written afterwards."""
    if out is None:
        return
    if out.suffix not in FORMATS:
        raise BenchmarkError(f"--out {out}: the name ends in .md for Markdown or .json for JSON")
    if not out.absolute().parent.is_dir():
        raise BenchmarkError(f"--out {out}: there is no folder {out.absolute().parent}")


def show(parts: Iterable[Part], console: "Console") -> None:
    """Print every part."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    for part in parts:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for place, column in enumerate(part.columns):
            table.add_column(column, justify="left" if place < 2 else "right")
        for row in part.rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(f"\n{part.title}", style="bold", markup=False, highlight=False)
        console.print(table)
        for verdict in part.verdicts:
            console.print(verdict, markup=False, highlight=False, soft_wrap=True)


def write(parts: Sequence[Part], command: str, machine: str, out: Path) -> None:
    """Write Markdown or JSON, as the file's name says."""
    if out.suffix == ".json":
        document = {"command": command, "machine": machine, "parts": [asdict(part) for part in parts]}
        out.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
        return
    lines = [f"`{command}`, {machine}", ""]
    for part in parts:
        lines += [f"**{part.title}**", "", _line(part.columns), _line("---:" if i > 1 else "---" for i in _of(part))]
        lines += [_line(row) for row in part.rows]
        lines += ["", *(f"- {verdict}" for verdict in part.verdicts), ""]
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _of(part: Part) -> range:
    return range(len(part.columns))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def machine() -> str:
    """The machine and the day, as the documentation wants them."""
    import datetime as dt
    import os

    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{cores} cores, {memory:.0f} GiB, {dt.datetime.now(dt.UTC):%Y-%m-%d}"
