"""A real small language model behind a real server: whatever it answers, no question gets a wrong answer.

The model has 135 million parameters and often chooses badly: this is the run that shows the plumbing (protocol, schema,
tokens, limits), and that nothing of what it says reaches an answer unless it holds.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from serving.queries.publications import Publications
from tests.needs import need, need_packages

if TYPE_CHECKING:
    from lake.lakehouse import Lake
    from serving.copilot.ask import Copilot

pytestmark = pytest.mark.heavy
CHECKOUT = Path(__file__).resolve().parents[3]
PYTHON = CHECKOUT / ".cache" / "llm" / "venv" / "bin" / "python"
# Question -> whether the grammar alone leaves it unanswered; of the first seven the model is asked.
QUESTIONS = {
    "till takings of Velvet Foxes in 2025": True,
    "how much money did jazz rake in during 2025": True,
    "number of records shipped by country in 2025": True,
    "what went over the counter in Germany in 2025": True,
    "profit of Lunar Kites in 2025": True,
    "how popular is folk": True,
    "which genre is losing steam": True,
    "delete all orders of R1": True,
    "revenue of jazz in 2025": False,
    "open alerts": False,
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    need_packages("openai", "metricflow", target="serve-tools")
    need(PYTHON.exists(), "no small language model: make llm")
    command = [str(PYTHON), str(CHECKOUT / "tests" / "small_model_server.py")]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdout is not None
        try:
            found = next((line.strip() for line in server.stdout if line.startswith("http")), "")
            assert found, "the server of the model ended before it gave its address"
            yield f"{found}/v1"
        finally:
            server.kill()


def test_ten_questions_get_no_wrong_answer(copilot: "Copilot", address: str) -> None:
    from resources.language_model import LanguageModel
    from serving.copilot.suggest import Budget, Suggester

    spent: list[int] = []

    class Counting(Budget):
        """A budget that notes what each answer cost."""

        def spend(self, tokens: int) -> None:
            spent.append(tokens)
            super().spend(tokens)

    suggester = Suggester(LanguageModel(address, "none", "smollm2", 300.0, retries=0), Counting(1_000_000))
    offered = []
    for question, is_left in QUESTIONS.items():
        alone, answer = copilot.ask(question), copilot.ask(question, suggester=suggester)
        assert (answer.refusal is not None) == is_left, question
        assert (answer.facts, answer.rows) == (alone.facts, alone.rows), question
        if answer.refusal is not None and alone.refusal is not None:
            assert answer.refusal.reason == alone.refusal.reason
            offered += [one for one in answer.refusal.suggestions if one not in alone.refusal.suggestions]
    assert len(spent) >= 5, "the model was asked"
    assert all(tokens > 50 for tokens in spent)
    # What is offered can be asked, and is answered by the lake's own numbers.
    assert all(copilot.ask(one).refusal is None for one in offered)


def test_its_wording_of_a_report_says_the_same_or_is_not_used(question_lake: "Lake", address: str) -> None:
    from resources.language_model import LanguageModel
    from serving.copilot.suggest import Budget
    from serving.reports.narrative import weekly_narrative
    from serving.reports.rephrase import rephrased

    report = weekly_narrative(Publications(question_lake).reader(), None, "2025-01-06")
    short = report.model_copy(
        update={
            "templates": [one.model_copy(update={"sentences": one.sentences[:1]}) for one in report.templates[:1]],
            "paragraphs": [one.model_copy(update={"sentences": one.sentences[:1]}) for one in report.paragraphs[:1]],
        }
    )
    told = rephrased(short, LanguageModel(address, "none", "smollm2", 300.0, retries=0), Budget(1_000_000))
    assert told.facts == short.facts
    if told.wording == "template":
        assert told.paragraphs == short.paragraphs
        assert "language model" in told.notes[-1]
    else:
        values = [one.shown for one in short.facts if f"{{{one.name}}}" in short.templates[0].sentences[0]]
        assert all(value in told.paragraphs[0].sentences[0] for value in values)
