"""What `lacquer ask` does with answers: show them, ask before an action is done, keep a conversation."""

import sys
from typing import TYPE_CHECKING

import typer

from serving.failures import fail

if TYPE_CHECKING:
    from resources.settings import Settings
    from serving.accounts.identity import Identity
    from serving.api.services import Services
    from serving.copilot.answers import Answer
    from serving.copilot.history import Exchange, Feedback
    from serving.queries.reader import Reader

HELP = 'Ask, as in "revenue of jazz in 2025", then "by label?". :useful or :useless rates an answer, :history lists'
HELP += " questions, :new forgets what was asked, :quit ends."


class Asking:
    """Answers for a terminal.

    Args:
        settings: of the installation, with the lake.
        by: who asks; it stands beside what is done.
        with_sql: also show the SQL of an answer.
    """

    def __init__(self, settings: "Settings", by: str, *, with_sql: bool = False) -> None:
        self._settings, self._by, self._with_sql = settings, by, with_sql

    def show(self, answer: "Answer") -> None:
        """Print an answer."""
        from serving.copilot.wording import lines

        print("\n".join(lines(answer)))
        if self._with_sql and answer.sql:
            print(answer.sql)

    def perform(self, answer: "Answer", *, is_confirmed: bool = False, services: "Services | None" = None) -> None:
        """Do the action that an answer proposes, once it is confirmed; ends the command where it is not done."""
        from starlette.exceptions import HTTPException

        from serving.api.routes.performing import confirm
        from serving.api.services import Services
        from serving.copilot.confirmations import offered

        if not (is_confirmed or self._agrees()):
            fail("not confirmed; nothing was done")
        own = services or Services.of(self._settings)
        try:
            made = offered(answer, own.database, self._who())
            assert made.proposal is not None
            print(confirm(own, self._who(), made.proposal.confirmation).done)
        except HTTPException as error:
            fail(str(error.detail))
        finally:
            if services is None:
                own.close()

    def converse(self, reader: "Reader") -> None:
        """Ask and answer until the input ends; a question goes on from the answer before."""
        from serving.api.services import Services

        services = Services.of(self._settings)
        print(HELP, file=sys.stderr)
        try:
            Conversation(self, services, reader, self._who()).run()
        finally:
            services.close()

    def _who(self) -> "Identity":
        """Whoever can start the command can use the commands that change the lake as well."""
        from serving.accounts.identity import PERMISSIONS, Identity

        return Identity("user", "local", self._by, frozenset(PERMISSIONS))

    @staticmethod
    def _agrees() -> bool:
        try:
            return typer.confirm("Do it?", default=False)
        except typer.Abort:
            return False


class Conversation:
    """Questions and answers, with those before as context.

    Args:
        asking: prints answers and does actions.
        services: with the database that keeps the history.
        reader: of the published state at the start; a new one follows what was done.
        who: asks.
    """

    def __init__(self, asking: Asking, services: "Services", reader: "Reader", who: "Identity") -> None:
        from serving.copilot.history import new_conversation

        self._asking, self._services, self._reader, self._who = asking, services, reader, who
        self._id = new_conversation()
        self._last: Exchange | None = None

    def run(self) -> None:
        """Read lines until the input ends or :quit."""
        while (line := self._line()) is not None:
            if line in (":quit", ":exit", "exit", "quit"):
                return
            if line.startswith(":"):
                self._command(line)
            elif line:
                self._answer(line)

    def _line(self) -> str | None:
        try:
            return input("? " if sys.stdin.isatty() else "").strip()
        except (EOFError, KeyboardInterrupt):
            return None

    def _answer(self, question: str) -> None:
        from serving.copilot.ask import Copilot
        from serving.copilot.history import remember
        from serving.metrics.layer import MetricError

        previous = self._last.answer.plan if self._last else None
        try:
            copilot = Copilot(self._reader, self._services.metric_layer)
            answer = copilot.ask(question, previous=previous, suggester=self._services.suggester)
        except (ValueError, MetricError) as error:
            print(f"error: {error}", file=sys.stderr)
            return
        self._asking.show(answer)
        kept = remember(self._services.database, self._who, self._id, answer)
        # A refused question leaves the context as it was.
        self._last = kept if answer.plan is not None else self._last
        if answer.proposal is not None:
            self._perform(answer)

    def _perform(self, answer: "Answer") -> None:
        try:
            self._asking.perform(answer, services=self._services)
        except typer.Exit:
            return  # said already; the conversation goes on
        self._reader = self._services.publications.reader()

    def _command(self, line: str) -> None:
        from serving.copilot.history import conversation, new_conversation, say_useful

        if line in (":useful", ":useless"):
            value: Feedback = "useful" if line == ":useful" else "useless"
            if self._last is None:
                print("nothing was answered yet")
            elif say_useful(self._services.database, self._who, self._last.question_id, value):
                print(f"kept: {value}")
        elif line == ":history":
            for one in conversation(self._services.database, self._who, self._id):
                print(f"{one.asked_at:%H:%M:%S}  {one.answer.question}{f'  ({one.feedback})' if one.feedback else ''}")
        elif line == ":new":
            self._id, self._last = new_conversation(), None
            print("a new conversation")
        else:
            print(HELP)
