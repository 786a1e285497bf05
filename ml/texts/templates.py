"""Texts by templates from the same facts, for installations without a model."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence

from ml.texts.channels import CHANNELS, Channel
from ml.texts.facts import Fact
from ml.texts.words import MONTHS

Value = str | float | dt.date
SHOP = CHANNELS["shop"]


def text_by_template(facts: Sequence[Fact], language: str, channel: Channel = SHOP) -> str:
    """A short text of the facts that are there; what the channel has no space for is left out.

    Raises:
        ValueError: there is no title, no template in the language, or a title longer than the channel takes.
    """
    values = {one.name: one.value for one in facts if one.name != "units_sold" or channel.name == "newsletter"}
    if "title" not in values:
        raise ValueError("the release has no title; a text needs one")
    if language not in TEMPLATES:
        raise ValueError(f"no template in {language!r}; there are {', '.join(TEMPLATES)}")
    text = ""
    for sentence in TEMPLATES[language](values):
        longer = f"{text} {sentence}".strip()
        if len(longer) <= channel.most_characters:
            text = longer
    if str(values["title"]) not in text:
        raise ValueError(f"the title is longer than the {channel.most_characters} characters of {channel.name}")
    return text


def _english(values: Mapping[str, Value]) -> Iterator[str]:
    yield f"Discover {values['title']}" + (f" by {values['artist_name']}" if "artist_name" in values else "") + "."
    if isinstance(date := values.get("release_date"), dt.date):
        label = f" on {values['label_name']}" if "label_name" in values else ""
        yield f"Released{label}, {date.day} {MONTHS['en'][date.month - 1].title()} {date.year}."
    yield from _music(values)
    if "list_price" in values and "currency" in values:
        yield f"Price: {values['list_price']:.2f} {values['currency']}."
    if "rating" in values and "review_count" in values:
        count = values["review_count"]
        yield f"Rated {values['rating']:.1f} stars in {count:,.0f} review{'s' if count != 1 else ''}."
    if "quote_1" in values:
        yield f"From a review: “{values['quote_1']}”."
    if "units_sold" in values:
        yield f"{values['units_sold']:,.0f} copies sold."


def _german(values: Mapping[str, Value]) -> Iterator[str]:
    yield (
        f"Jetzt entdecken: {values['title']}"
        + (f" von {values['artist_name']}" if "artist_name" in values else "")
        + "."
    )
    if isinstance(date := values.get("release_date"), dt.date):
        label = f" bei {values['label_name']}" if "label_name" in values else ""
        yield f"Erschienen{label}, {date.day}. {MONTHS['de'][date.month - 1].title()} {date.year}."
    yield from _music(values)
    if "list_price" in values and "currency" in values:
        price = f"{values['list_price']:.2f}".replace(".", ",")
        yield f"Preis: {price} {values['currency']}."
    if "rating" in values and "review_count" in values:
        rating, count = f"{values['rating']:.1f}".replace(".", ","), f"{values['review_count']:,.0f}".replace(",", ".")
        yield f"Bewertet mit {rating} Sternen in {count} Rezensionen."
    if "quote_1" in values:
        yield f"Aus einer Rezension: „{values['quote_1']}“."
    if "units_sold" in values:
        units = f"{values['units_sold']:,.0f}".replace(",", ".")
        yield f"{units} Exemplare verkauft."


def _music(values: Mapping[str, Value]) -> Iterator[str]:
    """The same words in both languages."""
    if "genre" in values:
        yield f"Genre: {values['genre']}."
    if "format" in values:
        yield f"Format: {values['format']}."
    if "bpm" in values:
        yield f"Tempo: {values['bpm']:.0f} BPM."


TEMPLATES: dict[str, Callable[[Mapping[str, Value]], Iterator[str]]] = {"en": _english, "de": _german}
