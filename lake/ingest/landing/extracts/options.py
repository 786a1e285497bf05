"""What the ``extract.yml`` beside a table's extracts declares, and the moment that a file's name states.

Whether a file holds everything or only changes cannot be seen in it, so it is declared and never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

SIDECAR = "extract.yml"
# Names that people mean it by. Rows read without their options would be other rows.
OTHER_NAMES = ("extract.yaml", "extracts.yml", "extracts.yaml", "Extract.yml", "EXTRACT.YML")
KINDS = ("delta", "snapshot")
SIGNS = ("negative", "positive")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T(\d{2})(\d{2})(\d{2})?Z?)?(?!\d)")


@dataclass(frozen=True)
class Options:
    """How the files of one table are read. What is not declared has the default of the class.

    Attributes:
        kind: ``delta``: what a file leaves out says nothing; ``snapshot``: a key it leaves out is deleted.
        key: the key columns, by their names in the lake; a snapshot needs them.
        watermark: column with the moment (or a counter) of a row's last change, by its name in the lake.
        columns: name in the file -> name in the lake, where they differ.
        delimiter: of a CSV; found in its header when not declared.
        quote: of a CSV.
        encoding: of a CSV; UTF-8, or what a byte order mark says, when not declared.
        decimal_comma: columns whose numbers are written 1.234,50.
        nulls: texts that mean null, besides the empty one.
        sheet: of a workbook; its first when not declared.
        returns: sign of the quantity (``qty``) of goods that a cancellation gives back, ``negative`` or ``positive``.
    """

    kind: str = "delta"
    key: tuple[str, ...] = ()
    watermark: str | None = None
    columns: dict[str, str] = field(default_factory=dict)
    delimiter: str | None = None
    quote: str = '"'
    encoding: str | None = None
    decimal_comma: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    sheet: str | None = None
    returns: str = field(default="negative", repr=False)

    @property
    def is_snapshot(self) -> bool:
        """Whether a file states the whole table."""
        return self.kind == "snapshot"


def read_options(folder: Path) -> Options:
    """The declared options of a table's folder; the defaults where nothing is declared.

    Raises:
        ValueError: an option that is unknown or cannot be; the file and the option are named.
    """
    path = folder / SIDECAR
    # Listed, as file systems that ignore case would find extract.yml under each of them.
    if misnamed := [one for one in sorted(folder.iterdir()) if one.name in OTHER_NAMES] if folder.is_dir() else []:
        raise ValueError(f"{misnamed[0]}: options are read from {SIDECAR} only; rename the file")
    if not path.is_file():
        return Options()
    import yaml

    try:
        # Every value as the text it is written as: NULL, no and 007 mean themselves.
        said = yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not YAML: {error}") from error
    known = {one.name for one in fields(Options)}
    if said and not isinstance(said, dict):
        raise ValueError(f"{path}: write options as `name: value`, of {', '.join(sorted(known))}")
    said = said or {}
    if unknown := sorted(set(map(str, said)) - known):
        raise ValueError(f"{path}: unknown options {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    options = Options(**{name: _as_declared(path, name, value) for name, value in said.items()})
    for rule, holds in _rules(options).items():
        if not holds:
            raise ValueError(f"{path}: {rule}")
    return options


def _as_declared(path: Path, name: str, value: Any) -> Any:
    if name == "columns":
        if not isinstance(value, dict):
            raise ValueError(f"{path}: columns maps names in the file to names in the lake, as `Auftrag: order_id`")
        return {str(there): str(here) for there, here in value.items()}
    if name in ("key", "decimal_comma", "nulls"):
        listed = value if isinstance(value, list) else [value]
        return tuple(str(one) for one in listed)
    return str(value) or None if name in ("watermark", "delimiter", "encoding", "sheet") else str(value)


def _rules(options: Options) -> dict[str, bool]:
    return {
        f"kind is {options.kind}; it is one of {', '.join(KINDS)}": options.kind in KINDS,
        f"returns is {options.returns}; it is one of {', '.join(SIGNS)}": options.returns in SIGNS,
        "a snapshot needs `key: [column, …]`, or nobody knows which rows it leaves out": bool(options.key)
        or not options.is_snapshot,
        f"delimiter {options.delimiter!r} and quote {options.quote!r} are one character each, not the same and no line "
        "end": len(options.quote) == len(options.delimiter or ",") == 1
        and len({options.quote, options.delimiter, "\n", "\r"}) == 4,
        f"encoding {options.encoding!r} is unknown to Python; utf-8, cp1252 and latin-1 are usual": options.encoding
        is None
        or _is_encoding(options.encoding),
    }


def _is_encoding(name: str) -> bool:
    try:
        "a".encode(name)  # of a text; codecs knows others, such as base64
    except (LookupError, UnicodeError):
        return False
    return True


def stated_moment(name: str) -> dt.datetime | None:
    """The moment that a file's name begins with, in UTC: ``2026-03-01`` or ``2026-03-01T0915``; None for no moment."""
    found = _MOMENT.match(name)
    if not found:
        return None
    day, *clock = found.groups()
    try:
        hour, minute, second = (int(part or 0) for part in clock)
        at = dt.time(hour, minute, second)
        return dt.datetime.combine(dt.date.fromisoformat(day), at, tzinfo=dt.UTC)
    except ValueError:
        return None
