"""Which pairs of buyer and release are never offered: `blocked_offers.csv` at the lake's root.

Columns `buyer_id, release_id`; an empty cell stands for all. Without the file nothing is blocked.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resources.lake import LakeResource

BLOCKED_FILE = "blocked_offers.csv"
COLUMNS = ("buyer_id", "release_id")


def blocked_pairs(lake: "LakeResource", _: Mapping[str, int]) -> dict[str, Any]:
    """Return the pairs of the lake, None where a cell is empty.

    Raises:
        ValueError: the file lacks a column, or a row has neither buyer nor release.
    """
    import csv

    file = lake.lake().root / BLOCKED_FILE
    if not file.is_file():
        return {"blocked": []}
    with file.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.DictReader(text)
        if missing := [name for name in COLUMNS if name not in (reader.fieldnames or ())]:
            raise ValueError(f"{file}: column {missing[0]} is missing; the columns are {', '.join(COLUMNS)}")
        rows = [tuple((row[name] or "").strip() or None for name in COLUMNS) for row in reader]
    if (None, None) in rows:
        raise ValueError(
            f"{file}: row {rows.index((None, None)) + 2} has neither buyer nor release; it would block all"
        )
    return {"blocked": sorted(set(rows), key=lambda one: tuple(cell or "" for cell in one))}
