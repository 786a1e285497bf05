"""Checks a text against facts: every number, date, name, quote and claim must match a fact, or it is marked.

Strict on purpose: what cannot be verified is marked, also where it may be true, because a marked text only waits for a
person, and a wrong one goes to customers.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ml.texts.facts import Fact
from ml.texts.words import CLAIMS, COMMON, MONTHS, NUMBER_WORDS, PRICE_WORDS, UNITS

LANGUAGES = tuple(COMMON)
_ALL_MONTHS = {name: number for names in MONTHS.values() for number, name in enumerate(names, 1)}
_MONTH = "|".join(sorted(_ALL_MONTHS, key=len, reverse=True))
_DATES = re.compile(
    rf"(?P<iso>\b\d{{4}}-\d\d-\d\d\b)|(?P<dots>\b\d{{1,2}}\.\d{{1,2}}\.\d{{4}}\b)|(?P<slashes>\b\d{{1,2}}/\d{{1,2}}/\d{{2,4}}\b)"
    rf"|\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?)?(?P<month>{_MONTH})\b"
    r"(?: (?P<day2>\d{1,2})(?:st|nd|rd|th)?\b(?!\d))?(?:,? (?P<year>\d{4}))?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-−]?\d+(?:[.,'\u202f\u00a0]\d+)*", re.UNICODE)
_QUOTED = re.compile(r"[“”„«»\"]([^“”„«»\"]+)[“”„«»\"]")
_WORD = re.compile(r"[^\W\d_](?:[\w'’&-]*\w)?")


@dataclass(frozen=True)
class Finding:
    """A part of the text that no fact supports: where it stands, what it is, and which rule it breaks."""

    start: int
    end: int
    text: str
    kind: str
    reason: str


def check_text(text: str, facts: Sequence[Fact], language: str, most_characters: int | None = None) -> list[Finding]:
    """What in the text matches no fact, in the order of the text; an empty list means that it is verified.

    Places count characters of the text in Unicode's normal form C.

    Raises:
        ValueError: the language is not among `LANGUAGES`.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language {language!r} cannot be checked; known are {', '.join(LANGUAGES)}")
    text = unicodedata.normalize("NFC", text)
    rest = _without_names(text, facts)
    findings = []
    if most_characters is not None and len(text) > most_characters:
        reason = f"{len(text)} characters; the channel takes {most_characters}"
        findings.append(Finding(most_characters, len(text), text[most_characters:], "length", reason))
    for found in list(_dates(rest)):
        start, end = found.span()
        if not _is_date_of(found, facts):
            findings.append(Finding(start, end, text[start:end], "date", "no date among the facts"))
        rest = rest[:start] + "·" * (end - start) + rest[end:]
    for start, end, reason in (
        *_quotes(rest),
        *_claims(rest),
        *_numbers(rest, facts, language),
        *_names(rest, language),
    ):
        kind, _, rule = reason.partition(": ")
        if not any(one.start < end and start < one.end for one in findings if one.kind != "length"):
            findings.append(Finding(start, end, rest[start:end], kind, rule))
    return sorted(findings, key=lambda one: one.start)


def _without_names(text: str, facts: Sequence[Fact]) -> str:
    """The text without quotes and names of the facts, the longest first; names match as whole words only."""
    for quote in (str(one.value) for one in facts if one.kind == "quote"):
        pattern = rf"(?<=[“„«\"]){re.escape(unicodedata.normalize('NFC', quote))}(?=[”“»\"])"
        text = re.sub(pattern, lambda found: "·" * len(found.group()), text)
    names = sorted({str(one.value) for one in facts if one.kind == "name"}, key=len, reverse=True)
    for name in names:
        pattern = rf"(?<![\w]){re.escape(unicodedata.normalize('NFC', name))}(?![\w])"
        flags = re.IGNORECASE if name.islower() else 0
        text = re.sub(pattern, lambda found: "·" * len(found.group()), text, flags=flags)
    return text


def _dates(text: str) -> Iterator[re.Match[str]]:
    for found in _DATES.finditer(text):
        is_alone = not (found["day"] or found["day2"] or found["year"])
        if is_alone and found["month"] in ("may", "march"):
            continue  # the verb
        yield found


def _is_date_of(found: re.Match[str], facts: Sequence[Fact]) -> bool:
    dates = [one.value for one in facts if isinstance(one.value, dt.date)]
    try:
        if found["iso"]:
            return dt.date.fromisoformat(found["iso"]) in dates
        if found["dots"]:
            day, month, year = map(int, found["dots"].split("."))
            return dt.date(year, month, day) in dates
    except ValueError:
        return False
    if found["slashes"]:
        return False  # day or month first: it cannot be told
    month, day_text = _ALL_MONTHS[found["month"].lower()], found["day"] or found["day2"]
    return any(
        one.month == month
        and (not day_text or one.day == int(day_text))
        and (not found["year"] or one.year == int(found["year"]))
        for one in dates
    )


def _quotes(text: str) -> Iterator[tuple[int, int, str]]:
    for found in _QUOTED.finditer(text):
        if _WORD.search(found[1]):
            yield *found.span(), "quote: no review among the facts says so, word for word"


def _claims(text: str) -> Iterator[tuple[int, int, str]]:
    for found in re.finditer(rf"(?<!\w)(?:{CLAIMS})(?!\w)", text, re.IGNORECASE):
        if found.group().lower() not in PRICE_WORDS:
            yield *found.span(), "claim: no fact speaks of awards, ranks, debuts or limited editions"


def _numbers(text: str, facts: Sequence[Fact], language: str) -> Iterator[tuple[int, int, str]]:
    for found in _WORD.finditer(text):
        if found.group().lower() in NUMBER_WORDS:
            yield *found.span(), "number: a number in words cannot be verified; write the digits of a fact"
    for found in _NUMBER.finditer(text):
        value = _value(found.group(), language)
        kinds = _kinds_beside(text, *found.span())
        if not any(_matches(value, one) for one in facts if one.kind in kinds):
            yield *found.span(), f"number: no {' or '.join(kinds)} among the facts is {found.group()}"


def _value(number: str, language: str) -> float | None:
    """The number by the separators of the language; None where they are in no valid places."""
    group, point = (",", ".") if language == "en" else (".", ",")
    plain = number.replace("\u202f", "").replace("\u00a0", "").replace("−", "-")
    escaped = re.escape(group)
    if not re.fullmatch(rf"-?(\d+|\d{{1,3}}({escaped}\d{{3}})+)({re.escape(point)}\d+)?", plain):
        return None
    return float(plain.replace(group, "").replace(point, "."))


def _kinds_beside(text: str, start: int, end: int) -> tuple[str, ...]:
    """The kinds of facts that the units around a number allow."""
    before, after = text[:start].rstrip(" ~").split(" ")[-1:], text[end:].lstrip(" -").split(" ")[:1]
    beside = [*after, *(word for word in before if word[-1:] not in ".,;!?")]  # the unit behind a number comes first
    for word in beside:
        for kind, units in UNITS.items():
            if word.strip(".,;:!?()").lower() in units:
                return (kind,)
    return ("year", "money") if "·" not in "".join(before) else ("year", "money", "tempo")


def _matches(value: float | None, fact: Fact) -> bool:
    if value is None or not isinstance(fact.value, float):
        return False
    return abs(value - fact.value) < 0.005 or (fact.kind == "tempo" and value == round(fact.value))


def _names(text: str, language: str) -> Iterator[tuple[int, int, str]]:
    for found in _WORD.finditer(text):
        word = found.group()
        if word[:1].isupper() and word.lower().removesuffix("'s") not in COMMON[language]:
            yield *found.span(), "name: no name among the facts; a capitalised word that is not known"
