"""Cells that spreadsheets must not take for formulas."""

from typing import Any

STARTERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def harmless(value: Any) -> Any:
    """The value; a text that a spreadsheet could run as a formula gets an apostrophe in front."""
    if isinstance(value, str) and value.startswith(STARTERS):
        return f"'{value}"
    if isinstance(value, list):
        return harmless(", ".join("" if one is None else str(one) for one in value))
    return value
