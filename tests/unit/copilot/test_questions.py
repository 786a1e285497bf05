"""Each question is answered by the numbers that plain SQL gives, or refused with its reason; none is answered wrong."""

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    import duckdb

    from serving.copilot.answers import Answer
    from serving.copilot.ask import Copilot

pytestmark = pytest.mark.heavy
HERE = Path(__file__).parent


def questions(name: str) -> list[Any]:
    """The questions of a file, each a test parameter named by its text."""
    found = yaml.safe_load((HERE / f"questions_{name}.yml").read_text(encoding="utf-8"))
    return [pytest.param(one, id=one["ask"]) for one in found]


def _text(value: object) -> str:
    return str(value.date() if isinstance(value, dt.datetime) else value)


def truth_of(con: "duckdb.DuckDBPyConnection", sql: str) -> list[tuple[list[str], float]]:
    """The numbers of the truth, each with what it is of; floats, so that sums of any order are equal to a cent."""
    found = []
    for row in con.execute(sql).fetchall():
        of = [_text(value) for value in row if isinstance(value, str | dt.date)]
        found += [(of, round(float(value), 6)) for value in row if not isinstance(value, str | dt.date)]
    return found


def told(answer: "Answer") -> list[tuple[list[str], float]]:
    """The numbers of an answer, each with the groups and filters that it names."""
    found = []
    for fact in answer.facts:
        of = list(fact.of.values())
        if not of:
            of = [value for values in fact.conditions.values() for value in values]
        assert fact.value is not None
        found.append((of, round(float(fact.value), 6)))
    return found


@pytest.mark.parametrize("question", questions("metrics"))
def test_metrics(question: dict[str, Any], copilot: "Copilot", truth: "duckdb.DuckDBPyConnection") -> None:
    answer = copilot.ask(question["ask"])
    if "refused" in question:
        assert answer.refusal is not None
        assert answer.refusal.reason == question["refused"]
        return
    assert answer.refusal is None, answer.refusal
    wanted, numbers = truth_of(truth, question["sql"]), told(answer)
    assert numbers == wanted if question.get("ordered") else sorted(numbers) == sorted(wanted)
    assert all(fact.published_state == answer.published_state for fact in answer.facts)


@pytest.mark.parametrize("question", questions("tools"))
def test_tools(question: dict[str, Any], copilot: "Copilot", truth: "duckdb.DuckDBPyConnection") -> None:
    answer = copilot.ask(question["ask"])
    assert answer.refusal is None, answer.refusal
    values = [round(float(fact.value), 6) for fact in answer.facts if fact.value is not None]
    if "sql" in question:
        assert values == [value for _, value in truth_of(truth, question["sql"])]
    if "first" in question:
        now, before = (value for _, value in truth_of(truth, question["first"]))
        assert values[:3] == [now, before, pytest.approx(now - before)]
        assert sum(values[3:]) == pytest.approx(now - before)
    if "rows" in question:
        wanted = [row[0] for row in truth.execute(question["rows"]).fetchall()]
        assert [row[answer.columns[0]] for row in answer.rows] == wanted


@pytest.mark.parametrize("question", ["data quality", "How fresh is the data?", "Wie aktuell sind unsere Daten?"])
def test_how_old_the_data_are(question: str, copilot: "Copilot", truth: "duckdb.DuckDBPyConnection") -> None:
    published = copilot.ground.reader.state.published_at
    assert published is not None
    newest = truth.execute(
        "select (select max(sales_date) from gold.fct_sales_day), (select max(origin) from gold.forecasts)"
    ).fetchone()
    assert newest is not None
    answer = copilot.ask(question)
    assert [fact.value for fact in answer.facts] == [*((published.date() - day).days for day in newest), 0]
    assert [(row["data"], row["newest_day"]) for row in answer.rows] == list(
        zip(("sales", "forecast"), newest, strict=True)
    )


@pytest.mark.parametrize("question", questions("refused"))
def test_what_has_no_answer_is_refused(question: dict[str, Any], copilot: "Copilot") -> None:
    answer = copilot.ask(question["ask"])
    assert not answer.facts, told(answer)
    assert not answer.rows
    assert answer.refusal is not None
    assert answer.refusal.reason == question["refused"], answer.refusal
    assert answer.refusal.suggestions or answer.refusal.message


def test_the_grammar_answers_most_of_what_is_covered() -> None:
    covered = [one.values[0] for name in ("metrics", "tools") for one in questions(name)]
    answered = [one for one in covered if "refused" not in one]
    assert len(answered) / len(covered) > 0.9


@pytest.mark.parametrize("question", ["revenue by genre in 2025", "what changed last month", "open alerts"])
def test_a_rerun_gives_the_same_numbers(question: str, copilot: "Copilot") -> None:
    import shlex

    answer = copilot.ask(question)
    command = shlex.split(answer.rerun)
    assert command[:3] == ["lacquer", "ask", "--plan"]
    again = copilot.run_text(command[3])
    assert (again.facts, again.rows) == (answer.facts, answer.rows)
