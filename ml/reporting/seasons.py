"""The curve of a category's year, as SVG text."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from ml.reporting.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, svg, text
from ml.reporting.charts import path as path_of
from ml.reporting.scales import Scale, ticks


def season(curve: Sequence[tuple[int, float, float, float]]) -> Markup:
    """Factor on sales over the year with its range; the line at 100% is a usual day.

    Args:
        curve: day of the year, low, factor and high, through the year.
    """
    marks = ticks(max(high for _, _, _, high in curve))
    x, y = Scale(1, 366, LEFT, WIDTH - RIGHT), Scale(0, marks[-1], HEIGHT - BOTTOM, TOP)
    body = []
    for value in marks:
        body.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        body.append(text(LEFT - 6, y(value) + 4, f"{value:.0%}", "end"))
    low = [(x(day), y(below)) for day, below, _, _ in curve]
    high = [(x(day), y(above)) for day, _, _, above in curve]
    body.append(f'<path class="band" d="{path_of([*low, *reversed(high)], close=True)}"/>')
    body.append(f'<line class="today" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(1):.1f}" y2="{y(1):.1f}"/>')
    body.append(f'<path class="expected" d="{path_of([(x(day), y(factor)) for day, _, factor, _ in curve])}"/>')
    for month in range(1, 13, 2):
        first = date(2023, month, 1).timetuple().tm_yday
        body.append(text(x(first), HEIGHT - BOTTOM + 16, calendar.month_abbr[month], "start"))
    return svg(body, "; ".join(_in_words(curve)))


def _in_words(curve: Sequence[tuple[int, float, float, float]]) -> list[str]:
    """Each month's mean factor, for who cannot see the curve."""
    said = []
    for month in range(1, 13):
        days = [
            factor
            for day, _, factor, _ in curve
            if date.fromordinal(date(2023, 1, 1).toordinal() + day - 1).month == month
        ]
        if days:
            said.append(f"{calendar.month_name[month]} {sum(days) / len(days):.0%}")
    return said
