"""The weekly report in words as PDF: the newest week that has ended, of all that a reader sees."""

import json
from pathlib import Path

from serving.copilot.wording import Language
from serving.exports.sheets import NothingToReportError
from serving.queries.reader import Reader
from serving.reports.narrative import weekly_narrative
from serving.reports.phrases import phrases
from serving.reports.subject import SubjectError

TEMPLATE = Path(__file__).parent / "narrative.typ"


def narrative_report(reader: Reader, language: Language = "en") -> bytes:
    """The report as PDF; it holds the rows of the reader's scope.

    Raises:
        NothingToReportError: the reader sees no sales.
    """
    import typst

    try:
        told = weekly_narrative(reader, language=language)
    except SubjectError as error:
        raise NothingToReportError(str(error)) from None
    data = {
        "title": told.title,
        "week": str(told.week),
        "language": language,
        "state": f"{phrases(language)('state').capitalize()} {told.published_state}",
        "parts": [one.model_dump() for one in told.paragraphs],
        "notes": told.notes,
    }
    # Data goes in as JSON and never as text of the template, so nothing in it can be typst.
    pdf = typst.compile(str(TEMPLATE), sys_inputs={"data": json.dumps(data)})
    assert isinstance(pdf, bytes)
    return pdf
