"""Texts by templates from the same facts, for installations without a model."""

import datetime as dt
from collections.abc import Sequence

from ml.texts.facts import Fact
from ml.texts.words import MONTHS


def text_by_template(facts: Sequence[Fact], language: str) -> str:
    """A short text of the facts that are there; `title` is the least.

    Raises:
        ValueError: there is no title, or no template in the language.
    """
    values = {one.name: one.value for one in facts}
    if "title" not in values:
        raise ValueError("the release has no title; a text needs one")
    if language not in MONTHS:
        raise ValueError(f"no template in {language!r}; there are {', '.join(MONTHS)}")
    return _english(values) if language == "en" else _german(values)


def _english(values: dict[str, str | float | dt.date]) -> str:
    parts = [f"Discover {values['title']}" + (f" by {values['artist_name']}" if "artist_name" in values else "") + "."]
    if isinstance(date := values.get("release_date"), dt.date):
        label = f" on {values['label_name']}" if "label_name" in values else ""
        parts.append(f"Released{label}, {date.day} {MONTHS['en'][date.month - 1].title()} {date.year}.")
    parts += [f"Genre: {values['genre']}."] if "genre" in values else []
    parts += [f"Format: {values['format']}."] if "format" in values else []
    parts += [f"Tempo: {values['bpm']:.0f} BPM."] if "bpm" in values else []
    if "list_price" in values and "currency" in values:
        parts.append(f"Price: {values['list_price']:.2f} {values['currency']}.")
    return " ".join(parts)


def _german(values: dict[str, str | float | dt.date]) -> str:
    parts = [
        f"Jetzt entdecken: {values['title']}" + (f" von {values['artist_name']}" if "artist_name" in values else "")
    ]
    parts[0] += "."
    if isinstance(date := values.get("release_date"), dt.date):
        label = f" bei {values['label_name']}" if "label_name" in values else ""
        parts.append(f"Erschienen{label}, {date.day}. {MONTHS['de'][date.month - 1].title()} {date.year}.")
    parts += [f"Genre: {values['genre']}."] if "genre" in values else []
    parts += [f"Format: {values['format']}."] if "format" in values else []
    parts += [f"Tempo: {values['bpm']:.0f} BPM."] if "bpm" in values else []
    if "list_price" in values and "currency" in values:
        price = f"{values['list_price']:.2f}".replace(".", ",")
        parts.append(f"Preis: {price} {values['currency']}.")
    return " ".join(parts)
