"""The mapping: which column of which file becomes which field of which table. Its YAML is :mod:`mapping_file`'s."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase


class MappingError(ValueError):
    """The mapping is wrong; the message names file, place and rule."""


@dataclass(frozen=True)
class Field:
    """Where one field of a table comes from, and how its text is parsed. One of the first nine is given.

    Attributes:
        column: a column of the file.
        constant: the same for every row.
        join: columns (or fields, as ``=name``) whose texts are joined by ``with``.
        id_of: a column of names, of which an identifier is made.
        divide: a column by another.
        net_of: a column with a gross price; ``rate`` is the tax in percent, or a column that holds it.
        number_within: a field; rows are numbered within its values.
        file_date: the day in the file's name, or else that of its last change.
        sign_of: a field; ``cancellation`` where it is negative, else ``sale``.
        format: of dates, one or several.
        values: text in the file -> value; other texts stay what they are, or become ``default``.
        patterns: regular expression -> value, for texts that ``values`` lacks.
        default: where the cell is empty; of ``values`` or ``patterns``, where none matches.
        pad: identifiers are filled with zeros to this length.
        ean: it is an EAN or UPC, whose check digit must be right.
        isrc: it is an ISRC.
        split: the part ``take`` (from 1) of the text between these signs.
        lookup: pattern of a file beside this one, its key column, and its column whose text replaces the key.
        negate_when: column -> texts; the number is negated where the column says one of them.
        negated: the number is negated in every row, as in a file of returns.
        less: a column with a discount in percent, which is taken off the number.
    """

    column: str | None = None
    constant: str | None = None
    join: tuple[str, ...] = ()
    id_of: str | None = None
    divide: tuple[str, ...] = ()
    net_of: str | None = None
    number_within: str | None = None
    file_date: bool = False
    sign_of: str | None = None
    joined_with: str = "-"
    rate: str | None = None
    format: tuple[str, ...] = ()
    values: AnyMapping[str, str] = field(default_factory=dict)
    patterns: AnyMapping[str, str] = field(default_factory=dict)
    default: str | None = None
    pad: int = 0
    ean: bool = False
    isrc: bool = False
    split: str | None = None
    take: int = 1
    lookup: tuple[str, ...] = ()
    negate_when: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)
    negated: bool = False
    less: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the file that it reads."""
        named = [self.column, self.id_of, self.net_of, self.less, *self.join, *self.divide, *self.negate_when]
        if self.rate and not is_plain_number(self.rate):
            named.append(self.rate)
        return tuple(dict.fromkeys(name for name in named if name and not name.startswith("=")))


SOURCES = ("column", "constant", "join", "id_of", "divide", "net_of", "number_within", "file_date", "sign_of")


@dataclass(frozen=True)
class FileMapping:
    """How the files of one shape are read.

    Attributes:
        match: pattern of their names.
        tables: table -> field -> where it comes from.
        header: rows of the header, from 1; none: the file has none.
        encoding, delimiter, sheet: how it is taken apart; found in the file when not given.
        decimal: ``,``, ``.`` or ``either``.
        skip_rows: column -> texts; rows that say one of them are skipped.
        skip_empty: rows in which all of these columns are empty are skipped.
        fill_down: columns whose empty cells repeat the cell above, while the column ``within`` stays the same.
        changed_at: column with the moment of a row's last change.
    """

    match: str
    tables: AnyMapping[str, AnyMapping[str, Field]]
    header: tuple[int, ...] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    decimal: str = "."
    skip_rows: AnyMapping[str, tuple[str, ...]] = field(default_factory=dict)
    skip_empty: tuple[str, ...] = ()
    fill_down: tuple[str, ...] = ()
    within: str | None = None
    changed_at: Field | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the files must have."""
        used = [name for table in self.tables.values() for one in table.values() for name in one.columns]
        extra = [*self.skip_rows, *self.skip_empty, *self.fill_down, *([self.within] if self.within else [])]
        extra += self.changed_at.columns if self.changed_at else ()
        return tuple(dict.fromkeys([*used, *extra]))

    def fits(self, name: str) -> bool:
        """Whether a file of this name is read so."""
        return fnmatchcase(name.lower(), self.match.lower())


@dataclass(frozen=True)
class Mapping:
    """All files of an import. ``time_zone`` is of moments that state none."""

    files: tuple[FileMapping, ...]
    time_zone: str = "UTC"

    def of(self, name: str) -> FileMapping | None:
        """How a file of this name is read; None where nothing says so."""
        return next((one for one in self.files if one.fits(name)), None)


def is_plain_number(text: str) -> bool:
    """Whether the text is a number as Python writes it."""
    try:
        float(text)
    except ValueError:
        return False
    return True
