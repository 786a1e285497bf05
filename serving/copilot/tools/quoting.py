"""The tool that quotes the documentation."""

from serving.copilot.answers import Passage
from serving.copilot.checks import Ground
from serving.copilot.plan import RefusedError, ToolCall
from serving.copilot.tools.found import Found
from serving.documents.index import index_of
from serving.documents.questions import read_document_question
from serving.documents.sections import NoDocumentationError, Section

MOST_QUOTED = 1500  # characters of a section


def documents(plan: ToolCall, ground: Ground) -> Found:
    """Sections of the documentation that hold every word of a question, quoted with path and heading."""
    asked = read_document_question(plan.query or "")
    if asked is None:
        raise RefusedError("incomplete", "ask as in: what does units_p50 mean, or: how do I connect Kafka")
    try:
        sections, missing = index_of(ground.reader).find(asked)
    except NoDocumentationError as error:
        raise RefusedError("not_published", str(error)) from None
    if not sections:
        words = ", ".join(asked.words)
        said = "kein Abschnitt der Dokumentation enthält" if asked.english else "no section of the documentation holds"
        raise RefusedError("unknown_words", f"{said} {words}")
    # What a name means is told per table; all others by the page that fits best.
    best = sections[0]
    quoted = [one for one in sections if (one.is_column if best.is_column else one.path == best.path)]
    found = Found(passages=[_passage(one) for one in quoted])
    also, silent = "see also", "the section does not speak of"
    if asked.english:
        also, silent = "siehe auch", "der Abschnitt sagt nichts zu"
        found.notes.append("die Dokumentation ist auf Englisch; sie wird zitiert, wie sie ist")
    found.notes += [f"{also} {one.path}: {one.heading}" for one in sections if one not in quoted]
    found.notes += [f"{silent} {one!r}" for one in missing]
    return found


def _passage(section: Section) -> Passage:
    text = section.text
    if len(text) > MOST_QUOTED:
        text = f"{text[:MOST_QUOTED].rsplit(chr(10), 1)[0]}\n…"
    return Passage(path=section.path, heading=section.heading, text=text)
