"""A plan from what a question says; a refusal where it says too little, too much, or what nobody understands."""

import datetime as dt
from typing import Any

from serving.copilot.grammar import vocabulary
from serving.copilot.grammar.actions import read_action
from serving.copilot.grammar.continuing import IN_FUTURE, continued
from serving.copilot.grammar.names import Names, names_of
from serving.copilot.grammar.periods import period_before
from serving.copilot.grammar.reading import Reading, read_question
from serving.copilot.plan import GRAINS, Condition, MetricQuery, Period, Plan, RefusedError, ToolCall
from serving.documents.index import index_of
from serving.documents.questions import read_document_question
from serving.documents.sections import NoDocumentationError
from serving.queries.reader import Reader

NEEDS_RELEASE = {"forecast", "explain", "similar", "buyers_for"}
NEEDS_TWO = "compare"
HAS_PERIOD = {"what_changed"}
MANY = 10  # rows of an order without a number


class GrammarPlanner:
    """Plans questions without a model.

    Args:
        reader: whose names and days questions are about.
    """

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.names = names_of(reader)
        self.examples = _examples(self.names)

    def plan(self, question: str, previous: Plan | None = None) -> Plan:
        """The plan of a question; a refusal is a plan too.

        Args:
            question: in English or German.
            previous: the plan before, which a question such as "and for rock?" or "by label?" goes on from.
        """
        try:
            if (action := read_action(question, self.reader, self.names)) is not None:
                return action
            found = self.read(question)
            is_without_figure = not found.metrics and not found.unknown
            if (found.goes_on or is_without_figure) and found.tool is None and isinstance(previous, MetricQuery):
                found = continued(found, previous)
            return self.plan_of(found)
        except RefusedError as refused:
            refusal = refused.refusal
            if refusal.reason != "forbidden" and self._is_answered_by_documents(question):
                return ToolCall(tool="documents", query=question)
            return refusal if refusal.suggestions else refusal.model_copy(update={"suggestions": self.examples})

    def _is_answered_by_documents(self, question: str) -> bool:
        """Whether it asks for a meaning, a way or a reason, and a section holds all of its words."""
        asked = read_document_question(question)
        if asked is None:
            return False
        try:
            return bool(index_of(self.reader).find(asked)[0])
        except NoDocumentationError:
            return True  # the tool then says that there is none

    def read(self, question: str) -> Reading:
        """What the words of a question say."""
        return read_question(question, self.names, self.reader)

    def plan_of(self, found: Reading) -> Plan:
        """The plan of what a question says.

        Raises:
            RefusedError: it says too little, too much, or what nobody understands.
        """
        if found.unknown:
            raise self._unknown(found.unknown)
        _check_joined(found)
        if found.tool is not None:
            return _tool(found)
        releases = found.names.get("release", ())
        if found.is_future and len(releases) == 1 and _asks_for_forecast(found):
            return ToolCall(tool="forecast", release_id=releases[0], horizon_days=_horizon(found.horizon))
        if not found.metrics:
            raise RefusedError(
                "incomplete", "the question names no figure; ask for revenue, units, orders or another metric"
            )
        return self._metric(found)

    def _unknown(self, words: tuple[str, ...]) -> RefusedError:
        from serving.queries.search.find import search_of

        text = " ".join(words)
        near = search_of(self.reader).rank(text).shares if len(text) > 3 else {}
        alike = [self.names.releases[key] for key, share in list(near.items())[:3] if share >= 0.6]
        hints = tuple(f"{one.title} by {one.artist_name} ({one.release_id})" for one in alike)
        return RefusedError("unknown_words", f"not understood: {', '.join(words)}", hints)

    def _metric(self, found: Reading) -> MetricQuery:
        metrics = tuple(_future(name) for name in found.metrics) if found.is_future else found.metrics
        period = self._days_ahead(found) if found.is_future else found.period
        groups = list(found.group_by)
        for field, values in found.names.items():
            if len(values) > 1 and field not in groups:
                groups.append(field)
        if found.order != "name" and not groups:
            raise RefusedError("incomplete", "the largest of what? Name it, as in: top 5 artists by revenue")
        if found.order != "name" and len(metrics) > 1:
            raise RefusedError("ambiguous", f"ordered by which figure: {' or '.join(metrics)}? Ask for one")
        if found.is_valued and set(metrics) & vocabulary.TWO_SIDED:
            raise RefusedError("ambiguous", f"is a high {metrics[0]} good? Ask for the highest or the lowest")
        if len(groups) > 2:
            raise RefusedError("ambiguous", f"grouped by {', '.join(groups)}: two groupings are the most")
        fields = [one for one in groups if one not in GRAINS]
        return MetricQuery(
            metrics=metrics,
            group_by=(*fields, *(one for one in groups if one in GRAINS)),
            conditions=tuple(Condition(field=field, values=values) for field, values in sorted(found.names.items())),
            period=period,
            versus=found.versus,
            order=found.order,
            limit=found.limit or (50 if found.order == "name" else MANY),
        )

    def _days_ahead(self, found: Reading) -> Period:
        origin = self.reader.origin
        if origin is None:
            raise RefusedError("not_published", "no forecast is published")
        if found.period is not None and found.horizon is None:
            return found.period
        if found.horizon is None:
            raise RefusedError("incomplete", "over how many days ahead? Ask as in: expected units in the next 30 days")
        return Period(since=origin + dt.timedelta(days=1), until=origin + dt.timedelta(days=found.horizon))


def _examples(names: Names) -> tuple[str, ...]:
    """Questions that can be asked, about what the reader has."""
    genre = next((one.genre for one in names.releases.values() if one.genre), None)
    release = next(iter(names.releases), None)
    about = (*((f"revenue of {genre} last month",) if genre else ()), "top 5 artists by units last month")
    about += ("return rate by format this year", "what changed last month", "open alerts")
    return (*about, *((f"forecast for {release}",) if release else ()))


def _asks_for_forecast(found: Reading) -> bool:
    """Whether the tool answers it: units or revenue of one release as ranges, and nothing else."""
    others = {field for field in found.names if field not in ("release", "artist", "label", "format")}
    plain = (
        not found.group_by and found.order == "name" and found.period is None and not others and found.versus is None
    )
    return plain and set(found.metrics) <= set(IN_FUTURE)


def _horizon(days: int | None) -> Any:
    if days not in (None, 30, 60, 90):
        raise RefusedError("period", f"a release is forecast over 30, 60 and 90 days, not {days}")
    return days


def _future(name: str) -> str:
    if name not in IN_FUTURE:
        raise RefusedError("not_measured", f"{name} is not forecast; units and revenue are")
    return IN_FUTURE[name]


def _check_joined(found: Reading) -> None:
    """Refuse an "and" between unlike names: it could mean both or either."""
    if found.joined and len(found.names) > 1:
        raise RefusedError("ambiguous", "'and' joins things of different kinds; ask about each on its own")


def _tool(found: Reading) -> ToolCall:
    tool, releases = found.tool, found.names.get("release", ())
    others = [field for field in found.names if field not in ("release", "artist", "label", "format")]
    if others or (found.names and not releases):
        raise RefusedError(
            "not_measured", f"{tool} cannot be limited to {', '.join(found.names)}; name one release, or none"
        )
    if tool == NEEDS_TWO and len(releases) != 2:
        raise RefusedError("incomplete", "compare which two releases? Ask as in: compare R000001 with R000002")
    if tool != NEEDS_TWO and len(releases) > 1:
        raise RefusedError("ambiguous", f"{tool} is about one release at a time: {', '.join(releases)}")
    if tool in NEEDS_RELEASE and not releases:
        raise RefusedError("incomplete", f"{tool} of which release? Give its number or its title in quotes")
    if found.period is not None and tool not in HAS_PERIOD:
        raise RefusedError("period", f"{tool} is known for the newest day only, not for {found.period}")
    if tool in HAS_PERIOD and (releases or found.period is None):
        raise RefusedError(
            "incomplete", "what changed is told for all releases and a period, as in: what changed last month"
        )
    versus = found.versus or (period_before(found.period) if found.period else None)
    return ToolCall(
        tool=tool,
        release_id=releases[0] if releases else None,
        other_id=releases[1] if tool == NEEDS_TWO else None,
        horizon_days=_horizon(found.horizon),
        priority=found.priority,
        period=found.period,
        versus=versus,
    )
