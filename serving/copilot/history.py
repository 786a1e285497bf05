"""What was asked and answered, by conversation and by who asked; nobody reads another one's."""

import datetime as dt
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from serving.accounts.identity import Identity
from serving.accounts.tables import table
from serving.copilot.answers import Answer

if TYPE_CHECKING:
    from resources.database import Database

Feedback = Literal["useful", "useless"]
MOST_SHOWN = 50


@dataclass(frozen=True)
class Exchange:
    """A question with its answer as it was given."""

    question_id: str
    conversation_id: str
    asked_at: dt.datetime
    answer: Answer
    feedback: str | None


def new_conversation() -> str:
    """The id of a conversation that nothing was asked in yet."""
    return secrets.token_hex(16)


def owner_of(who: Identity) -> str:
    """How the history names somebody."""
    return f"{who.kind}:{who.id}"


def remember(database: "Database", who: Identity, conversation_id: str, answer: Answer) -> Exchange:
    """Keep an answer in a conversation."""
    from sqlalchemy import insert

    made = Exchange(secrets.token_hex(16), conversation_id, dt.datetime.now(dt.UTC), answer, None)
    row = {
        "question_id": made.question_id,
        "conversation_id": conversation_id,
        "owner": owner_of(who),
        "asked_at": made.asked_at,
        "answer": answer.model_dump_json(),
    }
    with database.write() as con:
        con.execute(insert(table("questions")).values(**row))
    return made


def conversation(database: "Database", who: Identity, conversation_id: str) -> list[Exchange]:
    """The newest exchanges of a conversation, the oldest of them first."""
    questions = table("questions")
    return _exchanges(database, who, questions.c.conversation_id == conversation_id)[::-1]


def recent(database: "Database", who: Identity) -> list[Exchange]:
    """The newest exchanges of all conversations, the newest first."""
    return _exchanges(database, who)


def _exchanges(database: "Database", who: Identity, *conditions: object) -> list[Exchange]:
    from sqlalchemy import select

    questions = table("questions")
    wanted = select(questions).where(questions.c.owner == owner_of(who), *conditions)  # type: ignore[arg-type]
    with database.read() as con:
        rows = con.execute(wanted.order_by(questions.c.asked_at.desc()).limit(MOST_SHOWN)).mappings().all()
    return [
        Exchange(
            row["question_id"],
            row["conversation_id"],
            row["asked_at"],
            Answer.model_validate_json(row["answer"]),
            row["feedback"],
        )
        for row in rows
    ]


def say_useful(database: "Database", who: Identity, question_id: str, feedback: Feedback) -> bool:
    """Keep whether an answer was useful; whether it is one's own."""
    from sqlalchemy import update

    questions = table("questions")
    own = (questions.c.question_id == question_id) & (questions.c.owner == owner_of(who))
    with database.write() as con:
        return bool(con.execute(update(questions).where(own).values(feedback=feedback)).rowcount)
