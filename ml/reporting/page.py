"""`render`: the figures of the page put into its template. Nothing is fetched: style and drawings stand in the file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ml.reporting.charts import bar, coverage, fan, units
from ml.reporting.seasons import season

TEMPLATE = "forecast.html.jinja"


def render(figures: Mapping[str, Any]) -> str:
    """The page, whole. What `figures` lacks or holds empty is left out of it; the template names what it reads."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {
        "units": units,
        "percent": _percent,
        "chance": _chance,
        "signed": _signed,
        "change": _change,
    }
    environment.filters |= {"day": _day, "short": _short, "moment": _moment, "embedded": _embedded}
    environment.globals |= {"fan": fan, "coverage": coverage, "bar": bar, "season": season}
    return environment.get_template(TEMPLATE).render(figures)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _chance(share: float) -> str:
    """A chance as people take it: nothing is sure."""
    return "over 99%" if share > 0.99 else "under 1%" if share < 0.01 else f"{share:.0%}"


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"


def _moment(moment: datetime | None) -> str:
    return "at an unknown time" if moment is None else f"{_day(moment)}, {moment.astimezone(UTC):%H:%M} UTC"


def _embedded(value: Any) -> Markup:
    """Data of a script element: no text in it can end the element, whatever a title says."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _short(day: Any) -> str:
    return f"{day.day} {day:%b}"


def _change(percent: float | None) -> str:
    """A change in whole percent, by hundreds the multiple; what was nothing has none."""
    if percent is None:
        return "–"
    if percent > 300:
        return f"{1 + percent / 100:.1f} times"
    whole = round(percent)
    return f"{'+' if whole > 0 else '−' if whole < 0 else ''}{abs(whole)}%"


def _signed(value: float) -> str:
    return f"{'+' if value > 0 else '−'}{units(abs(value))}"
