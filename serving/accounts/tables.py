"""The tables of accounts in the operational database."""

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table


@cache
def metadata() -> "MetaData":
    """The declaration of all tables; SQLAlchemy is imported at the first use only."""
    from sqlalchemy import Boolean, Column, DateTime, Integer, MetaData, String, Table, Text

    from resources.delivery.outbox import OUTBOX

    tables = MetaData()
    OUTBOX.to_metadata(tables)  # scheduled reports go into it in the transaction that makes them due
    moment = DateTime(timezone=True)
    Table(
        "account_secrets",
        tables,
        Column("name", String(40), primary_key=True),
        Column("value", String(128), nullable=False),
    )
    Table(
        "account_users",
        tables,
        Column("user_id", String(32), primary_key=True),
        Column("name", String(120), nullable=False, unique=True),
        Column("role", String(20), nullable=False),
        Column("labels", Text),
        Column("password_hash", String(200)),
        Column("totp_secret", String(64)),
        Column("totp_last", Integer),
        Column("subject", String(250), unique=True),
        Column("language", String(5), nullable=False),
        Column("failures", Integer, nullable=False),
        Column("locked_until", moment),
        Column("is_active", Boolean, nullable=False),
        Column("created_at", moment, nullable=False),
    )
    Table(
        "account_sessions",
        tables,
        Column("token_hash", String(64), primary_key=True),
        Column("user_id", String(32), nullable=False, index=True),
        Column("created_at", moment, nullable=False),
        Column("ends_at", moment, nullable=False),
    )
    Table(
        "account_invitations",
        tables,
        Column("token_hash", String(64), primary_key=True),
        Column("name", String(120)),
        Column("role", String(20), nullable=False),
        Column("labels", Text),
        Column("ends_at", moment, nullable=False),
        Column("used_at", moment),
    )
    Table(
        "account_keys",
        tables,
        Column("key_id", String(16), primary_key=True),
        Column("name", String(120), nullable=False),
        Column("key_hash", String(64), nullable=False, unique=True),
        Column("permissions", Text, nullable=False),
        Column("labels", Text),
        Column("created_by", String(120), nullable=False),
        Column("created_at", moment, nullable=False),
        Column("revoked_at", moment),
    )
    Table(
        "account_uploads",
        tables,
        Column("file_id", String(64), primary_key=True),
        Column("path", String(300), nullable=False),
        Column("track_id", String(100)),
        Column("uploaded_by", String(160), nullable=False),
        Column("uploaded_at", moment, nullable=False),
    )
    Table(
        "account_jobs",
        tables,
        Column("job_id", String(32), primary_key=True),
        Column("kind", String(20), nullable=False),
        Column("started_by", String(160), nullable=False),
        Column("started_at", moment, nullable=False, index=True),
        Column("process", String(60)),
        Column("status", String(20), nullable=False),
        Column("ended_at", moment),
        Column("holds", String(20), unique=True),  # "lake" while it changes the lake: one at a time
    )
    Table(
        "account_audit",
        tables,
        Column("entry_id", Integer, primary_key=True, autoincrement=True),
        Column("at", moment, nullable=False, index=True),
        Column("actor", String(160), nullable=False),
        Column("action", String(60), nullable=False),
        Column("target", String(200), nullable=False),
        Column("detail", Text, nullable=False),
    )
    Table(
        "account_questions",
        tables,
        Column("question_id", String(32), primary_key=True),
        Column("conversation_id", String(32), nullable=False, index=True),
        Column("owner", String(80), nullable=False, index=True),
        Column("asked_at", moment, nullable=False),
        Column("answer", Text, nullable=False),
        Column("feedback", String(10)),
    )
    Table(
        "account_confirmations",
        tables,
        Column("token_hash", String(64), primary_key=True),
        Column("owner", String(80), nullable=False),
        Column("action", Text, nullable=False),
        Column("says", Text, nullable=False),  # what was shown, as JSON
        Column("ends_at", moment, nullable=False, index=True),
        Column("used_at", moment),
    )
    Table(
        "account_report_schedules",
        tables,
        Column("schedule_id", String(16), primary_key=True),
        Column("name", String(120), nullable=False),
        Column("owner_kind", String(10), nullable=False),
        Column("owner_id", String(32), nullable=False, index=True),
        Column("owner_name", String(160), nullable=False),
        Column("definition", Text, nullable=False),  # NewSchedule as JSON
        Column("next_at", moment, nullable=False, index=True),
        Column("stopped", Text),  # why it is not sent any more
        Column("created_at", moment, nullable=False),
    )
    Table(
        "account_views",
        tables,
        Column("view_id", String(16), primary_key=True),
        Column("owner", String(80), nullable=False, index=True),
        Column("name", String(80), nullable=False),
        Column("filters", Text, nullable=False),
        Column("saved_at", moment, nullable=False),
    )
    Table(
        "account_replies",
        tables,
        Column("reply_key", String(64), primary_key=True),
        Column("request_hash", String(64), nullable=False),
        Column("status", Integer),
        Column("body", Text),
        Column("begun_at", moment, nullable=False),
    )
    return tables


def table(name: str) -> "Table":
    """One table, `users` for `account_users`."""
    return metadata().tables[f"account_{name}"]
