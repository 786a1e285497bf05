"""`lacquer ask` prints numbers with their days, or a refusal and exit code 1."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import duckdb
    from typer.testing import Result

    from lake.lakehouse import Lake

pytestmark = pytest.mark.heavy


def test_text_for_people(
    lacquer: "Callable[..., Result]", question_lake: "Lake", truth: "duckdb.DuckDBPyConnection", layer: object
) -> None:
    answer = lacquer("ask", "revenue of jazz in 2025", "--lake", question_lake.root)
    assert answer.exit_code == 0
    sql = "select sum(house_revenue) from lines where genre = 'jazz' and year(order_date) = 2025"
    row = truth.execute(sql).fetchone()
    assert row is not None
    first, *offered, last = answer.output.splitlines()
    assert [one.startswith("ask next: net revenue of") for one in offered] == [True] * 3
    assert first == f"Net revenue: {row[0]:,.2f} EUR (genre jazz, 2025-01-01 to 2025-12-31)"
    assert last.startswith("published state 1; again: lacquer ask --plan '{")


def test_json_for_programs(lacquer: "Callable[..., Result]", question_lake: "Lake", layer: object) -> None:
    asked = lacquer("ask", "open alerts", "--lake", question_lake.root, "--format", "json")
    found = json.loads(asked.output)
    assert found["facts"][0]["value"] == 4
    assert found["facts"][0]["published_state"] == 1


def test_a_refusal_says_why_and_what_can_be_asked(
    lacquer: "Callable[..., Result]", question_lake: "Lake", layer: object
) -> None:
    refused = lacquer("ask", "profit of jazz", "--lake", question_lake.root)
    assert refused.exit_code == 1
    assert "not understood: profit" in refused.output
    assert "for example: revenue of jazz last month" in refused.output


@pytest.mark.parametrize(
    "plan",
    [
        '{"kind": "metric", "metrics": ["net_revenue; drop table x"]}',
        '{"kind": "metric", "metrics": ["net_revenue"], "conditions": [{"field": "genre", "values": ["{{ 1 }}"]}]}',
        '{"kind": "metric", "metrics": ["net_revenue"], "sql": "select 1"}',
        '{"kind": "tool", "tool": "shell"}',
        "not json",
    ],
)
def test_a_plan_that_does_not_hold_is_refused(
    lacquer: "Callable[..., Result]", question_lake: "Lake", plan: str, layer: object
) -> None:
    refused = lacquer("ask", "--plan", plan, "--lake", question_lake.root)
    assert refused.exit_code == 1
    assert "Net revenue" not in refused.output
