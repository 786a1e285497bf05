"""A table's lineage as SVG: what it is computed from on the left, what is computed from it on the right."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, ROW, BOX, GAP = 260, 34, 26, 90
MOST = 14  # boxes on one side; the page lists all of them as text


def lineage_svg(key: str, upstream: Sequence[str], downstream: Sequence[str]) -> str:
    """The picture, inline and without references to anything outside; each box links to its table's page.

    Args:
        key: the table, ``layer/name``.
        upstream: tables that it is computed from.
        downstream: tables computed from it.
    """
    height = ROW * max(1, min(len(upstream), MOST + 1), min(len(downstream), MOST + 1)) + 8
    width = 3 * WIDTH + 2 * GAP
    middle = height / 2
    parts = [
        f'<svg class="lineage" viewBox="0 0 {width} {height}" role="img" xmlns="http://www.w3.org/2000/svg">',
        f"<title>Lineage of {escape(key)}: {len(upstream)} tables before it, {len(downstream)} after it</title>",
    ]
    for side, tables in ((0, upstream), (2, downstream)):
        boxes = [*tables[:MOST], *([f"{len(tables) - MOST} more"] if len(tables) > MOST else [])]
        top = middle - ROW * len(boxes) / 2
        for number, name in enumerate(boxes):
            centre = top + ROW * (number + 0.5)
            left = side * (WIDTH + GAP)
            begin, end = ((WIDTH, centre), (WIDTH + GAP, middle)) if side == 0 else (
                (2 * WIDTH + GAP, middle), (2 * WIDTH + 2 * GAP, centre))  # fmt: skip
            bend = (begin[0] + end[0]) / 2
            parts.append(
                f'<path d="M{begin[0]} {begin[1]:g} C{bend:g} {begin[1]:g} {bend:g} {end[1]:g} {end[0]} {end[1]:g}"/>'
            )
            parts.append(_box(left, centre, name, key))
    parts.append(_box(WIDTH + GAP, middle, key, key))
    return "".join([*parts, "</svg>"])


def _box(left: float, centre: float, name: str, here: str) -> str:
    layer = name.split("/")[0] if "/" in name else "more"
    shown = name if len(name) <= 36 else f"{name[:35]}…"
    kind = f"{layer} here" if name == here else layer
    box = (
        f'<g class="{kind}"><rect x="{left:g}" y="{centre - BOX / 2:g}" width="{WIDTH}" height="{BOX}" rx="4"/>'
        f'<text x="{left + 10:g}" y="{centre + 5:g}">{escape(shown)}</text></g>'
    )
    # Relative to the source, catalogue/LAYER/NAME.md: the builder of the site adds a level to every link.
    return box if name == here or layer == "more" else f'<a href="../{escape(name)}/">{box}</a>'
