"""The page's drawings, as SVG text in colours that the page's style gives (light and dark).

Belongs here: fan of one release, coverage, bars. Does not belong here: what the figures mean (the template says it).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

from ml.reporting.scales import Scale, ticks

WIDTH, HEIGHT = 560, 236
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 16, 36


def units(value: float) -> str:
    """1,221 or 3.5: one decimal below ten."""
    return f"{value:,.0f}" if abs(value) >= 9.95 or value == int(value) else f"{value:.1f}"


def axis_units(value: float) -> str:
    """The same where little room is: 12k for twelve thousand."""
    return units(value) if abs(value) < 10_000 else f"{value / 1000:,.6g}k"


def svg(body: Sequence[str], says: str, width: int = WIDTH, height: int = HEIGHT) -> Markup:
    """The drawing, with what it says for who cannot see it."""
    drawn = "".join(body)
    return Markup(f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(says)}">{drawn}</svg>')


def path(points: Sequence[tuple[float, float]], close: bool = False) -> str:
    """The `d` of a line through the points."""
    return "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points) + ("Z" if close else "")


def text(x: float, y: float, words: str, anchor: str = "middle", kind: str = "tick") -> str:
    """Words at a place, escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def _grid(y: Scale, values: Sequence[float]) -> list[str]:
    lines = []
    for value in values:
        lines.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        lines.append(text(LEFT - 6, y(value) + 4, axis_units(value), "end"))
    return lines


def fan(
    origin: date,
    sold: Sequence[float],
    ranges: Sequence[tuple[int, float, float, float]],
    plan: float | None = None,
    today: str = "today",
    label: Callable[[date], str] = lambda day: f"{day.day} {day:%b}",
) -> Markup:
    """A release's units added up: what it has sold, and how that may go on.

    Args:
        origin: last day whose sales are known.
        sold: units added up at the end of each of the last days, oldest first, from zero; the last one is the origin's.
        ranges: horizon in days, P10, P50 and P90 of it, shortest first.
        plan: the override of the shortest horizon, where one stands.
        today: the word at the origin.
        label: how a day is written.
    """
    so_far = sold[-1]
    highest = so_far + max([p90 for _, _, _, p90 in ranges] + [plan or 0.0, 1.0])
    marks = ticks(highest)
    x = Scale(-(len(sold) - 1), ranges[-1][0], LEFT, WIDTH - RIGHT)
    y = Scale(0, marks[-1], HEIGHT - BOTTOM, TOP)
    low = [(x(0), y(so_far))] + [(x(h), y(so_far + p10)) for h, p10, _, _ in ranges]
    middle = [(x(0), y(so_far))] + [(x(h), y(so_far + p50)) for h, _, p50, _ in ranges]
    high = [(x(0), y(so_far))] + [(x(h), y(so_far + p90)) for h, _, _, p90 in ranges]
    history = [(x(k - len(sold) + 1), y(value)) for k, value in enumerate(sold)]
    body = _grid(y, marks)
    body.append(f'<path class="band" d="{path([*low, *reversed(high)], close=True)}"/>')
    body.append(f'<path class="sold" d="{path(history)}"/><path class="expected" d="{path(middle)}"/>')
    body.append(f'<line class="today" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{HEIGHT - BOTTOM}"/>')
    for h, _, p50, p90 in ranges:
        body.append(f'<circle class="dot" cx="{x(h):.1f}" cy="{y(so_far + p50):.1f}" r="3.5"/>')
        body.append(text(x(h) - 4, y(so_far + p90) - 5, f"+{units(p50)}", "end", "value"))
    if plan is not None:
        at = x(ranges[0][0]), y(so_far + plan)
        body.append(f'<path class="override" d="M{at[0] - 5:.1f},{at[1]:.1f}h10m-5,-5v10"/>')
    labels = (-(len(sold) - 1), 0, *(h for h, *_ in ranges))
    for days in labels:
        day = origin + timedelta(days=days)
        anchor = {labels[0]: "start", labels[-1]: "end"}.get(days, "middle")
        body.append(text(x(days), HEIGHT - BOTTOM + 16, label(day), anchor))
    body.append(text(x(0), HEIGHT - BOTTOM + 32, today, kind="tick strong"))
    said = "; ".join(f"{h} days: P10 {units(a)}, P50 {units(b)}, P90 {units(c)}" for h, a, b, c in ranges)
    return svg(body, f"{units(so_far)} units sold in {len(sold) - 1} days; {said}")


def coverage(nominal: Sequence[float], observed: Sequence[float]) -> Markup:
    """How often sales stayed at or below a level of the forecast, against how often they should have (both 0 to 1)."""
    size, left, edge = 300, 64, 44
    x, y = Scale(0, 1, left, size - 10), Scale(0, 1, size - edge, 10)
    body = []
    for share in (0.1, 0.5, 0.9):
        body.append(f'<line class="grid" x1="{x(0)}" x2="{x(1)}" y1="{y(share):.1f}" y2="{y(share):.1f}"/>')
        body += [
            text(left - 6, y(share) + 4, f"{share:.0%}", "end"),
            text(x(share), size - edge + 16, f"{share:.0%}"),
        ]
    body.append(f'<path class="ideal" d="{path([(x(0), y(0)), (x(1), y(1))])}"/>')
    points = [(x(one), y(other)) for one, other in zip(nominal, observed, strict=True)]
    body.append(f'<path class="expected" d="{path(points)}"/>')
    body += [f'<circle class="dot" cx="{px:.1f}" cy="{py:.1f}" r="3"/>' for px, py in points]
    body.append(text((x(0) + x(1)) / 2, size - 8, "should be so often at or below"))
    turn = f'transform="rotate(-90 12 {size / 2 - 17})"'
    body.append(f'<text x="12" y="{size / 2 - 17}" text-anchor="middle" class="tick" {turn}>was so often</text>')
    said = ", ".join(f"{one:.0%}: {other:.0%}" for one, other in zip(nominal, observed, strict=True))
    return svg(body, f"share of sales at or below each level, should be and was: {said}", size, size)


def bar(value: float, largest: float, is_ours: bool) -> Markup:
    """A bar of a table's cell, as long as the value is of the largest."""
    width = 0.0 if largest <= 0 else 100 * min(value / largest, 1.0)
    return Markup(f'<span class="bar {"ours" if is_ours else ""}" style="width:{width:.1f}%"></span>')
