"""Periods in words: years, quarters, months and days by name, and spans that count from the newest day of sales.

"last month" is the calendar month before that of the newest day, "last 30 days" end with the newest day. The answer
always shows the days that were meant.
"""

import datetime as dt
import re
from calendar import monthrange

from serving.copilot.grammar.text import Text
from serving.copilot.plan import Period, RefusedError

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar", "february feb februar", "march mar marz maerz", "april apr", "may mai",
            "june jun juni",
            "july jul juli", "august aug", "september sep sept", "october oct oktober okt", "november nov",
            "december dec dezember dez",
        ),
        1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = rf"(?:{'|'.join(sorted(MONTHS, key=len, reverse=True))})"
_YEAR = r"(?:19|20)\d\d"
ATOM = (
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}|\d{{4}}-\d{{2}}|q[1-4] {_YEAR}|[1-4] quartal {_YEAR}|"
    rf"(?:\d{{1,2}} )?{_MONTH} {_YEAR}|{_MONTH} \d{{1,2}} {_YEAR}|{_YEAR})"
)
_UNIT = r"(?P<unit>days?|weeks?|months?|quarters?|years?|tage?n?|wochen?|monate?n?s?|quartale?n?s?|jahre?n?s?)"
_LAST = r"(?:last|previous|past|letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?)"
_CUE = (
    r"(?:(?:in|im|during|on|am|for|fur|of|vom|von|over|within|wahrend) )?(?:(?:the|den|der|dem|des|das) )?"
    r"(?:year |jahre? )?"
)
_GERMAN = {"tag": "day", "woch": "week", "mona": "month", "quar": "quarter", "jahr": "year"}


def take_period(text: Text, today: dt.date) -> Period | None:
    """The period of a question; None where it has none.

    Args:
        text: the question; the words of the period are taken out.
        today: the newest day of sales.

    Raises:
        RefusedError: it has two periods, or a date that is none.
    """
    found = [*_ranges(text, today), *_relative(text, today), *_named(text, today)]
    if len(found) > 1:
        shown = " and ".join(str(one) for one in found)
        raise RefusedError("ambiguous", f"the question has more than one period ({shown}); ask about one")
    return found[0] if found else None


def take_horizon(text: Text) -> int | None:
    """The days ahead of a question about the future, such as 30 of "in the next 30 days"."""
    cue = (
        r"(?:(?:in|over|within|for|fur|wahrend) )?(?:(?:the|den|der|die) )?"
        r"(?:next|coming|nachste[nrsm]?|kommende[nrsm]?)"
    )
    found = text.take_all(rf"{cue} (?P<count>\d{{1,3}}) (?:days?|tage?n?)")
    if len({one["count"] for one in found}) > 1:
        raise RefusedError("ambiguous", "the question has more than one horizon; ask about one")
    return int(found[0]["count"]) if found else None


def year_before(period: Period) -> Period:
    """The same days a year earlier; the 29th of February becomes the 28th."""
    return Period(since=_back_a_year(period.since), until=_back_a_year(period.until))


def period_before(period: Period) -> Period:
    """The period of the same kind that ends before this one begins: calendar months for months, else as many days."""
    end = period.since - dt.timedelta(days=1)
    if period.since.day == 1 and (period.until + dt.timedelta(days=1)).day == 1:
        months = (period.until.year - period.since.year) * 12 + period.until.month - period.since.month + 1
        return Period(since=_month(period.since, -months).since, until=end)
    return Period(since=end - (period.until - period.since), until=end)


def _ranges(text: Text, today: dt.date) -> list[Period]:
    joined = "(?:to|and|until|till|through|bis|bis zum|und)"
    between = rf"(?:from|between|von|vom|zwischen) (?P<a>{ATOM}) {joined} (?P<b>{ATOM})"
    months = rf"(?:(?:from|between|von|vom|zwischen|in) )?(?P<a>{_MONTH}) {joined} (?P<b>{_MONTH}) (?P<year>{_YEAR})"
    found = [_months(one["a"], one["b"], one["year"]) for one in text.take_all(months)]
    found += [
        Period(since=_atom(one["a"]).since, until=_atom(one["b"]).until)
        if _atom(one["a"]).since <= _atom(one["b"]).until
        else _backwards(one[0])
        for one in text.take_all(between)
    ]
    for one in text.take_all(rf"(?:since|seit|ab) (?P<a>{ATOM})"):
        begun = _atom(one["a"]).since
        found.append(Period(since=begun, until=max(today, begun)))
    return found


def _months(first: str, last: str, year: str) -> Period:
    """The days of "January to March 2025"."""
    if MONTHS[first] > MONTHS[last]:
        _backwards(f"{first} to {last} {year}")
    return Period(since=_atom(f"{first} {year}").since, until=_atom(f"{last} {year}").until)


def _backwards(words: str) -> Period:
    raise RefusedError("period", f"{words!r} ends before it begins")


def _relative(text: Text, today: dt.date) -> list[Period]:
    found = []
    for one in text.take_all(rf"{_CUE}{_LAST} (?:(?P<count>\d{{1,3}}) )?{_UNIT}"):
        unit, count = _unit(one["unit"]), int(one["count"] or 1)
        if unit == "day" and one["count"] is None:
            found.append(Period(since=today, until=today))
        elif count == 0:
            raise RefusedError("period", f"{one[0]!r} has no day")
        else:
            found.append(_last(unit, count, today))
    for one in text.take_all(rf"{_CUE}(?:this|current|diese[nrsm]?|aktuelle[nrsm]?|laufende[nrsm]?) {_UNIT}"):
        found.append(Period(since=_whole(_unit(one["unit"]), today).since, until=today))
    return found


def _named(text: Text, today: dt.date) -> list[Period]:
    found = [_atom(one["a"]) for one in text.take_all(rf"{_CUE}(?P<a>{ATOM})")]
    # A month without a year is its newest one. "may" alone is a verb; "mar", "jan" and the like need a year too.
    names = [name for name in MONTHS if len(name) > 3 or name == "mai"]
    for one in text.take_all(rf"(?:in|im|during|for|fur|of|vom) (?P<a>{'|'.join(names)}|may)"):
        month = MONTHS[one["a"]]
        year = today.year if month <= today.month else today.year - 1
        found.append(_whole("month", dt.date(year, month, 1)))
    return found


def _atom(words: str) -> Period:
    """The days of one date, month, quarter or year."""
    numbers = [int(one) for one in re.findall(r"\d+", words)]
    month = next((MONTHS[word] for word in words.split() if word in MONTHS), None)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", words):
            day = dt.date.fromisoformat(words)
            return Period(since=day, until=day)
        if re.fullmatch(r"\d{4}-\d{2}", words):
            return _whole("month", dt.date(numbers[0], numbers[1], 1))
        if month is not None and len(numbers) == 2:
            day = dt.date(numbers[1], month, numbers[0])
            return Period(since=day, until=day)
        if month is not None:
            return _whole("month", dt.date(numbers[0], month, 1))
        if len(numbers) == 2:
            return _whole("quarter", dt.date(numbers[1], 3 * numbers[0], 1))
        return _whole("year", dt.date(numbers[0], 1, 1))
    except ValueError:
        raise RefusedError("period", f"{words!r} is no date") from None


def _unit(word: str) -> str:
    return _GERMAN.get(word[:4], _GERMAN.get(word[:3], word.rstrip("s")))


def _whole(unit: str, day: dt.date) -> Period:
    """The day, week (from Monday), month, quarter or year that holds a day."""
    if unit == "day":
        return Period(since=day, until=day)
    if unit == "week":
        monday = day - dt.timedelta(days=day.weekday())
        return Period(since=monday, until=monday + dt.timedelta(days=6))
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = dt.date(day.year, (day.month - 1) // months * months + 1, 1)
    last = _month(first, months - 1)
    return Period(since=first, until=last.until)


def _month(day: dt.date, months: int) -> Period:
    """The month that lies so many months after that of a day."""
    place = day.year * 12 + day.month - 1 + months
    year, month = divmod(place, 12)
    return Period(since=dt.date(year, month + 1, 1), until=dt.date(year, month + 1, monthrange(year, month + 1)[1]))


def _last(unit: str, count: int, today: dt.date) -> Period:
    if unit == "day":
        return Period(since=today - dt.timedelta(days=count - 1), until=today)
    end = _whole(unit, today).since - dt.timedelta(days=1)
    if unit == "week":
        return Period(since=end - dt.timedelta(days=7 * count - 1), until=end)
    months = {"month": 1, "quarter": 3, "year": 12}[unit] * count
    return Period(since=_month(end, 1 - months).since, until=end)


def _back_a_year(day: dt.date) -> dt.date:
    return day.replace(year=day.year - 1, day=28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year - 1)
