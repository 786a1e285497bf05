"""What the words of a question say, before a plan is made of it."""

import re
from dataclasses import dataclass, field

from serving.copilot.grammar import vocabulary
from serving.copilot.grammar.names import Names
from serving.copilot.grammar.periods import period_before, take_horizon, take_period, year_before
from serving.copilot.grammar.text import METRIC, TAKEN, Text
from serving.copilot.plan import FieldName, Period, RefusedError
from serving.queries.reader import Reader


@dataclass
class Reading:
    """The parts of a question that were understood.

    Attributes:
        names: values by field.
        period: days that are asked about; None where none are named.
        versus: days that they are compared with.
        horizon: days ahead.
        is_future: whether the question is about what will be.
        tool: that the question asks for.
        priority: of alerts.
        metrics: in the order of the question.
        group_by: fields and grains.
        order: whether the largest or the smallest are asked for.
        limit: how many of them.
        is_valued: whether the best or the worst are asked for.
        unknown: words that nobody understands.
        goes_on: whether it goes on from the question before, as "and for rock?" does.
        masked: the question without its names.
        joined: whether the question holds an "and" that no pattern took.
    """

    names: dict[FieldName, tuple[str, ...]] = field(default_factory=dict)
    period: Period | None = None
    versus: Period | None = None
    horizon: int | None = None
    is_future: bool = False
    tool: str | None = None
    priority: str | None = None
    metrics: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    order: str = "name"
    limit: int | None = None
    is_valued: bool = False
    unknown: tuple[str, ...] = ()
    joined: bool = False
    goes_on: bool = False
    masked: str = ""


def read_question(question: str, names: Names, reader: Reader) -> Reading:
    """Read a question.

    Raises:
        RefusedError: a part of it has no meaning, or more than one.
    """
    text = Text(question)
    if forbidden := text.take(vocabulary.FORBIDDEN):
        raise RefusedError(
            "forbidden", f"{forbidden[0]!r}: questions here read figures; they change nothing and show no personal data"
        )
    found = Reading(names=names.take(text, vocabulary.GRAMMAR_WORDS))
    found.masked = text.rest.replace(TAKEN, "[name]").strip()
    found.goes_on = text.take(rf"(?<=^ )(?:{vocabulary.GOES_ON})") is not None
    text.take_all(vocabulary.PHRASES)
    if reader.house_currency in vocabulary.CURRENCIES:  # another currency is a word that nobody understands
        text.take(rf"(?:in )?(?:{vocabulary.CURRENCIES[reader.house_currency]})")
    versus = _take_versus(text)
    if reader.last_day is not None:
        found.period = take_period(text, reader.last_day)
    found.horizon = take_horizon(text)
    if versus:
        found.versus = _versus(versus, found.period)
    _take_tool(text, found)
    if found.tool is None:
        found.is_future = bool(text.take_all(vocabulary.FUTURE)) or found.horizon is not None
        _take_groups(text, found)
        _take_metrics(text, found)
    elif found.tool == "forecast":
        found.is_future = True
    found.joined = re.search(r" (?:and|und) ", text.rest) is not None
    found.unknown = tuple(text.left(vocabulary.EMPTY))
    return found


def _take_versus(text: Text) -> str | None:
    """Which earlier period is compared with: "year" or "period"."""
    year = text.take(rf"{vocabulary.VERSUS} {vocabulary.YEAR_BEFORE}")
    before = text.take(rf"{vocabulary.VERSUS} {vocabulary.PERIOD_BEFORE}")
    if year and before:
        raise RefusedError("ambiguous", "the question compares with two periods; ask about one")
    return "year" if year else "period" if before else None


def _versus(which: str, period: Period | None) -> Period:
    if period is None:
        raise RefusedError(
            "incomplete", "compared over which days? Name a period, as in: in March 2025 compared with the year before"
        )
    return year_before(period) if which == "year" else period_before(period)


def _take_tool(text: Text, found: Reading) -> None:
    for tool, pattern in vocabulary.TOOLS.items():
        if text.take(pattern):
            found.tool = tool
            break
    if found.tool == "what_changed":
        text.take(vocabulary.ENDS)
    if found.tool == "buyers_for":
        text.take_all("anbieten|offer|it|an")
    if found.tool == "compare":
        text.take_all("and|with|to|und|mit|versus|vs")
    if found.tool == "alerts":
        found.priority = next(
            (name for name, words in vocabulary.PRIORITIES.items() if text.take(rf"(?:(?:any|all|alle) )?(?:{words})")),
            None,
        )


def _take_groups(text: Text, found: Reading) -> None:
    """The groupings with the words that ask for them: by X, top 5 X, which X ... most."""
    groups: list[str] = []
    for pattern in (vocabulary.LARGEST, vocabulary.SMALLEST):
        _take_order(text, found, groups, pattern, "largest" if pattern == vocabulary.LARGEST else "smallest")
    for name, noun in vocabulary.GROUPINGS.items():
        words = rf"(?:by|per|je|pro|nach|for each|for every|each|jede[nrsm]?|split by) (?:the )?(?:{noun})"
        if text.take(words):
            groups.append(name)
        elif found.order != "name" and (asked := text.take(rf"(?:which|what|welche[nrsm]?) (?P<noun>{noun})")):
            groups.append(name)
            if found.limit is None and asked["noun"] in vocabulary.SINGULAR:
                found.limit = 1
    if groups:  # "by genre and month"; "and buyers" may be a figure and is none of these
        more = {name: noun for name, noun in vocabulary.GROUPINGS.items() if name != "buyer"}
        groups += [name for name, noun in more.items() if text.take(rf"{TAKEN} (?:and|und) (?:the )?(?:{noun})")]
    groups += [name for name, words in vocabulary.ADVERBS.items() if text.take(words)]
    found.group_by = tuple(dict.fromkeys(groups))


def _take_order(text: Text, found: Reading, groups: list[str], pattern: str, order: str) -> None:
    """Orders such as "top 5 artists", "5 best selling titles", "the most"."""
    said = text.take(rf"(?:(?P<a>\d{{1,3}}) )?(?P<order>{_longest_first(pattern)})(?: (?P<b>\d{{1,3}}))?")
    if said is None:
        return
    if found.order != "name":
        raise RefusedError("ambiguous", "the question asks for the largest and the smallest; ask for one")
    found.order = order
    found.is_valued = re.fullmatch(vocabulary.VALUED, said["order"]) is not None
    count = said["a"] or said["b"]
    found.limit = int(count) if count else None
    for metric, words in vocabulary.SAYS_METRIC.items():
        if re.fullmatch(words, said["order"]):
            found.metrics = (metric,)
    if re.fullmatch("bestsellers?", said["order"]):
        groups.append("release")
    text.take("selling")
    for name, noun in vocabulary.GROUPINGS.items():
        if followed := text.take(rf"{TAKEN} (?:selling )?(?P<noun>{noun})"):
            groups.append(name)
            if found.limit is None and followed["noun"] in vocabulary.SINGULAR:
                found.limit = 1
            return


def _longest_first(pattern: str) -> str:
    return "|".join(sorted(pattern.split("|"), key=len, reverse=True))


def _take_metrics(text: Text, found: Reading) -> None:
    metrics: list[str] = list(found.metrics)
    for names, pattern in vocabulary.METRICS:
        cue = "(?:(?:by|nach|in) )?" if found.order != "name" else ""
        if text.take_all(rf"{cue}(?:{pattern})", METRIC):
            metrics.extend(names)
    unique = tuple(dict.fromkeys(metrics))
    # "units of jazz returned": a second word for the units of the first is no second metric.
    found.metrics = tuple(one for one in unique if not (one == "net_units" and _SAME_UNITS & set(unique)))
    if len(found.metrics) > 1 and found.metrics not in _TOGETHER and not re.search(_LISTED, text.rest):
        raise RefusedError(
            "ambiguous", f"{' or '.join(found.metrics)}? Ask for one, or join them, as in: revenue and units of jazz"
        )


_SAME_UNITS = {"gross_units", "returned_units", "available_units"}
_TOGETHER = [("net_revenue", "net_units")]  # both are asked for by "sales"
_OTHERS = f"[^{TAKEN}{METRIC}]*"
# Metrics side by side with an "and": otherwise a filter between them may belong to one of the two only.
_LISTED = (
    rf"^[^{METRIC}]*{METRIC}(?: (?:the|die|der|den|our|unsere?|{METRIC}))* (?:and|und) {_OTHERS}{METRIC}[^{METRIC}]*$"
)
