"""GraphQL: the same figures as REST, in the same scope, with limits on what a query asks for."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.heavy
Ask = Callable[..., Any]


def test_one_query_brings_release_forecast_stock_and_buyers(ask: Ask) -> None:
    answer = ask(
        '{ publishedState release(releaseId: "R1") { title listPrice '
        "forecast { horizons { horizonDays units { p50 } } } "
        "stock { available } sales { day netUnits } buyers { buyerId netUnits } } }"
    ).json()["data"]
    assert answer["release"] == {
        "title": "Blue Hours",
        "listPrice": "12.9900",
        "forecast": {"horizons": [{"horizonDays": h, "units": {"p50": float(h)}} for h in (30, 60, 90)]},
        "stock": {"available": 15},
        "sales": [{"day": "2025-12-05", "netUnits": 10}, {"day": "2026-01-20", "netUnits": -2}],
        "buyers": [{"buyerId": "B1", "netUnits": 8}],
    }


def test_many_releases_are_asked_of_the_lake_once(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving.queries.reader import Reader

    asked: list[str] = []
    rows = Reader.rows

    def counted(self: Reader, sql: str, parameters: Any = None) -> Any:
        asked.append(sql)
        return rows(self, sql, parameters)

    monkeypatch.setattr(Reader, "rows", counted)
    answer = ask("{ releases { releaseId sales { day } buyers { buyerId } } }").json()
    assert [one["releaseId"] for one in answer["data"]["releases"]] == ["R3", "R2", "R1", "R4"]
    assert sum("list_contains($releases" in sql for sql in asked) == 2


def test_a_label_sees_its_own(ask: Ask) -> None:
    query = '{ release(releaseId: "R3") { title } releases { releaseId } buyers { buyerId } stock { releaseId } }'
    assert ask(query, "L1").json()["data"] == {
        "release": None,
        "releases": [{"releaseId": "R2"}, {"releaseId": "R1"}],
        "buyers": [{"buyerId": "B1"}],
        "stock": [{"releaseId": "R1"}],
    }


def test_nobody_without_a_key(ask: Ask) -> None:
    answer = ask("{ publishedState }", is_known=False)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    "query",
    [
        "{" + " ".join(f"a{n}: publishedState" for n in range(30)) + "}",
        "{ releases { " + "title " * 1500 + "} }",
        "{ releases(first: 100000) { title } }",
        "{ nothing }",
        "{" * 5000,
    ],
)
def test_a_query_that_asks_too_much_is_refused(ask: Ask, query: str) -> None:
    answer = ask(query)
    assert answer.status_code < 500
    assert answer.json()["errors"]
    assert not (answer.json().get("data") or {}).get("releases")
