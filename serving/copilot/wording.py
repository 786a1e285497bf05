"""An answer as lines of text. Every number in it is a fact of the answer."""

from decimal import Decimal
from typing import Literal

from serving.copilot.answers import Answer, Fact, Number, Passage
from serving.copilot.plan import FIELDS, Refusal

Language = Literal["en", "de"]
GERMAN_UNITS = {"units": "Stück", "orders": "Bestellungen", "buyers": "Käufern", "releases": "Titeln",
                "alerts": "Warnungen"}  # fmt: skip


def lines(answer: Answer) -> list[str]:
    """The answer for a terminal: numbers first, then what they are of, then how to get them again."""
    if answer.refusal is not None:
        return refusal_lines(answer.refusal)
    listed = [fact_line(one) for one in answer.facts] or [_row_line(row) for row in answer.rows]
    listed += [line for one in answer.passages for line in _quoted(one)]
    if answer.proposal is not None:
        listed += ["this will happen once it is confirmed:", *(f"  {one}" for one in answer.proposal.says)]
    listed = listed or ["nothing found"]
    listed += [f"note: {one}" for one in answer.notes]
    listed += [f"ask next: {one}" for one in answer.follow_ups]
    return [*listed, f"published state {answer.published_state}; again: {answer.rerun}"]


def _quoted(passage: Passage) -> list[str]:
    return [f"{passage.path}: {passage.heading}", *(f"  {line}" for line in passage.text.splitlines())]


def refusal_lines(refusal: Refusal) -> list[str]:
    """Why there is no answer, and what can be asked."""
    listed = [f"not answered: {refusal.message}"]
    return listed + [f"  for example: {one}" for one in refusal.suggestions]


def fact_line(fact: Fact) -> str:
    """One number with its unit, filters and days."""
    of = conditions_of(fact)
    return f"{fact.label}: {number(fact.value, fact.unit)}{f' ({of})' if of else ''}"


def conditions_of(fact: Fact) -> str:
    """What a number is of: groups, filters, days."""
    parts = [f"{name.split('__')[-1]} {value}" for name, value in fact.of.items()]
    grouped = {name for name, field in FIELDS.items() if field in fact.of}
    parts += [f"{name} {' or '.join(values)}" for name, values in fact.conditions.items() if name not in grouped]
    if fact.since is not None:
        parts.append(f"{fact.since} to {fact.until}")
    return ", ".join(parts)


def number(value: Number | None, unit: str) -> str:
    """A value for reading: money with two decimals, counts with none, shares in percent."""
    if value is None:
        return "undefined, since nothing was sold"
    if unit == "share":
        return f"{float(value):.1%}"
    whole = isinstance(value, int) or float(value).is_integer()
    if isinstance(value, Decimal) or unit.isupper():
        return f"{value:,.2f} {unit}"
    return f"{value:,.0f} {unit}" if whole else f"{value:,.1f} {unit}"


def german(shown: str) -> str:
    """A number as English readers write it, for German readers.

    >>> german("1,234.50 EUR"), german("12.3%"), german("7 units")
    ('1.234,50 EUR', '12,3 %', '7 Stück')
    """
    digits, _, unit = shown.partition(" ")
    if not any(one.isdigit() for one in digits):
        return "nicht bestimmt, da nichts verkauft wurde"
    written = digits.translate(str.maketrans(",.", ".,")).replace("%", " %")
    return f"{written} {GERMAN_UNITS.get(unit, unit)}".strip()


def _row_line(row: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in row.items() if value is not None)
