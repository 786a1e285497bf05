"""A suite evaluated by Great Expectations over rows that DuckDB selects."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from lake.quality.suites import Expectation, Finding, Suite, as_text, by_partition

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = 10
MISSING = "suites are not evaluated: great-expectations is not installed; make quality installs it"


def is_installed() -> bool:
    """Whether Great Expectations is there."""
    return find_spec("great_expectations") is not None


def evaluate(suite: Suite, rows: pd.DataFrame) -> list[Finding]:
    """What came of each expectation of a suite, in its order.

    Args:
        suite: what is expected.
        rows: the answer of the suite's query.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    batch = context.data_sources.add_pandas("lake").add_dataframe_asset(suite.name)
    data = batch.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": rows})
    names = [*suite.row, *([suite.partition] if suite.partition else [])]
    theirs = [_as_theirs(one, at) for at, one in enumerate(suite.expectations)]
    found = data.validate(
        gx.ExpectationSuite(name=suite.name, expectations=theirs),
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": names},
    )
    results = sorted(found.results, key=_place)
    return [_finding(one, result, suite) for one, result in zip(suite.expectations, results, strict=True)]


def _as_theirs(one: Expectation, at: int) -> Any:
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    return ExpectationConfiguration(f"expect_{one.kind}", dict(one.arguments), meta={"at": at}).to_domain_obj()


def _place(result: Any) -> int:
    """The place of the result's expectation in its suite."""
    return int(result.expectation_config.meta["at"])


def _finding(one: Expectation, found: Any, suite: Suite) -> Finding:
    result, problem = found.result or {}, found.exception_info or {}
    bad = list(result.get("unexpected_index_list") or [])
    return Finding(
        kind=one.kind,
        because=one.because,
        arguments=dict(one.arguments),
        passed=bool(found.success),
        observed=_observed(result, problem),
        rows=int(result.get("element_count") or 0),
        unexpected=int(result.get("unexpected_count") or 0),
        partitions={} if found.success else by_partition(bad, suite.partition),
        examples=[]
        if found.success
        else [{name: as_text(value) for name, value in row.items()} for row in bad[:EXAMPLES]],
    )


def _as_texts(row: dict[str, Any]) -> dict[str, str]:
    return {name: as_text(value) for name, value in row.items()}


def _observed(result: dict[str, Any], problem: dict[str, Any]) -> str:
    messages = [problem, *(one for one in problem.values() if isinstance(one, dict))]
    for one in messages:
        if one.get("raised_exception"):
            return f"could not be evaluated: {one.get('exception_message')}"
    if "unexpected_count" in result:
        return f"{result['unexpected_count']:,} of {result.get('element_count', 0):,} rows are not so"
    value = result.get("observed_value")
    return f"is {value:,.4g}" if isinstance(value, int | float) else f"is {value}"
