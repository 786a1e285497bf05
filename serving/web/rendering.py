"""Templates rendered with the reader's language; what they print is escaped. Nothing here needs a web server."""

from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from serving.web import formats
from serving.web.words import heading, translate

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
_FORMATS = ("number", "money", "share", "change", "day", "moment", "anything", "cell")


@cache
def environment() -> "Environment":
    """The templates; what they print is escaped, and a name that is not given is an error."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def rendered(template: str, language: str, /, **values: Any) -> str:
    """The text of a template in a language, with its words and formats."""
    told = {one: partial(_in_language, getattr(formats, one), language) for one in _FORMATS}
    return (
        environment()
        .get_template(template)
        .render(
            t=lambda words: translate(words, language),
            heading=lambda column: heading(column, language),
            numbers=formats.NUMBERS,
            language=language,
            **told,
            **values,
        )
    )


def _in_language(form: Any, language: str, value: Any, *more: Any) -> str:
    return str(form(value, language, *more))
