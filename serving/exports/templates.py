"""The reports that there are: name, title, and the function that makes the PDF of what a reader sees."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from serving.exports.narrative import narrative_report
from serving.exports.weekly import weekly_report
from serving.queries.reader import Reader


@dataclass(frozen=True)
class Template:
    """A report that is made of a published state alone.

    Attributes:
        title: what people call it.
        render: makes the PDF; raises NothingToReportError where there is nothing.
    """

    title: str
    render: Callable[[Reader], bytes]


TEMPLATES: Mapping[str, Template] = {
    "weekly-sales": Template("Weekly sales", weekly_report),
    "weekly-words": Template("The week in words", narrative_report),
}
