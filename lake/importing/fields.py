"""Evaluate one field of a mapping over a batch of rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from lake.contract import Column
from lake.importing.dates import DateError
from lake.importing.identifiers import IdentifierError
from lake.importing.mapping import Field, is_plain_number
from lake.importing.numerals import EMPTY, NumberError, NumberFormat, as_text, parse_number
from lake.importing.values import ValueRuleError, parser

Texts = list[str | None]
_CACHED = 200_000


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell: place in the batch, table, field, the user's column, value, rule.

    ``refuses``: the whole row is refused; else only the field stays empty.
    """

    row: int
    table: str
    field: str
    column: str
    value: str
    rule: str
    refuses: bool


@dataclass(frozen=True)
class Batch:
    """Some rows: the file's columns, the fields of this table that are done, and the day of the file."""

    columns: Mapping[str, Sequence[str]]
    size: int
    file_day: str


class Evaluator:
    """One field of one table, with what it remembers between batches."""

    def __init__(self, table: str, column: Column, field: Field, decimal: str, zone: str) -> None:
        self.table, self.column, self.field = table, column, field
        self._parse = parser(column, field, NumberFormat(decimal), zone)
        self._format = NumberFormat(decimal)
        self._known: dict[object, tuple[str | None, str | None]] = {}
        self._folded = {name.casefold(): value for name, value in field.values.items()}
        self._counts: dict[str, int] = {}

    def run(self, batch: Batch, done: Mapping[str, Texts]) -> tuple[Texts, list[Fault]]:
        """The field's text in each row, and what is wrong.

        Args:
            batch: the rows.
            done: fields of the table that were evaluated before, by name.
        """
        field = self.field
        if field.number_within:
            return self._numbers(done[field.number_within]), []
        if field.sign_of:
            return ["cancellation" if (text or "").startswith("-") else "sale" for text in done[field.sign_of]], []
        if field.constant is not None or field.file_date:
            text, fault = self._remembered((batch.file_day if field.file_date else str(field.constant),), self._single)
            rows = range(batch.size) if fault else range(0)
            return [text] * batch.size, [self._fault(row, "", text or "", str(fault)) for row in rows]
        names = self._inputs()
        inputs = [done[name[1:]] if name.startswith("=") else batch.columns[name] for name in names]
        combine = self._combiner()
        texts: Texts = []
        faults: list[Fault] = []
        for row, cells in enumerate(zip(*inputs, strict=True)):
            hit = self._known.get(cells)
            text, rule = hit if hit is not None else self._remembered(cells, combine)
            texts.append(text)
            if rule:
                shown = " / ".join(cell or "" for cell in cells)
                faults.append(self._fault(row, " / ".join(names), shown, rule))
        return texts, faults

    def _inputs(self) -> tuple[str, ...]:
        field = self.field
        if field.join:
            return field.join
        extra = [*field.negate_when, *([field.less] if field.less else [])]
        if field.rate and not is_plain_number(field.rate):
            extra.append(field.rate)
        return (*(field.divide or (field.column or field.id_of or field.net_of or "",)), *extra)

    def _remembered(
        self, cells: tuple[str | None, ...], combine: Callable[[tuple[str, ...]], str | None]
    ) -> tuple[str | None, str | None]:
        rule = None
        text: str | None = None
        try:
            text = combine(tuple((cell or "").strip() for cell in cells))
            if text is None and not self.column.nullable:
                raise ValueRuleError("is required, and empty")
        except (ValueRuleError, NumberError, DateError, IdentifierError) as error:
            rule, text = str(error), None
        if len(self._known) < _CACHED:
            self._known[cells] = (text, rule)
        return text, rule

    def _combiner(self) -> Callable[[tuple[str, ...]], str | None]:
        field = self.field
        if field.join:
            return lambda cells: self._single((field.joined_with.join(cell for cell in cells if cell),))
        if field.divide:
            return self._divided
        if field.net_of:
            return self._net
        if field.less:
            return self._discounted
        if field.negate_when or field.negated:
            return self._negated
        return self._single

    def _single(self, cells: tuple[str, ...]) -> str | None:
        text = _translated(cells[0], self.field, self._folded)
        return self._parse(text) if text else None

    def _divided(self, cells: tuple[str, ...]) -> str | None:
        if not all(cells):
            return None
        amount, count = (parse_number(cell, self._format) for cell in cells[:2])
        if not count:
            raise ValueRuleError("cannot be divided by 0")
        return self._parse(_rounded(amount / count), NumberFormat("."))

    def _net(self, cells: tuple[str, ...]) -> str | None:
        if not cells[0]:
            return None
        rate = cells[1] if len(cells) > 1 else str(self.field.rate or 0)
        percent = _percent(rate, self._format if len(cells) > 1 else NumberFormat("."))
        return self._parse(_rounded(parse_number(cells[0], self._format) / (1 + percent / 100)), NumberFormat("."))

    def _discounted(self, cells: tuple[str, ...]) -> str | None:
        if not cells[0]:
            return None
        left = 1 - _percent(cells[-1], self._format) / 100
        return self._parse(_rounded(parse_number(cells[0], self._format) * left), NumberFormat("."))

    def _negated(self, cells: tuple[str, ...]) -> str | None:
        text = self._single(cells[:1])
        named = zip(self.field.negate_when.values(), cells[1:], strict=True)
        is_back = self.field.negated or any(cell in words for words, cell in named)
        if text and not text.startswith("-") and text != "0" and is_back:
            return f"-{text}"
        return text

    def _numbers(self, within: Texts) -> Texts:
        numbers: Texts = []
        for text in within:
            at = self._counts.get(text or "", 0) + 1
            self._counts[text or ""] = at
            numbers.append(str(at))
        return numbers

    def _fault(self, row: int, column: str, value: str, rule: str) -> Fault:
        return Fault(row, self.table, self.column.name, column, value, rule, not self.column.nullable)


def _percent(text: str, form: NumberFormat) -> Decimal:
    """The percent that a cell states, which may write .19 for 19%; an empty one states none."""
    percent = parse_number(text, form) if text and text.lower() not in EMPTY else Decimal(0)
    return percent * 100 if 0 < percent < 1 else percent


def _rounded(number: Decimal) -> str:
    return as_text(number.quantize(Decimal("0.0001"), ROUND_HALF_UP))


def _translated(text: str, field: Field, folded: Mapping[str, str]) -> str:
    """The text after ``split``, ``values``, ``patterns`` and ``default``."""
    if field.split and text:
        parts = [part.strip() for part in text.split(field.split)]
        text = parts[field.take - 1] if 0 < field.take <= len(parts) else ""
    if not text:
        return field.default or ""
    if text in field.values:
        return field.values[text]
    if text.casefold() in folded:
        return folded[text.casefold()]
    for pattern, value in field.patterns.items():
        if re.search(pattern, text, re.IGNORECASE):
            return value
    return field.default if field.default is not None and (field.values or field.patterns) else text
