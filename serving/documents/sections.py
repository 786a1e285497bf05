"""Sections of the documentation: headings of docs/ and README.md, columns of the data dictionary, model cards."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from resources.settings import PROJECT_ROOT
from serving.queries.reader import Reader

DICTIONARY = "docs/reference/data-dictionary.md"
_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*$")
_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]*) \| ([^|]*) \| (.*) \|$")
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Section:
    """A piece of documentation.

    Attributes:
        path: from the checkout; of a model card the table that holds it.
        heading: of the section; of a column the table and its name.
        page: the title of its page.
        text: in Markdown, without the heading.
    """

    path: str
    heading: str
    page: str
    text: str

    @property
    def is_column(self) -> bool:
        """Whether it describes one column."""
        return self.path == DICTIONARY and "." in self.heading


class NoDocumentationError(LookupError):
    """There is no docs/ beside the code."""


@cache
def documentation(top: Path = PROJECT_ROOT) -> tuple[Section, ...]:
    """The sections of a checkout.

    Raises:
        NoDocumentationError: it has no docs/.
    """
    pages = sorted((top / "docs").rglob("*.md"))
    if not pages:
        raise NoDocumentationError(f"no documentation in {top / 'docs'}; it lies beside the code of a checkout")
    found: list[Section] = []
    for page in [top / "README.md", *pages]:
        if page.is_file():
            path = page.relative_to(top).as_posix()
            text = page.read_text(encoding="utf-8")
            found += _columns(path, text) if path == DICTIONARY else _sections(path, text)
    return tuple(found)


def model_cards(reader: Reader) -> list[Section]:
    """The cards of the registered versions that a reader sees, the newest of each model."""
    table = "gold.model_versions"
    if not reader.has(table) or not {"model", "version", "card"} <= reader.columns[table].keys():
        return []
    rows = reader.rows(
        f"select model, version, card from {table} where card is not null "
        "qualify row_number() over (partition by model order by version desc) = 1 order by model"
    )
    return [
        Section(
            f"{table} ({row['model']} {row['version']})", f"Model card of {row['model']}", "Model cards", row["card"]
        )
        for row in rows
    ]


def _sections(path: str, text: str) -> Iterator[Section]:
    """The sections of a page; a heading inside a block of code is none."""
    page, heading, lines, in_code = path, "", [], False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        found = None if in_code else _HEADING.match(line)
        if found is None:
            lines.append(line)
            continue
        yield from _section(path, page, heading, lines)
        heading, lines = _LINK.sub(r"\1", found[2]), []
        if len(found[1]) == 1:
            page = heading
    yield from _section(path, page, heading, lines)


def _section(path: str, page: str, heading: str, lines: list[str]) -> Iterator[Section]:
    if text := "\n".join(lines).strip():
        yield Section(path, heading or page, page, text)


def _columns(path: str, text: str) -> Iterator[Section]:
    """The data dictionary: a section per table without its columns, and one per column."""
    for one in _sections(path, text):
        rows, rest = [], []
        for line in one.text.splitlines():
            row = _ROW.match(line)
            if row:
                rows.append(row)
            elif not line.startswith("|"):
                rest.append(line)
        yield from _section(path, one.page, one.heading, rest)
        for row in rows:
            name, kind, nullable, meaning = (part.strip() for part in row.groups())
            may = ", may be null" if nullable else ""
            yield Section(path, f"{one.heading}.{name}", one.page, f"`{name}` ({kind}{may}): {meaning}")
