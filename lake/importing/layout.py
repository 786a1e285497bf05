"""Where the header of a file stands, which rows are no data, and what each column holds."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from lake.importing.dates import find_formats
from lake.importing.grid import Row, Source
from lake.importing.numerals import EMPTY, find_currency, find_decimal, is_number

FIRST_ROWS = 1000
SAMPLED_ROWS = 4000
FOOTER_WORDS = (
    "summe", "zwischensumme", "gesamt", "gesamtsumme", "total", "totals", "grand total", "subtotal", "sub-total",
    "total general", "total général", "totaux", "sous-total", "sum", "ende", "end of report", "anzahl", "*", "**",
)  # fmt: skip
_DATE_LIKE = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}([ T].*)?|\d{1,2}\.? ?[^\W\d]{3,9}\.? ?\d{2,4}")
_RULE_LINE = re.compile(r"[-=_*+| ]+")


@dataclass(frozen=True)
class Profile:
    """What one column holds, as a sample shows it.

    Attributes:
        name: as the header has it.
        values: distinct texts, most frequent first.
        filled: share of rows that have a value.
        numbers: share of the texts that are numbers.
        formats: of its dates, empty where it holds none.
        settled: whether day and month are told apart.
        decimal, currency: as its numbers show them.
    """

    name: str
    values: tuple[str, ...]
    filled: float
    numbers: float
    formats: tuple[str, ...] = ()
    settled: bool = True
    decimal: str | None = None
    currency: str | None = None

    @property
    def is_numeric(self) -> bool:
        """Whether nearly all values are numbers."""
        return self.numbers >= 0.9

    @property
    def is_date(self) -> bool:
        """Whether its values are dates in formats that were found."""
        return bool(self.formats)


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: rows of the header (none: it has none), names, rows to skip by rule, and a sample."""

    header: tuple[int, ...]
    names: tuple[str, ...]
    rows: int
    sample: tuple[Row, ...] = field(repr=False)

    def column(self, name: str) -> list[str]:
        """The sampled values of a column."""
        at = self.names.index(name)
        return [row.cells[at].strip() if at < len(row.cells) else "" for row in self.sample]


def find_layout(
    source: Source,
    header: tuple[int, ...] | None = None,
    *,
    whole: bool = True,
    on_row: Callable[[int], None] = lambda count: None,
) -> Layout:
    """Find the header of a file, and sample rows from all over it.

    The sample is the same in every reading of the same file.

    Args:
        source: the file.
        header: the rows of the header, where that is known; () for none.
        whole: whether to read all of it, rather than its first rows.
        on_row: called with the count of rows, every some thousand.
    """
    first: list[Row] = []
    later: list[Row] = []
    chance = random.Random(0)
    count = 0
    for row in source.rows():
        count += 1
        if len(first) < FIRST_ROWS:
            first.append(row)
        elif len(later) < SAMPLED_ROWS:
            later.append(row)
        elif (at := chance.randrange(count - FIRST_ROWS)) < SAMPLED_ROWS:
            later[at] = row
        if not whole and count >= FIRST_ROWS:
            break
        if count % 50_000 == 0:
            on_row(count)
    later.sort(key=lambda row: row.number)
    at, depth = (
        _stated_header(first, header) if header is not None else (0, 1) if source.is_typed else find_header(first)
    )
    names = header_names(
        [row.cells for row in first[at : at + depth]], max((len(row.cells) for row in first), default=0)
    )
    header = tuple(row.number for row in first[at : at + depth])
    below = [row for row in [*first[at + depth :], *later] if not row.fault]
    kept = tuple(row for row in below if not is_footer(row.cells, len(names)) and not repeats(row.cells, names))
    return Layout(header, tuple(names), count - at - depth, kept)


def _is_data(cell: str) -> bool:
    return bool(cell) and (is_number(cell) or bool(_DATE_LIKE.fullmatch(cell)))


def _stated_header(rows: Sequence[Row], header: tuple[int, ...]) -> tuple[int, int]:
    at = next((place for place, row in enumerate(rows) if row.number in header), 0)
    return at, sum(1 for row in rows if row.number in header)


def find_header(rows: Sequence[Row]) -> tuple[int, int]:
    """The place of the header among the first rows, and how many rows it has: 0, 1 or 2."""
    filled = [[bool(cell.strip()) for cell in row.cells] for row in rows]
    widths = Counter(sum(row) for row in filled[:FIRST_ROWS])
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    wide = [place for place, row in enumerate(filled) if sum(row) >= max(1, usual * 0.6)]
    if not wide:
        return 0, 0
    data = next((place for place in wide if _looks_like_data(rows, place)), None)
    if data is None:  # texts only: the first full row is the header
        return wide[0], 1
    above = [place for place in range(data) if sum(filled[place]) >= max(1, usual * 0.6)]
    if not above:
        return data, 0
    last = above[-1]
    if last == data - 1 and last >= 1 and _is_upper_header(rows[last - 1].cells, rows[last].cells):
        return last - 1, 2
    return last, 1


def _looks_like_data(rows: Sequence[Row], place: int) -> bool:
    """Whether a row has numbers or dates in columns that mostly have them below."""
    cells = [cell.strip() for cell in rows[place].cells]
    hits = [at for at, cell in enumerate(cells) if _is_data(cell)]
    below = [row.cells for row in rows[place + 1 : place + 60]]
    for at in hits:
        values = [cells[at].strip() for cells in below if at < len(cells) and cells[at].strip()]
        if not values or sum(map(_is_data, values)) >= len(values) / 2:
            return True
    return False


def _is_upper_header(upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether a row of groups stands above the names: some texts, gaps that merged cells left, nothing of data."""
    texts = [cell.strip() for cell in upper if cell.strip()]
    gaps = sum(1 for cell in upper if not cell.strip())
    return len(texts) >= 2 and (gaps >= 1 or any(not cell.strip() for cell in lower)) and not any(map(_is_data, texts))


def header_names(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The names of the columns; a group's name goes before theirs, a name that comes again gets a number."""
    if not rows:
        found = [f"column {at + 1}" for at in range(width)]
    elif len(rows) == 1:
        found = [" ".join(cell.split()) for cell in rows[0]]
    else:
        found, group = [], ""
        for at in range(max(len(row) for row in rows)):
            upper, lower = (" ".join(row[at].split()) if at < len(row) else "" for row in rows[:2])
            group = upper or group
            found.append(f"{group} {lower}".strip() if lower else group)
    while found and not found[-1]:
        found.pop()
    names: list[str] = []
    for at, name in enumerate(found):
        name = name or f"column {at + 1}"
        count = sum(1 for one in found[:at] if one == name)
        names.append(f"{name} ({count + 1})" if count and name in names else name)
    return names


def is_footer(cells: Sequence[str], width: int) -> bool:
    """Whether a row is a sum, a note or a line drawn of signs, rather than data."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled or all(_RULE_LINE.fullmatch(cell) for cell in filled):
        return True
    if width >= 3 and len(filled) == 1:
        return True
    word = filled[0].lower().rstrip(":").strip()
    sums = any(word == one or word.startswith((f"{one} ", f"{one}:")) for one in FOOTER_WORDS)
    return sums and len(filled) <= max(2, width * 0.6)


def repeats(cells: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row is the header again, as at the top of a printed page."""
    filled = [(at, " ".join(cell.split())) for at, cell in enumerate(cells) if cell.strip()]
    return len(filled) >= 2 and all(at < len(names) and names[at] == cell for at, cell in filled)


def profile(name: str, values: Iterable[str], *, named_date: bool, month_first: bool) -> Profile:
    """What a column holds."""
    texts = list(values)
    filled = [text for text in texts if text and text.lower() not in EMPTY]
    common = Counter(filled)
    frequent = dict(common.most_common(400))
    numbers = sum(count for text, count in common.items() if is_number(text)) / len(filled) if filled else 0.0
    formats: list[str] = []
    settled = True
    if frequent and (numbers < 0.9 or named_date):
        formats, settled = find_formats(frequent, month_first=month_first, named_so=named_date)
    return Profile(
        name=name,
        values=tuple(text for text, _ in common.most_common(2000)),
        filled=len(filled) / len(texts) if texts else 0.0,
        numbers=numbers,
        formats=tuple(formats),
        settled=settled,
        decimal=find_decimal(common) if numbers > 0.5 else None,
        currency=find_currency(frequent) if numbers > 0.5 else None,
    )
