"""`lacquer ask`: a question in words, answered by numbers that say where they come from; or a conversation."""

from enum import StrEnum
from importlib.util import find_spec
from typing import Annotated

import typer

from serving.failures import explained, fail
from serving.options import LakeOption, chosen_lake, current_settings
from serving.queries.published import open_reader


class AnswerFormat(StrEnum):
    """What an answer is printed as."""

    text = "text"
    json = "json"


QuestionArgument = Annotated[
    str | None, typer.Argument(metavar="QUESTION", help="In English or German. Without one, a conversation.")
]
PlanOption = Annotated[str | None, typer.Option("--plan", metavar="JSON", help="Run a plan that an answer named.")]
FormatOption = Annotated[AnswerFormat, typer.Option("--format", "-f", help="Text for people, json for programs.")]
SqlOption = Annotated[bool, typer.Option("--sql", help="Show the SQL that the semantic layer made.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do a proposed action without asking.")]
ByOption = Annotated[str, typer.Option("--by", metavar="WHO", help="Who does a proposed action: a name or a role.")]


def ask(
    question: QuestionArgument = None,
    lake: LakeOption = None,
    plan: PlanOption = None,
    form: FormatOption = AnswerFormat.text,
    show_sql: SqlOption = False,
    yes: YesOption = False,
    by: ByOption = "the command line",
) -> None:
    """Ask for a figure in words. Each number comes with its days, its filters and the command that gives it again.

    Every word must be understood; a question with one that is not is refused, and the exit code is 1. Metrics: revenue,
    units, returns, return rate, orders, buyers, average price, stock, forecasts. By release, artist, label, genre,
    format, country, buyer, day to year. Also: forecasts and their reasons, alerts, decisions, accuracy, similar
    releases, what changed, and the documentation. An action (acknowledge or snooze an alert, override a forecast, apply
    a price, order a report, request stems) is shown first and done once you confirm it. Needs make serve-tools.

    [bold]Examples[/bold]

    lacquer ask "revenue of jazz in March 2025 compared with the year before"

    lacquer ask "Top 5 Künstler nach Umsatz im letzten Monat"

    lacquer ask "acknowledge alert 1f0c2a because ordered 300" --by ana

    lacquer ask
    """
    if find_spec("metricflow") is None:
        fail("the semantic layer is not installed: make serve-tools")
    if question is not None and plan is not None:
        fail('give a question or --plan, not both, as in: lacquer ask "revenue in 2025"')
    from serving.commands.asking import Asking
    from serving.copilot.ask import Copilot
    from serving.copilot.plan import RefusedError
    from serving.copilot.suggest import Suggester
    from serving.metrics.layer import MetricError

    reader, root = open_reader(chosen_lake(lake))
    settings = current_settings(lake=root)
    asking = Asking(settings, by, with_sql=show_sql)
    with explained(ValueError, MetricError, RefusedError):
        if question is None and plan is None:
            if form is AnswerFormat.json or yes:
                fail("a conversation has neither --format nor --yes; give a question")
            asking.converse(reader)
            return
        copilot = Copilot(reader)
        if question is None:
            answer = copilot.run_text(plan or "")
        else:
            answer = copilot.ask(question, suggester=Suggester.of(settings))
    if form is AnswerFormat.json:
        print(answer.model_dump_json(indent=1, exclude=None if show_sql else {"sql"}))
    else:
        asking.show(answer)
    if answer.proposal is not None and (yes or form is AnswerFormat.text):
        asking.perform(answer, is_confirmed=yes)
    if answer.refusal is not None:
        raise typer.Exit(1)
