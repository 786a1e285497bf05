"""The record of suites: what came of each evaluation, so that a suite whose tables did not change is not run again."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from lake.contract import Column, Contract
from lake.quality.suites import Finding, Suite

if TYPE_CHECKING:
    from lake.lakehouse import Lake

SUITE_RESULTS = Contract(
    name="suite_results",
    layer="lake",
    grain="one row per evaluation of a suite of expectations",
    key=("suite", "evaluated_at"),
    columns=(
        Column("suite", "string", "name of the suite"),
        Column("table_name", "string", "the table that it is about"),
        Column("fingerprint", "string", "the versions of its tables and the suite's own text"),
        Column("evaluated_at", "timestamp", "moment of the evaluation"),
        Column("expectations", "int32", "how many expectations it has", minimum=0),
        Column("failed", "int32", "how many of them are not met", minimum=0),
        Column("findings", "string", "the result of each expectation, as JSON"),
    ),
)
KEY = f"{SUITE_RESULTS.layer}/{SUITE_RESULTS.name}"


def record_results(lake: Lake, suite: Suite, fingerprint: str, findings: list[Finding], run_id: str) -> None:
    """Add the results of a suite and publish the record."""
    row = {
        "suite": suite.name,
        "table_name": suite.table,
        "fingerprint": fingerprint,
        "evaluated_at": dt.datetime.now(dt.UTC),
        "expectations": len(findings),
        "failed": sum(not one.passed for one in findings),
        "findings": json.dumps([asdict(one) for one in findings], default=str, ensure_ascii=False),
    }
    lake.publish({KEY: lake.journal(SUITE_RESULTS).note([row])}, run_id)


def last_results(lake: Lake, suite: Suite) -> tuple[str, dt.datetime, list[Finding]] | None:
    """Fingerprint, moment and findings of the last evaluation; None before the first."""
    rows = lake.journal(SUITE_RESULTS).select(
        "select fingerprint, evaluated_at, findings from journal where suite = $suite "
        "order by evaluated_at desc limit 1",
        {"suite": suite.name},
    )
    if not rows:
        return None
    fingerprint, at, findings = rows[0]
    return fingerprint, at, [Finding(**one) for one in json.loads(findings)]


def history(lake: Lake, suite: Suite, limit: int = 30) -> list[tuple[dt.datetime, int, int]]:
    """Moment, expectations and failed expectations of the last evaluations, the newest first."""
    return [
        (at, expectations, failed)
        for at, expectations, failed in lake.journal(SUITE_RESULTS).select(
            "select evaluated_at, expectations, failed from journal where suite = $suite "
            f"order by evaluated_at desc limit {limit}",
            {"suite": suite.name},
        )
    ]
