"""`lacquer quality`: does the published data look like a distributor's? Suites of expectations of business sense."""

import uuid
from typing import TYPE_CHECKING, Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake

if TYPE_CHECKING:
    from lake.quality.suites import Suite

SuitesArgument = Annotated[list[str] | None, typer.Argument(metavar="SUITES", help="Which suites. Default: all.")]
StrictOption = Annotated[bool, typer.Option("--strict", help="End with exit code 1 when an expectation is not met.")]


def quality(suites: SuitesArgument = None, lake: LakeOption = None, strict: StrictOption = False) -> None:
    """Evaluate suites of business sense on the published state, and write a page for each.

    A suite whose tables did not change since its last evaluation keeps its result. What was found is kept in the table
    suite_results, the pages in LAKE/reports/quality. Needs great-expectations: make quality.

    [bold]Examples[/bold]

    lacquer quality

    lacquer quality sales stock --strict

    lacquer sql "select suite, evaluated_at, expectations, failed from suite_results order by evaluated_at desc"
    """
    from assets.quality.suites import SUITES
    from lake.lakehouse import Lake
    from resources.suites.evaluating import MISSING, is_installed
    from resources.suites.running import run_suite, write_index

    if not is_installed():
        fail(MISSING)
    chosen = _chosen(suites or [])
    with explained(ValueError):
        store = Lake(chosen_lake(lake))
        results = [run_suite(store, suite, f"quality-{uuid.uuid4()}") for suite in chosen]
    for one in results:
        kept = "" if one.is_new else f", as of {one.evaluated_at:%Y-%m-%d %H:%M}: its tables did not change"
        state = f"{len(one.failed)} of {len(one.findings)} failed" if one.failed else f"{len(one.findings)} met"
        print(f"{one.suite.name} ({one.suite.table}): {state}{kept}")
        for finding in one.failed:
            print(f"  {finding}\n    {finding.because}")
    print(f"pages: {write_index(store, SUITES)}")
    failed = sum(len(one.failed) for one in results)
    if failed and strict:
        fail(f"{failed} expectations are not met on {store.root}")


def _chosen(names: list[str]) -> "list[Suite]":
    from assets.quality.suites import SUITES

    known = {suite.name: suite for suite in SUITES}
    if unknown := [name for name in names if name not in known]:
        fail(f"no suite is called {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names] or list(SUITES)
