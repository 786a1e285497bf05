"""A report of tables as PDF: figures above, sections below, every number written here and to the cent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from serving.queries.reader import Reader

TEMPLATE = Path(__file__).parent / "sheets.typ"


class NothingToReportError(ValueError):
    """There is nothing to report, and why."""


@dataclass(frozen=True)
class Section:
    """A table of a report; the names of number columns begin with `#`, the first column is the wide one."""

    heading: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = ()
    note: str = ""
    empty: str = "Nothing."


def cents(value: Any) -> str:
    """Money to the cent, with thousands."""
    return "–" if value is None else f"{Decimal(value).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def whole(value: Any) -> str:
    """A number of units, with thousands."""
    return "–" if value is None else f"{Decimal(str(value)).quantize(Decimal(1), ROUND_HALF_UP):,}"


def sheet(
    reader: Reader, title: str, subtitle: str, sections: Sequence[Section], facts: Sequence[tuple[str, str]] = ()
) -> bytes:
    """The PDF of a report."""
    import typst

    labels = "" if reader.scope.labels is None else f" · labels {', '.join(sorted(reader.scope.labels))}"
    told = {
        "title": title,
        "subtitle": subtitle + labels,
        "state": reader.state.number,
        "until": str(reader.last_day),
        "facts": [list(one) for one in facts],
        "sections": [_section(one) for one in sections],
    }
    # Data goes in as JSON and never as text of the template, so nothing in it can be typst.
    pdf = typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(told)})
    assert isinstance(pdf, bytes)
    return pdf


def _section(one: Section) -> dict[str, Any]:
    columns = [
        {"name": name.removeprefix("#"), "number": name.startswith("#"), "wide": place == 0}
        for place, name in enumerate(one.columns)
    ]
    rows = [list(row) for row in one.rows]
    told = {"heading": one.heading, "note": one.note, "empty": one.empty}
    return told | {"columns": columns, "rows": rows, "total": list(one.total)}
