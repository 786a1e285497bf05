"""Import files into a lake by a mapping: convert, report what is refused, land, and put it on record."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from lake.importing.conversion import CATALOGUE, Conversion
from lake.importing.grid import file_day, find_source
from lake.importing.landing import OLDEST_STATED, Parts
from lake.importing.layout import find_layout
from lake.importing.lookups import with_lookups
from lake.importing.mapping import FileMapping, MappingError
from lake.importing.mapping import Mapping as ImportMapping
from lake.importing.mapping_file import as_document
from lake.importing.outcome import Converted, FileFault, Outcome, Stated
from lake.importing.targets import Target
from lake.journals.imports import begin_import, finish_import
from lake.lakehouse import Lake

SHOWN_ROWS = 3
SHOWN_FAULTS = 12
FAULT_NAMES = ("file", "row", "table", "field", "column", "value", "rule", "outcome")


@dataclass
class FileResult:
    """What became of one file.

    Attributes:
        path: the file.
        outcome: counts of its rows.
        first: the first rows of each table, as they were read.
        faults: the first faults.
        refused: the file that lists all faults; None where there are none, and in a dry run.
        known: whether it had been imported before, so that nothing was done.
        landed: files that are new in the landing folder.
    """

    path: Path
    outcome: Outcome
    first: dict[str, list[dict[str, str | None]]] = field(default_factory=dict)
    faults: list[FileFault] = field(default_factory=list)
    refused: Path | None = None
    known: bool = False
    landed: list[Path] = field(default_factory=list)


def import_file(
    lake: Lake | None,
    path: Path,
    mapping: ImportMapping,
    targets: Mapping[str, Target],
    stated: Stated | None = None,
    on_row: Callable[[int], None] = lambda count: None,
) -> FileResult:
    """Import one file.

    Args:
        lake: where to; None: nothing is written, the file is only converted.
        path: the file.
        mapping: says how it is read.
        targets: the tables, by name.
        stated: keys that other files state as their own; those of this one are added.
        on_row: called with the count of rows that were read, batch by batch.

    Raises:
        MappingError: no entry of the mapping is for the file, or one that does not fit it.
        UnreadableFileError: it cannot be read.
    """
    entry = mapping.of(path.name)
    if entry is None:
        known = ", ".join(one.match for one in mapping.files)
        raise MappingError(
            f"{path}: the mapping has an entry for {known}, and none for this name; add one, or rename it"
        )
    source = find_source(path)
    source = replace(
        source,
        encoding=entry.encoding or source.encoding,
        delimiter=entry.delimiter or source.delimiter,
        sheet=entry.sheet,
    )
    layout = find_layout(source, entry.header, whole=False)
    entry = replace(entry, header=layout.header if entry.header is None else entry.header)
    entry = with_lookups(path, entry, mapping)
    conversion = Conversion(source, entry, layout.names, targets, mapping.time_zone, stated)
    if lake is None:
        return _converted(conversion, None, None, on_row)
    return _landed(lake, conversion, mapping, entry, targets, on_row)


def _landed(
    lake: Lake,
    conversion: Conversion,
    mapping: ImportMapping,
    entry: FileMapping,
    targets: Mapping[str, Target],
    on_row: Callable[[int], None],
) -> FileResult:
    path = conversion.source.path
    import_id = identity(path, mapping, entry)
    initial = "silver/releases" not in lake.published()
    begun, initial, done = begin_import(lake, import_id, path.name, initial=initial)
    if done:
        return FileResult(path, Outcome(), known=True)
    parts = Parts(
        lake.root / "landing", targets, f"{begun:%Y-%m-%d}--{_label(path)}-{import_id[:8]}", begun, initial=initial
    )
    refused = lake.root / "imports" / f"{path.stem}-{import_id[:8]}.faults.csv"
    result = _converted(conversion, parts, refused, on_row)
    counts = {**asdict(result.outcome), "rows": dict(result.outcome.rows)}
    counts.pop("reasons")
    reasons = [[column, rule, count] for (column, rule), count in result.outcome.reasons.most_common(20)]
    said = str(result.refused.relative_to(lake.root)) if result.refused else None
    finish_import(lake, import_id, path.name, counts, reasons, said)
    return result


def _converted(
    conversion: Conversion, parts: Parts | None, refused: Path | None, on_row: Callable[[int], None]
) -> FileResult:
    result = FileResult(conversion.source.path, conversion.outcome)
    with ExitStack() as stack:
        report = stack.enter_context(_Report(refused, conversion.source.path.name)) if refused else None
        for batch in conversion.batches():
            _keep_first(result, batch)
            if report:
                report.add(batch.faults)
            if parts:
                for table, rows in batch.tables.items():
                    parts.add(table, rows, derived=table != conversion.main, changed=batch.changed)
            on_row(conversion.outcome.read)
        if parts:
            parts.finish()
            result.landed = parts.files
    result.refused = refused if report and report.count else None
    return result


def _keep_first(result: FileResult, batch: Converted) -> None:
    for table, rows in batch.tables.items():
        shown = result.first.setdefault(table, [])
        shown += [row for _, row in rows[: SHOWN_ROWS - len(shown)]]
    result.faults += batch.faults[: SHOWN_FAULTS - len(result.faults)]


def in_order(paths: Sequence[Path], mapping: ImportMapping) -> list[Path]:
    """The files in the order of their import: catalogue and buyers go before what mentions them."""

    def place(path: Path) -> bool:
        entry = mapping.of(path.name)
        return entry is None or next(iter(entry.tables), "") not in CATALOGUE

    return sorted(paths, key=place)


def stated_before(lake: Lake, targets: Mapping[str, Target]) -> Stated:
    """The releases, artists and labels that the lake knows: published, or landed by imports and not yet built."""
    stated = Stated()
    for name in CATALOGUE[:3]:
        contract, key = targets[name].contract, f"silver/{name}"
        if version := lake.published().get(key):
            for row in lake.connect({key: version}).execute(f"select {contract.key[0]} from {name}").fetchall():
                stated.add(name, row)
        for path in (lake.root / "landing" / targets[name].stream).glob(f"*--{name}--*.jsonl"):
            source = str(targets[name].columns[contract.key[0]].source)
            with path.open(encoding="utf-8") as file:
                for line in file:
                    node = json.loads(line)
                    if node["modificationDate"] > OLDEST_STATED:
                        stated.add(name, [node[source]])
    return stated


class _Report:
    """The file of all faults, made when the first comes."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name, self.count = path, name, 0
        self._part = path.with_name(f".{path.name}.part")
        self._stack = ExitStack()

    def __enter__(self) -> _Report:
        return self

    def add(self, faults: list[FileFault]) -> None:
        """Write faults."""
        if faults and not self.count:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self._stack.enter_context(self._part.open("w", newline="", encoding="utf-8"))
            csv.writer(self._file).writerow(FAULT_NAMES)
        for one in faults:
            outcome = "row refused" if one.refuses else "field left empty"
            cells = (self.name, one.row, one.table, one.field, one.column, one.value, one.rule, outcome)
            csv.writer(self._file).writerow(cells)
        self.count += len(faults)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._stack.close()
        if self.count and kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)


def identity(path: Path, mapping: ImportMapping, entry: FileMapping) -> str:
    """What makes an import the same: the file's content, how it is read, and the day in its name where that counts."""
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    dated = any(one.file_date for fields in entry.tables.values() for one in fields.values())
    day = file_day(path) if dated else ""
    read = json.dumps(as_document(ImportMapping((entry,), mapping.time_zone)), sort_keys=True)
    return hashlib.sha256(f"{content}\n{read}\n{day}".encode()).hexdigest()


def _label(path: Path) -> str:
    kept = "".join(one if one.isalnum() and one.isascii() else "-" for one in path.stem.lower())
    return "-".join(part for part in kept.split("-") if part)[:40] or "file"
