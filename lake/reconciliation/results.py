"""What reconciliations have found, as Delta rows: one per table compared, and one per key that differs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from lake.contract import Column, Contract
from lake.lakehouse import Lake
from lake.reconciliation.compare import Reconciliation
from lake.reconciliation.rows import VERDICTS
from lake.reconciliation.sides import Totals

RECONCILIATIONS = Contract(
    name="reconciliations",
    layer="lake",
    grain="one row per reconciliation and table of the ERP",
    key=("reconciliation_id", "table_name"),
    columns=(
        Column("reconciliation_id", "string", "the reconciliation"),
        Column("table_name", "string", "table of the ERP"),
        Column("compared_at", "timestamp", "moment of the comparison"),
        Column("silver_version", "int64", "version of the silver table"),
        Column("pulled", "string", "watermark up to which was pulled", nullable=True),
        Column("days", "int64", "days that either side has"),
        Column("differing_days", "int64", "days whose count or sums differ"),
        Column("erp_rows", "int64", "rows in the ERP up to the watermark", unit="rows"),
        Column("silver_rows", "int64", "rows in silver", unit="rows"),
        Column("erp_sums", "string", "sums in the ERP, by what is summed, as JSON"),
        Column("silver_sums", "string", "sums in silver, by what is summed, as JSON"),
        Column("missing_here", "int64", "keys that only the ERP has"),
        Column("missing_there", "int64", "keys that only silver has"),
        Column("different", "int64", "keys with other values"),
        Column("refused", "int64", "keys whose row in the ERP breaks the contract: dead letters here"),
        Column("not_yet_pulled", "int64", "keys that the ERP changed after the watermark"),
        Column("is_complete", "bool", "every differing part was looked through"),
        Column("note", "string", "why the table was not compared", nullable=True),
    ),
)
RECONCILED_KEYS = Contract(
    name="reconciled_keys",
    layer="lake",
    grain="one row per reconciliation, table of the ERP and key that differs",
    key=("reconciliation_id", "table_name", "key"),
    columns=(
        Column("reconciliation_id", "string", "the reconciliation"),
        Column("table_name", "string", "table of the ERP"),
        Column("key", "string", "the key, as JSON"),
        Column("day", "string", "day in which it was found", nullable=True),
        Column("verdict", "string", "what differs", allowed=VERDICTS),
        Column("columns", "string", "columns of silver that differ, or break the contract"),
        Column("in_erp", "string", "their values in the ERP, as JSON; personal ones are left out"),
        Column("in_silver", "string", "their values in silver, as JSON; personal ones are left out"),
        Column("compared_at", "timestamp", "moment of the comparison"),
    ),
)


def record(lake: Lake, found: Sequence[tuple[Reconciliation, Sequence[Sequence[str]]]]) -> dict[str, int]:
    """Keep what was found, each with what was summed; the versions of the two tables that hold it, by table."""
    name = uuid4().hex
    keys = [_key_row(name, one, *place) for one, _ in found for place in one.differences]
    tables = [(RECONCILED_KEYS, keys), (RECONCILIATIONS, [_row(name, one, sums) for one, sums in found])]
    return {f"lake/{contract.name}": lake.journal(contract).note(rows) for contract, rows in tables}


def _row(name: str, one: Reconciliation, sums: Sequence[Sequence[str]]) -> dict[str, Any]:
    counts = {verdict.replace(" ", "_"): count for verdict, count in one.counts.items()}
    labels = [" * ".join(product) for product in sums]
    return {
        "reconciliation_id": name,
        "table_name": one.table,
        "compared_at": one.compared_at,
        "silver_version": one.version,
        "pulled": one.pulled,
        "days": one.days,
        "differing_days": one.differing_days,
        "erp_rows": one.there.rows,
        "silver_rows": one.here.rows,
        "erp_sums": _as_json(labels, one.there),
        "silver_sums": _as_json(labels, one.here),
        **counts,
        "is_complete": one.is_complete,
        "note": one.note,
    }


def _as_json(labels: list[str], totals: Totals) -> str:
    return json.dumps(
        {label: None if one is None else f"{one:f}" for label, one in zip(labels, totals.sums, strict=False)}
    )


def _key_row(name: str, one: Reconciliation, day: str | None, difference: Any) -> dict[str, Any]:
    return {
        "reconciliation_id": name,
        "table_name": one.table,
        "key": json.dumps(difference.key, ensure_ascii=False),
        "day": day,
        "verdict": difference.verdict,
        "columns": ", ".join(difference.columns),
        "in_erp": json.dumps(difference.there, ensure_ascii=False),
        "in_silver": json.dumps(difference.here, ensure_ascii=False),
        "compared_at": one.compared_at,
    }
