"""Extracts for tests: a folder of the ERP's landing, and what bronze has made of the files in it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assets.bronze.erp_changes import DOOR, ERP_CHANGES
from lake.ingest.bronze import Landed
from lake.lakehouse import Lake
from tests.lake_builders import arrive, dead_letters, rows


def folder(lake: Lake, table: str = "order_lines", options: str | None = None) -> Path:
    path = lake.root / "landing" / "erp" / "extracts" / table
    path.mkdir(parents=True, exist_ok=True)
    if options is not None:
        (path / "extract.yml").write_text(options)
    return path


def take(lake: Lake) -> Landed:
    landed = arrive(lake, door=DOOR, contract=ERP_CHANGES)
    assert landed.is_balanced, vars(landed)
    return landed


def envelopes(lake: Lake) -> list[dict[str, Any]]:
    found = sorted(rows(lake, "bronze/erp_changes"), key=lambda row: row["batch_line"])
    return [json.loads(row["payload"]) for row in found]


def afters(lake: Lake) -> list[Mapping[str, Any]]:
    return [one["after"] for one in envelopes(lake)]


def refused(lake: Lake) -> list[tuple[int, str, bytes]]:
    return [(row["batch_line"], row["rule"], row["raw"]) for row in dead_letters(lake, "bronze/erp_changes")]
