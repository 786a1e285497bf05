"""Facts of a report: each number, name and day that it may state, with the table that it was read from."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from serving.copilot.answers import JsonNumber
from serving.copilot.wording import Language, german, number


class ReportFact(BaseModel):
    """A value that a report states.

    Attributes:
        name: of its own within the report, as sentences refer to it.
        value: a number, a name or a day; None where it cannot be computed, such as a change from nothing.
        unit: units, orders, share, a currency; "text" for names and days.
        source: the table that it was read from.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    value: JsonNumber | dt.date | str
    unit: str
    source: str

    @property
    def shown(self) -> str:
        """The value as English sentences show it."""
        return self.shown_in("en")

    def shown_in(self, language: Language) -> str:
        """The value as sentences of a language show it."""
        if isinstance(self.value, str):
            return self.value
        if isinstance(self.value, dt.date):
            return f"{self.value:%d.%m.%Y}" if language == "de" else str(self.value)
        told = number(self.value, self.unit).strip()
        return german(told) if language == "de" else told


class Facts:
    """The facts of a report by name, in the order in which they were read."""

    def __init__(self) -> None:
        self._facts: dict[str, ReportFact] = {}

    def add(self, name: str, value: Decimal | float | int | dt.date | str | None, unit: str, source: str) -> None:
        """Add a fact; money is kept to the cent."""
        if unit.isupper() and isinstance(value, Decimal | float):
            value = round(float(value), 2) + 0.0
        self._facts[name] = ReportFact(name=name, value=value, unit=unit, source=source)

    def value(self, name: str) -> float:
        """The number of a fact; 0 where there is none."""
        value = self._facts[name].value if name in self._facts else None
        return 0.0 if value is None or isinstance(value, str | dt.date) else float(value)

    def has(self, name: str) -> bool:
        """Whether a fact is known."""
        return name in self._facts and self._facts[name].value is not None

    def __iter__(self) -> Iterator[ReportFact]:
        return iter(self._facts.values())

    def shown(self, language: Language = "en") -> dict[str, str]:
        """Each fact as sentences of a language show it."""
        return {name: one.shown_in(language) for name, one in self._facts.items()}
