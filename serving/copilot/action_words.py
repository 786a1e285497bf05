"""The words of actions in English and German, from `action_words.yml`."""

import datetime as dt
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from serving.copilot.wording import Language, german


class ActionWords:
    """The words of a language.

    Args:
        language: English or German.
    """

    def __init__(self, language: Language) -> None:
        self.is_german = language == "de"
        self._listed: dict[str, str] = _file()[language]
        self._words: dict[str, str] = _file()["words"] if self.is_german else {}

    def __call__(self, name: str, **values: Any) -> str:
        """A sentence with its values; German ones write numbers and days as Germans do."""
        return self._listed[name].format(**{key: self._shown(value) for key, value in values.items()})

    def word(self, text: object) -> str:
        """A word of the lake, such as the state of an alert."""
        return self._words.get(str(text), str(text))

    def number(self, value: Any) -> str:
        """A price with two decimals."""
        return german(f"{value:,.2f}") if self.is_german else f"{value:,.2f}"

    def _shown(self, value: Any) -> Any:
        if value is None:
            return "–"
        if self.is_german and isinstance(value, dt.date):
            return f"{value:%d.%m.%Y}"
        if not self.is_german or isinstance(value, str | int):
            return value
        return german(
            f"{value:,.2f}" if isinstance(value, Decimal) or not float(value).is_integer() else f"{value:,.0f}"
        )


@cache
def action_words(language: Language) -> ActionWords:
    """The words of a language."""
    return ActionWords(language)


@cache
def _file() -> dict[str, dict[str, str]]:
    text = (Path(__file__).parent / "action_words.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found
