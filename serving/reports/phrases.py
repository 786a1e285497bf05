"""The phrases of weekly reports in English and German, from `phrases.yml`."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from serving.copilot.wording import Language


class Phrases:
    """The phrases of a language.

    Args:
        language: English or German.
    """

    def __init__(self, language: Language) -> None:
        self._listed: dict[str, Any] = _file()[language]
        self.names = frozenset(self._listed)
        self.glue = frozenset(self._listed["glue"].split())
        self.meaning = frozenset(self._listed["meaning"].split())
        self.one: dict[str, str] = self._listed["one"]

    def __call__(self, name: str, *parts: object) -> str:
        """A phrase; each %s in it is replaced by the next of `parts`, the last of them goes on."""
        listed = [*map(str, parts)]
        return re.sub("%s", lambda _: listed.pop(0) if len(listed) > 1 else listed[0], self._listed[name])


@cache
def phrases(language: Language) -> Phrases:
    """The phrases of a language."""
    return Phrases(language)


@cache
def _file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "phrases.yml").read_text(encoding="utf-8"))
    return found
