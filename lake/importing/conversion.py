"""A whole file by its mapping: rows of the lake's tables, and every fault of every row that is refused.

Each row of the file has one outcome: skipped by a rule, refused, or landed. A row that is refused lands in no table. A
fault in a field that a row may lack empties the field, is reported, and lets the row land.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from lake.importing.dates import DateError, parse_moment
from lake.importing.fields import Batch, Evaluator, Fault, Texts
from lake.importing.fitting import check_fit
from lake.importing.grid import Row, Source, file_day
from lake.importing.layout import is_footer, repeats
from lake.importing.mapping import FileMapping, MappingError
from lake.importing.outcome import Converted, FileFault, Outcome, Stated, key_hash
from lake.importing.rules import broken_rules
from lake.importing.targets import Target

BATCH_ROWS = 5_000
CATALOGUE = ("releases", "artists", "labels", "buyers")  # tables of which other files know the rows too


class Conversion:
    """One file being converted; ``outcome`` counts as ``batches`` goes on."""

    def __init__(
        self,
        source: Source,
        mapping: FileMapping,
        names: Sequence[str],
        targets: Mapping[str, Target],
        zone: str = "UTC",
        stated: Stated | None = None,
    ) -> None:
        self.source, self.mapping, self.names, self.targets = source, mapping, tuple(names), targets
        self.outcome, self._zone = Outcome(), zone
        check_fit(source, mapping, self.names, targets)
        self.order = list(mapping.tables)
        self._evaluators = {
            table: _in_order(
                {
                    name: Evaluator(table, targets[table].columns[name], one, mapping.decimal, zone)
                    for name, one in mapping.tables[table].items()
                }
            )
            for table in self.order
        }
        self._seen: dict[str, dict[int, int]] = {name: {} for name in self.order}
        self._stated = Stated() if stated is None else stated
        self._above: dict[str, str] = {}
        self._day = file_day(source.path)

    @property
    def main(self) -> str:
        """The first table of the mapping, whose rows are the file's; the others are derived from it."""
        return self.order[0]

    def batches(self) -> Iterator[Converted]:
        """The file's rows, some thousand at a time."""
        rows = self._data_rows()
        while some := list(islice(rows, BATCH_ROWS)):
            yield self._convert(some)

    def _data_rows(self) -> Iterator[Row]:
        header = self.mapping.header or ()
        last = max(header, default=0)
        skips = [
            (self.names.index(name), {text.casefold() for text in texts})
            for name, texts in self.mapping.skip_rows.items()
        ]
        empties = [self.names.index(name) for name in self.mapping.skip_empty]
        for row in self.source.rows():
            if row.number <= last and (row.number in header or row.number < last or self.source.is_typed):
                continue
            self.outcome.read += 1
            cells = [cell.strip() for cell in row.cells]
            if row.fault is None:
                if is_footer(cells, len(self.names)) or repeats(cells, self.names):
                    self.outcome.skipped += 1
                    continue
                padded = cells + [""] * (len(self.names) - len(cells))
                if any(padded[at].casefold() in words for at, words in skips) or (
                    empties and not any(padded[at] for at in empties)
                ):
                    self.outcome.skipped += 1
                    continue
                if any(cells[len(self.names) :]):
                    yield Row(row.number, padded[: len(self.names)], "has more cells than the header has names")
                    continue
                row = Row(row.number, padded[: len(self.names)])
            yield row

    def _convert(self, rows: list[Row]) -> Converted:
        faults = [
            FileFault(row.number, "", "", "", " | ".join(row.cells)[:200], row.fault, True) for row in rows if row.fault
        ]
        good = [row for row in rows if not row.fault]
        refused = {fault.row for fault in faults}
        if self.mapping.fill_down:
            self._fill_down(good)
        columns = dict(zip(self.names, zip(*(row.cells for row in good), strict=True), strict=True)) if good else {}
        batch = Batch(columns, len(good), self._day)
        made: dict[str, dict[str, Texts]] = {}
        for table in self.order if good else ():
            made[table], found = self._table(table, batch)
            faults += [FileFault(good[one.row].number, *_rest(one)) for one in found]
        changed = self._changes(good, faults) if self.mapping.changed_at and good else {}
        refused |= {fault.row for fault in faults if fault.refuses}
        tables: dict[str, list[tuple[int, dict[str, str | None]]]] = {}
        for table, fields in made.items():
            tables[table] = self._rows(table, fields, good, refused, faults)
        kept = {table: [one for one in found if one[0] not in refused] for table, found in tables.items()}
        self._count(rows, refused, faults, kept)
        return Converted(kept, faults, changed)

    def _changes(self, rows: list[Row], faults: list[FileFault]) -> dict[int, int]:
        """Place in the file -> microseconds since 1970 of the row's last change."""
        said = self.mapping.changed_at
        assert said is not None
        at, found = self.names.index(said.column or ""), {}
        for row in rows:
            try:
                moment, _ = parse_moment(row.cells[at], said.format or ("%Y-%m-%d",), self._zone)
            except DateError as error:
                faults.append(
                    FileFault(row.number, "", "changed_at", str(said.column), row.cells[at], str(error), True)
                )
            else:
                found[row.number] = int(moment.timestamp() * 1_000_000)
        return found

    def _fill_down(self, rows: list[Row]) -> None:
        within = self.names.index(self.mapping.within) if self.mapping.within else None
        places = {name: self.names.index(name) for name in self.mapping.fill_down}
        for row in rows:
            if within is not None and row.cells[within] and row.cells[within] != self._above.get(""):
                self._above = {"": row.cells[within]}
            for name, at in places.items():
                if row.cells[at]:
                    self._above[name] = row.cells[at]
                else:
                    row.cells[at] = self._above.get(name, "")

    def _table(self, table: str, batch: Batch) -> tuple[dict[str, Texts], list[Fault]]:
        done: dict[str, Texts] = {}
        faults: list[Fault] = []
        for name, evaluator in self._evaluators[table].items():
            done[name], found = evaluator.run(batch, done)
            faults += found
            if name == "unit_price" and table == "order_lines":
                _sign_to_quantity(done)
        contract = self.targets[table].contract
        for row, rule in broken_rules(contract, done, batch.size):
            shown = {name: done[name][row] for name in rule.columns if name in done}
            of = [self.mapping.tables[table][name].columns for name in shown]
            users = ", ".join(dict.fromkeys(column for columns in of for column in columns))
            value = ", ".join(text or "" for text in shown.values())
            faults.append(Fault(row, table, ", ".join(shown), users, value, rule.reason, True))
        return done, faults

    def _rows(
        self, table: str, fields: dict[str, Texts], rows: list[Row], refused: set[int], faults: list[FileFault]
    ) -> list[tuple[int, dict[str, str | None]]]:
        """The table's rows; of a key that comes again the first counts, and one with other values is refused."""
        key, seen, found = self.targets[table].contract.key, self._seen[table], []
        numbered = any(
            self.mapping.tables[table].get(name) and self.mapping.tables[table][name].number_within for name in key
        )
        names = list(fields)
        for row, texts in zip(rows, zip(*fields.values(), strict=True), strict=True):
            if row.number in refused:
                continue
            made = dict(zip(names, texts, strict=True))
            if not numbered:
                if any(made[name] is None for name in key):
                    continue  # a derived row without its key: a line that names no artist
                keys = [made[name] for name in key]
                if table != self.main and self._stated.has(table, keys):
                    continue
                if table == self.main and table in CATALOGUE:
                    self._stated.add(table, keys)
                at = key_hash(keys)
                if at in seen:
                    if table == self.main and seen[at] != key_hash(texts):
                        said = ", ".join(str(made[name]) for name in key)
                        rule = f"{', '.join(key)} stands in an earlier row with other values; one of them is wrong"
                        column = ", ".join(name for one in key for name in self.mapping.tables[table][one].columns)
                        faults.append(FileFault(row.number, table, ", ".join(key), column, said, rule, True))
                        refused.add(row.number)
                    continue
                seen[at] = key_hash(texts) if table == self.main else 0
            found.append((row.number, made))
        return found

    def _count(
        self, rows: list[Row], refused: set[int], faults: list[FileFault], kept: Mapping[str, Sequence[object]]
    ) -> None:
        self.outcome.refused += len(refused)
        self.outcome.landed += len(rows) - len(refused)
        self.outcome.emptied += sum(1 for fault in faults if not fault.refuses)
        for table, found in kept.items():
            self.outcome.rows[table] += len(found)
        for fault in faults:
            self.outcome.reasons[(fault.column, fault.rule)] += 1


def _rest(fault: Fault) -> tuple[str, str, str, str, str, bool]:
    return fault.table, fault.field, fault.column, fault.value, fault.rule, fault.refuses


def _sign_to_quantity(done: dict[str, Texts]) -> None:
    """Move a negative sign from the price to the quantity: the amount is the same, and it is a return."""
    prices, quantities = done["unit_price"], done.get("quantity", [])
    for row, price in enumerate(prices):
        if price and price.startswith("-") and row < len(quantities) and (count := quantities[row]):
            prices[row] = price[1:]
            quantities[row] = count[1:] if count.startswith("-") else f"-{count}"


def _in_order(evaluators: dict[str, Evaluator]) -> dict[str, Evaluator]:
    """Fields in an order in which each stands after those it refers to."""
    done: dict[str, Evaluator] = {}
    left = {name: evaluators[name] for name in sorted(evaluators, key=lambda name: name == "unit_price")}
    while left:
        ready = [name for name, one in left.items() if _needs(one) <= done.keys()]
        if not ready:
            raise MappingError(f"fields {', '.join(left)} refer to each other, or to fields that are not mapped")
        for name in ready:
            done[name] = left.pop(name)
    return done


def _needs(one: Evaluator) -> set[str]:
    field = one.field
    named = {name for name in (field.number_within, field.sign_of) if name}
    if field.sign_of == "quantity":
        named.add("unit_price")
    return named | {name[1:] for name in field.join if name.startswith("=")}
