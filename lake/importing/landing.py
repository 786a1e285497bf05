"""Land converted rows as files of the landing streams: each part whole or not at all, and the same part once.

What a file becomes follows from its content, its mapping and the moment its import first began, which is on record
before anything lands. So an import that was killed and is repeated makes the same parts, and lands those that are
missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from pathlib import Path

from lake.importing.targets import Target
from lake.ingest.landing.writing import as_line, land_lines

PART_LINES = 50_000
_YEAR_US = 365_250_000 * 86_400
# Rows derived from others yield to those that a source states itself, and what a lake begins with counts as known
# before its first sale: forecasts of past days may use it.
DERIVED_YEARS, INITIAL_YEARS = 30, 26
OLDEST_STATED = int(dt.datetime(1999, 12, 31, tzinfo=dt.UTC).timestamp())  # in seconds; derived rows lie before it
DATED = ("orders", "order_lines")  # each row states its own day


class Parts:
    """The landing files of one import, by table."""

    def __init__(
        self, landing: Path, targets: Mapping[str, Target], label: str, begun: dt.datetime, *, initial: bool
    ) -> None:
        self._landing, self._targets, self._label = landing, targets, label
        self._begun = int(begun.timestamp() * 1_000_000)
        self._shift = INITIAL_YEARS * _YEAR_US if initial else 0
        self._lines: dict[str, list[str]] = {}
        self.files: list[Path] = []

    def add(
        self,
        table: str,
        rows: Iterable[tuple[int, Mapping[str, str | None]]],
        *,
        derived: bool,
        changed: Mapping[int, int],
    ) -> None:
        """Add rows of a table, and land each part that is full.

        Args:
            table: which.
            rows: place in the file, and text by column.
            derived: whether the rows yield to those of other files.
            changed: place in the file -> microseconds since 1970 of the row's last change, where the file says it.
        """
        target, lines = self._targets[table], self._lines.setdefault(table, [])
        shift = DERIVED_YEARS * _YEAR_US if derived else 0 if table in DATED else self._shift
        for number, row in rows:
            position = changed[number] if number in changed and not derived else self._begun - shift + number
            lines.append(as_line(target.document(row, position)))
            if len(lines) >= PART_LINES:
                self._land(table)

    def finish(self) -> None:
        """Land what is left."""
        for table in self._lines:
            self._land(table)

    def _land(self, table: str) -> None:
        lines = self._lines[table]
        part = land_lines(self._landing / self._targets[table].stream, f"{self._label}--{table}", lines)
        if part:
            self.files.append(part)
        lines.clear()
