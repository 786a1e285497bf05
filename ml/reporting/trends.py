"""Drawings of figures over time, as SVG whose colours the style gives (light, dark and print)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from markupsafe import Markup

from ml.reporting.charts import path, svg, text
from ml.reporting.scales import Scale, ticks

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 560, 220, 56, 12, 14, 30


def short(value: float) -> str:
    """1.2M, 340k, 12."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if abs(value) >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.3g}"


def _axis(y: Scale, marks: Sequence[float]) -> list[str]:
    drawn = []
    for mark in marks:
        drawn.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(mark):.1f}" y2="{y(mark):.1f}"/>')
        drawn.append(text(LEFT - 6, y(mark) + 4, short(mark), "end"))
    return drawn


def trend(days: Sequence[dt.date], now: Sequence[float], before: Sequence[float], names: tuple[str, str]) -> Markup:
    """Two lines over the same weeks: this year and the year before.

    Args:
        days: first day of each week, oldest first.
        now: a value per week.
        before: a value per week of the year before; may be shorter, then it ends at the newest week.
        names: of the two lines.
    """
    marks = ticks(max([*now, *before, 1.0]))
    x, y = Scale(0, max(len(now) - 1, 1), LEFT, WIDTH - RIGHT), Scale(0, marks[-1], HEIGHT - BOTTOM, TOP)
    body, offset = _axis(y, marks), len(now) - len(before)
    line = [(x(k), y(v)) for k, v in enumerate(now)]
    body.append(f'<path class="area" d="{path([*line, (x(len(now) - 1), y(0)), (x(0), y(0))], close=True)}"/>')
    if before:  # above the area, which would hide it
        body.append(f'<path class="before" d="{path([(x(k + offset), y(v)) for k, v in enumerate(before)])}"/>')
    body.append(f'<path class="sold" d="{path(line)}"/>')
    for place in sorted({0, len(days) // 3, 2 * len(days) // 3, len(days) - 1}):
        anchor = {0: "start", len(days) - 1: "end"}.get(place, "middle")
        body.append(text(x(place), HEIGHT - 10, f"{days[place]:%m/%Y}", anchor))
    says = f"{names[0]}: {short(sum(now))}" + (f"; {names[1]}: {short(sum(before))}" if before else "")
    return svg(body, says, WIDTH, HEIGHT)


def columns(days: Sequence[dt.date], values: Sequence[float], says: str, label: Callable[[dt.date], str]) -> Markup:
    """A column per month."""
    low, high = min([*values, 0.0]), max([*values, 1.0])
    marks = ticks(high)
    x, y = Scale(0, len(values), LEFT, WIDTH - RIGHT), Scale(min(low, 0.0), marks[-1], HEIGHT - BOTTOM, TOP)
    body, width = _axis(y, marks), max((WIDTH - LEFT - RIGHT) / max(len(values), 1) - 2, 1.0)
    for place, value in enumerate(values):
        top, height = min(y(value), y(0)), abs(y(value) - y(0))
        body.append(
            f'<rect class="column" x="{x(place) + 1:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}">'
            f"<title>{label(days[place])}: {value:,.0f}</title></rect>"
        )
    for place in sorted({0, len(days) // 2, len(days) - 1}) if days else ():
        anchor = {0: "start", len(days) - 1: "end"}.get(place, "middle")
        body.append(text(x(place + (0 if place == 0 else 1)), HEIGHT - 10, f"{days[place]:%m/%Y}", anchor))
    return svg(body, says, WIDTH, HEIGHT)
