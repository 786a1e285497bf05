"""The copilot: a question, or a stored plan, to an answer over one published state."""

from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from serving.copilot.answers import Answer
from serving.copilot.checks import Ground
from serving.copilot.execute import execute
from serving.copilot.follow_ups import follow_ups
from serving.copilot.grammar.planner import GrammarPlanner
from serving.copilot.plan import PLAN, Plan, RefusedError
from serving.metrics.layer import MetricLayer
from serving.queries.reader import Reader

if TYPE_CHECKING:
    from serving.copilot.suggest import Suggester

LONGEST_QUESTION = 500  # characters


class Planner(Protocol):
    """What makes a plan of a question."""

    def plan(self, question: str, previous: Plan | None = None) -> Plan:
        """The plan; a refusal where there is none."""


class Copilot:
    """Answers questions about what a reader sees.

    Args:
        reader: whose state and scope.
        layer: the semantic layer.
    """

    def __init__(self, reader: Reader, layer: MetricLayer | None = None) -> None:
        self.grammar = GrammarPlanner(reader)
        self.ground = Ground(reader, self.grammar.names, layer or MetricLayer())

    def ask(
        self,
        question: str,
        planner: Planner | None = None,
        previous: Plan | None = None,
        suggester: "Suggester | None" = None,
    ) -> Answer:
        """The answer to a question in English or German.

        Args:
            question: at most 500 characters.
            planner: what plans; default: the grammar.
            previous: the plan before, which "and for rock?" goes on from.
            suggester: what offers a question in place of one that was not understood.
        """
        if not question.strip() or len(question) > LONGEST_QUESTION:
            raise ValueError(f"a question has 1 to {LONGEST_QUESTION} characters, not {len(question)}")
        answer = self._answer((planner or self.grammar).plan(question, previous), question)
        if answer.refusal is None or suggester is None:
            return answer
        improved = suggester.improve(answer.refusal, question, self.grammar, self.ground)
        return answer.model_copy(update={"refusal": improved})

    def run(self, plan: Plan) -> Answer:
        """The answer of a plan."""
        return self._answer(plan)

    def _answer(self, plan: Plan, question: str = "") -> Answer:
        answer = execute(plan, self.ground, question)
        return answer.model_copy(update={"follow_ups": follow_ups(answer.plan, self.grammar, self.ground)})

    def run_text(self, plan: str) -> Answer:
        """The answer of a plan in JSON.

        Raises:
            RefusedError: it is no plan.
        """
        return self.run(read_plan(plan))


def read_plan(text: str) -> Plan:
    """The plan that a text in JSON holds.

    Raises:
        RefusedError: it is no plan.
    """
    try:
        return PLAN.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise RefusedError("incomplete", f"not a plan: {place or 'the whole'}: {first['msg'].lower()}") from None
