"""Questions that go on from the one before keep what they do not name."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import duckdb

    from serving.copilot.ask import Copilot

pytestmark = pytest.mark.heavy
FIRST = "revenue of jazz in 2025"


@pytest.mark.parametrize(
    ("question", "sql"),
    [
        ("and for rock?", "select sum(house_revenue) from lines where genre = 'rock' and year(order_date) = 2025"),
        (
            "and in March 2025",
            "select sum(house_revenue) from lines where genre = 'jazz' and order_month = '2025-03-01'",
        ),
        ("what about units", "select sum(quantity) from lines where genre = 'jazz' and year(order_date) = 2025"),
        (
            "und in Deutschland?",
            "select sum(house_revenue) from lines where genre = 'jazz' and country = 'Germany' "
            "and year(order_date) = 2025",
        ),
        (
            "and for Paper Rooms",
            "select sum(house_revenue) from lines where release_id = 'R2' and year(order_date) = 2025",
        ),
    ],
)
def test_a_question_goes_on(question: str, sql: str, copilot: "Copilot", truth: "duckdb.DuckDBPyConnection") -> None:
    first = copilot.ask(FIRST)
    answer = copilot.ask(question, previous=first.plan)
    row = truth.execute(sql).fetchone()
    assert row is not None
    assert [fact.value for fact in answer.facts] == [row[0]]


def test_a_grouping_is_added(copilot: "Copilot", truth: "duckdb.DuckDBPyConnection") -> None:
    first = copilot.ask("revenue in 2025")
    answer = copilot.ask("and by genre", previous=first.plan)
    wanted = truth.execute(
        "select genre, sum(house_revenue) from lines where year(order_date) = 2025 group by 1 order by 1"
    ).fetchall()
    assert [(fact.of["release__genre"], fact.value) for fact in answer.facts] == wanted


@pytest.mark.parametrize("question", ["and the profit", "and the weather", "and above 100"])
def test_what_is_not_understood_is_refused_here_too(question: str, copilot: "Copilot") -> None:
    answer = copilot.ask(question, previous=copilot.ask(FIRST).plan)
    assert answer.refusal is not None
    assert answer.refusal.reason == "unknown_words"


def test_nothing_goes_on_from_nothing(copilot: "Copilot") -> None:
    answer = copilot.ask("and for rock?")
    assert answer.refusal is not None
    assert answer.refusal.reason == "incomplete"
