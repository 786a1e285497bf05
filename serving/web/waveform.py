"""A waveform with beats and chords as SVG: what a loop sounds like, and the plan that it has to follow."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

WIDTH, HEIGHT, TOP, BOTTOM = 900, 150, 26, 124
WIDEST_LABEL = 46


def waveform(outline: Sequence[float], plan: Mapping[str, Any], says: str, *, has_cursor: bool = False) -> Markup:
    """Peaks over the time, a line per beat, and the name of each chord at its start.

    Args:
        outline: peaks from 0 to 1, in equal steps of the loop.
        plan: with `duration_s`, `beats_s`, `beats_per_bar` and `chords`.
        says: what the picture shows, for who does not see it.
        has_cursor: whether a line at the start is there for a script to move.
    """
    scale = WIDTH / plan["duration_s"]
    middle, half = (TOP + BOTTOM) / 2, (BOTTOM - TOP) / 2
    loudest = max((*outline, 1e-6))
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(says)}">']
    above = [(n * WIDTH / max(1, len(outline)), half * peak / loudest) for n, peak in enumerate(outline)]
    points = [f"{x:.1f},{middle - y:.1f}" for x, y in above] + [f"{x:.1f},{middle + y:.1f}" for x, y in above[::-1]]
    parts.append(f'<polygon class="column" points="{" ".join(points)}"/>')
    for number, at in enumerate(plan["beats_s"]):
        name = "bar" if number % plan["beats_per_bar"] == 0 else "grid"
        parts.append(f'<line class="{name}" x1="{at * scale:.1f}" x2="{at * scale:.1f}" y1="{TOP}" y2="{BOTTOM}"/>')
    free_from = 0.0
    for chord in plan["chords"]:
        x = chord["start_s"] * scale
        if x >= free_from:
            parts.append(f'<text x="{x:.1f}" y="{TOP - 8}">{escape(chord["label"])}</text>')
            free_from = x + WIDEST_LABEL
    if has_cursor:
        parts.append(f'<line class="cursor" x1="0" x2="0" y1="{TOP - 6}" y2="{BOTTOM + 6}"/>')
    parts.append(f'<text x="0" y="{HEIGHT - 6}">0 s</text>')
    parts.append(f'<text x="{WIDTH}" y="{HEIGHT - 6}" text-anchor="end">{plan["duration_s"]:.1f} s</text></svg>')
    return Markup("".join(parts))
