"""Draft the mapping of several files together: what each is, and by which number they name releases."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lake.importing.assembly import Assembly, decimal_of
from lake.importing.grid import FORMATS, Source, find_source
from lake.importing.layout import Layout, find_layout
from lake.importing.linking import link_releases
from lake.importing.mapping import FileMapping, Mapping
from lake.importing.proposal import Reading, read_file
from lake.importing.tables import TABLES

NO_SALES = (
    "cancelled", "canceled", "wc-cancelled", "failed", "wc-failed", "trash", "voided", "storniert", "abgebrochen",
    "annulé",
    "annulee", "annulée", "annule", "pending payment", "draft",
)  # fmt: skip
ORDER_LEVEL = (
    "order_id", "ordered_at", "buyer_id", "buyer_name", "country", "region", "currency", "channel", "status",
    "order_type",
    "email", "phone", "address", "contact_name", "buyer_kind",
)  # fmt: skip


@dataclass(frozen=True)
class Draft:
    """A proposed mapping; per file how its columns were understood; what is assumed; files that are no tables."""

    mapping: Mapping
    readings: dict[Path, Reading]
    notes: tuple[str, ...]
    left_out: tuple[Path, ...] = ()


def table_files(folder: Path) -> list[Path]:
    """The files of a folder that may be tables, by name; no hidden ones, and no locks of open workbooks."""
    inside = [one for one in sorted(folder.iterdir()) if one.is_file() and one.suffix.lower() in FORMATS]
    return [one for one in inside if not one.name.startswith((".", "~$"))]


def draft_mapping(
    paths: Sequence[Path],
    currency: str = "EUR",
    on_row: Callable[[Path, int], None] = lambda path, count: None,
    time_zone: str = "UTC",
) -> Draft:
    """Propose how the files are read.

    Args:
        paths: the files; those of one shape get one entry.
        currency: of amounts whose file states none.
        on_row: called with the file and the count of its rows, every some thousand.
        time_zone: of moments that state none.

    Raises:
        UnreadableFileError: a file cannot be read.
    """
    found: list[tuple[Source, Layout, Reading]] = []
    left_out = []
    for path in paths:
        source = find_source(path)
        layout = find_layout(source, on_row=lambda count, path=path: on_row(path, count))  # type: ignore[misc]
        reading = read_file(layout)
        if len(layout.names) < 2 and not reading.guesses:
            left_out.append(path)
        else:
            found.append((source, layout, reading))
    links = link_releases([reading for *_, reading in found])
    files: dict[str, FileMapping] = {}
    notes: list[str] = []
    headers = next(
        ((pattern_of(one.path.name), reading) for one, _, reading in found if reading.kind == "orders"), None
    )
    for (source, layout, reading), release in zip(found, links, strict=True):
        one = Assembly(source, layout, reading, release, currency, headers=headers)
        if pattern_of(source.path.name) not in files:
            files[pattern_of(source.path.name)] = assemble(one)
            notes += one.notes + _unsettled(one)
    readings = {source.path: reading for source, _, reading in found}
    return Draft(Mapping(tuple(files.values()), time_zone), readings, tuple(dict.fromkeys(notes)), tuple(left_out))


def _unsettled(one: Assembly) -> list[str]:
    return [
        f"{one.source.path.name}: {name} could be day/month or month/day; {found.formats[0]} is assumed"
        for name, found in one.reading.profiles.items()
        if found.formats and not found.settled and any(guess.column == name for guess in one.reading.guesses.values())
    ]


def pattern_of(name: str) -> str:
    """A pattern of names for later files of the same kind: days and counters may differ."""
    return re.sub(r"\d+(?:[-_.T]?\d+)*(?=.*\.)", "*", name)


def assemble(one: Assembly) -> FileMapping:
    """The mapping of the file."""
    tables = TABLES[one.reading.kind](one)
    fill, within = _fill_down(one)
    return FileMapping(
        match=pattern_of(one.source.path.name),
        tables=tables,
        header=None if one.source.is_typed else one.layout.header,
        encoding=one.source.encoding,
        delimiter=one.source.delimiter,
        decimal=decimal_of(one.source, one.reading),
        skip_rows=_skip_rows(one),
        fill_down=fill,
        within=within,
    )


def _skip_rows(one: Assembly) -> dict[str, tuple[str, ...]]:
    column = one.reading.column("status") if one.reading.kind in ("lines", "orders") else None
    found = tuple(text for text in one.texts("status") if text.casefold() in NO_SALES) if column else ()
    if found:
        one.notes.append(f"{one.source.path.name}: rows with {column} {', '.join(found)} are no sales, and are skipped")
    return {str(column): found} if found else {}


def _fill_down(one: Assembly) -> tuple[tuple[str, ...], str | None]:
    """Columns that are filled in the first row of an order only."""
    if one.reading.kind != "lines":
        return (), None
    order = one.reading.column("order_id")
    count = one.reading.column("quantity") or one.reading.column("title") or one.reading.column("sku")
    if order is None or count is None:
        return (), None
    named = {name for concept in ORDER_LEVEL if (name := one.reading.column(concept))}
    orders, counts = one.layout.column(order), one.layout.column(count)
    blank = sum(1 for at, text in enumerate(orders) if not text and counts[at])
    if blank > len(orders) * 0.05:
        return tuple(name for name in one.layout.names if name in named), None
    repeated = [at for at in range(1, len(orders)) if orders[at] and orders[at] == orders[at - 1]]
    gaps = []
    for name in one.layout.names:
        values = one.layout.column(name) if name in named and name != order else []
        blanks = [at for at in repeated if values and not values[at]]
        if len(blanks) > len(repeated) * 0.5 and len(repeated) > 0:
            gaps.append(name)
    return tuple(gaps), order if gaps else None
