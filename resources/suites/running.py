"""Suites run over what is published: only those whose tables or text changed; the pages of the others stay."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lake.quality.suites import Finding, Suite

if TYPE_CHECKING:
    from lake.lakehouse import Lake

FOLDER = Path("reports") / "quality"


@dataclass(frozen=True)
class SuiteResult:
    """A suite's result, just found or kept from before.

    Attributes:
        suite: which.
        findings: of each expectation.
        evaluated_at: when.
        is_new: whether it was evaluated now.
        page: the file that shows it.
    """

    suite: Suite
    findings: list[Finding]
    evaluated_at: dt.datetime
    is_new: bool
    page: Path

    @property
    def failed(self) -> list[Finding]:
        """The expectations that are not met."""
        return [one for one in self.findings if not one.passed]


def run_suite(lake: Lake, suite: Suite, run_id: str) -> SuiteResult:
    """The result of a suite on the published state; kept when neither its tables nor the suite changed.

    Raises:
        ValueError: a table that it needs is not published.
    """
    from lake.journals.suites import history, last_results, record_results
    from resources.suites.evaluating import evaluate

    versions = lake.published()
    if missing := suite.missing(versions):
        raise ValueError(
            f"suite {suite.name} needs {', '.join(missing)}, which is not published: begin with lacquer run"
        )
    fingerprint, page = suite.fingerprint(versions), lake.root / FOLDER / f"{suite.name}.html"
    last = last_results(lake, suite)
    if last is not None and last[0] == fingerprint and page.exists():
        return SuiteResult(suite, last[2], last[1], False, page)
    rows = lake.connect({key: versions[key] for key in suite.tables}).sql(suite.query).df()
    record_results(lake, suite, fingerprint, evaluate(suite, rows), run_id)
    last = last_results(lake, suite)
    assert last is not None
    shown = {"title": suite.question, "suite": suite, "findings": last[2], "at": _moment(last[1])}
    before = [(_moment(at), count, failed) for at, count, failed in history(lake, suite)]
    _write(page, **shown, history=before)
    return SuiteResult(suite, last[2], last[1], True, page)


def write_index(lake: Lake, suites: Sequence[Suite]) -> Path:
    """The page that leads to each suite with a result."""
    from lake.journals.suites import last_results

    shown = []
    for suite in suites:
        if last := last_results(lake, suite):
            failed = sum(not one.passed for one in last[2])
            words = f"{failed} of {len(last[2])} failed" if failed else f"{len(last[2])} met"
            shown.append({"suite": suite, "failed": failed, "words": words, "at": _moment(last[1])})
    page = lake.root / FOLDER / "index.html"
    _write(page, title="Suites of expectations", suites=shown)
    return page


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def _write(page: Path, **shown: Any) -> None:
    from jinja2 import Environment, FileSystemLoader

    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True)
    page.parent.mkdir(parents=True, exist_ok=True)
    draft = page.with_name(f".{page.name}.{os.getpid()}")
    draft.write_text(environment.get_template("page.html.jinja").render(**shown), encoding="utf-8")
    draft.replace(page)
