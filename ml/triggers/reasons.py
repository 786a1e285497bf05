"""Why a point is a trigger, in one sentence with the numbers that a reader can check."""

from __future__ import annotations


def number(value: float) -> str:
    """A number with four significant digits, without an exponent and with a comma at each thousand."""
    text = f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return "0" if text in ("-0", "0") else text


def point_reason(y: float, expected: float, sigmas: float, cause: str) -> str:
    """The reason of a deviating point: value, expectation, deviation in robust sigmas, and what gave it away."""
    side = "above" if y >= expected else "below"
    percent = f" ({(y / expected - 1) * 100:+.0f}%)" if abs(expected) > 1e-9 else ""
    return f"{number(y)} is {abs(sigmas):.1f} sigma {side} the expected {number(expected)}{percent}; {cause}"


def gap_reason(missing: int, step: str) -> str:
    """The reason of a point after missing steps."""
    return f"{missing} {step}{'s' if missing > 1 else ''} without data before this point, where there was none before"


CAUSES = {
    "size": "a single point far from its usual place in the cycle",
    "direction": "its neighbours deviate to the same side",
    "level": "the level has shifted against the last cycle",
    "forest": "value, change and restlessness together are rare (isolation forest)",
    "shape": "the shape of the last steps is new (PCA on windows)",
}
