"""The file of a scheduled report, with the rows that its owner sees."""

import datetime as dt
from dataclasses import dataclass

from serving.exports.answers import answer_file
from serving.exports.templates import TEMPLATES, Details
from serving.mailing.schedules import NewSchedule, ScheduledQuestion
from serving.metrics.layer import Answer, MetricLayer, as_value
from serving.queries.reader import Reader


@dataclass(frozen=True)
class Report:
    """A file to mail, and what the mail says of it."""

    file_name: str
    content: bytes
    text: str


def answered(reader: Reader, layer: MetricLayer, question: ScheduledQuestion) -> Answer:
    """The metrics of the last days that are published.

    Raises:
        MetricError: a metric or dimension does not exist, or is not published for this reader.
    """
    until = reader.last_day
    since = None if until is None else until - dt.timedelta(days=question.last_days - 1)
    return layer.ask(reader, question.metrics, question.group_by, since=since, until=until, where=question.where)


def render(what: NewSchedule, reader: Reader, layer: MetricLayer) -> Report:
    """The report of a published state.

    Raises:
        NothingToReportError: the reader's rows have no sales.
        MetricError: a metric cannot be answered for this reader.
    """
    if what.question is None:
        title, ending = TEMPLATES[what.report].title, "pdf"
        content = TEMPLATES[what.report].render(reader, Details(what.buyer_id, language=what.language))
    else:
        answer = answered(reader, layer, what.question)
        rows = [{name: as_value(value) for name, value in row.items()} for row in answer.rows]
        title, ending = ", ".join(what.question.metrics), what.form
        content = answer_file(answer.columns, rows, what.form)
    labels = "all labels" if reader.scope.labels is None else f"labels {', '.join(sorted(reader.scope.labels))}"
    text = f"{title}: sales up to {reader.last_day}, published state {reader.state.number}, {labels}."
    return Report(f"{what.report}-{reader.last_day}.{ending}", content, text)
