"""Which of gold's tests have passed on the very rows that stand, so that a build need not run them again.

A test is known by a fingerprint: its own text, the views and macros it uses, the house currency, and the version of
every table it reads. What has passed is a row of ``lake/gold_tests``; a build killed before it wrote there tests again,
and losing the table costs one round of tests.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from lake.contract import Column, Contract
from lake.gold.models import Manifest, tables_read, views_read
from lake.lakehouse import Lake

GOLD_TESTS = Contract(
    name="gold_tests",
    layer="lake",
    grain="one row per test of a gold table that has passed",
    key=("test",),
    columns=(
        Column("test", "string", "the test, as dbt calls it"),
        Column("fingerprint", "string", "its text and the versions of the tables that it passed on, as SHA-256"),
        Column("passed_at", "timestamp", "moment it passed"),
    ),
)


def fingerprint(manifest: Manifest, test: str, versions: Mapping[str, int], house_currency: str | None) -> str:
    """All that a test's outcome follows from, as the hexadecimal SHA-256: what it says and what it reads."""
    nodes = [manifest["nodes"][uid] for uid in (test, *views_read(manifest, test))]
    config = nodes[0]["config"]
    said = {
        "texts": [node["raw_code"] for node in nodes],
        "arguments": (nodes[0].get("test_metadata") or {}).get("kwargs"),
        "rule": {name: config.get(name) for name in ("where", "limit", "fail_calc", "warn_if", "error_if")},
        "macros": _macros(manifest, nodes),
        "reads": {key: versions.get(key) for key in tables_read(manifest, test)},
        "house_currency": house_currency,
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def read_passed(lake: Lake) -> dict[str, tuple[str, dt.datetime]]:
    """Fingerprint and moment of each test's last pass."""
    rows = lake.journal(GOLD_TESTS).select("select test, fingerprint, passed_at from journal")
    return {test: (found, at) for test, found, at in rows}


def write_passed(lake: Lake, fingerprints: Mapping[str, str]) -> None:
    """Note that these tests have passed; what is known of others stays."""
    now = dt.datetime.now(dt.UTC)
    passed = [{"test": test, "fingerprint": found, "passed_at": now} for test, found in sorted(fingerprints.items())]
    lake.journal(GOLD_TESTS).revise(lambda rows: [*(row for row in rows if row["test"] not in fingerprints), *passed])


def _macros(manifest: Manifest, nodes: list[Mapping[str, Any]]) -> list[str]:
    """Texts of our own macros that the nodes use, through whatever macros lie between."""
    open_macros = [macro for node in nodes for macro in node["depends_on"]["macros"]]
    found: dict[str, str] = {}
    while open_macros:
        name = open_macros.pop()
        if name.startswith("macro.lacquer.") and name not in found:
            macro = manifest["macros"][name]
            found[name] = macro["macro_sql"]
            open_macros += macro["depends_on"]["macros"]
    return [found[name] for name in sorted(found)]
