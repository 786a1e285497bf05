"""Days and moments as files write them: formats, names of months in three languages, serial days of spreadsheets.

A format is one of Python's (``%d.%m.%Y``), which may be followed by a time of day, or ``excel`` (days since
1899-12-30), ``unix`` (seconds) or ``unix_ms``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

NUMERIC = (
    "%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%Y", "%m-%d-%Y",
    "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d %m %Y",
)  # fmt: skip
NAMED = ("%d %b %Y", "%b %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d %b %y")
SPECIAL = ("excel", "unix", "unix_ms")
# Formats that tell day and month by their order alone.
_TWINS = {"%d/%m/%Y": "%m/%d/%Y", "%d/%m/%y": "%m/%d/%y", "%d-%m-%Y": "%m-%d-%Y"}
_MONTHS = (
    "jan january januar janvier janv jänner", "feb february februar fevrier fev fevr", "mar march marz mars mrz maerz",
    "apr april avril avr", "may mai", "jun june juni juin", "jul july juli juillet juil", "aug august aout",
    "sep sept september septembre", "oct october okt oktober octobre", "nov november novembre",
    "dec december dez dezember decembre",
)  # fmt: skip
_NUMBER_OF = {name: month for month, names in enumerate(_MONTHS, 1) for name in names.split()}
_ABBREVIATIONS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_TIME = re.compile(
    r"(?:^|[T ,]+(?:um |à |at )?)(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?\s*(?:Uhr)?$"
)
_ACCENTS = str.maketrans("äéèêûôç", "aeeeuoc")
_WORD = re.compile(r"[^\W\d_]+\.?")


class DateError(ValueError):
    """The text is no date of the format; the message is the rule that it breaks."""


def parse_moment(text: str, formats: Sequence[str], zone: str = "UTC") -> tuple[dt.datetime, bool]:
    """Return the moment in UTC, and whether a time of day was stated; a day alone is midnight UTC of that very day.

    Args:
        text: what the cell says.
        formats: tried in order.
        zone: of moments that state none.

    Raises:
        DateError: none of the formats fits.
    """
    for form in formats:
        found = _counted(text, form) if form in SPECIAL else _written(text.strip(), form)
        if found is not None:
            day, has_time = found
            if day.tzinfo is None:
                day = day.replace(tzinfo=ZoneInfo(zone) if has_time else dt.UTC)
            return day.astimezone(dt.UTC), has_time
    raise DateError(f"is no date like {' or '.join(formats)}")


def _counted(text: str, form: str) -> tuple[dt.datetime, bool] | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if form == "excel":
        if not 1 <= number < 80_000:
            return None
        moment = dt.datetime(1899, 12, 30) + dt.timedelta(seconds=round(number * 86_400))  # noqa: DTZ001 (zone of the file)
        return moment, number != int(number)
    seconds = number / 1000 if form == "unix_ms" else number
    if not 0 < seconds < 4e9:
        return None
    return dt.datetime.fromtimestamp(seconds, dt.UTC), True


def _written(text: str, form: str) -> tuple[dt.datetime, bool] | None:
    time = _TIME.search(text)
    day = text[: time.start()] if time else text
    if "%b" in form:
        named = _with_month(day)
        if named is None:
            return None
        day = named
    try:
        found = dt.datetime.strptime(day.strip(" ,"), form)  # noqa: DTZ007 (the zone comes with the time)
    except ValueError:
        return None
    if "%y" in form and found.year >= 2050:
        found = found.replace(year=found.year - 100)
    if time is None:
        return found, False
    return _with_time(found, time)


def _with_time(day: dt.datetime, time: re.Match[str]) -> tuple[dt.datetime, bool] | None:
    hour, minute, second, fraction, half, zone = time.groups()
    clock = int(hour)
    if half:
        if not 1 <= clock <= 12:
            return None
        clock = clock % 12 + (12 if half.lower().startswith("p") else 0)
    try:
        moment = day.replace(hour=clock, minute=int(minute), second=int(second or 0))
    except ValueError:
        return None
    moment = moment.replace(microsecond=int((fraction or "0").ljust(6, "0")[:6]))
    if zone:
        offset = "+0000" if zone in ("Z", "UTC", "GMT") else zone.replace(":", "")
        moment = dt.datetime.strptime(f"{moment:%Y-%m-%d %H:%M:%S.%f} {offset}", "%Y-%m-%d %H:%M:%S.%f %z")
    return moment, bool(zone) or (clock, minute, int(second or 0)) != (0, "00", 0)


def _with_month(text: str) -> str | None:
    """The text with its month in English, abbreviated, and without what decorates a date; None where it names none."""
    for word in _WORD.findall(text):
        month = _NUMBER_OF.get(word.lower().rstrip(".").translate(_ACCENTS))
        if month:
            return (
                re.sub(r"[\s.,]+", " ", text.replace(word, f" {_ABBREVIATIONS[month - 1]} ").replace(" -", "-"))
                .replace(" - ", "-")
                .replace("- ", "-")
                .replace(" -", "-")
                .strip()
            )
    return None


def find_formats(
    texts: Iterable[str] | Mapping[str, int], *, month_first: bool = False, named_so: bool = False
) -> tuple[list[str], bool]:
    """The formats that a column of dates is written in, most frequent first, and whether day and month are settled.

    Args:
        texts: the values, or how often each comes.
        month_first: which reading to take where both are possible.
        named_so: whether the column is called a date, so that bare numbers may be serial days.

    Returns:
        No format where fewer than four fifths of the texts are dates.
    """
    left = Counter(texts)
    chosen: list[str] = []
    total, settled = left.total(), True
    candidates = [*NUMERIC, *NAMED, *(SPECIAL if named_so else ())]
    while left and len(chosen) < 3:
        fitting = {form: [text for text in left if _fits(text, form)] for form in candidates}
        weights = {form: sum(left[text] for text in found) for form, found in fitting.items()}
        best = max(weights, key=lambda form: weights[form])
        if not weights[best] or weights[best] < max(1, total // 50):
            break
        twin = _TWINS.get(best) or next((one for one, other in _TWINS.items() if other == best), None)
        if twin and weights[twin] == weights[best]:
            settled = False
            best = next(form for form in (best, twin) if (form.startswith("%m")) == month_first)
        chosen.append(best)
        candidates = [form for form in candidates if form not in (best, twin)]
        for text in fitting[best]:
            del left[text]
    return (chosen, settled) if total and left.total() <= total / 5 else ([], True)


def _fits(text: str, form: str) -> bool:
    if form == "excel" and not re.fullmatch(r"[2-6]\d{4}(\.\d+)?", text):
        return False
    if form == "unix" and not re.fullmatch(r"\d{10}", text):
        return False
    if form == "unix_ms" and not re.fullmatch(r"\d{13}", text):
        return False
    if form == "%Y%m%d" and not re.fullmatch(r"(19|20)\d{6}.*", text):
        return False
    try:
        moment, _ = parse_moment(text, [form])
    except DateError:
        return False
    return 1900 <= moment.year < 2100
